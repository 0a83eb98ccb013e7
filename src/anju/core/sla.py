"""Deadlines on the wall clock, in working minutes, in working days; pause, resume (S4-017, S4-019, S0-02)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from anju.core.working_time import (
    WorkCalendar,
    WorkingHours,
    add_working_time,
    require_aware,
    working_time_between,
)

Kind = Literal["wall", "working_minutes", "working_days"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long a promise may take: `amount` minutes on the wall clock, working minutes, or working days."""

    kind: Kind
    amount: int

    def __post_init__(self) -> None:
        if self.kind not in ("wall", "working_minutes", "working_days"):
            raise ValueError(f"unknown kind of deadline: {self.kind}")
        if self.amount < 0:
            raise ValueError("a deadline cannot be negative")


def deadline_at(rule: Deadline, start_at: datetime, calendar: WorkCalendar, hours: WorkingHours) -> datetime:
    """The last instant at which the promise is still kept, in the zone of the hours.

    wall: start + minutes. working_minutes: that much working time after the start. working_days: the close of
    business of the n-th working day after the local day of the start, which itself never counts (n = 0: that
    day's close, or the next working day's).
    """
    start = require_aware(start_at)
    if rule.kind == "wall":
        return (start + timedelta(minutes=rule.amount)).astimezone(hours.zone)
    if rule.kind == "working_minutes":
        return add_working_time(calendar, hours, start, timedelta(minutes=rule.amount))
    local_day = start.astimezone(hours.zone).date()
    return hours.closing_at(calendar.add_working_days(local_day, rule.amount))


def is_met(deadline: datetime, done_at: datetime) -> bool:
    """Whether something done at an instant keeps the deadline; the deadline itself still does."""
    return require_aware(done_at) <= require_aware(deadline)


def remaining(
    rule: Deadline, deadline: datetime, paused_at: datetime, calendar: WorkCalendar, hours: WorkingHours
) -> timedelta:
    """Time left when the clock stops, in the rule's own time: wall time or working time. Negative when
    overdue.

    Working days are measured as working time to the close of the last day, so a pause neither gives nor takes
    a minute.
    """
    if rule.kind == "wall":
        return require_aware(deadline) - require_aware(paused_at)
    return working_time_between(calendar, hours, paused_at, deadline)


def remaining_minutes(
    rule: Deadline, deadline: datetime, paused_at: datetime, calendar: WorkCalendar, hours: WorkingHours
) -> int:
    """`remaining` in whole minutes, rounded down."""
    return remaining(rule, deadline, paused_at, calendar, hours) // timedelta(minutes=1)


def resumed_deadline_at(
    rule: Deadline,
    resumed_at: datetime,
    left: timedelta | int,
    calendar: WorkCalendar,
    hours: WorkingHours,
) -> datetime:
    """New deadline after a pause: the time left (a timedelta, or whole minutes) runs again from `resumed_at`.

    A clock that was overdue when it paused stays overdue: nothing left means the deadline is `resumed_at`.
    """
    amount = max(timedelta(minutes=left) if isinstance(left, int) else left, timedelta(0))
    if rule.kind == "wall":
        return (require_aware(resumed_at) + amount).astimezone(hours.zone)
    return add_working_time(calendar, hours, resumed_at, amount)
