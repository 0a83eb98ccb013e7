"""Rows as the machine moves them: plain values of the columns it needs, at a twentieth of what a model's row costs.

A line remembers what it was read as, so that only rows and columns that changed are written back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from operator import attrgetter, ne
from typing import Any, ClassVar, TypeVar

from django.db import connection

from anju.platform import bulk
from anju.platform.bulk import IDS, numbers
from anju.platform.notices.models import Attempt, Content, Obligation


@dataclass(slots=True)
class AttemptLine:
    """One attempt; columns as in the model."""

    MODEL: ClassVar[type[Attempt]] = Attempt
    COLUMNS: ClassVar[tuple[str, ...]] = (
        "id", "obligation_id", "step_no", "lane", "channel", "provider", "address_id", "content_id", "idempotency_key",
        "state", "rung", "provider_ref", "error_class", "error", "not_before_at", "send_by_at", "claimed_at",
        "claim_ends_at", "in_doubt_at", "submitted_at", "delivered_at", "finished_at",
    )  # fmt: skip
    id: int
    obligation_id: int
    step_no: int
    lane: int
    channel: str
    provider: str
    address_id: int | None
    content_id: str | None
    idempotency_key: str
    state: str
    rung: str
    provider_ref: str
    error_class: str
    error: str
    not_before_at: datetime | None
    send_by_at: datetime | None
    claimed_at: datetime | None
    claim_ends_at: datetime | None
    in_doubt_at: datetime | None
    submitted_at: datetime | None
    delivered_at: datetime | None
    finished_at: datetime | None
    was: tuple[Any, ...] = ()


@dataclass(slots=True)
class ObligationLine:
    """One obligation; columns as in the model, but the variables of its text."""

    MODEL: ClassVar[type[Obligation]] = Obligation
    COLUMNS: ClassVar[tuple[str, ...]] = (
        "id", "notice_type", "key", "lane", "person_id", "subject_type", "subject_id", "branch_id", "proof_required",
        "journey", "journey_version", "state", "step_no", "rung", "end_reason", "owed_at", "deadline_at",
        "next_step_at", "proven_at", "ended_at",
    )  # fmt: skip
    id: int
    notice_type: str
    key: str
    lane: int
    person_id: int
    subject_type: str
    subject_id: int
    branch_id: int
    proof_required: str
    journey: str
    journey_version: str
    state: str
    step_no: int
    rung: str
    end_reason: str
    owed_at: datetime
    deadline_at: datetime
    next_step_at: datetime | None
    proven_at: datetime | None
    ended_at: datetime | None
    was: tuple[Any, ...] = ()


@dataclass(slots=True)
class NewAttempt:
    """An attempt to be inserted; every column of the model but its number, which it gets as `pk`."""

    MODEL: ClassVar[type[Attempt]] = Attempt
    obligation_id: int
    step_no: int
    lane: int
    channel: str
    idempotency_key: str
    queued_at: datetime
    address_id: int | None = None
    provider: str = ""
    state: str = "queued"
    not_before_at: datetime | None = None
    send_by_at: datetime | None = None
    finished_at: datetime | None = None
    error_class: str = ""
    error: str = ""
    content_id: str | None = None
    rung: str = ""
    claimed_at: datetime | None = None
    claim_ends_at: datetime | None = None
    in_doubt_at: datetime | None = None
    submitted_at: datetime | None = None
    delivered_at: datetime | None = None
    provider_ref: str = ""
    pk: int = 0


@dataclass(slots=True)
class NewContent:
    """A rendered text to be kept; columns as in the model."""

    MODEL: ClassVar[type[Content]] = Content
    hash: str
    channel: str
    template: str
    template_version: str
    subject: str
    body: str


Line = TypeVar("Line", AttemptLine, ObligationLine)


def _instants(columns: Sequence[str]) -> tuple[int, ...]:
    return tuple(place for place, name in enumerate(columns) if name.endswith("_at"))


_INSTANTS = {line: _instants(line.COLUMNS) for line in (AttemptLine, ObligationLine)}


def columns(line: type[Line], alias: str) -> str:
    """Columns for a SELECT. Instants come as text: reading them is most of the time a row takes."""
    return ", ".join(
        f"{alias}.{name}::text" if name.endswith("_at") else f"{alias}.{name}" for name in line.COLUMNS
    )


def line_of(line: type[Line], row: Sequence[Any]) -> Line:
    """A line from a row of `columns`."""
    values = list(row)
    for place in _INSTANTS[line]:
        text = values[place]
        if text is not None:
            values[place] = datetime.fromisoformat(text)
    made = line(*values)
    made.was = tuple(values)
    return made


TEXT_MAX, REF_MAX = 400, 120


def clean_text(text: str) -> str:
    """What somebody else said, as a column can keep it: no NUL, at most 400 characters."""
    return text.replace("\0", "")[:TEXT_MAX].encode(errors="replace").decode()


def clean_ref(text: str) -> str:
    """A provider's reference as it is kept and looked up: no control characters, at most 120."""
    if len(text) <= REF_MAX and text.isascii() and text.isprintable():
        return text
    return text.translate(_NO_CONTROLS)[:REF_MAX].encode(errors="replace").decode()


