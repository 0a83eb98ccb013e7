"""The exception desk's lists: who owns them, why they are there, how old they are; filters, counts and bulk agree."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from anju.platform.notices.reasons import CAUSE, LAST
from anju.web.desk.reads import sql

ALL_MAX = 1000
"""Most exceptions that one "all that match" may take in."""

_ITEMS = """
SELECT w.id, (w.params->>'obligation_id')::bigint AS obligation_id, w.due_at, h.name AS holder, a.name AS assignee
  FROM work_workitem w LEFT JOIN identity_staff h ON h.id = w.holder_id LEFT JOIN identity_staff a ON a.id = w.assignee_id
 WHERE w.dedupe_key = ANY(%(keys)s) AND w.state IN ('open', 'claimed')
"""

_FOUND = f"""
WITH every AS (
    SELECT o.id, o.notice_type, o.person_id, o.subject_type, o.subject_id, o.deadline_at, o.branch_id,
           CASE WHEN h.id IS NOT NULL THEN 'policy_hold' ELSE ({CAUSE}) END AS cause, w.id AS item_id, w.due_at, w.opened_at,
           w.not_before_at, coalesce(w.holder_id, w.assignee_id) AS owner_id
      FROM notices_obligation o {LAST}
      LEFT JOIN work_workitem w ON w.dedupe_key = 'notice:' || o.id AND w.state IN ('open', 'claimed')
      LEFT JOIN holds_holdcase h
        ON h.subject_type = o.subject_type AND h.subject_id = o.subject_id AND h.state = 'held'
     WHERE o.state = 'exception' AND (%(branches)s::bigint[] IS NULL OR o.branch_id = ANY(%(branches)s))
       AND (%(branch)s::bigint IS NULL OR o.branch_id = %(branch)s)
       AND (%(type)s = '' OR o.notice_type = %(type)s)
       AND (%(before)s::timestamptz IS NULL OR w.opened_at < %(before)s)
       AND (%(owner)s = '' OR (%(owner)s = 'none' AND coalesce(w.holder_id, w.assignee_id) IS NULL)
            OR coalesce(w.holder_id, w.assignee_id)::text = %(owner)s)
), found AS (SELECT * FROM every WHERE %(reason)s = '' OR cause = %(reason)s)
"""  # noqa: S608 -- constants

_LIST = (
    _FOUND
    + """
SELECT f.*, count(*) OVER () AS total, p.name AS person, b.name AS branch, s.name AS owner, l.loan_no
  FROM found f LEFT JOIN parties_person p ON p.id = f.person_id JOIN identity_branch b ON b.id = f.branch_id
  LEFT JOIN identity_staff s ON s.id = f.owner_id
  LEFT JOIN servicing_loan l ON f.subject_type = 'loan' AND l.id = f.subject_id
 ORDER BY f.deadline_at, f.id
"""
)
_COUNTS = (
    _FOUND
    + """
SELECT cause, count(*) AS n, count(*) FILTER (WHERE due_at < %(at)s) AS late FROM every GROUP BY cause ORDER BY n DESC, cause
"""
)
_ALL = f"{_FOUND} SELECT item_id FROM found WHERE item_id IS NOT NULL ORDER BY deadline_at, id LIMIT %(most)s"  # noqa: S608

_CHOSEN = """
SELECT w.id, w.branch_id, (w.params->>'obligation_id')::bigint AS obligation_id, w.params->>'notice_zh' AS notice_zh,
       w.params->>'notice_en' AS notice_en, p.name AS person
  FROM work_workitem w LEFT JOIN parties_person p ON p.id = w.person_id
 WHERE w.id = ANY(%(ids)s) AND w.kind = 'notices.exception'
   AND (%(branches)s::bigint[] IS NULL OR w.branch_id = ANY(%(branches)s))
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; empty fields narrow nothing. `age` in whole days since a person has it."""

    reason: str = ""
    owner: str = ""
    branch: int | None = None
    type: str = ""
    age: int | None = None


def _values(wanted: Wanted, branch_ids: Sequence[int] | None, at: datetime) -> dict[str, Any]:
    before = None if wanted.age is None else at - timedelta(days=wanted.age)
    return {
        **asdict(wanted),
        "before": before,
        "branches": None if branch_ids is None else list(branch_ids),
        "at": at,
    }


def exceptions(
    wanted: Wanted, branch_ids: Sequence[int] | None, *, at: datetime, number: int, path: str, query: str
) -> sql.Page:
    """A page of exceptions with names, cause, owner and clock; one query."""
    return sql.page(_LIST, _values(wanted, branch_ids, at), number=number, path=path, query=query)


def causes(wanted: Wanted, branch_ids: Sequence[int] | None, *, at: datetime) -> list[sql.Row]:
    """`cause`, how many (`n`) and how many past their clock (`late`), whatever reason is chosen; one query."""
    return sql.rows(_COUNTS, _values(wanted, branch_ids, at))


def all_items(
    wanted: Wanted, branch_ids: Sequence[int] | None, *, at: datetime, most: int = ALL_MAX
) -> list[int]:
    """Work items of every exception that matches, the oldest deadline first; at most `most`."""
    values = {**_values(wanted, branch_ids, at), "most": min(most, ALL_MAX)}
    return [row.item_id for row in sql.rows(_ALL, values)]


def chosen(item_ids: Sequence[int], branch_ids: Sequence[int] | None) -> dict[int, sql.Row]:
    """Work items of exceptions of these branches, by id, with the names a result shows; one query."""
    values = {"ids": list(item_ids), "branches": None if branch_ids is None else list(branch_ids)}
    return {row.id: row for row in sql.rows(_CHOSEN, values)}


def items_of(obligation_ids: Sequence[int]) -> dict[int, sql.Row]:
    """Live work items of these exceptions by obligation, with the names of holder and assignee; one query."""
    if not obligation_ids:
        return {}
    keys = [f"notice:{number}" for number in obligation_ids]
    return {row.obligation_id: row for row in sql.rows(_ITEMS, {"keys": keys})}


_ABOUT = """
SELECT p.id, p.name, (SELECT json_agg(x ORDER BY x.loan_no) FROM (
    SELECT l.id, l.loan_no, l.branch_id, y.role FROM servicing_loanparty y JOIN servicing_loan l ON l.id = y.loan_id
     WHERE y.person_id = p.id LIMIT 50) x) AS loans
  FROM parties_person p WHERE p.id = %(person)s
"""


def about_person(person_id: int) -> sql.Row | None:
    """Name of a person and the loans they stand in, with role and branch; one query."""
    return sql.one(_ABOUT, {"person": person_id})


def json_list(value: Any) -> list[dict[str, Any]]:
    """A JSON array of a plain cursor, which Django hands over as text; empty for NULL."""
    found: list[dict[str, Any]] = (
        [] if value is None else value if isinstance(value, list) else json.loads(value)
    )
    return found


_STAFF = """
SELECT id, name FROM identity_staff WHERE id = ANY(%(ids)s)
"""


def staff_names(ids: Sequence[int]) -> dict[int, str]:
    """Names of staff by id; one query."""
    return {row.id: row.name for row in sql.rows(_STAFF, {"ids": list(ids)})}


_SUBJECT_BRANCH = "SELECT id, branch_id FROM servicing_loan WHERE id = ANY(%(ids)s)"


def branches_of_loans(ids: Sequence[int]) -> dict[int, int]:
    """Branch of each loan; one query."""
    return {row.id: row.branch_id for row in sql.rows(_SUBJECT_BRANCH, {"ids": list(ids)})} if ids else {}
