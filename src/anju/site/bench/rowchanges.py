"""The peer of the day end: the same row changes by one set-based UPDATE and one INSERT a table.

Copies of all tables (with indexes and checks, without foreign keys and triggers) are taken before; what a day has
written is found by the rows' ``xmin``; then the copies are brought to the same state, in one transaction. A row that
the day wrote several times is written once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from anju.site.bench.measure import settle, timed

_TABLES = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = ''),
       (SELECT array_agg(k.attname::text) FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY(i.indkey)
         WHERE i.indrelid = c.oid AND i.indisprimary)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
   AND c.relname !~ '^(django|procrastinate|auth|account|mfa|axes|bench)_'
 GROUP BY c.oid, c.relname ORDER BY c.relname
"""


@dataclass(slots=True)
class Changes:
    """Rows per table that were changed and that are new; ``seconds``: how long the peer took to write them."""

    updated: dict[str, int] = field(default_factory=dict)
    inserted: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        return sum(self.updated.values()) + sum(self.inserted.values())


class Peer:
    """``remember()`` before, ``replay()`` after."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_TABLES)
            self.tables: list[tuple[str, list[str], list[str]]] = [row for row in cursor.fetchall() if row[2]]
        self.since = 0

    def remember(self) -> None:
        """Copy everything as it is now."""
        for name, columns, _key in self.tables:
            twin, table, names = _name("peer", name), sql.Identifier(name), _names(columns)
            _execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(twin, table))
            _execute(
                sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}").format(
                    twin, names, names, table
                )
            )
        settle()
        self.since = _execute(sql.SQL("SELECT pg_current_xact_id()::text::bigint"))[0][0]

    def replay(self) -> Changes:
        """What was written since, written into the copies."""
        changes = Changes()
        for name, columns, key in self.tables:
            self._collect(changes, name, columns, key)
        settle()
        statements = [statement for row in self.tables for statement in _statements(changes, *row)]
        with timed() as watch, transaction.atomic():
            for statement in statements:
                _execute(statement)
        changes.seconds = watch.seconds
        return changes

    def _collect(self, changes: Changes, name: str, columns: list[str], key: list[str]) -> None:
        for kind, there in (("updated", "EXISTS"), ("inserted", "NOT EXISTS")):
            _execute(
                sql.SQL(
                    "CREATE TABLE {} AS SELECT {} FROM {} t WHERE t.xmin::text::bigint > {}"
                    " AND {} (SELECT 1 FROM {} p WHERE {})"
                ).format(
                    _name(kind, name), _names(columns), sql.Identifier(name), sql.Literal(self.since), sql.SQL(there),
                    _name("peer", name), _same(key, "p", "t"),
                )
            )  # fmt: skip
            count = _execute(sql.SQL("SELECT count(*) FROM {}").format(_name(kind, name)))[0][0]
            if count:
                getattr(changes, kind)[name] = count


def _statements(changes: Changes, name: str, columns: list[str], key: list[str]) -> list[sql.Composed]:
    found = []
    twin = _name("peer", name)
    if name in changes.updated:
        settings = sql.SQL(", ").join(
            sql.SQL("{} = n.{}").format(sql.Identifier(column), sql.Identifier(column))
            for column in columns
            if column not in key
        )
        found.append(
            sql.SQL("UPDATE {} AS p SET {} FROM {} n WHERE {}").format(
                twin, settings, _name("updated", name), _same(key, "p", "n")
            )
        )
    if name in changes.inserted:
        names = _names(columns)
        found.append(
            sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}").format(
                twin, names, names, _name("inserted", name)
            )
        )
    return found


def _name(kind: str, table: str) -> sql.Identifier:
    return sql.Identifier(f"bench_{kind}_{table}"[:63])


def _names(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _same(key: list[str], left: str, right: str) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(left, column), sql.Identifier(right, column))
        for column in key
    )


def _execute(statement: sql.SQL | sql.Composed) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
