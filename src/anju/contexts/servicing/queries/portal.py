"""Reads for the borrower's own pages: positions of several loans at once, and why the rate is what it is."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from anju.contexts.servicing.models import Bill, Loan, LoanParty, Position
from anju.contexts.servicing.plan.contract import contract_of
from anju.contexts.servicing.queries.loans import LoanRow, PositionRow, loans_of_person
from anju.core.rates import RateStep

_COPIED = (
    "loan_id", "seq_next", "balance_fen", "instalment_fen", "rate_ppm", "next_due_on", "next_principal_fen",
    "next_interest_fen", "oldest_unpaid_due_on", "overdue_fen", "days_past_due", "unapplied_fen", "opened_on",
    "next_reprice_on", "as_of_on",
)  # fmt: skip


DEBTORS = ("borrower", "co_borrower")


def loans_owed_by(person_id: int) -> list[LoanRow]:
    """Loans this person owes; one they only guarantee is not theirs to look at."""
    rows = LoanParty.objects.filter(person_id=person_id, role__in=DEBTORS)
    ids = set(rows.values_list("loan_id", flat=True))
    return [row for row in loans_of_person(person_id) if row.id in ids]


def positions(loan_ids: Collection[int]) -> dict[int, PositionRow]:
    """Positions by loan id, those that exist; two queries however many loans."""
    billed: dict[int, int] = defaultdict(int)
    bills = Bill.objects.filter(loan_id__in=list(loan_ids), state="open")
    for loan_id, principal, paid in bills.values_list("loan_id", "principal_fen", "paid_principal_fen"):
        billed[loan_id] += principal - paid
    found = {}
    for row in Position.objects.filter(pk__in=list(loan_ids)).values(*_COPIED):
        found[row["loan_id"]] = PositionRow(
            **row,
            outstanding_fen=row["balance_fen"] + billed[row["loan_id"]],
            next_amount_fen=row["next_principal_fen"] + row["next_interest_fen"],
        )
    return found


def rate_steps_of(loan_id: int, on: date) -> tuple[RateStep, ...]:
    """The rate of a loan from payout to a date, step by step with the reason of each. Raises KeyError."""
    loan = Loan.objects.select_related("product").filter(pk=loan_id).first()
    if loan is None:
        raise KeyError(loan_id)
    return contract_of(loan, on).terms.rate_path
