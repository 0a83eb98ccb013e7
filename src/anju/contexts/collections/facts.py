"""What happened in a collections case. Every fact stands on the loan's chain."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from anju.contexts.servicing.facts import LoanFact


@dataclass(frozen=True, slots=True)
class CaseOpened(LoanFact):
    """A loan became overdue and has no open case yet; `rung` is the first one entered."""

    KIND: ClassVar[str] = "collections.case.opened"
    case_id: int
    on: date
    rung: int
    days_past_due: int
    overdue_fen: int


@dataclass(frozen=True, slots=True)
class RungMoved(LoanFact):
    """A case entered a rung of the overdue ladder; `from_rung` 0 is the start."""

    KIND: ClassVar[str] = "collections.rung.moved"
    case_id: int
    on: date
    from_rung: int
    to_rung: int
    days_past_due: int
    overdue_fen: int
    policy_version: str


@dataclass(frozen=True, slots=True)
class CaseClosed(LoanFact):
    """The stretch of arrears is over; `reason` is a code (`cured`, `settled`)."""

    KIND: ClassVar[str] = "collections.case.closed"
    case_id: int
    on: date
    reason: str
    rung: int


@dataclass(frozen=True, slots=True)
class CallRecorded(LoanFact):
    """Time, content and result of a call (S3-19). The note's text stays in the row; here stands that there is
    one.
    """

    KIND: ClassVar[str] = "collections.call.recorded"
    case_id: int
    call_id: int
    contact_id: int
    staff_id: int
    called_at: datetime
    outcome_code: str
    answered: bool
    identity_checked: bool
    willingness: str
    overdue_reason: str
    recording_ref: str
    has_note: bool


@dataclass(frozen=True, slots=True)
class PromiseTaken(LoanFact):
    """A borrower promised an amount by a date."""

    KIND: ClassVar[str] = "collections.promise.taken"
    case_id: int
    promise_id: int
    amount_fen: int
    due_on: date
    staff_id: int


@dataclass(frozen=True, slots=True)
class _PromiseResolved(LoanFact):
    case_id: int
    promise_id: int
    on: date
    amount_fen: int
    paid_fen: int
    due_on: date


@dataclass(frozen=True, slots=True)
class PromiseKept(_PromiseResolved):
    """The ledger received the promised amount within the promised days."""

    KIND: ClassVar[str] = "collections.promise.kept"


@dataclass(frozen=True, slots=True)
class PromiseBroken(_PromiseResolved):
    """The promised day passed and the ledger had received less."""

    KIND: ClassVar[str] = "collections.promise.broken"