_NO_CONTROLS = dict.fromkeys(range(32))

# Table and column names come from our own models, never from outside.
_LOCK_OBLIGATIONS = (
    f"SELECT {columns(ObligationLine, 'o')} FROM notices_obligation o WHERE o.id = ANY({IDS})"  # noqa: S608
    " ORDER BY o.id FOR UPDATE"
)
_LOCK_OWNERS = (
    f"SELECT {columns(ObligationLine, 'o')} FROM notices_obligation o"  # noqa: S608
    f" WHERE o.id = ANY(ARRAY(SELECT a.obligation_id FROM notices_attempt a WHERE a.id = ANY({IDS})))"
    " ORDER BY o.id FOR UPDATE"
)
_LOCK_ATTEMPTS = (
    f"SELECT {columns(AttemptLine, 'a')} FROM notices_attempt a WHERE a.id = ANY({IDS})"  # noqa: S608
    " ORDER BY a.id FOR UPDATE"
)


def fetch(line: type[Line], sql: str, values: Sequence[Any] | dict[str, Any]) -> list[Line]:
    """Lines of a SELECT of `columns`."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [line_of(line, row) for row in cursor.fetchall()]


def lock_obligations(ids: Iterable[int]) -> dict[int, ObligationLine]:
    """Lock obligations in the order of their ids. Always before their attempts, so that nobody waits in a circle."""
    wanted = numbers(ids)
    rows = fetch(ObligationLine, _LOCK_OBLIGATIONS, [wanted]) if wanted else []
    return {row.id: row for row in rows}


def lock_attempts(ids: Iterable[int]) -> dict[int, AttemptLine]:
    """Lock attempts in the order of their ids; their obligations are locked by then."""
    wanted = numbers(ids)
    rows = fetch(AttemptLine, _LOCK_ATTEMPTS, [wanted]) if wanted else []
    return {row.id: row for row in rows}


def lock_both(attempt_ids: Iterable[int]) -> tuple[dict[int, ObligationLine], dict[int, AttemptLine]]:
    """Lock attempts and, before them, their obligations."""
    ids = set(attempt_ids)
    if not ids:
        return {}, {}
    owners = fetch(ObligationLine, _LOCK_OWNERS, [numbers(ids)])
    return {row.id: row for row in owners}, lock_attempts(ids)


_VALUES = {line: attrgetter(*line.COLUMNS) for line in (AttemptLine, ObligationLine)}


def write_changed(lines: Iterable[AttemptLine] | Iterable[ObligationLine]) -> int:
    """Write what differs from what was read: the rows that changed, the columns that changed in any of them; how many."""
    changed: list[AttemptLine | ObligationLine] = []
    places: set[int] = set()
    for line in lines:
        values = _VALUES[type(line)](line)
        if values != line.was:
            places.update(compress(range(len(values)), map(ne, values, line.was)))
            changed.append(line)
            line.was = values
    if changed:
        names = type(changed[0]).COLUMNS
        bulk.write_back(changed, [names[place] for place in sorted(places)])
    return len(changed)
