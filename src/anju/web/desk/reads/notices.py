"""Who owns the exceptions on a page."""

from collections.abc import Sequence

from anju.web.desk.reads import sql

_ITEMS = """
SELECT w.id, (w.params->>'obligation_id')::bigint AS obligation_id, w.due_at, h.name AS holder, a.name AS assignee
  FROM work_workitem w LEFT JOIN identity_staff h ON h.id = w.holder_id LEFT JOIN identity_staff a ON a.id = w.assignee_id
 WHERE w.dedupe_key = ANY(%(keys)s) AND w.state IN ('open', 'claimed')
"""


def items_of(obligation_ids: Sequence[int]) -> dict[int, sql.Row]:
    """Live work items of these exceptions by obligation, with the names of holder and assignee; one query."""
    if not obligation_ids:
        return {}
    keys = [f"notice:{number}" for number in obligation_ids]
    return {row.obligation_id: row for row in sql.rows(_ITEMS, {"keys": keys})}
