"""What happens to work items. Facts stand on the chain of the item's subject."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from anju.platform.journal.facts import Subject


@dataclass(frozen=True, slots=True)
class WorkFact:
    """Common to all: the item, its queue and its kind."""

    item_id: int
    queue: str
    kind: str
    subject: Subject

    def body(self) -> dict[str, Any]:
        return {"item_id": self.item_id, "queue": self.queue, "kind": self.kind}


@dataclass(frozen=True, slots=True)
class WorkOpened(WorkFact):
    """A person has something to do, until ``due_at``."""

    KIND: ClassVar[str] = "work.opened"
    due_at: datetime

    def body(self) -> dict[str, Any]:
        return {**WorkFact.body(self), "due_at": self.due_at.isoformat()}


@dataclass(frozen=True, slots=True)
class WorkClosed(WorkFact):
    """Done, with what came of it."""

    KIND: ClassVar[str] = "work.closed"
    outcome_code: str
    staff_id: int
    late: bool

    def body(self) -> dict[str, Any]:
        return {
            **WorkFact.body(self),
            "outcome_code": self.outcome_code, "staff_id": self.staff_id, "late": self.late,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkRecorded(WorkFact):
    """Something was done and recorded, but the item stays open until ``again_at`` and after."""

    KIND: ClassVar[str] = "work.recorded"
    outcome_code: str
    staff_id: int
    again_at: datetime

    def body(self) -> dict[str, Any]:
        return {
            **WorkFact.body(self), "outcome_code": self.outcome_code, "staff_id": self.staff_id,
            "again_at": self.again_at.isoformat(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkSkipped(WorkFact):
    """A person passed the item over, for a reason."""

    KIND: ClassVar[str] = "work.skipped"
    staff_id: int
    reason: str

    def body(self) -> dict[str, Any]:
        return {**WorkFact.body(self), "staff_id": self.staff_id, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class WorkAssigned(WorkFact):
    """A supervisor gave the item to a person, or to nobody in particular (None)."""

    KIND: ClassVar[str] = "work.assigned"
    assignee_id: int | None
    staff_id: int

    def body(self) -> dict[str, Any]:
        return {**WorkFact.body(self), "assignee_id": self.assignee_id, "staff_id": self.staff_id}


@dataclass(frozen=True, slots=True)
class WorkCancelled(WorkFact):
    """Its ground is gone."""

    KIND: ClassVar[str] = "work.cancelled"
    reason: str

    def body(self) -> dict[str, Any]:
        return {**WorkFact.body(self), "reason": self.reason}
