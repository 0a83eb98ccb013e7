"""Deadlines: start, pause, resume, meet, cancel, sweep (S0-02, S4-017, S4-019).

One live clock per name and subject. A breach is a fact on the chain of the subject; so are pause, resume and
cancel, because they move or lift a promise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction

from anju.core import sla
from anju.core.lifecycles import CLOCK
from anju.platform.clocks import facts
from anju.platform.clocks.models import Clock
from anju.platform.clocks.queries import live
from anju.platform.journal.facts import Subject
from anju.platform.journal.operations import record, record_many
from anju.platform.policies import queries as policies

__all__ = [
    "ClockMissing", "NewClock", "ReasonMissing", "cancel", "cancel_many", "live", "meet", "meet_many",
    "pause", "resume", "start", "start_many", "sweep",
]  # fmt: skip

ACTOR = "system:clocks"


class ClockMissing(LookupError):
    """The subject has no live clock of this name."""

    def __init__(self, name: str, subject: Subject) -> None:
        self.message_zh = f"没有进行中的时限 {name}({subject[0]} {subject[1]})"
        self.message_en = f"no live clock {name} on {subject[0]} {subject[1]}"
        super().__init__(f"{self.message_zh} / {self.message_en}")


class ReasonMissing(ValueError):
    """A pause or a cancellation needs a reason."""


@dataclass(frozen=True, slots=True)
class NewClock:
    """A deadline to start. ``rule`` as in ``core.sla``: ``{"kind": "wall"|"working_minutes"|"working_days",
    "amount": n}``.

    ``due_at`` overrides the rule's own deadline (for one that stands in a document, such as a promised day).
    """

    name: str
    subject: Subject
    branch_id: int
    rule: Mapping[str, Any]
    due_at: datetime | None = None


def _deadline(rule: Mapping[str, Any]) -> sla.Deadline:
    return sla.Deadline(rule["kind"], rule["amount"])


_START = """
INSERT INTO clocks_clock
    (name, subject_type, subject_id, branch_id, rule, due_at, started_at, state, pause_reason)
SELECT n.*, %s, 'running', ''
FROM jsonb_to_recordset(%s::jsonb) n(
    name text, subject_type text, subject_id bigint, branch_id bigint, rule jsonb, due_at timestamptz)
ON CONFLICT (name, subject_type, subject_id) WHERE state IN ('running', 'paused') DO NOTHING
"""


def start_many(rows: Sequence[NewClock], *, at: datetime) -> int:
    """Start clocks in one statement; a subject that has a live clock of the name keeps it. Returns how many
    are new.

    Raises ValueError for a rule that ``core.sla`` does not know.
    """
    if not rows:
        return 0
    calendar, hours = policies.calendar(), policies.hours()
    due: dict[tuple[str, int], datetime] = {}
    for row in rows:
        rule = _deadline(row.rule)
        if row.due_at is None and (rule.kind, rule.amount) not in due:
            due[rule.kind, rule.amount] = sla.deadline_at(rule, at, calendar, hours)
    new = [
        {
            "name": row.name,
            "subject_type": row.subject[0],
            "subject_id": row.subject[1],
            "branch_id": row.branch_id,
            "rule": {"kind": row.rule["kind"], "amount": row.rule["amount"]},
            "due_at": row.due_at or due[row.rule["kind"], row.rule["amount"]],
        }
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(_START, [at, orjson.dumps(new).decode()])
        count: int = cursor.rowcount
    return count


def start(
    *,
    name: str,
    subject: Subject,
    branch_id: int,
    rule: Mapping[str, Any],
    at: datetime,
    due_at: datetime | None = None,
) -> int:
    """Start one clock, or find the live one of this name on the subject. Returns its id."""
    with transaction.atomic():
        start_many([NewClock(name, subject, branch_id, rule, due_at)], at=at)
        return _lock_live(name, subject).pk


def _lock_live(name: str, subject: Subject) -> Clock:
    found = Clock.objects.select_for_update(of=("self",)).filter(
        name=name, subject_type=subject[0], subject_id=subject[1], state__in=("running", "paused")
    )
    clock = found.first()
    if clock is None:
        raise ClockMissing(name, subject)
    return clock


def pause(*, name: str, subject: Subject, reason: str, at: datetime, actor: str = ACTOR) -> bool:
    """Stop a running clock and keep the time left, in the rule's own time. Records ``clocks.paused``.

    False: it was past its deadline and is breached instead, for a pause does not undo a missed promise.
    Raises ReasonMissing, ClockMissing, UnlawfulTransition (paused already).
    """
    if not reason.strip():
        raise ReasonMissing(name)
    with transaction.atomic():
        clock = _lock_live(name, subject)
        CLOCK.require(clock.state, "paused")
        if not sla.is_met(clock.due_at, at):
            _end([clock.pk], "breached", at)
            return False
        rule = _deadline(clock.rule)
        left = sla.remaining_minutes(rule, clock.due_at, at, policies.calendar(), policies.hours())
        clock.state, clock.paused_at, clock.pause_reason = "paused", at, reason.strip()[:200]
        clock.remaining_minutes = left
        clock.save(update_fields=["state", "paused_at", "pause_reason", "remaining_minutes"])
        record(
            facts.ClockPaused(clock.pk, name, subject, clock.due_at, clock.pause_reason, left),
            at=at,
            actor=actor,
        )
    return True


def resume(*, name: str, subject: Subject, at: datetime, actor: str = ACTOR) -> datetime:
    """Let a paused clock run again with the time it had left. Returns the new deadline. Records
    ``clocks.resumed``.

    Raises ClockMissing, UnlawfulTransition (it is running).
    """
    with transaction.atomic():
        clock = _lock_live(name, subject)
        CLOCK.require(clock.state, "running")
        rule, left = _deadline(clock.rule), clock.remaining_minutes or 0
        clock.due_at = sla.resumed_deadline_at(rule, at, left, policies.calendar(), policies.hours())
        clock.state, clock.paused_at, clock.remaining_minutes = "running", None, None
        clock.save(update_fields=["state", "due_at", "paused_at", "remaining_minutes"])
        record(facts.ClockResumed(clock.pk, name, subject, clock.due_at), at=at, actor=actor)
        return clock.due_at


def meet(*, name: str, subject: Subject, at: datetime) -> bool:
    """What was promised is done. True: in time. False: there is no live clock, or it was late, which is a
    breach.
    """
    return meet_many([(name, subject)], at=at) == 1


_LIVE_OF = """
SELECT c.id, c.state = 'paused' OR c.due_at >= %s FROM clocks_clock c
JOIN jsonb_to_recordset(%s::jsonb) n(name text, subject_type text, subject_id bigint)
  USING (name, subject_type, subject_id)
