"""Overrides 特批: asked for by one person, decided by a supervisor who is another, used once, expired by the sweep."""

from datetime import datetime, timedelta

from django.db import transaction

from anju.core.checks import bad
from anju.core.lifecycles import OVERRIDE
from anju.core.working_time import BANK_ZONE
from anju.platform.contacts.desk import Desk
from anju.platform.contacts.facts import OverrideAsked, OverrideExpired, OverrideGranted, OverrideRefused
from anju.platform.contacts.models import Contact, Override
from anju.platform.contacts.rows import (
    OverrideNeedless,
    OverrideNotOpen,
    OverrideNotPossible,
    OverrideOwn,
    OverrideUnauthorised,
    ReasonMissing,
    Wish,
)
from anju.platform.identity import queries as identity
from anju.platform.identity.roles import may
from anju.platform.journal import operations as journal
from anju.platform.policies import queries as policies

PERMISSION = "contact.override"
EXPIRE_MAX = 1000


def override_ask(
    *,
    person_id: int,
    purpose: str,
    channel: str,
    from_at: datetime,
    to_at: datetime,
    reason: str,
    by: str,
    at: datetime,
    branch_id: int | None = None,
) -> int:
    """Ask to be allowed one contact in a time, half-open; id of the override.

    Raises, in this order: BadInput, ReasonMissing, OverrideNeedless (nothing stands against it at `from_at`),
    OverrideNotPossible (something does that no supervisor may set aside).
    """
    for field, value, allowed in (
        ("purpose", purpose, Contact.PURPOSES), ("channel", channel, Contact.CHANNELS),
    ):  # fmt: skip
        if value not in allowed:
            raise bad(field, value, "|".join(allowed))
    _check_time(from_at, to_at, at)
    if not reason.strip():
        raise ReasonMissing("override")
    wish = Wish(person_id, purpose, channel)
    begins = max(from_at, at)
    desk = Desk([wish], begins, actor=by)
    verdict = desk.verdict(wish)
    if verdict.ok:
        raise OverrideNeedless(verdict)
    rules = desk.rules(person_id)
    if not all(rules.has("overridable_reasons", code) for code in verdict.codes):
        raise OverrideNotPossible(verdict)
    with transaction.atomic():
        row = Override.objects.create(
            person_id=person_id, branch_id=branch_id, purpose=purpose, channel=channel, from_at=from_at, to_at=to_at,
            reason=reason.strip()[:200], asked_by=by, asked_at=at,
        )  # fmt: skip
        fact = OverrideAsked(
            ("person", person_id), row.pk, purpose, channel, from_at, to_at, row.reason, list(verdict.codes)
        )
        journal.record(fact, at=at, actor=by)
    return row.pk


def _check_time(from_at: datetime, to_at: datetime, at: datetime) -> None:
    table, on = policies.params(), at.astimezone(BANK_ZONE).date()
    hours = table.integer("contact_override_hours_max", "override", on)
    days = table.integer("contact_override_days_ahead_max", "override", on)
    if to_at <= at or from_at > at + timedelta(days=days):
        raise bad("from_at", from_at.isoformat(), f"within {days} days", allowed_zh=f"{days} 天以内的将来")
    if not from_at < to_at <= from_at + timedelta(hours=hours):
        raise bad(
            "to_at", to_at.isoformat(), f"after the start, within {hours} hours",
            allowed_zh=f"晚于开始，{hours} 小时以内",
        )  # fmt: skip


def override_grant(*, override_id: int, staff_id: int, reason: str, at: datetime) -> None:
    """A supervisor allows it, once. Raises, in this order: ReasonMissing, OverrideUnauthorised, OverrideNotOpen (decided
    before, or its time is over), OverrideOwn.
    """
    with transaction.atomic():
        row = _decide(override_id, staff_id, reason, at, "granted")
        fact = OverrideGranted(("person", row.person_id), row.pk, reason.strip()[:200])
        journal.record(fact, at=at, actor=f"staff:{staff_id}")


def override_refuse(*, override_id: int, staff_id: int, reason: str, at: datetime) -> None:
    """A supervisor does not allow it. Raises as `override_grant`."""
    with transaction.atomic():
        row = _decide(override_id, staff_id, reason, at, "refused")
        fact = OverrideRefused(("person", row.person_id), row.pk, reason.strip()[:200])
        journal.record(fact, at=at, actor=f"staff:{staff_id}")


def _decide(override_id: int, staff_id: int, reason: str, at: datetime, state: str) -> Override:
    if not reason.strip():
        raise ReasonMissing("override")
    if not may(identity.staff_role(staff_id), PERMISSION):
        raise OverrideUnauthorised
    row = Override.objects.select_for_update().filter(id=override_id).first()
    if row is None or row.state != "asked" or row.to_at <= at:
        raise OverrideNotOpen(row.state if row else "")
    if row.asked_by == f"staff:{staff_id}":
        raise OverrideOwn
    OVERRIDE.require(row.state, state)
    row.state, row.decided_by, row.decided_at = state, f"staff:{staff_id}", at
    row.decision_reason = reason.strip()[:200]
    row.save()
    return row


def overrides_expire(*, at: datetime) -> int:
    """Those whose time passed without a decision or without use; how many."""
    with transaction.atomic():
        rows = list(
            Override.objects.select_for_update(skip_locked=True)
            .filter(state__in=("asked", "granted"), to_at__lte=at)
            .order_by("id")[:EXPIRE_MAX]
        )
        if not rows:
            return 0
        facts = []
        for row in rows:
            OVERRIDE.require(row.state, "expired")
            facts.append(OverrideExpired(("person", row.person_id), row.pk, row.state))
        Override.objects.filter(id__in=[row.pk for row in rows]).update(state="expired")
        journal.record_many(facts, at=at, actor="system:contacts")
    return len(rows)
