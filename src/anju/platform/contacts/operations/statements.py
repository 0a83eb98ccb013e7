"""Writes of what the person says: consents and refusals, hours, appointments."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction

from anju.core.checks import bad
from anju.core.working_time import BANK_ZONE
from anju.platform.contacts.desk import rules_on
from anju.platform.contacts.facts import AppointmentCancelled, AppointmentMade, ConsentStated, HoursStated
from anju.platform.contacts.models import Appointment, Consent, Contact, ContactHours
from anju.platform.contacts.reads import mask_of, weekdays_of
from anju.platform.contacts.rows import ReasonMissing
from anju.platform.journal import operations as journal
from anju.platform.policies import queries as policies

HOURS_MAX = 14
_SCOPE = "appointment"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hours of the week: ISO weekdays, local times, half-open; `agreed`: may lie outside the usual window."""

    weekdays: Collection[int]
    start: time
    end: time
    agreed: bool = False

    @property
    def text(self) -> str:
        """As the journal keeps it."""
        days = ",".join(str(day) for day in sorted(self.weekdays))
        return f"{days} {self.start:%H:%M}-{self.end:%H:%M}"


def consent_state(
    *,
    person_id: int,
    purpose: str,
    agreed: bool,
    source: str,
    by: str,
    at: datetime,
    channel: str = "",
    wording_version: str = "",
) -> bool:
    """The person agrees to (or refuses) contact for a purpose, on one channel or all (""); whether that is new.

    Withdrawing is the same call as giving (PIPL Art. 15). Service, reminders and collection as a whole cannot be
    refused, a channel for them can. Raises BadInput.
    """
    _check_one_of("purpose", purpose, Contact.PURPOSES)
    _check_one_of("channel", channel, ("", *Contact.CHANNELS))
    _check_one_of("source", source, Consent.SOURCES)
    rules = rules_on(policies.params(), at.astimezone(BANK_ZONE).date())
    if not agreed and not channel and not rules.has("refusable_purposes", purpose):
        allowed = "|".join(sorted(rules.lists["refusable_purposes"]))
        raise bad(
            "purpose", purpose, allowed, zh=f"此类联系不能整体拒绝：{purpose}，可拒绝的是 {allowed}；可以拒绝其中一个渠道"
        )  # fmt: skip
    with transaction.atomic():
        live = (
            Consent.objects.select_for_update()
            .filter(person_id=person_id, purpose=purpose, channel=channel, active_to=None)
            .first()
        )
        if live is not None and live.agreed is agreed:
            return False
        if live is not None:
            Consent.objects.filter(id=live.pk).update(active_to=at)
        Consent.objects.create(
            person_id=person_id, purpose=purpose, channel=channel, agreed=agreed, source=source,
            wording_version=wording_version[:16], by=by, active_from=at,
        )  # fmt: skip
        fact = ConsentStated(("person", person_id), purpose, channel, agreed, source, wording_version[:16])
        journal.record(fact, at=at, actor=by)
    return True


def hours_set(*, person_id: int, hours: Collection[Wanted], source: str, by: str, at: datetime) -> bool:
    """These are the hours the person wants to be contacted in; none: any lawful time. Whether that is new.

    Raises BadInput.
    """
    _check_one_of("source", source, Consent.SOURCES)
    if len(hours) > HOURS_MAX:
        raise bad("hours", len(hours), f"at most {HOURS_MAX}")
    for each in hours:
        if not each.weekdays or not all(1 <= day <= 7 for day in each.weekdays):
            raise bad("weekdays", sorted(each.weekdays), "1 … 7")
        if each.start >= each.end:
            raise bad("hours", each.text, "start < end", allowed_zh="开始早于结束")
    new = {(mask_of(each.weekdays), each.start, each.end, each.agreed) for each in hours}
    with transaction.atomic():
        live = ContactHours.objects.select_for_update().filter(person_id=person_id, active_to=None)
        old = {(row.weekdays, row.start, row.end, row.agreed) for row in live}
        if new == old:
            return False
        live.update(active_to=at)
        ContactHours.objects.bulk_create(
            ContactHours(
                person_id=person_id, weekdays=mask, start=start, end=end, agreed=agreed, source=source, by=by,
                active_from=at,
            )
            for mask, start, end, agreed in sorted(new)
        )  # fmt: skip
        texts = [(agreed, Wanted(weekdays_of(mask), start, end).text) for mask, start, end, agreed in new]
        fact = HoursStated(
            ("person", person_id),
            sorted(text for agreed, text in texts if not agreed),
            sorted(text for agreed, text in texts if agreed),
            source,
        )
        journal.record(fact, at=at, actor=by)
    return True


def appoint(
    *,
    person_id: int,
    purpose: str,
    channel: str,
    starts_at: datetime,
    by: str,
    at: datetime,
    ends_at: datetime | None = None,
    note: str = "",
) -> int:
    """The person invited us at this time; id of the appointment. Without an end it lasts what the policy says.

    Raises BadInput: it lies ahead, within the policy's days, and lasts at most a day.
    """
    _check_one_of("purpose", purpose, Contact.PURPOSES)
    _check_one_of("channel", channel, Contact.CHANNELS)
    table, on = policies.params(), at.astimezone(BANK_ZONE).date()
    ends_at = ends_at or starts_at + timedelta(
        minutes=table.integer("contact_appointment_minutes", _SCOPE, on)
    )
    days = table.integer("contact_appointment_days_max", _SCOPE, on)
    if not at <= starts_at <= at + timedelta(days=days):
        raise bad(
            "starts_at", starts_at.isoformat(), f"within {days} days", allowed_zh=f"{days} 天以内的将来"
        )
    if not starts_at < ends_at <= starts_at + timedelta(days=1):
        raise bad(
            "ends_at", ends_at.isoformat(), "after the start, within a day", allowed_zh="晚于开始，一天以内"
        )
    with transaction.atomic():
        row = Appointment.objects.create(
            person_id=person_id, purpose=purpose, channel=channel, starts_at=starts_at, ends_at=ends_at,
            note=note[:200], by=by, made_at=at,
        )  # fmt: skip
        fact = AppointmentMade(("person", person_id), row.pk, purpose, channel, starts_at, ends_at)
        journal.record(fact, at=at, actor=by)
    return row.pk


def appointment_cancel(*, appointment_id: int, reason: str, by: str, at: datetime) -> bool:
    """It does not hold any more; whether it did. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing("appointment")
    with transaction.atomic():
        row = (
            Appointment.objects.select_for_update()
            .filter(id=appointment_id, cancelled_at=None, ends_at__gt=at)
            .first()
        )
        if row is None:
            return False
        Appointment.objects.filter(id=row.pk).update(cancelled_at=at)
        fact = AppointmentCancelled(("person", row.person_id), row.pk, reason[:200])
        journal.record(fact, at=at, actor=by)
    return True


def _check_one_of(field: str, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise bad(field, value, "|".join(allowed))
