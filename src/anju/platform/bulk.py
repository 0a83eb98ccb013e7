"""Many rows in one statement, a value each. The values travel as one JSON document, which costs a third of what arrays
or the ORM's own parameters do.
"""

import gc
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache, wraps
from operator import attrgetter
from typing import Any, ParamSpec, TypeVar

import orjson
from django.db import connection, models


@lru_cache(maxsize=64)
def _columns(model: type[models.Model]) -> tuple[str, ...]:
    """Every column but the key the database gives."""
    return tuple(
        field.attname for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)
    )


@lru_cache(maxsize=512)
def _kind(model: type[models.Model], column: str) -> str:
    return model._meta.get_field(column).db_type(connection) or ""


@lru_cache(maxsize=2048)
def _value(model: type[models.Model], column: str, place: int) -> str:
    """SQL of one value of the document. Texts are not cast: a cast would cut what is too long without a word."""
    kind = _kind(model, column)
    if kind == "jsonb":
        return f"new.v->{place}"
    return f"(new.v->>{place})" if kind.startswith(("varchar", "text")) else f"(new.v->>{place})::{kind}"


_PLAIN = (str, int, datetime, type(None))


def _folded(
    model: type[models.Model], rows: Sequence[Any], names: Sequence[str], fixed: int
) -> tuple[list[str], list[Any], str]:
    """SQL of each value, parameters of those that all rows share, and the document of the others.

    Most columns of a batch are the same in every row (state, instant, channel): they travel once. The first `fixed`
    columns are always in the document.
    """
    table = [attrgetter(name) for name in names]
    by_column = [[value(row) for row in rows] for value in table]
    sql: list[str] = []
    shared: list[Any] = []
    varying: list[list[Any]] = []
    for place, (name, values) in enumerate(zip(names, by_column, strict=True)):
        first = values[0]
        if place >= fixed and isinstance(first, _PLAIN) and values.count(first) == len(values):
            kind = _kind(model, name)
            text = kind.startswith(("varchar", "text")) and first is not None
            sql.append("%s" if text else f"%s::{kind}")
            shared.append(first)
        else:
            sql.append(_value(model, name, len(varying)))
            varying.append(values)
    document = list(zip(*varying, strict=True)) if varying else [()] * len(rows)
    return sql, shared, orjson.dumps(document).decode()


def _model_of(row: Any) -> type[models.Model]:
    """The model of a row: its class, or the `MODEL` of a plain value that stands for one."""
    model: type[models.Model] = getattr(row, "MODEL", type(row))
    return model


IDS = "string_to_array(%s, ',')::bigint[]"
"""SQL of a parameter made by `numbers`."""


def numbers(ids: Iterable[int]) -> str:
    """Numbers as one text for `IDS`, ten times cheaper than a list of parameters."""
    return ",".join(map(str, sorted(set(ids))))


def write_back(rows: Sequence[Any], columns: Collection[str]) -> None:
    """Write these columns of locked rows of one model. Columns by attribute name (`content_id`)."""
    if not rows:
        return
    model = _model_of(rows[0])
    names = ["id", *columns]
    values, shared, document = _folded(model, rows, names, 1)
    changes = [f"{name} = {value}" for name, value in zip(names, values, strict=True)][1:]
    # Table and column names come from our own models, never from outside.
    sql = (
        f"UPDATE {model._meta.db_table} AS old SET {', '.join(changes)} "  # noqa: S608
        "FROM jsonb_array_elements(%s::jsonb) AS new(v) WHERE old.id = (new.v->>0)::bigint"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*shared, document])


def insert(rows: Sequence[Any], *, ignore_conflicts: bool = False) -> None:
    """Insert rows of one model; unless conflicts are ignored each gets its `id`, in their order."""
    if not rows:
        return
    model = _model_of(rows[0])
    names = _columns(model)
    values, shared, document = _folded(model, rows, names, 0)
    end = "ON CONFLICT DO NOTHING" if ignore_conflicts else f"RETURNING {model._meta.pk.column}"
    # Table and column names come from our own models, never from outside.
    sql = (
        f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) SELECT {', '.join(values)} "  # noqa: S608
        f"FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS new(v, place) ORDER BY place {end}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*shared, document])
        if not ignore_conflicts:
            for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = pk


P = ParamSpec("P")
R = TypeVar("R")
_lock = threading.Lock()
_at_work = 0


def without_collector(fn: Callable[P, R]) -> Callable[P, R]:
    """For operations that build a hundred thousand rows: Python's cycle collector would look through all of them again
    and again (a sixth of an import's time) and find nothing. Reference counting goes on.
    """

    @wraps(fn)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        _count(1)
        try:
            return fn(*args, **kwargs)
        finally:
            _count(-1)

    return run


def _count(change: int) -> None:
    """The collector belongs to the process, so it rests while any thread is inside."""
    global _at_work
    with _lock:
        _at_work += change
        if _at_work:
            gc.disable()
        else:
            gc.enable()
