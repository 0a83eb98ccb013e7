"""What happened to loans, in the past tense. Everything about a loan is on the loan's own chain."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from anju.platform.journal.facts import AboutFields


@dataclass(frozen=True, slots=True)
class LoanFact(AboutFields):
    """Something that happened to a loan."""

    ABOUT: ClassVar[tuple[str, str]] = ("loan", "loan_id")
    loan_id: int


@dataclass(frozen=True, slots=True)
class LoanOpened(LoanFact):
    """A loan came in; its position is that at the close of ``opened_on``."""

    KIND: ClassVar[str] = "servicing.loan.opened"
    opened_on: date
    import_id: int
    paid_periods: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class BillIssued(LoanFact):
    """An instalment fell due."""

    KIND: ClassVar[str] = "servicing.bill.issued"
    bill_id: int
    seq: int
    due_on: date
    principal_fen: int
    interest_fen: int


@dataclass(frozen=True, slots=True)
class PaymentPosted(LoanFact):
    """Money was put against bills; ``unapplied_fen`` waits for the next one. A loan that is settled keeps all of it."""

    KIND: ClassVar[str] = "servicing.payment.posted"
    payment_id: int
    paid_on: date
    amount_fen: int
    applied_fen: int
    unapplied_fen: int


@dataclass(frozen=True, slots=True)
class ArrearsStarted(LoanFact):
    """A loan has an instalment that is unpaid after its due date."""

    KIND: ClassVar[str] = "servicing.arrears.started"
    on: date
    oldest_due_on: date
    overdue_fen: int
    days_past_due: int


@dataclass(frozen=True, slots=True)
class ArrearsCleared(LoanFact):
    """Nothing is overdue any more."""

    KIND: ClassVar[str] = "servicing.arrears.cleared"
    on: date
    days_past_due_before: int


@dataclass(frozen=True, slots=True)
class LoanRepriced(LoanFact):
    """The rate changed on a repricing date (S4-059). ``provisional``: an LPR that was due is not loaded."""

    KIND: ClassVar[str] = "servicing.loan.repriced"
    effective_on: date
    from_ppm: int
    to_ppm: int
    source: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class RepricingCorrected(LoanFact):
    """The LPR that a repricing lacked is there: ``since`` is the repricing date, ``from_ppm`` what was applied, ``to_ppm`` what is
    right. ``added_fen``: interest that falls due with the next instalment; ``credited_fen``: paid too much, now money received and not
    used; ``unclaimed_fen``: too little was asked for, and nothing is left to bill it with. Equal rates: the provisional one was right.
    """

    KIND: ClassVar[str] = "servicing.repricing.corrected"
    on: date
    since: date
    from_ppm: int
    to_ppm: int
    added_fen: int
    credited_fen: int
    unclaimed_fen: int
    instalment_before_fen: int
    instalment_fen: int
    next_due_on: date | None
    next_amount_fen: int
    source: str


@dataclass(frozen=True, slots=True)
class LoanSettled(LoanFact):
    """The last instalment is paid and no balance is left."""

    KIND: ClassVar[str] = "servicing.loan.settled"
    on: date


@dataclass(frozen=True, slots=True)
class PlanChanged(LoanFact):
    """An event of the plan was accepted and posted (S4-057, S4-058). ``event`` and ``kind`` as stored; ``figures`` those of the
    quote; ``payments``: id and fen of the money it took."""

    KIND: ClassVar[str] = "servicing.plan.changed"
    event_id: int
    kind: str
    on: date
    event: dict[str, Any]
    principal_fen: int
    interest_fen: int
    fee_fen: int
    figures: dict[str, Any]
    payments: list[list[int]]
    policy_version: str


@dataclass(frozen=True, slots=True)
class ImportLoaded(AboutFields):
    """A file was loaded."""

    KIND: ClassVar[str] = "servicing.import.loaded"
    ABOUT: ClassVar[tuple[str, str]] = ("import", "import_id")
    import_id: int
    kind: str
    sha256: str
    rows_total: int
    rows_new: int
    rows_changed: int
    rows_same: int
    rows_bad: int


@dataclass(frozen=True, slots=True)
class MirrorDiffers(AboutFields):
    """Figures of a tape differ from ours; the rows are in the table of differences."""

    KIND: ClassVar[str] = "servicing.mirror.differs"
    ABOUT: ClassVar[tuple[str, str]] = ("import", "import_id")
    import_id: int
    balance: int
    next_instalment: int
    days_past_due: int
