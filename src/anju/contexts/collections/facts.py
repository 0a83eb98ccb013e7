"""What happened in a collections case. Every fact stands on the loan's chain."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """A loan became overdue and has no open case yet; `rung` is the first one entered."""

    KIND: ClassVar[str] = "collections.case.opened"
    loan_id: int
    case_id: int
    on: date
    rung: int
    days_past_due: int
    overdue_fen: int

    @property
    def subject(self) -> tuple[str, int]:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "on": self.on.isoformat(),
            "rung": self.rung,
            "days_past_due": self.days_past_due,
            "overdue_fen": self.overdue_fen,
        }


@dataclass(frozen=True, slots=True)
class RungMoved:
    """A case entered a rung of the overdue ladder; `from_rung` 0 is the start."""

    KIND: ClassVar[str] = "collections.rung.moved"
    loan_id: int
    case_id: int
    on: date
    from_rung: int
    to_rung: int
    days_past_due: int
    overdue_fen: int
    policy_version: str

    @property
    def subject(self) -> tuple[str, int]:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "on": self.on.isoformat(),
            "from_rung": self.from_rung,
            "to_rung": self.to_rung,
            "days_past_due": self.days_past_due,
            "overdue_fen": self.overdue_fen,
            "policy_version": self.policy_version,
        }


@dataclass(frozen=True, slots=True)
class CaseClosed:
    """The stretch of arrears is over; `reason` is a code (`cured`, `settled`)."""

    KIND: ClassVar[str] = "collections.case.closed"
    loan_id: int
    case_id: int
    on: date
    reason: str
    rung: int

    @property
    def subject(self) -> tuple[str, int]:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {"case_id": self.case_id, "on": self.on.isoformat(), "reason": self.reason, "rung": self.rung}


@dataclass(frozen=True, slots=True)
class CallRecorded:
    """Time, content and result of a call (S3-19). The note's text stays in the row; here stands that there is
    one.
    """

    KIND: ClassVar[str] = "collections.call.recorded"
    loan_id: int
    case_id: int
    call_id: int
    contact_id: int
    staff_id: int
    at: datetime
    outcome_code: str
    answered: bool
    identity_checked: bool
    willingness: str
    overdue_reason: str
    recording_ref: str
    has_note: bool

    @property
    def subject(self) -> tuple[str, int]:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "call_id": self.call_id,
            "contact_id": self.contact_id,
            "staff_id": self.staff_id,
            "called_at": self.at.isoformat(),
            "outcome_code": self.outcome_code,
            "answered": self.answered,
            "identity_checked": self.identity_checked,
            "willingness": self.willingness,
            "overdue_reason": self.overdue_reason,
            "recording_ref": self.recording_ref,
            "has_note": self.has_note,
        }


@dataclass(frozen=True, slots=True)
class PromiseTaken:
    """A borrower promised an amount by a date."""

    KIND: ClassVar[str] = "collections.promise.taken"
    loan_id: int
    case_id: int
    promise_id: int
    amount_fen: int
    due_on: date
    staff_id: int

    @property
    def subject(self) -> tuple[str, int]:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "promise_id": self.promise_id,
            "amount_fen": self.amount_fen,
            "due_on": self.due_on.isoformat(),
            "staff_id": self.staff_id,
        }


@dataclass(frozen=True, slots=True)
class _PromiseResolved:
    loan_id: int
    case_id: int
    promise_id: int
    on: date
    amount_fen: int
    paid_fen: int
    due_on: date

    @property
    def subject(self) -> tuple[str, int]:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "promise_id": self.promise_id,
            "on": self.on.isoformat(),
            "amount_fen": self.amount_fen,
            "paid_fen": self.paid_fen,
            "due_on": self.due_on.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class PromiseKept(_PromiseResolved):
    """The ledger received the promised amount within the promised days."""

    KIND: ClassVar[str] = "collections.promise.kept"


@dataclass(frozen=True, slots=True)
class PromiseBroken(_PromiseResolved):
    """The promised day passed and the ledger had received less."""

    KIND: ClassVar[str] = "collections.promise.broken"
