"""The notices of the last 30 days and how each channel was answered, read at once for a dry-run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from anju.core.lifecycles import proof_at_least
from anju.core.sms import segments
from anju.platform.contacts import queries as contacts
from anju.platform.notices import config
from anju.platform.notices.models import Attempt, Obligation

DAYS = 30
NOTICES_MAX = 5_000
"""The page waits for it: 0.8 CPU seconds for so many."""
ROWS_BACK_MAX = 3_000_000
"""Rows are numbered as they come: nothing older than so many is looked at."""

_NOT_ASKED = frozenset({"condition", "not_before", "cancelled"})
"""A step that was not taken for these reasons says nothing about the channel."""

_SPREAD, _KNUTH = 1000, 2_654_435_761


@dataclass(frozen=True, slots=True)
class Event:
    """A proof, so long after its message was sent."""

    after: timedelta
    rung: str


@dataclass(frozen=True, slots=True)
class Reply:
    """How a message on a channel is answered."""

    events: tuple[Event, ...]
    segments: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class PastNotice:
    """One notice as it is today."""

    id: int
    notice_type: str
    person_id: int
    journey: str
    owed_at: datetime
    deadline_at: datetime
    proof_required: str
    state: str
    rung: str
    proven_at: datetime | None
    ended_at: datetime | None
    was_exception: bool = False


@dataclass(frozen=True, slots=True)
class Habit:
    """How a channel was answered on the whole: shares in thousandths, typical delays."""

    proof_share: int = 0
    proof_rung: str = "acknowledged"
    proof_after: timedelta = timedelta(0)
    delivered_share: int = 0
    delivered_after: timedelta = timedelta(0)


@dataclass(slots=True)
class Past:
    """All that was read."""

    notices: list[PastNotice]
    limited: bool
    tries: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    habits: dict[str, Habit] = field(default_factory=dict)
    reachable: frozenset[tuple[int, str]] | None = None
    typical_segments: dict[str, int] = field(default_factory=dict)

    def sent(self, obligation_id: int) -> list[tuple[str, int]]:
        """(channel, SMS segments) of each step on which a message left; a repetition of a step counts once."""
        seen: dict[int, tuple[str, int]] = {}
        for row in self.tries.get(obligation_id, ()):
            if row["submitted_at"] is not None:
                seen.setdefault(row["step_no"], (row["channel"], row["segments"]))
        return [seen[step] for step in sorted(seen)]

    def answer(self, notice: PastNotice, channel: str) -> Reply | None:
        """How a message on this channel is answered; None: it does not leave."""
        rows = [row for row in self.tries.get(notice.id, ()) if row["channel"] == channel]
        for row in rows:
            if row["submitted_at"] is not None:
                return Reply(_events(notice, row), row["segments"])
        if any(row["error_class"] not in _NOT_ASKED for row in rows):
            return None
        kind = config.ADDRESS_KIND.get(channel)
        if kind is not None and not self._reaches(notice.person_id, kind):
            return None
        return self._typical(notice, channel)

    def _reaches(self, person_id: int, kind: str) -> bool:
        """Addresses are read when the first question needs them: they are encrypted, and many changes never ask."""
        if self.reachable is None:
            people = {notice.person_id for notice in self.notices}
            found = contacts.addresses_of(people).items()
            self.reachable = frozenset(key for key, row in found if row.usable)
        return (person_id, kind) in self.reachable

    def _typical(self, notice: PastNotice, channel: str) -> Reply:
        habit = self.habits.get(channel, Habit())
        place = notice.id * _KNUTH % _SPREAD
        events: tuple[Event, ...] = ()
        if place < habit.delivered_share:
            events += (Event(habit.delivered_after, "carrier_delivered"),)
        if place < habit.proof_share:
            events += (Event(habit.proof_after, habit.proof_rung),)
        parts = self.typical_segments.get(notice.notice_type, 0) if channel == "sms" else 0
        return Reply(events, parts, estimated=True)


def _events(notice: PastNotice, row: dict[str, Any]) -> tuple[Event, ...]:
    """What this message proved, and when. Only the proof that met the notice has its own instant; an opening that did
    not is taken for as old as the delivery."""
    rung, sent = row["rung"], row["submitted_at"]
    events: tuple[Event, ...] = ()
    if rung:
        capped = "carrier_delivered" if proof_at_least(rung, "opened") and notice.proven_at else rung
        events = (Event((row["delivered_at"] or sent) - sent, capped),)
    if row.get("proves") and notice.proven_at is not None:
        events += (Event(notice.proven_at - sent, notice.proof_required),)
    return events


def _mark_provers(past: Past) -> None:
    """The message that met each proven notice: the last one that carries the proof, else the last one sent before it."""
    for notice in past.notices:
        if notice.proven_at is None:
            continue
        sent = [
            row
            for row in past.tries.get(notice.id, ())
            if row["submitted_at"] is not None and row["submitted_at"] <= notice.proven_at
        ]
        carry = [row for row in sent if proof_at_least(row["rung"] or None, notice.proof_required)]
        if sent:
            (carry or sent)[-1]["proves"] = True


def read_past(journeys: Sequence[str], at: datetime) -> Past:
    """Notices owed in the last 30 days on these journeys, the newest `NOTICES_MAX`, with all that is known of them."""
    since = at - timedelta(days=DAYS)
    newest = Obligation.objects.order_by("-id").values_list("id", flat=True).first() or 0
    found = list(
        Obligation.objects.filter(
            id__gt=newest - ROWS_BACK_MAX, owed_at__gte=since, owed_at__lte=at, journey__in=list(journeys)
        )
        .order_by("-id")
        .values_list(
            "id", "notice_type", "person_id", "journey", "owed_at", "deadline_at", "proof_required", "state", "rung",
            "proven_at", "ended_at",
        )[: NOTICES_MAX + 1]
    )  # fmt: skip
    past = Past([PastNotice(*row) for row in found[:NOTICES_MAX]], len(found) > NOTICES_MAX)
    if past.notices:
        _read_tries(past)
        _mark_provers(past)
        past.habits = _habits(since)
    return past


def _read_tries(past: Past) -> None:
    rows = (
        Attempt.objects.filter(obligation_id__in=[notice.id for notice in past.notices])
        .order_by("id")
        .values(
            "obligation_id", "step_no", "channel", "rung", "submitted_at", "delivered_at", "error_class", "content__body",
        )
    )  # fmt: skip
    types = {notice.id: notice.notice_type for notice in past.notices}
    measured: dict[str, list[int]] = {}
    for found in rows.iterator(chunk_size=5000):
        row: dict[str, Any] = {**found}
        body = row.pop("content__body")
        row["segments"] = segments(body) if row["channel"] == "sms" and body else 0
        past.tries.setdefault(row["obligation_id"], []).append(row)
        if row["segments"]:
            measured.setdefault(types[row["obligation_id"]], []).append(row["segments"])
    past.typical_segments = {kind: sorted(values)[len(values) // 2] for kind, values in measured.items()}


_HABITS = """
SELECT channel, count(*),
       count(*) FILTER (WHERE rung = 'acknowledged'),
       count(*) FILTER (WHERE delivered_at IS NOT NULL),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - submitted_at))
           FILTER (WHERE rung = 'acknowledged'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM delivered_at - submitted_at))
FROM notices_attempt
WHERE id > (SELECT coalesce(max(id), 0) - %(back)s FROM notices_attempt) AND submitted_at >= %(since)s
GROUP BY channel
"""


def _habits(since: datetime) -> dict[str, Habit]:
    with connection.cursor() as cursor:
        cursor.execute(_HABITS, {"back": ROWS_BACK_MAX, "since": since})
        return {
            channel: Habit(
                proof_share=proven * _SPREAD // sent,
                proof_after=timedelta(seconds=float(proof_seconds or 0)),
                delivered_share=delivered * _SPREAD // sent,
                delivered_after=timedelta(seconds=float(delivered_seconds or 0)),
            )
            for channel, sent, proven, delivered, proof_seconds, delivered_seconds in cursor.fetchall()
        }
