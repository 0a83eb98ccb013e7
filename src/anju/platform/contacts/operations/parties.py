"""Writes about others: whom a debtor named, who speaks for an estate, which agencies act for the bank."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from anju.core.checks import bad
from anju.platform.contacts.facts import AgencyEnded, AgencyEngaged, ThirdPartyNamed, ThirdPartyRemoved
from anju.platform.contacts.models import Agency, NamedContact
from anju.platform.contacts.rows import ReasonMissing
from anju.platform.journal import operations as journal

TEXT_MAX = 80


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
) -> int:
    """An outside agency may act from an instant on, under a contract (PIPL Art. 21); its id. Named again: the new contract
    holds. Raises BadInput.
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
    with transaction.atomic():
        row, _ = Agency.objects.update_or_create(
            name=name,
            defaults={"contract_ref": contract_ref, "by": by, "active_from": from_at, "active_to": to_at},
        )
        fact = AgencyEngaged(row.pk, name, contract_ref, from_at, to_at)
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
