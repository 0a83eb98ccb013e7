"""What happens to deadlines. Facts stand on the chain of the clock's subject."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from anju.platform.journal.facts import Subject


@dataclass(frozen=True, slots=True)
class ClockFact:
    """Common to all: which clock, and its deadline."""

    clock_id: int
    name: str
    subject: Subject
    due_at: datetime

    def body(self) -> dict[str, Any]:
        return {"clock_id": self.clock_id, "name": self.name, "due_at": self.due_at.isoformat()}


@dataclass(frozen=True, slots=True)
class ClockBreached(ClockFact):
    """The deadline passed and what was promised was not done."""

    KIND: ClassVar[str] = "clocks.breached"
    branch_id: int

    def body(self) -> dict[str, Any]:
        return {**ClockFact.body(self), "branch_id": self.branch_id}


@dataclass(frozen=True, slots=True)
class ClockPaused(ClockFact):
    """The clock stopped for a reason that is not ours."""

    KIND: ClassVar[str] = "clocks.paused"
    reason: str
    remaining_minutes: int

    def body(self) -> dict[str, Any]:
        return {**ClockFact.body(self), "reason": self.reason, "remaining_minutes": self.remaining_minutes}


@dataclass(frozen=True, slots=True)
class ClockResumed(ClockFact):
    """The clock runs again; ``due_at`` is the new deadline."""

    KIND: ClassVar[str] = "clocks.resumed"


@dataclass(frozen=True, slots=True)
class ClockCancelled(ClockFact):
    """The promise is void."""

    KIND: ClassVar[str] = "clocks.cancelled"
    reason: str

    def body(self) -> dict[str, Any]:
        return {**ClockFact.body(self), "reason": self.reason}
