"""Repair work about addresses: who, why, whose work, until when."""

from collections.abc import Sequence
from typing import Any

from anju.web.desk.reads import sql

_FOUND = """
SELECT w.id, w.person_id, w.branch_id, w.due_at, w.params, p.name AS person, b.name AS branch, l.loan_no,
       coalesce(h.name, a.name) AS owner, count(*) OVER () AS total
  FROM work_workitem w JOIN parties_person p ON p.id = w.person_id JOIN identity_branch b ON b.id = w.branch_id
  LEFT JOIN identity_staff h ON h.id = w.holder_id LEFT JOIN identity_staff a ON a.id = w.assignee_id
  LEFT JOIN servicing_loan l ON l.id = (w.params->>'loan_id')::bigint
 WHERE w.kind = 'contacts.repair' AND w.state IN ('open', 'claimed')
   AND (%(branches)s::bigint[] IS NULL OR w.branch_id = ANY(%(branches)s))
   AND (%(cause)s = '' OR w.params->'causes' ? %(cause)s)
 ORDER BY w.due_at, w.id
"""
_COUNTS = """
SELECT c.cause, count(*) AS n FROM work_workitem w CROSS JOIN LATERAL jsonb_array_elements_text(w.params->'causes') c(cause)
 WHERE w.kind = 'contacts.repair' AND w.state IN ('open', 'claimed')
   AND (%(branches)s::bigint[] IS NULL OR w.branch_id = ANY(%(branches)s)) GROUP BY 1 ORDER BY 2 DESC, 1
"""


def _values(branch_ids: Sequence[int] | None, cause: str) -> dict[str, Any]:
    return {"branches": None if branch_ids is None else list(branch_ids), "cause": cause}


def repairs(branch_ids: Sequence[int] | None, *, cause: str, number: int, path: str) -> sql.Page:
    """A page of repair work, by deadline; one query."""
    query = f"cause={cause}" if cause else ""
    page = sql.page(_FOUND, _values(branch_ids, cause), number=number, path=path, query=query)
    for row in page.rows:
        row["params"] = sql.json_value(row["params"])
    return page


def counts(branch_ids: Sequence[int] | None) -> list[sql.Row]:
    """Persons by cause; one query."""
    return sql.rows(_COUNTS, _values(branch_ids, ""))


_CHOSEN = """
SELECT w.id, w.person_id, p.name AS person FROM work_workitem w JOIN parties_person p ON p.id = w.person_id
 WHERE w.id = ANY(%(ids)s) AND w.kind = 'contacts.repair' AND w.state IN ('open', 'claimed')
   AND (%(branches)s::bigint[] IS NULL OR w.branch_id = ANY(%(branches)s))
"""


def chosen(item_ids: Sequence[int], branch_ids: Sequence[int] | None) -> list[sql.Row]:
    """Live repair work of these branches among these; one query."""
    return sql.rows(_CHOSEN, {**_values(branch_ids, ""), "ids": list(item_ids)})
