"""Deadlines as people read them: what is left in working time, the instant itself, colour and words."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from anju.core.working_time import WorkCalendar, WorkingHours, working_minutes_between
from anju.platform.policies import queries as policies
from anju.web import format as fmt
from anju.web.faces import ClockFace, clock_face

FAR = timedelta(days=400)


def minutes_left(due_at: datetime, at: datetime) -> int:
    """Working minutes until a deadline, negative when it has passed; beyond 400 days plain minutes."""
    if abs(due_at - at) > FAR:
        return (due_at - at) // timedelta(minutes=1)
    minute = at.replace(second=0, microsecond=0)
    version = policies.version("special_days.csv") + policies.version("working_hours.toml")
    return _left(due_at, minute, version)


@lru_cache(maxsize=4096)
def _left(due_at: datetime, at: datetime, version: str) -> int:
    calendar: WorkCalendar = policies.calendar()
    hours: WorkingHours = policies.hours()
    return working_minutes_between(calendar, hours, at, due_at)


def due(due_at: datetime, at: datetime) -> dict[str, str]:
    """A deadline in a row of a list: ``text``, ``abs``, ``iso``, ``tone``."""
    late = due_at < at
    left = minutes_left(due_at, at)
    tone = "bad" if late else "warn" if left <= 60 else "calm"
    text = fmt.remaining(min(left, -1) if late else left)
    return {"due_text": text, "due_abs": fmt.moment(due_at), "due_iso": due_at.isoformat(), "tone": tone}


class RunningClock(Protocol):
    """A clock as the platform's queries show it."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def remaining_minutes(self) -> int | None: ...


def faces(clocks: Sequence[RunningClock], at: datetime, label: Callable[[str], str]) -> list[ClockFace]:
    """Faces of clock rows, the most urgent first; ``label`` names a clock by its code."""
    made = []
    for clock in sorted(clocks, key=lambda one: one.due_at):
        left = clock.remaining_minutes if clock.state == "paused" else minutes_left(clock.due_at, at)
        made.append(
            clock_face(
                label=label(clock.name),
                state=clock.state,
                due_at=clock.due_at,
                minutes_left=left or 0,
                why=getattr(clock, "pause_reason", "") or "",
            )
        )
    return made
