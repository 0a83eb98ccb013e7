"""Money against bills, for many loans at once: oldest instalment first, interest before principal (``core.allocation``)."""

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from anju.contexts.servicing.facts import LoanSettled, PaymentPosted
from anju.contexts.servicing.operations.base import ACTOR, Counts, touch
from anju.platform.journal.facts import Fact
from anju.platform.journal.operations import record_many

_PIECES = """
CREATE TEMP TABLE pieces ON COMMIT DROP AS
WITH money AS (
  SELECT id AS payment_id, loan_id, paid_on, fen,
         sum(fen) OVER w - fen AS low, sum(fen) OVER w AS high
  FROM money_now
  WINDOW w AS (PARTITION BY loan_id ORDER BY paid_on, id)
), dues AS (
  SELECT b.id AS bill_id, b.loan_id, part.component, part.fen,
         sum(part.fen) OVER w - part.fen AS low, sum(part.fen) OVER w AS high
  FROM servicing_bill b
  JOIN touched USING (loan_id)
  CROSS JOIN LATERAL (VALUES (1, 'interest', b.interest_fen - b.paid_interest_fen),
                             (2, 'principal', b.principal_fen - b.paid_principal_fen)) AS part (ordinal, component, fen)
  WHERE b.state = 'open' AND part.fen > 0
  WINDOW w AS (PARTITION BY b.loan_id ORDER BY b.due_on, b.seq, part.ordinal)
)
SELECT m.payment_id, m.loan_id, m.paid_on, d.bill_id, d.component,
       (least(m.high, d.high) - greatest(m.low, d.low))::bigint AS fen
FROM money m JOIN dues d ON d.loan_id = m.loan_id AND d.low < m.high AND m.low < d.high
"""

_MONEY = """
CREATE TEMP TABLE money_now ON COMMIT DROP AS
SELECT p.id, p.loan_id, p.paid_on, p.amount_fen, p.state = 'received' AS is_new,
       CASE WHEN p.state = 'received' THEN p.amount_fen ELSE p.unapplied_fen END AS fen
FROM servicing_payment p JOIN touched USING (loan_id)
WHERE (p.state = 'received' AND p.paid_on <= %(on)s) OR (p.state = 'posted' AND p.unapplied_fen > 0)
"""

_ALLOCATE = """
INSERT INTO servicing_allocation (payment_id, bill_id, component, amount_fen, posted_on)
SELECT payment_id, bill_id, component, fen, %(on)s FROM pieces ORDER BY loan_id, payment_id, bill_id, component
"""

_BILLS = """
UPDATE servicing_bill b
SET paid_interest_fen = b.paid_interest_fen + s.interest, paid_principal_fen = b.paid_principal_fen + s.principal,
    state = CASE WHEN s.is_full THEN 'paid' ELSE 'open' END,
    paid_on = CASE WHEN s.is_full THEN greatest(b.due_on, s.paid_on) END
FROM (
  SELECT p.bill_id,
         coalesce(sum(p.fen) FILTER (WHERE component = 'interest'), 0) AS interest,
         coalesce(sum(p.fen) FILTER (WHERE component = 'principal'), 0) AS principal,
         max(p.paid_on) AS paid_on,
         sum(p.fen) = max(o.principal_fen + o.interest_fen - o.paid_principal_fen - o.paid_interest_fen) AS is_full
  FROM pieces p JOIN servicing_bill o ON o.id = p.bill_id
  GROUP BY p.bill_id
) AS s
WHERE b.id = s.bill_id
"""

_PAYMENTS = """
UPDATE servicing_payment p
SET state = 'posted', posted_on = coalesce(p.posted_on, %(on)s), unapplied_fen = m.fen - coalesce(s.fen, 0)
FROM money_now m LEFT JOIN (SELECT payment_id, sum(fen) AS fen FROM pieces GROUP BY payment_id) s ON s.payment_id = m.id
WHERE p.id = m.id AND (m.is_new OR s.fen IS NOT NULL)
"""

