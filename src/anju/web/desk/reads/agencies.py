"""Loans of an agency, and those a supervisor names by number."""

from collections.abc import Sequence

from anju.web.desk.reads import sql

_FACES = """
SELECT l.id, l.loan_no, p.name, coalesce(q.overdue_fen, 0) AS overdue_fen, coalesce(q.days_past_due, 0) AS days_past_due
  FROM servicing_loan l JOIN parties_person p ON p.id = l.borrower_id LEFT JOIN servicing_position q ON q.loan_id = l.id
 WHERE l.id = ANY(%(ids)s) AND (%(branches)s::bigint[] IS NULL OR l.branch_id = ANY(%(branches)s))
"""
_NUMBERS = """
SELECT id, loan_no, state FROM servicing_loan
 WHERE loan_no = ANY(%(numbers)s) AND (%(branches)s::bigint[] IS NULL OR branch_id = ANY(%(branches)s)) ORDER BY id
"""


def _branches(branch_ids: Sequence[int] | None) -> list[int] | None:
    return None if branch_ids is None else list(branch_ids)


def loans(ids: Sequence[int], branch_ids: Sequence[int] | None) -> dict[int, sql.Row]:
    """Number, borrower and arrears of these loans, those of other branches left out; one query."""
    found = sql.rows(_FACES, {"ids": list(ids), "branches": _branches(branch_ids)})
    return {row.id: row for row in found}


def numbered(numbers: Sequence[str], branch_ids: Sequence[int] | None) -> list[sql.Row]:
    """Loans of my branches with these numbers: id, number, state; one query."""
    return sql.rows(_NUMBERS, {"numbers": list(numbers), "branches": _branches(branch_ids)})
