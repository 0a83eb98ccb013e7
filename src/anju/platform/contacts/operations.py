"""Every write of contacts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from anju.platform.contacts.address_values import normal
from anju.platform.contacts.facts import AddressFailed, FlagLifted, FlagSet
from anju.platform.contacts.governor import ask, reserve, reserve_many
from anju.platform.contacts.models import Address, Contact, StopFlag
from anju.platform.contacts.rows import ContactNotOpen, ContactRefused, ReasonMissing, Reserved, Subject
from anju.platform.identity.crypto import blind_index, encrypt
from anju.platform.journal import operations as journal

__all__ = [
    "ContactNotOpen", "ContactRefused", "ReasonMissing", "Reserved", "ask", "finish", "finish_many", "flag",
    "log_inbound", "mark_addresses", "reserve", "reserve_many", "set_addresses_many", "unflag", "verify_address",
    "void", "void_many",
]  # fmt: skip


def finish(
    *, contact_id: int, outcome_code: str, answered: bool, at: datetime, recording_ref: str = ""
) -> None:
    """The contact took place. Raises ContactNotOpen when it is not reserved."""
    changed = Contact.objects.filter(id=contact_id, state="reserved").update(
        state="done", outcome_code=outcome_code, answered=answered, recording_ref=recording_ref
    )
    if not changed:
        raise ContactNotOpen(f"contact {contact_id} at {at.isoformat()}")


def void(*, contact_id: int, at: datetime, reason: str) -> None:
    """Nothing reached the person: the slot is free again. Raises ContactNotOpen when it is not reserved."""
    changed = Contact.objects.filter(id=contact_id, state="reserved").update(
        state="void", outcome_code=reason[:40]
    )
    if not changed:
        raise ContactNotOpen(f"contact {contact_id} at {at.isoformat()}")


def finish_many(*, attempt_ids: Collection[int], outcome_code: str) -> int:
    """Reserved contacts of these notice attempts took place; how many. Others stay as they are."""
    return Contact.objects.filter(attempt_id__in=list(attempt_ids), state="reserved").update(
        state="done", outcome_code=outcome_code
    )


def void_many(*, attempt_ids: Collection[int], reason: str) -> int:
    """Reserved contacts of these notice attempts did not take place: their slots are free again; how many.

    They let go of the attempt too, so that it can be reserved for again.
    """
    return Contact.objects.filter(attempt_id__in=list(attempt_ids), state="reserved").update(
        state="void", outcome_code=reason[:40], attempt_id=None
    )


def log_inbound(
    *,
    person_id: int,
    purpose: str,
    channel: str,
    at: datetime,
    actor: str,
    subject: Subject | None = None,
    outcome_code: str = "",
    recording_ref: str = "",
) -> int:
    """The person contacted us; id of the ledger row. It never counts against a cap."""
    subject_type, subject_id = subject or ("", None)
    row = Contact.objects.create(
        person_id=person_id, subject_type=subject_type, subject_id=subject_id, purpose=purpose, channel=channel,
        outbound=False, state="done", at=at, answered=True, outcome_code=outcome_code, actor=actor,
        recording_ref=recording_ref,
    )  # fmt: skip
    return row.id


def flag(*, person_id: int, kind: str, reason: str, by: str, at: datetime) -> int:
    """Set a stop flag; id of the flag (the one in force, when there is one). Raises ReasonMissing, ValueError."""
    if not reason.strip():
        raise ReasonMissing(kind)
    if kind not in StopFlag.KINDS:
        raise ValueError(f"unknown stop flag: {kind}")
    with transaction.atomic():
        live = StopFlag.objects.filter(person_id=person_id, kind=kind, active_to=None).first()
        if live is not None:
            return live.id
        row = StopFlag.objects.create(
            person_id=person_id, kind=kind, reason=reason[:200], set_by=by, active_from=at
        )
        journal.record(FlagSet(("person", person_id), kind, reason[:200]), at=at, actor=by)
    return row.id


def unflag(*, person_id: int, kind: str, reason: str, by: str, at: datetime) -> bool:
    """Lift a stop flag; whether one was in force. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(kind)
    with transaction.atomic():
        lifted = StopFlag.objects.filter(person_id=person_id, kind=kind, active_to=None).update(active_to=at)
        if lifted:
            journal.record(FlagLifted(("person", person_id), kind, reason[:200]), at=at, actor=by)
    return bool(lifted)


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
        live = {
            (person_id, kind): (pk, bytes(digest))
            for pk, person_id, kind, digest in Address.objects.select_for_update()
            .filter(person_id__in={key[0] for key in wanted}, active_to=None)
            .values_list("id", "person_id", "kind", "value_index")
        }
        changed = [key for key in wanted if key not in live or live[key][1] != index[key]]
        ended = [live[key][0] for key in changed if key in live]
        Address.objects.filter(id__in=ended).update(active_to=at)
        return _insert(changed, wanted, index, at)


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
    Address.objects.filter(id=address_id).update(health="verified", health_at=at, verified_at=at)


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
