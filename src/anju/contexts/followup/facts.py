"""What happened to follow-up visits. Every fact stands on the loan's chain."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from anju.contexts.servicing.facts import LoanFact


@dataclass(frozen=True, slots=True)
class _VisitFact(LoanFact):
    visit_id: int
    node: str


@dataclass(frozen=True, slots=True)
class VisitPlanned(_VisitFact):
    """A node of the timetable is near."""

    KIND: ClassVar[str] = "followup.visit.planned"
    due_on: date


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


@dataclass(frozen=True, slots=True)
class VisitRefused(_VisitFact):
    """A party said explicitly that they do not want it, and why (S1-01, S1-03)."""

    KIND: ClassVar[str] = "followup.visit.refused"
    staff_id: int
    party: str
    reason: str


@dataclass(frozen=True, slots=True)
class VisitMissed(_VisitFact):
    """It did not take place; nobody refused it."""

    KIND: ClassVar[str] = "followup.visit.missed"
    on: date


@dataclass(frozen=True, slots=True)
class VisitCancelled(_VisitFact):
    """The loan is settled: there is nothing to follow up."""

    KIND: ClassVar[str] = "followup.visit.cancelled"
    reason: str
