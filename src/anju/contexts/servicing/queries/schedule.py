"""The schedule of a loan: what was paid, what is billed, and the computed rest."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import cast

from anju.contexts.servicing.models import Bill, Loan, Position
from anju.contexts.servicing.operations.base import rate_tables
from anju.contexts.servicing.operations.opening import rate_terms
from anju.core.rates import RateTables, rate_path
from anju.core.schedule import Terms, schedule
from anju.core.schedule.due import FirstDue
from anju.core.schedule.terms import Method

STATES = ("paid_before", "paid", "open", "overdue", "future")


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One instalment, fen. ``paid_before``: paid before the loan came in here, so no bill exists; ``future``: computed."""

    seq: int
    due_on: date
    principal_fen: int
    interest_fen: int
    amount_fen: int
    balance_after_fen: int
    rate_ppm: int
    state: str
    paid_fen: int
    paid_on: date | None


def schedule_of(loan_id: int, on: date, *, tables: RateTables | None = None) -> list[ScheduleRow]:
    """Every instalment of a loan as known on a date: rates of the future are those of today. Raises KeyError."""
    loan = Loan.objects.filter(pk=loan_id).first()
    position = Position.objects.filter(pk=loan_id).first()
    if loan is None or position is None:
        raise KeyError(loan_id)
    bills = {bill.seq: bill for bill in Bill.objects.filter(loan_id=loan_id)}
    rows = []
    for each in schedule(terms_of(loan, on, tables)):
        bill = bills.get(each.seq)
        if bill is not None:
            rows.append(_billed(bill, on))
            continue
        state = "paid_before" if each.seq < position.seq_next else "future"
        rows.append(
            ScheduleRow(
                each.seq, each.due_on, each.principal_fen, each.interest_fen, each.amount_fen, each.balance_after_fen,
                each.rate_ppm, state, each.amount_fen if state == "paid_before" else 0, None,
            )
        )  # fmt: skip
    return rows


def terms_of(loan: Loan, on: date, tables: RateTables | None = None) -> Terms:
    """The core's terms of a loan with the rate path known on a date. Raises LprMissing, ProvidentRateMissing."""
    path = rate_path(
        rate_terms(loan, loan.spread_bp),
        loan.start_on,
        loan.months,
        tables or rate_tables(),
        on,
        allow_missing=True,
    )
    method, first_due = cast("Method", loan.method), cast("FirstDue", loan.first_due)
    return Terms(loan.principal_fen, loan.months, method, loan.start_on, loan.due_day, first_due, path)


def _billed(bill: Bill, on: date) -> ScheduleRow:
    state = "paid" if bill.state == "paid" else "overdue" if bill.due_on < on else "open"
    return ScheduleRow(
        bill.seq,
        bill.due_on,
        bill.principal_fen,
        bill.interest_fen,
        bill.principal_fen + bill.interest_fen,
        bill.balance_after_fen,
        bill.rate_ppm,
        state,
        bill.paid_principal_fen + bill.paid_interest_fen,
        bill.paid_on,
    )


@dataclass(frozen=True, slots=True)
class InstalmentDue:
    """A coming instalment, for reminders."""

    loan_id: int
    loan_no: str
    person_id: int
    branch_id: int
    seq: int
    due_on: date
    amount_fen: int
    unapplied_fen: int


def instalments_due(on: date, branch_ids: Collection[int] | None = None) -> list[InstalmentDue]:
    """Instalments of active loans that fall due on a date and are not billed yet. Not paged: reminders go to all."""
    rows = Position.objects.filter(next_due_on=on, loan__state="active")
    if branch_ids is not None:
        rows = rows.filter(loan__branch_id__in=branch_ids)
    found = rows.order_by("loan_id").values_list(
        "loan_id", "loan__loan_no", "loan__borrower_id", "loan__branch_id", "seq_next", "next_due_on",
        "next_principal_fen", "next_interest_fen", "unapplied_fen",
    )  # fmt: skip
    return [
        InstalmentDue(loan, number, person, branch, seq, due_on, principal + interest, unapplied)
        for loan, number, person, branch, seq, due_on, principal, interest, unapplied in found
        if due_on is not None
    ]
