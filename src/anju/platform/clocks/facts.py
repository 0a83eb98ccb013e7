"""What happens to deadlines. Facts stand on the chain of the clock's subject."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from anju.platform.journal.facts import Fields, Subject


@dataclass(frozen=True, slots=True)
class ClockFact(Fields):
    """Common to all: which clock, and its deadline."""

    clock_id: int
    name: str
    subject: Subject
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ClockBreached(ClockFact):
    """The deadline passed and what was promised was not done."""

    KIND: ClassVar[str] = "clocks.breached"
    branch_id: int


@dataclass(frozen=True, slots=True)
class ClockPaused(ClockFact):
    """The clock stopped for a reason that is not ours."""

    KIND: ClassVar[str] = "clocks.paused"
    reason: str
    remaining_minutes: int


@dataclass(frozen=True, slots=True)
class ClockResumed(ClockFact):
    """The clock runs again; ``due_at`` is the new deadline."""

    KIND: ClassVar[str] = "clocks.resumed"


@dataclass(frozen=True, slots=True)
class ClockCancelled(ClockFact):
    """The promise is void."""

    KIND: ClassVar[str] = "clocks.cancelled"
    reason: str
