"""A loan of the ledger for the tests of plan changes: opened on a day, lived through, changed."""

from datetime import date, timedelta
from itertools import count

from anju.contexts.servicing import operations, queries
from anju.contexts.servicing.models import Bill, Loan, Payment, Position
from anju.contexts.servicing.operations.base import closed_on
from anju.contexts.servicing.plan.contract import contract_of
from anju.contexts.servicing.queries import ChangeRow
from anju.core.csv_rows import csv_rows
from anju.core.policy import PolicyTable
from anju.core.rates import RateTables
from anju.core.schedule import Event, position, schedule
from anju.policy import path

from .book import TABLES, at_of, close, load, pay, payment, row

POLICY = PolicyTable.parse(csv_rows(path("policy_params.csv").read_text("utf-8")))
ACTOR = "system:test"
_keys = count(1)


def opened(on: date, **changes: str) -> Loan:
    """One loan as at the close of a day, everything due so far paid."""
    number = Loan.objects.count() + 1
    report = load([row(number, as_of_date=on.isoformat(), **changes)], on=on)
    assert report.rows_new == 1, queries.quarantine_page(report.import_id)
    return Loan.objects.select_related("product").latest("pk")


def money(loan: Loan, fen: int, on: date) -> None:
    """Money comes in on the open day and is posted at once."""
    if fen:
        pay(payment(loan.loan_no, f"{fen / 100:.2f}", on, f"M{next(_keys)}"), on=on)


def post(loan: Loan, event: Event, **more: object) -> ChangeRow:
    """Quote the event, bring what it costs, accept it."""
    if "accepted_total_fen" not in more:
        more["accepted_total_fen"] = queries.change_quote(loan.pk, event, tables=TABLES).total_fen
    given = {"idempotency_key": f"K{next(_keys)}", "asked_on": date(2000, 1, 1), **more}
    return operations.change_post(
        loan_id=loan.pk, event=event, at=at_of(event.on), actor=ACTOR, policy=POLICY, tables=TABLES, **given
    )  # type: ignore[arg-type]


def live(loan: Loan, last: date) -> None:
    """Day ends up to a day; every instalment is paid on its due day. Days on which nothing can happen are not closed."""
    while (day := _next_day(loan, last)) is not None:
        position = Position.objects.get(pk=loan.pk)
        if position.next_due_on == day:
            fen = position.next_principal_fen + position.next_interest_fen
            money(loan, max(fen - position.unapplied_fen, 0), day)
        close(day)


def _next_day(loan: Loan, last: date) -> date | None:
    position = Position.objects.get(pk=loan.pk)
    done = max(closed_on() or date.min, position.opened_on)
    coming = [day for day in (position.next_due_on, position.next_reprice_on, last) if day is not None]
    return min((day for day in coming if done < day <= last), default=None)


def open_day(loan: Loan) -> date:
    """The day on which a change can be posted."""
    return max(closed_on() or date.min, Position.objects.get(pk=loan.pk).opened_on) + timedelta(days=1)


def adds_up(loan: Loan) -> None:
    """Money in = what bills took + what waits; allocations, bills and payments agree to the fen."""
    for each in Payment.objects.filter(loan=loan).prefetch_related("allocations"):
        taken = sum(piece.amount_fen for piece in each.allocations.all())
        assert each.amount_fen == taken + each.unapplied_fen
    for bill in loan.bills.prefetch_related("allocations"):
        parts = {"interest": 0, "principal": 0, "fee": 0}
        for piece in bill.allocations.all():
            parts[piece.component] += piece.amount_fen
        fee = bill.fee_fen if bill.state == "paid" else 0
        assert parts == {"interest": bill.paid_interest_fen, "principal": bill.paid_principal_fen, "fee": fee}
    position = Position.objects.get(pk=loan.pk)
    assert position.unapplied_fen == sum(p.unapplied_fen for p in Payment.objects.filter(loan=loan))


def equals_the_fold(loan: Loan, on: date, tables: RateTables = TABLES) -> None:
    """Bills and position are what the core says of the contract and its events."""
    contract = contract_of(loan, on, tables)
    first = Position.objects.get(pk=loan.pk).opened_on
    rows = [
        (
            row.kind,
            row.seq,
            row.on,
            row.principal_fen,
            row.interest_fen,
            row.fee_fen,
            row.balance_after_fen,
            row.rate_ppm,
        )
        for row in schedule(contract.terms, contract.events)
        if first < row.on <= on and (row.amount_fen or row.kind in Bill.NUMBERED)
    ]
    bills = [
        (b.kind, b.seq, b.due_on, b.principal_fen, b.interest_fen, b.fee_fen, b.balance_after_fen, b.rate_ppm)
        for b in Bill.objects.filter(loan=loan).order_by("due_on", "pk")
    ]
    differing = [(bill, row) for bill, row in zip(bills, rows, strict=False) if bill != row]
    assert (len(bills), differing) == (len(rows), []), (len(bills), len(rows), differing[:2], contract.events)
    stored, now = Position.objects.get(pk=loan.pk), position(contract.terms, contract.events, on)
    assert (stored.balance_fen, stored.next_due_on) == (now.balance_fen, now.next_due_on)
    assert (stored.next_principal_fen, stored.next_interest_fen) == (
        now.next_principal_fen,
        now.next_interest_fen,
    )
    shown = [row for row in queries.schedule_of(loan.pk, on, tables=tables) if row.kind == "instalment"]
    folded = [row for row in schedule(contract.terms, contract.events) if row.kind == "instalment"]
    assert [(r.seq, r.due_on, r.amount_fen, r.balance_after_fen) for r in shown] == [
        (r.seq, r.on, r.amount_fen, r.balance_after_fen) for r in folded
    ]
    adds_up(loan)
