"""Instalments fall due: a bill each, and the position moves on to the next period, in whole integers in the database.

The arithmetic is ``core.schedule.fold.advance``: whole periods bear balance x ppm / 12 000 000 half-up; a period inside which
the rate changed has its interest kept by ``loans_reprice``. Loans with plan events are moved by the core itself (``folding``).
"""

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from anju.contexts.servicing.facts import BillIssued
from anju.contexts.servicing.operations.base import ACTOR, Counts, touch_ids
from anju.contexts.servicing.operations.folding import bill_folded
from anju.contexts.servicing.operations.posting import apply_money
from anju.contexts.servicing.operations.repricing import reprice_due
from anju.core.rates import RateTables
from anju.platform.journal.facts import Fact
from anju.platform.journal.operations import record_many

_DUE = """
CREATE TEMP TABLE falling ON COMMIT DROP AS
SELECT p.loan_id, p.seq_next AS seq, p.next_due_on AS due_on, p.next_principal_fen AS principal,
       p.next_interest_fen AS interest, p.period_rate_ppm AS rate, p.balance_fen - p.next_principal_fen AS after,
       l.months, l.method, l.due_day, p.rate_ppm AS rate_after, p.instalment_after_fen AS instalment,
       (date_trunc('month', p.next_due_on) + interval '1 month')::date AS next_month
FROM servicing_position p JOIN servicing_loan l ON l.id = p.loan_id
WHERE p.next_due_on <= %(on)s AND NOT p.by_fold AND (p.next_reprice_on IS NULL OR p.next_reprice_on > p.next_due_on)
ORDER BY p.loan_id
FOR UPDATE OF p
"""

_BILL = """
INSERT INTO servicing_bill (loan_id, seq, due_on, principal_fen, interest_fen, rate_ppm, balance_after_fen,
                            paid_principal_fen, paid_interest_fen, state, paid_on)
SELECT loan_id, seq, due_on, principal, interest, rate, after, 0, 0,
       CASE WHEN principal + interest = 0 THEN 'paid' ELSE 'open' END,
       CASE WHEN principal + interest = 0 THEN due_on END
FROM falling ORDER BY loan_id
RETURNING loan_id, id, seq, due_on, principal_fen, interest_fen
"""

_ADVANCE = """
UPDATE servicing_position p
SET seq_next = f.seq + 1, balance_fen = f.after, period_start_on = f.due_on, rate_since_on = f.due_on, rate_days = 0,
    added_interest_fen = 0,
    period_rate_ppm = f.rate_after, as_of_on = greatest(p.as_of_on, %(on)s),
    instalment_fen = CASE WHEN f.seq = f.months THEN 0 ELSE f.instalment END,
    instalment_after_fen = CASE WHEN f.seq = f.months THEN 0 ELSE f.instalment END,
    next_reprice_on = CASE WHEN f.seq < f.months THEN p.next_reprice_on END,
    next_due_on = CASE WHEN f.seq < f.months THEN
      least(f.next_month + (f.due_day - 1), (f.next_month + interval '1 month')::date - 1) END,
    next_interest_fen = CASE WHEN f.seq = f.months THEN 0 ELSE w.whole END,
    next_principal_fen = CASE
      WHEN f.seq = f.months THEN 0
      WHEN f.seq + 1 = f.months THEN f.after
      WHEN f.method = 'level_payment' THEN least(greatest(f.instalment - w.whole, 0), f.after)
      ELSE least(f.instalment, f.after) END
FROM falling f CROSS JOIN LATERAL (SELECT (2 * f.after * f.rate_after + 12000000) / 24000000 AS whole) AS w
WHERE p.loan_id = f.loan_id
"""

_WAITING = """
SELECT EXISTS (SELECT 1 FROM servicing_position WHERE next_due_on <= %(on)s AND NOT by_fold)
"""

_WITH_MONEY = """
SELECT p.loan_id FROM servicing_position p WHERE p.loan_id = ANY(%(ids)s) AND (p.unapplied_fen > 0 OR p.next_due_on IS NULL)
"""


def bills_issue(*, on: date, at: datetime, tables: RateTables | None = None) -> Counts:
    """Issue the bill of every instalment due on or before ``on`` and apply money that waited. Again: nothing.

    A loan that came in late is brought up period by period, its repricings in between. Counts: bills, and those of
    ``payments_post`` for the money applied.
    """
    bills: list[BillIssued] = []
    facts: list[Fact] = []
    with transaction.atomic(), connection.cursor() as cursor:
        folded = bill_folded(cursor, on=on, at=at, tables=tables)
        bills += folded.bills
        facts += folded.facts
        while _waiting(cursor, on):
            issued = _issue(cursor, on)
            bills += issued
            if not _waiting(cursor, on):
                break
            repriced = reprice_due(cursor, on=on, at=at, tables=tables)
            facts += repriced[1]
            if not issued and not repriced[0]["examined"]:
                raise AssertionError("an instalment is due that neither billing nor repricing moves")
        counts = {"bills": len(bills), "payments": 0, "allocations": 0, "settled": 0, "for_settled_loans": 0}
        if bills:
            cursor.execute(_WITH_MONEY, {"ids": sorted({bill.loan_id for bill in bills})})
            if touch_ids(cursor, [row[0] for row in cursor.fetchall()]):
                applied, more = apply_money(cursor, on=on)
                counts |= applied
                facts += more
        record_many([*bills, *facts], at=at, actor=ACTOR)
    return counts


def _waiting(cursor: Any, on: date) -> bool:
    cursor.execute(_WAITING, {"on": on})
    return bool(cursor.fetchone()[0])


def _issue(cursor: Any, on: date) -> list[BillIssued]:
    cursor.execute("DROP TABLE IF EXISTS falling")
    cursor.execute(_DUE, {"on": on})
    if not cursor.rowcount:
        return []
    cursor.execute("ANALYZE falling")
    cursor.execute(_BILL)
    bills = [BillIssued(*row) for row in cursor.fetchall()]
    cursor.execute(_ADVANCE, {"on": on})
    return bills
