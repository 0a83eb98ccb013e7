"""What happens to work items. Facts stand on the chain of the item's subject."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from anju.platform.journal.facts import Fields, Subject


@dataclass(frozen=True, slots=True)
class WorkFact(Fields):
    """Common to all: the item, its queue and its kind."""

    item_id: int
    queue: str
    kind: str
    subject: Subject


@dataclass(frozen=True, slots=True)
class WorkOpened(WorkFact):
    """A person has something to do, until ``due_at``."""

    KIND: ClassVar[str] = "work.opened"
    due_at: datetime


@dataclass(frozen=True, slots=True)
class WorkClosed(WorkFact):
    """Done, with what came of it."""

    KIND: ClassVar[str] = "work.closed"
    outcome_code: str
    staff_id: int
    late: bool


@dataclass(frozen=True, slots=True)
class WorkRecorded(WorkFact):
    """Something was done and recorded, but the item stays open until ``again_at`` and after."""

    KIND: ClassVar[str] = "work.recorded"
    outcome_code: str
    staff_id: int
    again_at: datetime


@dataclass(frozen=True, slots=True)
class WorkSkipped(WorkFact):
    """A person passed the item over, for a reason."""

    KIND: ClassVar[str] = "work.skipped"
    staff_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class WorkAssigned(WorkFact):
    """A supervisor gave the item to a person, or to nobody in particular (None)."""

    KIND: ClassVar[str] = "work.assigned"
    assignee_id: int | None
    staff_id: int


@dataclass(frozen=True, slots=True)
class WorkCancelled(WorkFact):
    """Its ground is gone."""

    KIND: ClassVar[str] = "work.cancelled"
    reason: str


@dataclass(frozen=True, slots=True)
class WorkDeferred(WorkFact):
    """A person put the item aside until ``again_at``, for a reason: nobody meets it before."""

    KIND: ClassVar[str] = "work.deferred"
    staff_id: int
    again_at: datetime
    reason: str
