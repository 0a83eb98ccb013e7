"""Loans moved by the fold of ``core.schedule``: those with plan events, and those whose product has conventions of its own.

They are few; each is folded anew from its contract and its stored events, inside the transactions of the day's operations.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from anju.contexts.servicing.facts import BillIssued, LoanRepriced
from anju.contexts.servicing.models import Bill, LoanEvent, Position
from anju.contexts.servicing.operations.base import copy_rows
from anju.contexts.servicing.operations.opening import OpenBill, Opening, Stated, clause_of, provisional_steps
from anju.contexts.servicing.operations.repricing_rules import next_repricing_on
from anju.contexts.servicing.plan.contract import REPRICED, Contract, contracts_of, is_extended
from anju.contexts.servicing.plan.rates import LoanTerms
from anju.core.rates import RateTables
from anju.core.rates.state_rates import SHORT_TERM_MONTHS_MAX
from anju.core.schedule import MONTHS_MAX, Row, lived, position
from anju.core.schedule import Position as FoldPosition
from anju.platform.journal.facts import Fact

BATCH = 2_000
_MOVED = (
    "by_fold", "seq_next", "balance_fen", "instalment_fen", "rate_ppm", "period_start_on", "period_rate_ppm", "rate_since_on",
    "rate_days", "instalment_after_fen", "next_due_on", "next_principal_fen", "next_interest_fen", "next_reprice_on",
    "added_interest_fen", "provisional_on", "as_of_on",
)  # fmt: skip
"""Columns of a position that moving it may change."""

_REPRICING = """
SELECT loan_id FROM servicing_position
WHERE by_fold AND next_reprice_on <= %(on)s AND next_due_on > %(on)s ORDER BY loan_id FOR UPDATE
"""
_FALLING = "SELECT loan_id FROM servicing_position WHERE by_fold AND next_due_on <= %(on)s ORDER BY loan_id FOR UPDATE"


@dataclass(slots=True)
class Folded:
    """What moving loans forward brought: bills and facts to record, and the counts of repricing."""

    bills: list[BillIssued] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    examined: int = 0
    provisional: int = 0

    @property
    def repriced(self) -> int:
        """How many rates differ from the one before."""
        return sum(isinstance(fact, LoanRepriced) for fact in self.facts)


def reprice_folded(cursor: Any, *, on: date, at: datetime, tables: RateTables | None) -> Folded:
    """Loans by fold whose repricing date has come and of which nothing falls due; the others are moved with their bills."""
    return _move(cursor, _REPRICING, on=on, at=at, tables=tables)


def bill_folded(cursor: Any, *, on: date, at: datetime, tables: RateTables | None) -> Folded:
    """Bills of every instalment due up to a day of loans by fold, and what they repriced meanwhile."""
    return _move(cursor, _FALLING, on=on, at=at, tables=tables)


def _move(cursor: Any, which: str, *, on: date, at: datetime, tables: RateTables | None) -> Folded:
    cursor.execute(which, {"on": on})
    ids = [row[0] for row in cursor.fetchall()]
    done = Folded()
    for first in range(0, len(ids), BATCH):
        some = Position.objects.select_related("loan__product").filter(pk__in=ids[first : first + BATCH])
        found = list(some.order_by("pk"))
        contracts = contracts_of([stored.loan for stored in found], on, tables)
        moved = [
            _moved(stored, contract, on=on, at=at, done=done)
            for stored, contract in zip(found, contracts, strict=True)
        ]
        _write(moved, done)
        _write_positions(cursor, found)
    return done


def move_one(stored: Position, contract: Contract, *, on: date, at: datetime, done: Folded) -> None:
    """Bring one loan, whose position is locked, to the close of a day: rates, bills, position."""
    _write([_moved(stored, contract, on=on, at=at, done=done)], done)
    stored.save()


@dataclass(slots=True)
class _Moved:
    """What of one loan is to be stored."""

    events: list[LoanEvent]
    bills: list[Bill]


def _moved(stored: Position, contract: Contract, *, on: date, at: datetime, done: Folded) -> _Moved:
    """Move the position in memory; the events and bills that this brings."""
    events = _reprice(stored, contract, on, at, done)
    past, now = lived(contract.terms, contract.events, on)
    rows = [row for row in past if _is_new(stored, row)]
    if rows:
        stored.period_start_on = rows[-1].on
    _follow(stored, contract, now)
    return _Moved(events, [_bill(stored.loan_id, row) for row in rows])


def _write(moved: Sequence[_Moved], done: Folded) -> None:
    """Events and bills of loans, and what is to be told of the bills."""
    LoanEvent.objects.bulk_create(event for each in moved for event in each.events)
    bills = Bill.objects.bulk_create(bill for each in moved for bill in each.bills)
    done.bills += [
        BillIssued(bill.loan_id, bill.pk, bill.seq, bill.due_on, bill.principal_fen, bill.interest_fen)
        for bill in bills
        if bill.kind != "holiday"
    ]


def _write_positions(cursor: Any, found: Sequence[Position]) -> None:
    """All of them by one statement."""
    names = ", ".join(_MOVED)
    cursor.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS folded ON COMMIT DROP AS SELECT loan_id, {names} FROM servicing_position WITH NO DATA"  # noqa: S608 -- our own column names
    )
    cursor.execute("TRUNCATE folded")
    rows = ((stored.loan_id, *(getattr(stored, name) for name in _MOVED)) for stored in found)
    copy_rows(cursor, "folded", f"loan_id, {names}", rows)
    sets = ", ".join(f"{name} = f.{name}" for name in _MOVED)
    cursor.execute(
        f"UPDATE servicing_position p SET {sets} FROM folded f WHERE p.loan_id = f.loan_id"  # noqa: S608 -- our own column names
    )


def _is_new(stored: Position, row: Row) -> bool:
    """Whether a row fell due and is not billed yet."""
    if row.kind == "stub":
        return stored.next_due_on is not None and row.on >= stored.next_due_on
    return row.kind in Bill.NUMBERED and row.seq >= stored.seq_next


def store(stored: Position, contract: Contract, on: date) -> None:
    """Write the position as the fold has it at the close of a day."""
    _follow(stored, contract, position(contract.terms, contract.events, on))
    stored.save()


def _follow(stored: Position, contract: Contract, now: FoldPosition) -> None:
    """The stored position as the fold has it, in memory."""
    stored.by_fold = True
    stored.seq_next, stored.balance_fen, stored.instalment_fen = (
        now.next_seq,
        now.balance_fen,
        now.instalment_fen,
    )
    stored.rate_ppm = stored.period_rate_ppm = now.rate_ppm
    stored.rate_since_on, stored.rate_days = stored.period_start_on, 0
    stored.instalment_after_fen, stored.next_due_on = now.instalment_fen, now.next_due_on
    stored.next_principal_fen, stored.next_interest_fen = now.next_principal_fen, now.next_interest_fen
    stored.next_reprice_on = _next_reprice_on(stored.loan, contract, now.on, now.end_on)
    stored.added_interest_fen = 0
    stored.as_of_on = max(stored.as_of_on, now.on)


def _next_reprice_on(loan: LoanTerms, contract: Contract, on: date, end_on: date | None) -> date | None:
    """The first repricing date after a day on which something is still to come; also in a term that was made longer."""
    clause = clause_of(loan)
    short_provident = clause.kind == "provident" and clause.months <= SHORT_TERM_MONTHS_MAX
    if is_extended(contract.events) and not short_provident:
        clause = replace(clause, months=MONTHS_MAX)
    coming = next_repricing_on(clause, on)
    return coming if coming is not None and end_on is not None and coming < end_on else None


def opening_by_fold(loan: LoanTerms, contract: Contract, said: Stated) -> Opening:
    """The opening of a loan at the close of a date, as ``openings`` makes it, by the core's fold and with its events."""
    past, now = lived(contract.terms, contract.events, said.on)
    due = [row for row in past if row.kind in Bill.DUE]
    unpaid = _unpaid(due, said, loan.start_on)
    periods = sum(row.kind in Bill.NUMBERED for row in due)
    start_on = due[-1].on if due else loan.start_on
    return Opening(
        on=said.on, due_periods=periods, paid_periods=periods - sum(row.kind in Bill.NUMBERED for row in unpaid),
        balance_fen=now.balance_fen, instalment_fen=now.instalment_fen,
        rate_ppm=now.rate_ppm, period_start_on=start_on, period_rate_ppm=now.rate_ppm, rate_since_on=start_on, rate_days=0,
        instalment_after_fen=now.instalment_fen, next_due_on=now.next_due_on,
        next_reprice_on=_next_reprice_on(loan, contract, said.on, now.end_on),
        next_principal_fen=now.next_principal_fen, next_interest_fen=now.next_interest_fen,
        provisional=provisional_steps(contract.terms.rate_path, 0),
        bills=[
            OpenBill(row.seq, row.on, row.principal_fen, row.interest_fen, row.rate_ppm, row.balance_after_fen, row.kind)
            for row in unpaid if row.amount_fen
        ],
        by_fold=True,
    )  # fmt: skip


