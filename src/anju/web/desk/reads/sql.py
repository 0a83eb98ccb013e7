"""One statement in, plain values out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection


class Row(dict[str, Any]):
    """A row whose columns also read as attributes; a column that is not there is an error."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows with what the pager needs. ``total`` is counted up to its limit only."""

    rows: list[Row]
    number: int
    pages: int
    total: int
    prev_url: str = ""
    next_url: str = ""


def rows(sql: str, values: Mapping[str, Any]) -> list[Row]:
    """All rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, dict(values))
        names = [column.name for column in cursor.description or ()]
        return [Row(zip(names, row, strict=True)) for row in cursor.fetchall()]


def one(sql: str, values: Mapping[str, Any]) -> Row | None:
    """The first row, or None."""
    found = rows(sql, values)
    return found[0] if found else None


def bundle(sql: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The one JSON object a statement gives; empty when it gives none."""
    with connection.cursor() as cursor:
        cursor.execute(sql, dict(values))
        row = cursor.fetchone()
    return {} if row is None else json_value(row[0])


def json_value(value: Any) -> dict[str, Any]:
    """A ``jsonb`` object of a plain cursor, which Django hands over as text; empty for NULL."""
    found: dict[str, Any] = {} if value is None else value if isinstance(value, dict) else json.loads(value)
    return found


def page(
    sql: str, values: Mapping[str, Any], *, number: int, path: str, query: str = "", size: int = 50
) -> Page:
    """A numbered page; the statement gives a column ``total`` (``count(*) OVER ()``) and ends with its ORDER BY."""
    number = max(1, min(number, 2000))
    paged = {**values, "limit": size, "offset": (number - 1) * size}
    found = rows(f"{sql} LIMIT %(limit)s OFFSET %(offset)s", paged)
    total = int(found[0]["total"]) if found else 0
    pages = max(1, -(-total // size))
    tail = f"&{query}" if query else ""
    return Page(
        rows=found, number=number, pages=pages, total=total,
        prev_url=f"{path}?page={number - 1}{tail}" if number > 1 else "",
        next_url=f"{path}?page={number + 1}{tail}" if number < pages else "",
    )  # fmt: skip
