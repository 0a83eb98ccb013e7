"""One number for the state of the book, equal for equal histories: no row ids, no wall clock, no order of
rows.

Each table gives its number of rows and the sum of the rows' hashes, computed in the database; the digest is
the sha256 of
these lines. `of_day` covers what a day changed and is chained to the day before (so its cost does not grow
with the history);
`of_book` covers everything and is for tests and drills. What the worker and people do meanwhile (attempts,
claims, breaches) is
left out: it is not the day's doing.
"""

import hashlib
from datetime import date, datetime
from typing import Any

from django.db import connection

_POSITION = """
SELECT concat_ws('|', l.loan_no, l.state, p.seq_next, p.balance_fen, p.instalment_fen, p.rate_ppm,
p.next_due_on,
                 p.next_principal_fen, p.next_interest_fen, p.oldest_unpaid_due_on, p.overdue_fen,
                 p.days_past_due,
                 p.unapplied_fen, p.as_of_on) AS row
  FROM servicing_position p JOIN servicing_loan l ON l.id = p.loan_id {where}
"""
_BILL = """
SELECT concat_ws('|', l.loan_no, b.seq, b.due_on, b.principal_fen, b.interest_fen, b.rate_ppm,
b.balance_after_fen,
                 b.paid_principal_fen, b.paid_interest_fen, b.state, coalesce(b.paid_on::text, '-'),
                 nullif(b.kind, 'instalment'), nullif(b.fee_fen, 0)) AS row
  FROM servicing_bill b JOIN servicing_loan l ON l.id = b.loan_id {where}
"""
_ALLOCATION = """
SELECT concat_ws('|', y.external_ref, b.seq, a.component, a.amount_fen, a.posted_on) AS row
  FROM servicing_allocation a JOIN servicing_payment y ON y.id = a.payment_id JOIN servicing_bill b ON b.id =
  a.bill_id {where}
"""
_CASE = """
SELECT concat_ws('|', l.loan_no, c.state, c.opened_on, c.rung, coalesce(c.rung_since::text, '-'),
c.days_past_due, c.overdue_fen,
                 coalesce(c.closed_on::text, '-'), c.close_reason, c.owner_role) AS row
  FROM collections_case c JOIN servicing_loan l ON l.id = c.loan_id {where}
"""
_MOVE = """
SELECT concat_ws('|', l.loan_no, m.from_rung, m.to_rung, m.on, m.days_past_due, m.overdue_fen) AS row
  FROM collections_rungmove m JOIN collections_case c ON c.id = m.case_id JOIN servicing_loan l ON l.id =
  c.loan_id {where}
"""
_PROMISE = """
SELECT concat_ws('|', l.loan_no, p.amount_fen, p.due_on, p.state, p.paid_fen, coalesce(p.resolved_on::text,
'-')) AS row
  FROM collections_promisetopay p JOIN collections_case c ON c.id = p.case_id JOIN servicing_loan l ON l.id =
  c.loan_id {where}
"""
_VISIT = """
SELECT concat_ws('|', l.loan_no, v.node, v.due_on, v.state, coalesce(v.work_opened_on::text, '-')) AS row
  FROM followup_visit v JOIN servicing_loan l ON l.id = v.loan_id {where}
"""
_OBLIGATION = """
SELECT concat_ws('|', o.notice_type, o.subject_type, coalesce(l.loan_no, o.subject_id::text), extract(epoch
FROM o.owed_at),
                 extract(epoch FROM o.deadline_at), o.state = 'moot', o.variables::text) AS row
  FROM notices_obligation o LEFT JOIN servicing_loan l ON o.subject_type = 'loan' AND l.id = o.subject_id
  {where}
"""
_WORK = """
SELECT concat_ws('|', w.queue, w.kind, coalesce(l.loan_no, w.subject_id::text), extract(epoch FROM w.due_at),
                 coalesce(extract(epoch FROM w.not_before_at)::text, '-')) AS row
  FROM work_workitem w LEFT JOIN servicing_loan l ON w.subject_type = 'loan' AND l.id = w.subject_id {where}
"""
_CLOCK = """
SELECT concat_ws('|', k.name, coalesce(l.loan_no, k.subject_id::text), extract(epoch FROM k.due_at)) AS row
  FROM clocks_clock k LEFT JOIN servicing_loan l ON k.subject_type = 'loan' AND l.id = k.subject_id {where}
"""

_TABLES: dict[str, tuple[str, str]] = {
    "positions": (_POSITION, "WHERE p.as_of_on = %(on)s"),
    "bills": (_BILL, "WHERE b.due_on = %(on)s"),
    "allocations": (_ALLOCATION, "WHERE a.posted_on = %(on)s"),
    "cases": (_CASE, "WHERE c.state = 'open' OR c.closed_on = %(on)s"),
    "moves": (_MOVE, "WHERE m.on = %(on)s"),
    "promises": (_PROMISE, "WHERE p.state = 'open' OR p.resolved_on = %(on)s"),
    "visits": (_VISIT, "WHERE v.state IN ('planned', 'noticed')"),
    "obligations": (_OBLIGATION, "WHERE o.owed_at = %(at)s"),
    "work": (_WORK, "WHERE w.opened_at = %(at)s"),
    "clocks": (_CLOCK, "WHERE k.started_at = %(at)s"),
}
"""Name -> (rows of the whole table as text, which of them a day touches)."""


def of_day(*, on: date, at: datetime, before: str) -> str:
    """64 hex digits over what the day `on`, recorded at `at`, left behind, chained to the digest of the day
    before.
    """
    lines = [f"before:{before}", f"on:{on.isoformat()}"]
    lines += [_line(name, sql, where, {"on": on, "at": at}) for name, (sql, where) in _TABLES.items()]
    return _sha256(lines)


def of_book() -> str:
    """64 hex digits over every row of every table. Reads everything."""
    return _sha256([_line(name, sql, "", {}) for name, (sql, _) in _TABLES.items()])


def lines_of_book() -> list[str]:
    """What `of_book` hashes, one line per table: to see which table differs."""
    return [_line(name, sql, "", {}) for name, (sql, _) in _TABLES.items()]


def statements() -> dict[str, str]:
    """Table -> SELECT of all its rows as the digest sees them, column `row`: to see which rows differ."""
    return {name: sql.format(where="") for name, (sql, _) in _TABLES.items()}


def _line(name: str, sql: str, where: str, values: dict[str, Any]) -> str:
    rows = sql.format(where=where)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum(hashtextextended(row, 0)::numeric), 0) FROM ({rows}) AS r",  # noqa: S608 -- constants
            values,
        )
        count, total = cursor.fetchone()
    return f"{name}:{count}:{total}"


def _sha256(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
