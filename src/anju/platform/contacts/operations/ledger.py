"""Writes of the ledger: how a reserved contact ended, what came in, what took place without asking, and the sweeps."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction

from anju.core.working_time import BANK_ZONE
from anju.platform.bulk import IDS, numbers
from anju.platform.contacts.desk import Desk
from anju.platform.contacts.facts import ContactOutsideRules
from anju.platform.contacts.governor import lock_persons
from anju.platform.contacts.models import Contact
from anju.platform.contacts.rows import ContactNotOpen, Reserved, Subject, Wish
from anju.platform.journal import operations as journal
from anju.platform.policies import queries as policies

OPEN = ("reserved", "expired")
NOT_RECORDED = "not_recorded"
LOOK_BACK_DAYS = 2
"""The frequent sweep looks so far behind its cut; the nightly one at everything."""


def finish(
    *,
    contact_id: int,
    outcome_code: str,
    answered: bool,
    at: datetime,
    recording_ref: str = "",
    recording_checksum: str = "",
) -> None:
    """The contact took place. `recording_checksum`: SHA-256 of the recording, hex. A result that comes after the sweep
    is taken too. Raises ContactNotOpen when the contact was finished or voided before.
    """
    changed = Contact.objects.filter(id=contact_id, state__in=OPEN).update(
        state="done", outcome_code=outcome_code, answered=answered, recording_ref=recording_ref,
        recording_checksum=recording_checksum,
    )  # fmt: skip
    if not changed:
        raise ContactNotOpen(f"contact {contact_id} at {at.isoformat()}")


def void(*, contact_id: int, at: datetime, reason: str) -> None:
    """Nothing reached the person: the slot is free again. Raises ContactNotOpen when it is not reserved."""
    changed = Contact.objects.filter(id=contact_id, state__in=OPEN).update(
        state="void", outcome_code=reason[:40]
    )
    if not changed:
        raise ContactNotOpen(f"contact {contact_id} at {at.isoformat()}")


def finish_many(*, attempt_ids: Collection[int], outcome_code: str) -> int:
    """Reserved contacts of these notice attempts took place; how many. Others stay as they are."""
    return _end_open(attempt_ids, "state = 'done', outcome_code = %s", outcome_code)


def void_many(*, attempt_ids: Collection[int], reason: str) -> int:
    """Reserved contacts of these notice attempts did not take place: their slots are free again; how many.

    They let go of the attempt too, so that it can be reserved for again.
    """
    return _end_open(attempt_ids, "state = 'void', outcome_code = %s, attempt_id = NULL", reason[:40])


def _end_open(attempt_ids: Collection[int], change: str, outcome_code: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE contacts_contact SET {change} WHERE attempt_id = ANY({IDS}) AND state = ANY(%s)",  # noqa: S608
            [outcome_code, numbers(attempt_ids), list(OPEN)],
        )
        count: int = cursor.rowcount
    return count


def log_inbound(
    *,
    person_id: int,
    purpose: str,
    channel: str,
    at: datetime,
    actor: str,
    subject: Subject | None = None,
    outcome_code: str = "",
    recording_ref: str = "",
    recording_checksum: str = "",
    reason: str = "",
) -> int:
    """The person contacted us, by any channel; id of the ledger row. It never counts against a cap, but a refusal in it
    (`contact_refusal_outcomes`) is respected. Raises ValueError for an unknown purpose or channel.
    """
    _known(purpose, channel)
    subject_type, subject_id = subject or ("", None)
    row = Contact.objects.create(
        person_id=person_id, subject_type=subject_type, subject_id=subject_id, purpose=purpose, channel=channel,
        outbound=False, state="done", at=at, answered=True, outcome_code=outcome_code, actor=actor,
        recording_ref=recording_ref, recording_checksum=recording_checksum, reason=reason[:40],
    )  # fmt: skip
    return row.id


def log_outbound(
    *,
    person_id: int,
    purpose: str,
    channel: str,
    at: datetime,
    actor: str,
    outcome_code: str,
    answered: bool,
    subject: Subject | None = None,
    recording_ref: str = "",
    recording_checksum: str = "",
    reason: str = "",
    agency_id: int | None = None,
) -> Reserved:
    """A contact took place that nobody reserved: the ledger says so whatever the rule says.

    What the rule would have refused is marked (`basis` "outside:<code>") and is a fact on the person's chain.
    Raises ValueError for an unknown purpose or channel.
    """
    _known(purpose, channel)
    wish = Wish(person_id, purpose, channel, subject, agency_id=agency_id, reason=reason)
    with transaction.atomic():
        desk = Desk([wish], at, actor=actor, before_reading=lock_persons)
        verdict, basis = desk.decide(wish)
        if basis.startswith("override:"):
            basis = ""
        if not verdict.ok:
            basis = f"outside:{verdict.codes[0]}"[:40]
        subject_type, subject_id = subject or ("", None)
        row = Contact.objects.create(
            person_id=person_id, subject_type=subject_type, subject_id=subject_id, purpose=purpose, channel=channel,
            state="done", at=at, answered=answered, outcome_code=outcome_code, actor=actor, recording_ref=recording_ref,
            recording_checksum=recording_checksum, agency_id=agency_id, policy_version=verdict.policy_version[:16],
            basis=basis, reason=reason[:40],
        )  # fmt: skip
        if not verdict.ok:
            fact = ContactOutsideRules(("person", person_id), row.pk, purpose, channel, list(verdict.codes))
            journal.record(fact, at=at, actor=actor)
    return Reserved(row.pk, verdict)


def _known(purpose: str, channel: str) -> None:
    if purpose not in Contact.PURPOSES:
        raise ValueError(f"unknown purpose: {purpose}")
    if channel not in Contact.CHANNELS:
        raise ValueError(f"unknown channel: {channel}")


def expire(*, at: datetime, everything: bool = False) -> int:
    """Reserved contacts that nobody finished in time are `expired`; they go on counting. How many."""
    cut = at - _policy_span("contact_reservation_minutes", at)
    found = Contact.objects.filter(state="reserved", at__lt=cut)
    if not everything:
        found = found.filter(at__gte=cut - timedelta(days=LOOK_BACK_DAYS))
    return found.update(state="expired")


def settle(*, at: datetime) -> int:
    """Expired contacts whose result never came are done, with the result `not_recorded`; how many."""
    cut = at - timedelta(days=_policy_number("contact_reservation_days", at))
    return Contact.objects.filter(state="expired", at__lt=cut).update(state="done", outcome_code=NOT_RECORDED)


def _policy_number(name: str, at: datetime) -> int:
    return policies.params().integer(name, "reservation", at.astimezone(BANK_ZONE).date())


def _policy_span(name: str, at: datetime) -> timedelta:
    return timedelta(minutes=_policy_number(name, at))