WHERE c.state IN ('running', 'paused') ORDER BY c.id FOR UPDATE OF c
"""


def meet_many(rows: Sequence[tuple[str, Subject]], *, at: datetime) -> int:
    """End live clocks (name, subject) as met, those past their deadline as breached. Returns how many were in
    time.
    """
    if not rows:
        return 0
    with transaction.atomic():
        found = _lock_many(rows, at)
        _end([clock_id for clock_id, in_time in found if not in_time], "breached", at)
        met = [clock_id for clock_id, in_time in found if in_time]
        _end(met, "met", at)
    return len(met)


def cancel(*, name: str, subject: Subject, at: datetime, reason: str, actor: str = ACTOR) -> bool:
    """Lift a deadline whose ground is gone. False: there was none. Records ``clocks.cancelled``. Raises
    ReasonMissing.
    """
    return cancel_many([(name, subject)], at=at, reason=reason, actor=actor) == 1


def cancel_many(rows: Sequence[tuple[str, Subject]], *, at: datetime, reason: str, actor: str = ACTOR) -> int:
    """Lift live deadlines (name, subject). Those past their deadline are breached, not lifted. Returns how
    many lifted.
    """
    if not reason.strip():
        raise ReasonMissing
    if not rows:
        return 0
    with transaction.atomic():
        found = _lock_many(rows, at)
        _end([clock_id for clock_id, in_time in found if not in_time], "breached", at)
        lifted = [clock_id for clock_id, in_time in found if in_time]
        _end(lifted, "cancelled", at, actor=actor, reason=reason.strip()[:200])
    return len(lifted)


def _lock_many(rows: Sequence[tuple[str, Subject]], at: datetime) -> list[tuple[int, bool]]:
    wanted = [{"name": name, "subject_type": kind, "subject_id": number} for name, (kind, number) in rows]
    with connection.cursor() as cursor:
        cursor.execute(_LIVE_OF, [at, orjson.dumps(wanted).decode()])
        found: list[tuple[int, bool]] = cursor.fetchall()
    return found


def _end(ids: Sequence[int], state: str, at: datetime, *, actor: str = ACTOR, reason: str = "") -> None:
    """Put locked clocks into a final state, with the facts that go with it."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clocks_clock SET state = %s, ended_at = %s, paused_at = NULL, remaining_minutes = NULL"
            " WHERE id = ANY(%s) RETURNING id, name, subject_type, subject_id, due_at, branch_id",
            [state, at, list(ids)],
        )
        rows = cursor.fetchall()
    if state == "breached":
        record_many(
            [
                facts.ClockBreached(pk, name, (kind, number), due, branch)
                for pk, name, kind, number, due, branch in rows
            ],
            at=at,
            actor=actor,
        )
    elif state == "cancelled":
        record_many(
            [
                facts.ClockCancelled(pk, name, (kind, number), due, reason)
                for pk, name, kind, number, due, _ in rows
            ],
            at=at,
            actor=actor,
        )


def sweep(*, at: datetime, limit: int = 1000) -> int:
    """Breach running clocks whose deadline has passed, oldest first. Returns how many. Any number may sweep
    at once.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM clocks_clock WHERE state = 'running' AND due_at < %s"
                " ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED",
                [at, limit],
            )
            ids = [row[0] for row in cursor.fetchall()]
        _end(ids, "breached", at)
    return len(ids)
