"""Writes of contact details: the live address of each kind, and its health."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from anju.platform.bulk import IDS, numbers
from anju.platform.contacts.address_values import normal
from anju.platform.contacts.facts import AddressFailed
from anju.platform.contacts.models import Address
from anju.platform.identity.crypto import blind_index, encrypt
from anju.platform.journal import operations as journal


def set_addresses_many(rows: Iterable[tuple[int, str, str]], *, at: datetime) -> int:
    """`(person_id, kind, value)` become the live addresses; how many are new. Set-based, for imports.

    The same value again changes nothing (its health stays); another value ends the old row and begins a new one,
    unverified. An empty value is no statement. Of two rows for one person and kind the last one counts.
    Raises ValueError for an unknown kind, BadInput for a value that cannot be of its kind.
    """
    wanted: dict[tuple[int, str], str] = {}
    for person_id, kind, value in rows:
        if kind not in Address.KINDS:
            raise ValueError(f"unknown kind of address: {kind}")
        if value.strip():
            wanted[(person_id, kind)] = normal(kind, value)
    if not wanted:
        return 0
    index = {key: blind_index(key[1], value) for key, value in wanted.items()}
    with transaction.atomic():
        live = _live({key[0] for key in wanted})
        changed = [key for key in wanted if key not in live or live[key][1] != index[key]]
        ended = [live[key][0] for key in changed if key in live]
        Address.objects.filter(id__in=ended).update(active_to=at)
        return _insert(changed, wanted, index, at)


def _live(people: Collection[int]) -> dict[tuple[int, str], tuple[int, bytes]]:
    """Id and index of every live address of these persons, locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person_id, kind, id, value_index FROM contacts_address"  # noqa: S608 -- a constant
            f" WHERE person_id = ANY({IDS}) AND active_to IS NULL ORDER BY id FOR UPDATE",
            [numbers(people)],
        )
        return {(person, kind): (pk, bytes(index)) for person, kind, pk, index in cursor}


def _insert(
    keys: Sequence[tuple[int, str]],
    values: dict[tuple[int, str], str],
    index: dict[tuple[int, str], bytes],
    at: datetime,
) -> int:
    if not keys:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO contacts_address (person_id, kind, value, value_index, health, health_at, active_from)
            SELECT person_id, kind, decode(value, 'hex'), decode(value_index, 'hex'), 'unverified', %(at)s, %(at)s
            FROM unnest(%(people)s::bigint[], string_to_array(%(kinds)s, ','), string_to_array(%(values)s, ','),
                        string_to_array(%(indexes)s, ','))
                 AS row(person_id, kind, value, value_index)
            ON CONFLICT (person_id, kind) WHERE active_to IS NULL DO NOTHING
            """,
            {
                "at": at,
                "people": [key[0] for key in keys],
                # One text a column: a list of a hundred thousand byte strings takes psycopg seconds to write.
                "kinds": ",".join(key[1] for key in keys),
                "values": ",".join(encrypt(values[key]).hex() for key in keys),
                "indexes": ",".join(index[key].hex() for key in keys),
            },
        )
        made: int = cursor.rowcount
    return made


def verify_address(*, address_id: int, at: datetime) -> None:
    """The person proved to be reached there: a code came back, or a link was opened (S2-07)."""
    verify_addresses([(address_id, at)])


def verify_addresses(proved: Sequence[tuple[int, datetime]]) -> None:
    """`verify_address` for many, each `(address_id, at)`; the last time counts."""
    if not proved:
        return
    last = dict(sorted(proved, key=lambda one: one[1]))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contacts_address a SET health = 'verified', health_at = p.at, verified_at = p.at"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS p(id, at) WHERE a.id = p.id",
            [list(last), list(last.values())],
        )


def mark_addresses(*, address_ids: Collection[int], health: str, at: datetime, actor: str) -> int:
    """Addresses failed (`bounced`, `wrong_person`) or grew `stale`; how many changed. Raises ValueError."""
    if health not in ("bounced", "wrong_person", "stale"):
        raise ValueError(f"not a failure: {health}")
    with transaction.atomic():
        rows = list(
            Address.objects.select_for_update()
            .filter(id__in=list(address_ids))
            .exclude(health=health)
            .order_by("id")
        )
        Address.objects.filter(id__in=[row.id for row in rows]).update(health=health, health_at=at)
        facts = [AddressFailed(("person", row.person_id), row.kind, row.id, health) for row in rows]
        if facts:
            journal.record_many(facts, at=at, actor=actor)
    return len(rows)
