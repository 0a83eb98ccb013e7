"""What happened to follow-up visits. Every fact stands on the loan's chain."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class _VisitFact:
    loan_id: int
    visit_id: int
    node: str

    @property
    def subject(self) -> tuple[str, int]:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {"visit_id": self.visit_id, "node": self.node}


@dataclass(frozen=True, slots=True)
class VisitPlanned(_VisitFact):
    """A node of the timetable is near."""

    KIND: ClassVar[str] = "followup.visit.planned"
    due_on: date

    def body(self) -> dict[str, Any]:
        return {**_VisitFact.body(self), "due_on": self.due_on.isoformat()}


@dataclass(frozen=True, slots=True)
class VisitNoticed(_VisitFact):
    """The borrower was told time, purpose and outline (S1-05)."""

    KIND: ClassVar[str] = "followup.visit.noticed"


@dataclass(frozen=True, slots=True)
class VisitDone(_VisitFact):
    """Ability and willingness were graded; changes are against the last visit of the loan, None for the first
    (S0-06).
    """

    KIND: ClassVar[str] = "followup.visit.done"
    staff_id: int
    ability: int
    willingness: int
    ability_change: int | None
    willingness_change: int | None

    def body(self) -> dict[str, Any]:
        return {
            **_VisitFact.body(self),
            "staff_id": self.staff_id,
            "ability": self.ability,
            "willingness": self.willingness,
            "ability_change": self.ability_change,
            "willingness_change": self.willingness_change,
        }


@dataclass(frozen=True, slots=True)
class VisitRefused(_VisitFact):
    """A party said explicitly that they do not want it, and why (S1-01, S1-03)."""

    KIND: ClassVar[str] = "followup.visit.refused"
    staff_id: int
    party: str
    reason: str

    def body(self) -> dict[str, Any]:
        return {
            **_VisitFact.body(self),
            "staff_id": self.staff_id,
            "party": self.party,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class VisitMissed(_VisitFact):
    """It did not take place; nobody refused it."""

    KIND: ClassVar[str] = "followup.visit.missed"
    on: date

    def body(self) -> dict[str, Any]:
        return {**_VisitFact.body(self), "on": self.on.isoformat()}


@dataclass(frozen=True, slots=True)
class VisitCancelled(_VisitFact):
    """The loan is settled: there is nothing to follow up."""

    KIND: ClassVar[str] = "followup.visit.cancelled"
    reason: str

    def body(self) -> dict[str, Any]:
        return {**_VisitFact.body(self), "reason": self.reason}
