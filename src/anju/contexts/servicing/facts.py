"""What happened to loans, in the past tense. Everything about a loan is on the loan's own chain."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from anju.platform.journal.facts import Subject


@dataclass(frozen=True, slots=True)
class LoanOpened:
    """A loan came in; its position is that at the close of ``opened_on``."""

    KIND: ClassVar[str] = "servicing.loan.opened"
    loan_id: int
    opened_on: date
    import_id: int
    paid_periods: int
    balance_fen: int

    @property
    def subject(self) -> Subject:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {
            "opened_on": self.opened_on.isoformat(),
            "import_id": self.import_id,
            "paid_periods": self.paid_periods,
            "balance_fen": self.balance_fen,
        }


@dataclass(frozen=True, slots=True)
class BillIssued:
    """An instalment fell due."""

    KIND: ClassVar[str] = "servicing.bill.issued"
    loan_id: int
    bill_id: int
    seq: int
    due_on: date
    principal_fen: int
    interest_fen: int

    @property
    def subject(self) -> Subject:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {
            "bill_id": self.bill_id,
            "seq": self.seq,
            "due_on": self.due_on.isoformat(),
            "principal_fen": self.principal_fen,
            "interest_fen": self.interest_fen,
        }


@dataclass(frozen=True, slots=True)
class PaymentPosted:
    """Money was put against bills; ``unapplied_fen`` waits for the next one. A loan that is settled keeps all of it."""

    KIND: ClassVar[str] = "servicing.payment.posted"
    loan_id: int
    payment_id: int
    paid_on: date
    amount_fen: int
    applied_fen: int
    unapplied_fen: int

    @property
    def subject(self) -> Subject:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {
            "payment_id": self.payment_id,
            "paid_on": self.paid_on.isoformat(),
            "amount_fen": self.amount_fen,
            "applied_fen": self.applied_fen,
            "unapplied_fen": self.unapplied_fen,
        }


@dataclass(frozen=True, slots=True)
class ArrearsStarted:
    """A loan has an instalment that is unpaid after its due date."""

    KIND: ClassVar[str] = "servicing.arrears.started"
    loan_id: int
    on: date
    oldest_due_on: date
    overdue_fen: int
    days_past_due: int

    @property
    def subject(self) -> Subject:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {
            "on": self.on.isoformat(),
            "oldest_due_on": self.oldest_due_on.isoformat(),
            "overdue_fen": self.overdue_fen,
            "days_past_due": self.days_past_due,
        }


@dataclass(frozen=True, slots=True)
class ArrearsCleared:
    """Nothing is overdue any more."""

    KIND: ClassVar[str] = "servicing.arrears.cleared"
    loan_id: int
    on: date
    days_past_due_before: int

    @property
    def subject(self) -> Subject:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {"on": self.on.isoformat(), "days_past_due_before": self.days_past_due_before}


@dataclass(frozen=True, slots=True)
class LoanRepriced:
    """The rate changed on a repricing date (S4-059). ``provisional``: an LPR that was due is not loaded."""

    KIND: ClassVar[str] = "servicing.loan.repriced"
    loan_id: int
    effective_on: date
    from_ppm: int
    to_ppm: int
    source: str
    provisional: bool

    @property
    def subject(self) -> Subject:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {
            "effective_on": self.effective_on.isoformat(),
            "from_ppm": self.from_ppm,
            "to_ppm": self.to_ppm,
            "source": self.source,
            "provisional": self.provisional,
        }


@dataclass(frozen=True, slots=True)
class LoanSettled:
    """The last instalment is paid and no balance is left."""

    KIND: ClassVar[str] = "servicing.loan.settled"
    loan_id: int
    on: date

    @property
    def subject(self) -> Subject:
        return ("loan", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {"on": self.on.isoformat()}


@dataclass(frozen=True, slots=True)
class ImportLoaded:
    """A file was loaded."""

    KIND: ClassVar[str] = "servicing.import.loaded"
    import_id: int
    kind: str
    sha256: str
    rows_total: int
    rows_new: int
    rows_changed: int
    rows_same: int
    rows_bad: int

    @property
    def subject(self) -> Subject:
        return ("import", self.import_id)

    def body(self) -> dict[str, Any]:
        names = ("kind", "sha256", "rows_total", "rows_new", "rows_changed", "rows_same", "rows_bad")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class MirrorDiffers:
    """Figures of a tape differ from ours; the rows are in the table of differences."""

    KIND: ClassVar[str] = "servicing.mirror.differs"
    import_id: int
    balance: int
    next_instalment: int
    days_past_due: int

    @property
    def subject(self) -> Subject:
        return ("import", self.import_id)

    def body(self) -> dict[str, Any]:
        return {
            "balance": self.balance, "next_instalment": self.next_instalment, "days_past_due": self.days_past_due
        }  # fmt: skip
