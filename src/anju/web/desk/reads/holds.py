"""Which cases a hold would take in, chosen by branch, product, state or a list of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from anju.web.desk.reads import sql

STATES = ("any", "normal", "overdue")

_CHOSEN = """
 FROM servicing_loan l LEFT JOIN servicing_position q ON q.loan_id = l.id
WHERE l.state = 'active' AND (%(branches)s::bigint[] IS NULL OR l.branch_id = ANY(%(branches)s))
  AND (%(branch)s::bigint IS NULL OR l.branch_id = %(branch)s)
  AND (%(product)s::bigint IS NULL OR l.product_id = %(product)s)
  AND (%(state)s = 'any' OR (coalesce(q.overdue_fen, 0) > 0) = (%(state)s = 'overdue'))
  AND (%(numbers)s::text[] IS NULL OR l.loan_no = ANY(%(numbers)s))
"""
_WAITING = """
EXISTS (SELECT 1 FROM holds_holdcase h
         WHERE h.subject_type = 'loan' AND h.subject_id = l.id AND h.state IN ('waiting', 'held'))
"""
_COUNT = f"SELECT count(*) AS n, count(*) FILTER (WHERE {_WAITING}) AS waiting {_CHOSEN}"
_LIST = f"""
SELECT l.id, l.loan_no, l.borrower_id, l.branch_id, {_WAITING} AS waiting {_CHOSEN} ORDER BY l.id LIMIT %(most)s
"""
_NAMES = "SELECT id, name FROM parties_person WHERE id = ANY(%(ids)s)"
_PRODUCTS = "SELECT id, name_zh, name_en FROM catalogue_product ORDER BY id LIMIT 200"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a supervisor chose by; `numbers` None: not by number."""

    branch: int | None = None
    product: int | None = None
    state: str = "any"
    numbers: tuple[str, ...] | None = None


def _values(choice: Choice, branch_ids: Sequence[int] | None) -> dict[str, Any]:
    return {
        "branch": choice.branch, "product": choice.product, "state": choice.state,
        "numbers": None if choice.numbers is None else list(choice.numbers),
        "branches": None if branch_ids is None else list(branch_ids),
    }  # fmt: skip


def count(choice: Choice, branch_ids: Sequence[int] | None) -> tuple[int, int]:
    """How many cases that is, and how many of them wait for a hold already; one query."""
    row = sql.rows(_COUNT, _values(choice, branch_ids))[0]
    return row.n, row.waiting


def cases(choice: Choice, branch_ids: Sequence[int] | None, *, most: int) -> list[sql.Row]:
    """Loans chosen, in order of id: id, number, borrower, branch, whether it waits already; one query."""
    return sql.rows(_LIST, {**_values(choice, branch_ids), "most": most})


def names(person_ids: Sequence[int]) -> dict[int, str]:
    """Names of persons by id; one query."""
    return {row.id: row.name for row in sql.rows(_NAMES, {"ids": list(person_ids)})}


def products() -> list[sql.Row]:
    """Products to choose from."""
    return sql.rows(_PRODUCTS, {})