_UNAPPLIED = """
UPDATE servicing_position p SET unapplied_fen = s.fen
FROM (
  SELECT t.loan_id, coalesce(sum(y.unapplied_fen), 0) AS fen
  FROM touched t LEFT JOIN servicing_payment y ON y.loan_id = t.loan_id AND y.unapplied_fen > 0
  GROUP BY t.loan_id
) AS s
WHERE p.loan_id = s.loan_id AND p.unapplied_fen <> s.fen
"""

_NEW = """
SELECT m.loan_id, m.id, m.paid_on, m.amount_fen, p.unapplied_fen, l.state = 'settled'
FROM money_now m JOIN servicing_payment p ON p.id = m.id JOIN servicing_loan l ON l.id = m.loan_id
WHERE m.is_new ORDER BY m.loan_id, m.paid_on, m.id
"""

_SETTLE = """
UPDATE servicing_loan l SET state = 'settled'
FROM touched t JOIN servicing_position p ON p.loan_id = t.loan_id
WHERE l.id = t.loan_id AND l.state = 'active' AND p.next_due_on IS NULL AND p.balance_fen = 0
  AND NOT EXISTS (SELECT 1 FROM servicing_bill b WHERE b.loan_id = l.id AND b.state = 'open')
RETURNING l.id
"""

_UNPOSTED = "SELECT loan_id FROM servicing_payment WHERE state = 'received' AND paid_on <= %(on)s"


def apply_money(cursor: Any, *, on: date) -> tuple[Counts, list[Fact]]:
    """Put new and waiting money of the touched loans against their open bills; settle loans that are done.

    The caller has filled ``touched`` and holds the transaction; it records the facts.
    """
    params = {"on": on}
    cursor.execute(
        "SELECT 1 FROM servicing_position p JOIN touched USING (loan_id) ORDER BY p.loan_id FOR UPDATE OF p"
    )
    cursor.execute("DROP TABLE IF EXISTS money_now, pieces")
    cursor.execute(_MONEY, params)
    cursor.execute("ANALYZE money_now")
    cursor.execute(_PIECES)
    allocations = cursor.rowcount
    cursor.execute(_ALLOCATE, params)
    cursor.execute(_BILLS)
    cursor.execute(_PAYMENTS, params)
    cursor.execute(_UNAPPLIED)
    cursor.execute(_NEW)
    new = cursor.fetchall()
    facts: list[Fact] = [
        PaymentPosted(loan, payment, paid_on, amount, amount - left, left)
        for loan, payment, paid_on, amount, left, _ in new
    ]
    settled = settle_done(cursor, on=on)
    facts += settled
    counts = {
        "payments": len(new),
        "allocations": allocations,
        "settled": len(settled),
        "for_settled_loans": sum(row[5] for row in new),
    }
    return counts, facts


def settle_done(cursor: Any, *, on: date) -> list[LoanSettled]:
    """Settle the touched loans of which nothing is left; the caller records the facts."""
    cursor.execute(_SETTLE)
    return [LoanSettled(loan, on) for loan in sorted(row[0] for row in cursor.fetchall())]


def payments_post(*, on: date, at: datetime) -> Counts:
    """Post every payment received and paid on or before ``on``. Posting again finds nothing.

    What no open bill takes stays with the payment and goes to the next bill; an overpayment is never lost. Counts:
    payments, allocations, settled, for_settled_loans (money for loans that were settled: it stays unapplied).
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({_UNPOSTED})", {"on": on})
        if not cursor.fetchone()[0] or not touch(cursor, _UNPOSTED, {"on": on}):
            return {"payments": 0, "allocations": 0, "settled": 0, "for_settled_loans": 0}
        counts, facts = apply_money(cursor, on=on)
        record_many(facts, at=at, actor=ACTOR)
    return counts
