"""What collections reads of the ledger, a set at a time: arrears, money received, what is owed now."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import connection

from anju.contexts.servicing import queries as servicing
from anju.contexts.servicing.queries import OverdueRow
from anju.core.working_time import BANK_ZONE

_OPENED_AFTER = """
SELECT loan_id FROM servicing_position
 WHERE oldest_unpaid_due_on IS NOT NULL AND days_past_due > 0 AND opened_on > %(on)s
"""

_PAID = """
SELECT n.key, coalesce(sum(y.amount_fen), 0)::bigint
  FROM unnest(%(keys)s::bigint[], %(loans)s::bigint[], %(ats)s::timestamptz[], %(ons)s::date[],
  %(dues)s::date[])
       AS n(key, loan_id, taken_at, taken_on, due_on)
  JOIN servicing_payment y ON y.loan_id = n.loan_id AND y.state = 'posted' AND y.paid_on BETWEEN n.taken_on
  AND n.due_on
       AND (y.paid_on > n.taken_on OR y.received_at >= n.taken_at)
 GROUP BY n.key
"""

_OWED = """
SELECT coalesce((SELECT sum(b.principal_fen + b.interest_fen - b.paid_principal_fen - b.paid_interest_fen)
                   FROM servicing_bill b WHERE b.loan_id = p.loan_id AND b.state = 'open'), 0)::bigint,
       p.next_principal_fen + p.next_interest_fen
  FROM servicing_position p WHERE p.loan_id = %(loan)s
"""

_LAST_PAID = """
SELECT DISTINCT ON (loan_id) loan_id, amount_fen, paid_on
  FROM servicing_payment WHERE loan_id = ANY(%(loans)s) AND state = 'posted'
 ORDER BY loan_id, paid_on DESC, id DESC
"""

_HEADS = "SELECT id, loan_no, borrower_id, branch_id, account_manager_id FROM servicing_loan WHERE id = ANY(%(loans)s)"


def overdue(loan_ids: Collection[int] | None = None) -> list[OverdueRow]:
    """Every loan (or those of the given ones) that is overdue as last aged, by id; one query."""
    return servicing.overdue_positions(loan_ids=None if loan_ids is None else list(loan_ids))


def opened_after(on: date) -> set[int]:
    """Loans in arrears whose tape stands at a later day than `on`: their arrears are not those of `on`."""
    with connection.cursor() as cursor:
        cursor.execute(_OPENED_AFTER, {"on": on})
        return {row[0] for row in cursor.fetchall()}


def paid_since(promises: Sequence[tuple[int, int, datetime, date]]) -> dict[int, int]:
    """`(key, loan id, taken at, last day)` -> fen posted for the loan, paid from the promise to its last day;
    by key.
    """
    if not promises:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _PAID,
            {
                "keys": [row[0] for row in promises],
                "loans": [row[1] for row in promises],
                "ats": [row[2] for row in promises],
                "ons": [row[2].astimezone(BANK_ZONE).date() for row in promises],
                "dues": [row[3] for row in promises],
            },
        )
        return dict(cursor.fetchall())


def owed_now(loan_id: int) -> tuple[int, int]:
    """`(fen unpaid of issued bills, fen of the coming instalment)`; zeros for a loan without a position."""
    with connection.cursor() as cursor:
        cursor.execute(_OWED, {"loan": loan_id})
        row = cursor.fetchone()
    return (0, 0) if row is None else (row[0], row[1])


def last_payments(loan_ids: Collection[int]) -> dict[int, tuple[int, date]]:
    """Latest posted payment of each loan: `(fen, paid on)`."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_PAID, {"loans": list(loan_ids)})
        return {loan_id: (fen, paid_on) for loan_id, fen, paid_on in cursor.fetchall()}


def loan_heads(loan_ids: Collection[int]) -> dict[int, tuple[str, int, int, int | None]]:
    """`(loan_no, borrower id, branch id, account manager id)` by loan."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, {"loans": list(loan_ids)})
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in cursor.fetchall()}
