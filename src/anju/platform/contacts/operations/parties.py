"""Writes about others: whom a debtor named, who speaks for an estate, which agencies act for the bank and for which loans.

An agency is engaged for all loans, or for those named: the first loan that is assigned to it makes its scope "loans", and
from then on the governor refuses it every other loan (`agency_not_assigned`), also when its last assignment has ended. An
engagement to which no loan was ever assigned, and that was not asked to be for named loans, is for all.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from anju.core.checks import bad, one_of
from anju.platform.contacts.facts import (
    AgencyEnded,
    AgencyEngaged,
    LoanAssigned,
    LoanWithdrawn,
    ThirdPartyNamed,
    ThirdPartyRemoved,
)
from anju.platform.contacts.models import Agency, AgencyLoan, NamedContact
from anju.platform.contacts.rows import ReasonMissing
from anju.platform.journal import operations as journal

TEXT_MAX = 80
REASON_MAX = 200
LOANS_MAX = 1000
"""Most loans of one assignment."""


class AgencyNotEngaged(Exception):
    """No such agency, or its contract is over: no loan can be given to it."""

    message_zh = "该机构没有有效的委托合同，不能分配贷款。"
    message_en = "This agency has no contract in force: no loan can be assigned to it."


def third_party_name(
    *, debtor_id: int, person_id: int, role: str, by: str, at: datetime, consent_at: datetime | None = None
) -> int:
    """The debtor named this person; id of the row. A `reference` is contacted only once they agreed (`consent_at`), an
    `estate` contact speaks for a debtor who died. Named again: the new statement holds. Raises BadInput.
    """
    if role not in NamedContact.ROLES:
        raise bad("role", role, "|".join(NamedContact.ROLES))
    if debtor_id == person_id:
        raise bad("person_id", person_id, "another person than the debtor", allowed_zh="债务人以外的人")
    with transaction.atomic():
        NamedContact.objects.filter(debtor_id=debtor_id, person_id=person_id, active_to=None).update(
            active_to=at
        )
        row = NamedContact.objects.create(
            debtor_id=debtor_id, person_id=person_id, role=role, consent_at=consent_at, by=by, active_from=at
        )
        fact = ThirdPartyNamed(("person", debtor_id), person_id, role, consent_at is not None)
        journal.record(fact, at=at, actor=by)
    return row.pk


def third_party_remove(*, debtor_id: int, person_id: int, reason: str, by: str, at: datetime) -> bool:
    """This person must not be contacted about the debtor any more; whether they might. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing("third_party")
    with transaction.atomic():
        ended = NamedContact.objects.filter(debtor_id=debtor_id, person_id=person_id, active_to=None).update(
            active_to=at
        )
        if ended:
            fact = ThirdPartyRemoved(("person", debtor_id), person_id, reason.strip()[:200])
            journal.record(fact, at=at, actor=by)
    return bool(ended)


def agency_engage(
    *,
    name: str,
    contract_ref: str,
    by: str,
    from_at: datetime,
    to_at: datetime | None = None,
    at: datetime | None = None,
    scope: str | None = None,
) -> int:
    """An outside agency may act from an instant on, under a contract (PIPL Art. 21); its id. Named again: the new contract
    holds. `scope`: "all" loans or "loans", those assigned to it; None keeps what stands, "all" for a new agency. Raises
    BadInput (name or contract_ref, to_at, scope), in this order.
    """
    name, contract_ref = " ".join(name.split()), contract_ref.strip()
    if not (name and contract_ref):
        raise bad("name", name, "a name and a contract", allowed_zh="机构名称和委托合同编号")
    for field, value in (("name", name), ("contract_ref", contract_ref)):
        if len(value) > TEXT_MAX:
            raise bad(
                field, f"{value[:20]}…", f"at most {TEXT_MAX} characters", allowed_zh=f"至多 {TEXT_MAX} 个字"
            )
    if to_at is not None and to_at <= from_at:
        raise bad("to_at", to_at.isoformat(), "after the beginning", allowed_zh="晚于开始")
    if scope is not None:
        one_of("scope", scope, Agency.SCOPES)
    kept = {"contract_ref": contract_ref, "by": by, "active_from": from_at, "active_to": to_at}
    with transaction.atomic():
        row, _ = Agency.objects.update_or_create(
            name=name, defaults=kept if scope is None else {**kept, "scope": scope}
        )
        fact = AgencyEngaged(row.pk, name, contract_ref, from_at, to_at, row.scope)
        journal.record(fact, at=at or from_at, actor=by)
    return row.pk


