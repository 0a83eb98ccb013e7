"""One UPDATE for many rows with a value each; the ORM would need a statement or a CASE per row."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection

from anju.platform.notices.models import Attempt, Obligation

_TYPES = {
    "state": "text", "rung": "text", "provider": "text", "provider_ref": "text", "error_class": "text",
    "error": "text", "end_reason": "text", "content_id": "text", "step_no": "smallint", "address_id": "bigint",
    "queued_at": "timestamptz", "claimed_at": "timestamptz", "claim_ends_at": "timestamptz",
    "submitted_at": "timestamptz", "delivered_at": "timestamptz", "finished_at": "timestamptz",
    "next_step_at": "timestamptz", "proven_at": "timestamptz", "ended_at": "timestamptz",
    "deadline_at": "timestamptz", "not_before_at": "timestamptz", "attempt_id": "bigint", "effect": "text",
}  # fmt: skip


def write_back(rows: Sequence[Any], columns: Collection[str]) -> None:
    """Write these columns of locked rows of one model, in one statement."""
    if not rows:
        return
    names = list(columns)
    table = type(rows[0])._meta.db_table
    arrays: Mapping[str, list[Any]] = {name: [getattr(row, name) for row in rows] for name in names}
    setters = ", ".join(f"{name} = new.{name}" for name in names)
    unnest = ", ".join(["%s::bigint[]"] + [f"%s::{_TYPES[name]}[]" for name in names])
    # Table and column names come from our own models and the table above, never from outside.
    sql = (
        f"UPDATE {table} AS old SET {setters} "  # noqa: S608
        f"FROM unnest({unnest}) AS new(id, {', '.join(names)}) WHERE old.id = new.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [[row.id for row in rows], *arrays.values()])


def lock_obligations(ids: Collection[int]) -> dict[int, Obligation]:
    """Lock obligations in the order of their ids. Always before their attempts, so that nobody waits in a circle."""
    rows = Obligation.objects.select_for_update().filter(id__in=sorted(set(ids))).order_by("id")
    return {row.id: row for row in rows}


def lock_attempts(ids: Collection[int]) -> dict[int, Attempt]:
    """Lock attempts in the order of their ids; their obligations are locked by then."""
    rows = Attempt.objects.select_for_update().filter(id__in=sorted(set(ids))).order_by("id")
    return {row.id: row for row in rows}