def _unpaid(due: Sequence[Row], said: Stated, start_on: date) -> list[Row]:
    """Those of the rows due that are open (docs/reference/tape.md, "Opening"). A stub taken at payout never is; one that fell due
    alone is when the days past due reach back to it and no period is paid."""
    due = [row for row in due if row.kind != "stub" or row.on > start_on]
    since = said.open_from
    if since is None and said.days_past_due:
        since = said.on - timedelta(days=said.days_past_due)
    late = [row for row in due if since is not None and row.on >= since]
    if said.open_from is not None or said.paid_periods is None:
        return late
    paid = said.paid_periods
    return [row for row in due if (row in late and not paid if row.kind == "stub" else row.seq > paid)]


def _reprice(stored: Position, contract: Contract, on: date, at: datetime, done: Folded) -> list[LoanEvent]:
    """What the repricing dates up to a day brought, to be stored and told. Also where nothing changed: it stands as applied."""
    since, rate = stored.next_reprice_on, stored.rate_ppm
    events: list[LoanEvent] = []
    if since is None or since > on:
        return events
    done.examined += 1
    for step in contract.terms.rate_path:
        if not since <= step.effective_on <= on:
            continue
        fact = LoanRepriced(
            stored.loan_id, step.effective_on, rate, step.rate_ppm, step.source, step.provisional
        )
        body = {name: value for name, value in fact.body().items() if name != "effective_on"}
        events.append(
            LoanEvent(
                loan_id=stored.loan_id,
                kind=REPRICED,
                effective_on=step.effective_on,
                recorded_at=at,
                body=body,
            )
        )
        done.provisional += step.provisional
        if step.provisional:
            stored.provisional_on = stored.provisional_on or step.effective_on
        done.facts += [fact] if step.rate_ppm != rate else []
        rate = step.rate_ppm
    return events


def _bill(loan_id: int, row: Row) -> Bill:
    paid = row.amount_fen == 0
    return Bill(
        loan_id=loan_id, kind=row.kind, seq=row.seq, due_on=row.on, principal_fen=row.principal_fen,
        interest_fen=row.interest_fen, rate_ppm=row.rate_ppm, balance_after_fen=row.balance_after_fen,
        state="paid" if paid else "open", paid_on=row.on if paid else None,
    )  # fmt: skip
