"""Rates on their repricing dates, set-based (S4-059): the running period is split by days, later ones are levelled anew."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from anju.contexts.servicing.facts import LoanRepriced
from anju.contexts.servicing.operations.base import ACTOR, Counts, copy_rows, rate_tables
from anju.contexts.servicing.operations.folding import reprice_folded
from anju.contexts.servicing.operations.repricing_rules import (
    NewRate,
    RateClause,
    next_repricing_on,
    repricer,
)
from anju.core.rates import RateTables
from anju.core.schedule import level_payment_fen, stub_interest_fen
from anju.platform.journal.facts import Fact
from anju.platform.journal.operations import record_many

BATCH = 50_000

_COMING = """
SELECT p.loan_id, p.next_reprice_on, p.rate_ppm, p.period_rate_ppm, p.rate_since_on, p.rate_days, p.balance_fen,
       p.instalment_fen, p.instalment_after_fen, p.seq_next, p.next_due_on, p.next_principal_fen, p.next_interest_fen,
       p.added_interest_fen,
       l.method, l.rate_kind, l.tenor, l.repricing, l.cycle_months, l.home, l.start_on, l.months, l.lpr_since, l.spread_ppm
FROM servicing_position p JOIN servicing_loan l ON l.id = p.loan_id
WHERE p.next_reprice_on <= %(on)s AND p.next_reprice_on <= p.next_due_on AND NOT p.by_fold
ORDER BY p.loan_id
LIMIT %(limit)s
FOR UPDATE OF p
"""

_UPDATE = """
UPDATE servicing_position p
SET rate_ppm = r.rate, rate_since_on = r.since, rate_days = r.rate_days, next_interest_fen = r.interest,
    instalment_after_fen = r.after, next_reprice_on = r.next_on,
    provisional_on = CASE WHEN r.provisional THEN coalesce(p.provisional_on, r.effective_on) ELSE p.provisional_on END,
    as_of_on = CASE WHEN p.rate_ppm = r.rate THEN p.as_of_on ELSE greatest(p.as_of_on, r.effective_on) END
FROM repriced r WHERE p.loan_id = r.loan_id
"""

_COLUMNS = (
    "loan_id bigint, rate int, since date, rate_days bigint, interest bigint, after bigint, next_on date, effective_on date,"
    " provisional boolean"
)


@dataclass(slots=True)
class _Row:
    loan_id: int
    on: date
    rate_ppm: int
    period_rate_ppm: int
    rate_since_on: date
    rate_days: int
    balance_fen: int
    instalment_fen: int
    instalment_after_fen: int
    seq_next: int
    next_due_on: date
    next_principal_fen: int
    next_interest_fen: int
    added_interest_fen: int
    method: str
    rate_kind: str
    tenor: str
    repricing: str
    cycle_months: int
    home: str
    start_on: date
    months: int
    lpr_since: date | None
    spread_ppm: int

    @property
    def clause(self) -> RateClause:
        return RateClause(
            self.rate_kind,
            self.tenor,
            self.repricing,
            self.cycle_months,
            self.home,
            self.start_on,
            self.months,
            self.lpr_since,
        )


def loans_reprice(*, on: date, at: datetime, tables: RateTables | None = None) -> Counts:
    """Move every loan whose repricing date has come to its new rate. Again: nothing.

    Where the LPR that a date needs is not loaded, the last known one is used and counted as ``provisional``, never silently;
    ``repricings_correct`` puts it right when the LPR comes.
    Counts: examined, repriced (the rate differs), provisional. Raises LprMissing, ProvidentRateMissing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        counts, facts = reprice_due(cursor, on=on, at=at, tables=tables)
        folded = reprice_folded(cursor, on=on, at=at, tables=tables)
        facts += folded.facts
        for name in counts:
            counts[name] += getattr(folded, name)
        record_many(facts, at=at, actor=ACTOR)
    return counts


def reprice_due(
    cursor: Any, *, on: date, at: datetime, tables: RateTables | None = None
) -> tuple[Counts, list[Fact]]:
    """The same inside the caller's transaction; the caller records the facts."""
    counts = {"examined": 0, "repriced": 0, "provisional": 0}
    facts: list[Fact] = []
    look_up = None
    while True:
        cursor.execute(_COMING, {"on": on, "limit": BATCH})
        rows = [_Row(*row) for row in cursor.fetchall()]
        if not rows:
            return counts, facts
        look_up = look_up or repricer(tables or rate_tables())
        found = [(row, look_up(row.clause, row.spread_ppm, row.on)) for row in rows]
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS repriced ({_COLUMNS}) ON COMMIT DROP")
        cursor.execute("TRUNCATE repriced")
        names = "loan_id, rate, since, rate_days, interest, after, next_on, effective_on, provisional"
        copy_rows(cursor, "repriced", names, _changes(found))
        cursor.execute("ANALYZE repriced")
        cursor.execute(_UPDATE)
        moved = [(row, new) for row, new in found if new.rate_ppm != row.rate_ppm]
        _store_events(
            cursor, [(row, new) for row, new in found if new.rate_ppm != row.rate_ppm or new.provisional], at
        )
        facts += [
            LoanRepriced(row.loan_id, row.on, row.rate_ppm, new.rate_ppm, new.source, new.provisional)
            for row, new in moved
        ]
        counts["examined"] += len(rows)
        counts["repriced"] += len(moved)
        counts["provisional"] += sum(new.provisional for _, new in found)


def _changes(found: list[tuple[_Row, NewRate]]) -> Iterator[tuple[Any, ...]]:
    next_dates: dict[tuple[object, ...], date | None] = {}
    for row, new in found:
        clause = row.clause
        key = (clause, row.on)
        if key not in next_dates:
            next_dates[key] = next_repricing_on(clause, row.on)
        since, rate_days, interest, after = (
            row.rate_since_on, row.rate_days, row.next_interest_fen, row.instalment_after_fen,
        )  # fmt: skip
        if new.rate_ppm != row.rate_ppm:
            if row.on < row.next_due_on:
                rate_days += row.rate_ppm * (row.on - since).days
                since = row.on
                interest = row.added_interest_fen + stub_interest_fen(
                    row.balance_fen, rate_days + new.rate_ppm * (row.next_due_on - since).days
                )
            after = _instalment_after(row, new.rate_ppm)
        yield (
            row.loan_id,
            new.rate_ppm,
            since,
            rate_days,
            interest,
            after,
            next_dates[key],
            row.on,
            new.provisional,
        )


def _instalment_after(row: _Row, rate_ppm: int) -> int:
    """Payment from the next period on: the present one if the period ends at the rate it began with, else levelled anew."""
    left = row.months - row.seq_next
    if rate_ppm == row.period_rate_ppm or row.method != "level_payment" or left < 1:
        return row.instalment_fen
    return level_payment_fen(row.balance_fen - row.next_principal_fen, rate_ppm, left)


def _store_events(cursor: Any, moved: list[tuple[_Row, NewRate]], at: datetime) -> None:
    """Those that changed the rate, and provisional ones that did not: what was applied must be known when the LPR comes."""
    copy_rows(
        cursor,
        "servicing_loanevent",
        "loan_id, kind, effective_on, recorded_at, body",
        (
            (row.loan_id, "repriced", row.on, at, json.dumps(
                {"from_ppm": row.rate_ppm, "to_ppm": new.rate_ppm, "source": new.source, "provisional": new.provisional}
            ))
            for row, new in moved
        ),
    )  # fmt: skip
