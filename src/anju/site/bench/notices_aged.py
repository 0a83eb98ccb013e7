"""Years of notices in a moment: rows of a finished wave copied set-based, so that their cost can be seen."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

DAYS = 300
AGE_DAYS = 40
"""Copies lie this long ago, spread over as many days."""

TABLES: Mapping[str, Mapping[str, str]] = {
    "notices_content": {"hash": "left(hash, 52) || lpad(g::text, 12, '0')"},
    "notices_obligation": {
        "id": "id + g * %(stride)s", "key": "key || ':' || g", "person_id": "person_id + g * %(people)s",
        "subject_id": "subject_id + g * %(people)s",
    },
    "notices_attempt": {
        "id": "id + g * %(stride)s", "obligation_id": "obligation_id + g * %(stride)s",
        "idempotency_key": "idempotency_key || ':' || g", "provider_ref": "provider_ref || ':' || g",
        "content_id": "left(content_id, 52) || lpad(g::text, 12, '0')",
    },
    "notices_receipt": {
        "id": "id + g * %(stride)s", "attempt_id": "attempt_id + g * %(stride)s", "provider_ref": "provider_ref || ':' || g",
        "digest": "left(digest, 52) || lpad(g::text, 12, '0')",
    },
    "notices_inboxmessage": {
        "id": "id + g * %(stride)s", "attempt_id": "attempt_id + g * %(stride)s", "person_id": "person_id + g * %(people)s",
    },
    "contacts_contact": {
        "id": "id + g * %(stride)s", "attempt_id": "attempt_id + g * %(stride)s", "person_id": "person_id + g * %(people)s",
        "subject_id": "subject_id + g * %(people)s",
    },
    "journal_entry": {"id": "id + g * %(stride)s", "subject_id": "subject_id + g * %(people)s"},
    "journal_head": {"id": "id + g * %(stride)s", "subject_id": "subject_id + g * %(people)s"},
}  # fmt: skip
"""What must differ in a copy; instants move into the past by themselves."""

STRIDE = 10_000_000
PEOPLE = 100_000_000
"""Above every number a bench uses itself."""


def rows_there() -> int:
    """Rows of all these tables."""
    with connection.cursor() as cursor:
        total = 0
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 -- our own names
            total += cursor.fetchone()[0]
    return total


def multiply(times: int) -> int:
    """Copy every finished row so many times; how many rows are new. Hash chains of copies do not verify: for benches only."""
    made = 0
    with connection.cursor() as cursor:
        for table, changed in TABLES.items():
            cursor.execute(_statement(table, changed), {"times": times, "stride": STRIDE, "people": PEOPLE})
            made += cursor.rowcount
        for table in TABLES:
            cursor.execute(
                "SELECT pg_get_serial_sequence(%s, 'id') WHERE %s <> 'notices_content'", [table, table]
            )
            sequence = cursor.fetchone()
            if sequence and sequence[0]:
                cursor.execute(f"SELECT setval(%s, (SELECT max(id) FROM {table}))", sequence)  # noqa: S608 -- our own names
    return made


def _statement(table: str, changed: Mapping[str, str]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        columns = cursor.fetchall()
    values = []
    for name, kind in columns:
        if name in changed:
            values.append(changed[name])
        elif kind.startswith("timestamp"):
            values.append(f'"{name}" - make_interval(days => {AGE_DAYS} + g %% {DAYS})')
        else:
            values.append(f'"{name}"')
    names = ", ".join(f'"{name}"' for name, _ in columns)
    return (
        f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"  # noqa: S608 -- our own names
        f" SELECT {', '.join(values)} FROM {table}, generate_series(1, %(times)s) g"
    )
