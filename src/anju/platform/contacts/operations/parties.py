"""Writes about others: whom a debtor named, who speaks for an estate, which agencies act for the bank."""

from datetime import datetime

from django.db import transaction

from anju.core.checks import bad
from anju.platform.contacts.facts import ThirdPartyNamed, ThirdPartyRemoved
from anju.platform.contacts.models import Agency, NamedContact
from anju.platform.contacts.rows import ReasonMissing
from anju.platform.journal import operations as journal


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
    *, name: str, contract_ref: str, by: str, from_at: datetime, to_at: datetime | None = None
) -> int:
    """An outside agency may act from an instant on, under a contract (PIPL Art. 21); its id. Raises BadInput."""
    if not name.strip() or not contract_ref.strip():
        raise bad("name", name, "a name and a contract", allowed_zh="机构名称和委托合同编号")
    row, _ = Agency.objects.update_or_create(
        name=name.strip()[:80],
        defaults={"contract_ref": contract_ref.strip()[:80], "by": by, "active_from": from_at, "active_to": to_at},
    )  # fmt: skip
    return row.pk


def agency_end(*, agency_id: int, at: datetime) -> bool:
    """The contract ends: no contact through this agency any more; whether it was in force."""
    return bool(Agency.objects.filter(id=agency_id, active_to=None).update(active_to=at))