def agency_end(*, agency_id: int, reason: str, by: str, at: datetime) -> bool:
    """The contract ends: no contact through this agency any more; whether it was in force. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing("agency")
    with transaction.atomic():
        standing = Agency.objects.filter(Q(active_to=None) | Q(active_to__gt=at), id=agency_id)
        ended = bool(standing.update(active_to=at))
        if ended:
            journal.record(AgencyEnded(agency_id, reason.strip()[:200]), at=at, actor=by)
    return ended


def _why(reason: str) -> str:
    words = " ".join(reason.split())
    if not words:
        raise ReasonMissing("agency")
    if len(words) > REASON_MAX:
        text, zh = f"at most {REASON_MAX} characters", f"至多 {REASON_MAX} 个字"
        raise bad("reason", f"{words[:20]}…", text, allowed_zh=zh)
    return words


def agency_assign(
    *,
    agency_id: int,
    loan_ids: Collection[int],
    reason: str,
    by: str,
    at: datetime,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> int:
    """These loans are given to the agency 委案 from `from_at` (now) until `to_at` or until taken back; how many are new.

    A loan the agency has already, or will have, in that time is left as it is. From the first assignment on the agency acts
    for named loans only. Raises ReasonMissing, BadInput (reason, loan_ids, to_at), AgencyNotEngaged, in this order; then
    nothing was written.
    """
    words, start = _why(reason), max(from_at or at, at)
    wanted = sorted(set(loan_ids))
    if not 1 <= len(wanted) <= LOANS_MAX:
        raise bad(
            "loan_ids",
            len(wanted),
            f"1 .. {LOANS_MAX} loans",
            zh=f"贷款 {len(wanted)} 笔：应为 1 至 {LOANS_MAX} 笔",
        )
    if to_at is not None and to_at <= start:
        raise bad("to_at", to_at.isoformat(), "after the beginning", allowed_zh="晚于开始")
    with transaction.atomic():
        agency = Agency.objects.select_for_update().filter(pk=agency_id).first()
        if agency is None or (agency.active_to is not None and agency.active_to <= start):
            raise AgencyNotEngaged(agency_id)
        there = AgencyLoan.objects.filter(agency=agency, loan_id__in=wanted)
        there = there.filter(Q(active_to=None) | Q(active_to__gt=start)).exclude(active_to=F("active_from"))
        if to_at is not None:
            there = there.filter(active_from__lt=to_at)
        has = set(there.values_list("loan_id", flat=True))
        new = [loan_id for loan_id in wanted if loan_id not in has]
        if new and agency.scope != "loans":
            agency.scope = "loans"
            agency.save(update_fields=["scope"])
        AgencyLoan.objects.bulk_create(
            AgencyLoan(
                agency=agency, loan_id=loan_id, reason=words, by=by, active_from=start, active_to=to_at
            )
            for loan_id in new
        )
        facts = [LoanAssigned(loan_id, agency.pk, agency.name, words, start, to_at) for loan_id in new]
        journal.record_many(facts, at=at, actor=by)
    return len(new)


def agency_withdraw(*, assignment_id: int, reason: str, by: str, at: datetime) -> bool:
    """The loan is taken back from the agency 退案 now; whether it had it, or would have. Raises ReasonMissing, and BadInput
    for a reason that is too long.
    """
    words = _why(reason)
    with transaction.atomic():
        standing = AgencyLoan.objects.select_for_update(of=("self",)).select_related("agency")
        row = standing.filter(Q(active_to=None) | Q(active_to__gt=at), pk=assignment_id, ended_by="").first()
        if row is None:
            return False
        row.active_to, row.ended_by, row.end_reason = max(at, row.active_from), by, words
        row.save(update_fields=["active_to", "ended_by", "end_reason"])
        journal.record(LoanWithdrawn(row.loan_id, row.agency_id, row.agency.name, words), at=at, actor=by)
    return True
