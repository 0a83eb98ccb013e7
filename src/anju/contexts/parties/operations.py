"""Writes of persons."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from anju.contexts.parties.models import Person
from anju.core.checks import bad
from anju.platform.identity.crypto import blind_index, encrypt

ID_KIND = "id_number"

Known = dict[str, tuple[int, str]]
"""ID number -> (person id, name on file)."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be known: name and a checked ID number."""

    name: str
    id_number: str


def person_index(id_number: str) -> bytes:
    """Blind index under which a person is found by ID number."""
    return blind_index(ID_KIND, id_number)


def persons_on_file(*, id_numbers: Iterable[str]) -> Known:
    """Those who are known already. Set-based: a hundred thousand in one go."""
    with transaction.atomic(), connection.cursor() as cursor:
        return _known(cursor, {person_index(number): number for number in set(id_numbers)})


def persons_ensure(*, rows: Iterable[NewPerson], at: datetime, known: Known | None = None) -> Known:
    """One person per ID number; those already known stay as they are. ``known``: what ``persons_on_file`` has just said.

    The name on file may differ from the one given: the caller decides what that means (S4-031). Raises IntegrityError when
    somebody else made one of them in between.
    """
    wanted = {row.id_number: row for row in rows}
    with transaction.atomic(), connection.cursor() as cursor:
        if known is None:
            known = _known(cursor, {person_index(number): number for number in wanted})
        new = [row for number, row in wanted.items() if number not in known]
        made = _insert(cursor, new, at) if new else {}
    return {number: made.get(number) or known[number] for number in wanted}


def person_named(*, name: str, at: datetime) -> int:
    """Somebody of whom only the name is known: no ID number is asked for; id of the new row. Raises BadInput."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise bad("name", name, "1 to 80 characters", allowed_zh="1 至 80 个字")
    row = Person.objects.create(
        name=name, id_number="", id_number_index=secrets.token_bytes(32), created_at=at
    )
    return row.pk


def _known(cursor: Any, numbers: dict[bytes, str]) -> Known:
    cursor.execute("DROP TABLE IF EXISTS asked_person")
    cursor.execute("CREATE TEMP TABLE asked_person (digest bytea) ON COMMIT DROP")
    with cursor.copy("COPY asked_person (digest) FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.set_types(["bytea"])
        for digest in numbers:
            copy.write_row((digest,))
    cursor.execute("ANALYZE asked_person")
    cursor.execute(
        "SELECT p.id_number_index, p.id, p.name FROM parties_person p JOIN asked_person a ON a.digest = p.id_number_index"
    )
    return {numbers[bytes(digest)]: (pk, name) for digest, pk, name in cursor.fetchall()}


def _insert(cursor: Any, rows: list[NewPerson], at: datetime) -> Known:
    """By COPY: an import brings a hundred thousand. A unique index refuses a second row for one ID number."""
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence('parties_person', 'id')) FROM generate_series(1, %s)",
        [len(rows)],
    )
    made = {row.id_number: (pk, row.name) for row, (pk,) in zip(rows, cursor.fetchall(), strict=True)}
    statement = (
        "COPY parties_person (id, name, id_number, id_number_index, language, zone, created_at)"
        " FROM STDIN WITH (FORMAT BINARY)"
    )
    with cursor.copy(statement) as copy:
        copy.set_types(["int8", "varchar", "bytea", "bytea", "varchar", "varchar", "timestamptz"])
        for row in rows:
            number = row.id_number
            cells = (
                made[number][0],
                row.name,
                encrypt(number),
                person_index(number),
                "zh-hans",
                "Asia/Shanghai",
                at,
            )
            copy.write_row(cells)
    return made
