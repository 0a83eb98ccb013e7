"""Writes of persons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from anju.platform.identity.crypto import blind_index, encrypt

ID_KIND = "id_number"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be known: name and a checked ID number."""

    name: str
    id_number: str


def person_index(id_number: str) -> bytes:
    """Blind index under which a person is found by ID number."""
    return blind_index(ID_KIND, id_number)


def persons_ensure(*, rows: Iterable[NewPerson], at: datetime) -> dict[str, tuple[int, str]]:
    """One person per ID number: ``{id_number: (person id, name on file)}``. Set-based; those already known stay as they are.

    The name on file may differ from the one given: the caller decides what that means (S4-031).
    """
    wanted = {row.id_number: row for row in rows}
    if not wanted:
        return {}
    index = {number: person_index(number) for number in wanted}
    with transaction.atomic(), connection.cursor() as cursor:
        known = _known(cursor, list(index.values()))
        new = [number for number in wanted if index[number] not in known]
        if new:
            _insert(cursor, [(wanted[n].name, encrypt(n), index[n], at) for n in new])
            known |= _known(cursor, [index[number] for number in new])
    return {number: known[index[number]] for number in wanted}


def names_on_file(*, id_numbers: Iterable[str]) -> dict[str, str]:
    """``{id_number: name}`` of those known."""
    index = {person_index(number): number for number in set(id_numbers)}
    with connection.cursor() as cursor:
        known = _known(cursor, list(index))
    return {index[digest]: name for digest, (_, name) in known.items()}


def _known(cursor: object, digests: list[bytes]) -> dict[bytes, tuple[int, str]]:
    cursor.execute(  # type: ignore[attr-defined]
        "SELECT id_number_index, id, name FROM parties_person WHERE id_number_index = ANY(%s)", [digests]
    )
    return {bytes(digest): (pk, name) for digest, pk, name in cursor.fetchall()}  # type: ignore[attr-defined]


def _insert(cursor: object, rows: list[tuple[str, bytes, bytes, datetime]]) -> None:
    """By COPY: an import brings a hundred thousand. A unique index refuses a second row for one ID number."""
    statement = "COPY parties_person (name, id_number, id_number_index, language, zone, created_at) FROM STDIN WITH (FORMAT BINARY)"
    with cursor.copy(statement) as copy:  # type: ignore[attr-defined]
        copy.set_types(["varchar", "bytea", "bytea", "varchar", "varchar", "timestamptz"])
        for name, number, digest, at in rows:
            copy.write_row((name, number, digest, "zh-hans", "Asia/Shanghai", at))
