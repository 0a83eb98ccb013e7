"""What the set-based operations share: the set of loans they touch, counts, rate tables, the closed day."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from anju.contexts.servicing.models import LedgerDay
from anju.contexts.servicing.plan.rates import rate_tables

__all__ = ["ACTOR", "IMPORT_LOCK", "Counts", "closed_on", "copy_rows", "rate_tables", "touch", "touch_ids"]

Counts = dict[str, int]
"""What an operation did: name of the count -> number."""

ACTOR = "system:servicing"
IMPORT_LOCK = 7_205_250_101
"""Key of the advisory lock that puts imports one after another."""


def touch(cursor: Any, select: str, params: dict[str, Any]) -> int:
    """Fill the transaction's temporary table ``touched(loan_id)`` from a query of loan ids; how many there are."""
    cursor.execute("DROP TABLE IF EXISTS touched")
    cursor.execute(
        f"CREATE TEMP TABLE touched ON COMMIT DROP AS SELECT DISTINCT loan_id FROM ({select}) AS found",  # noqa: S608 -- our own SQL, values are parameters
        params,
    )
    count: int = cursor.rowcount
    cursor.execute("ALTER TABLE touched ADD PRIMARY KEY (loan_id)")
    cursor.execute("ANALYZE touched")
    return count


def touch_ids(cursor: Any, loan_ids: Iterable[int]) -> int:
    """The same from ids at hand."""
    return touch(cursor, "SELECT unnest(%(ids)s::bigint[]) AS loan_id", {"ids": list(loan_ids)})


def closed_on() -> date | None:
    """The last business date whose arrears were aged; None before the first day end."""
    return LedgerDay.objects.order_by("-closed_on").values_list("closed_on", flat=True).first()


def copy_rows(cursor: Any, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows into a table; ``columns`` as in SQL."""
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
