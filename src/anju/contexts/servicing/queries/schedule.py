"""The schedule of a loan: what was paid, what is billed, and the computed rest."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from anju.contexts.servicing.models import Bill, Position
from anju.contexts.servicing.plan.contract import Contract, contract_of, terms_of
from anju.core.rates import RateTables
from anju.core.schedule import Row, schedule

__all__ = ["STATES", "InstalmentDue", "ScheduleRow", "instalments_due", "schedule_of", "terms_of"]

STATES = ("paid_before", "paid", "open", "overdue", "future")


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One row of the schedule, fen. ``paid_before``: paid before the loan came in here, so no bill exists; ``future``: computed.

    ``kind``: instalment, holiday (nothing falls due), stub (interest before the first whole period, due alone), or what an
    event of the plan posted: prepayment, payoff, capitalised, waived; ``seq`` of these is that of the due date before them, and
    ``fee_fen`` is part of the amount. ``added_fen`` is interest that became principal, ``forgiven_fen`` interest given up;
    neither is paid.
    """

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
    kind: str = "instalment"
    fee_fen: int = 0
    added_fen: int = 0
    forgiven_fen: int = 0


def schedule_of(loan_id: int, on: date, *, tables: RateTables | None = None) -> list[ScheduleRow]:
    """Every row of a loan's plan as known on a date: rates of the future are those of today, later events are not known.

    Raises KeyError.
    """
    position = Position.objects.select_related("loan__product").filter(pk=loan_id).first()
    if position is None:
        raise KeyError(loan_id)
    loan = position.loan
    contract = (
        contract_of(loan, on, tables) if position.is_as_applied else Contract(terms_of(loan, on, tables), ())
    )
    known = Bill.objects.filter(loan_id=loan_id)
    if position.by_fold:
        known = known.filter(due_on__lte=on)  # later ones may be what later events made of them
    bills: dict[tuple[object, ...], list[Bill]] = {}
    for bill in known.order_by("due_on", "pk"):
        bills.setdefault(_key(bill.kind, bill.seq, bill.due_on), []).append(bill)
    rows = []
    past = max(on, position.opened_on)
    for row in schedule(contract.terms, contract.events):
        found = bills.get(_key(row.kind, row.seq, row.on))
        is_past = row.seq < position.seq_next and row.on <= past and not _is_coming(row, position)
        rows.append(_billed(found.pop(0), row, on) if found else _computed(row, is_past))
    return rows


def _is_coming(row: Row, position: Position) -> bool:
    """Whether a stub, which has no number of its own, is still to be billed."""
    return row.kind == "stub" and position.next_due_on is not None and row.on >= position.next_due_on


def _key(kind: str, seq: int, on: date) -> tuple[object, ...]:
    """Which rows of the fold and which bills are the same: instalments by number, others by day, in order."""
    return ("instalment", seq) if kind in Bill.NUMBERED else (kind, on)


def _computed(row: Row, is_past: bool) -> ScheduleRow:
    state = "future"
    if row.kind in Bill.DUE:
        state = "paid_before" if is_past else "future"
    elif row.amount_fen == 0:
        state = "paid"  # no money: it happened, nothing is left to pay
    paid = row.amount_fen if state == "paid_before" else 0
    return ScheduleRow(
        row.seq, row.on, row.principal_fen, row.interest_fen, row.amount_fen, row.balance_after_fen, row.rate_ppm, state,
        paid, row.on if state == "paid" else None, row.kind, row.fee_fen, row.added_fen, row.forgiven_fen,
    )  # fmt: skip


def _billed(bill: Bill, row: Row, on: date) -> ScheduleRow:
    state = "paid" if bill.state == "paid" else "overdue" if bill.due_on < on else "open"
    fee = bill.fee_fen
    return ScheduleRow(
        bill.seq, bill.due_on, bill.principal_fen, bill.interest_fen, bill.principal_fen + bill.interest_fen + fee,
        bill.balance_after_fen, bill.rate_ppm, state, bill.paid_principal_fen + bill.paid_interest_fen + fee, bill.paid_on,
        bill.kind, fee, row.added_fen, row.forgiven_fen,
    )  # fmt: skip


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
