"""The only ways to write the journal."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from anju.platform.journal.facts import Fact

_PLAIN = (int, str, bool, type(None))

SEPARATOR = "\x1f"
"""Between the parts of a column sent as one text, ten times cheaper than an array; JSON never holds it
unescaped.
"""

_ONE_TIME = "array_fill(%(at)s::timestamptz, ARRAY[%(count)s]), array_fill(%(actor)s::text, ARRAY[%(count)s])"
_OWN_TIMES = f"string_to_array(%(ats)s, ',')::timestamptz[], string_to_array(%(actors)s, '{SEPARATOR}')"
_APPEND = f"""
SELECT journal_append(
    string_to_array(%(types)s, '{SEPARATOR}'),
    string_to_array(%(ids)s, ',')::bigint[],
    string_to_array(%(kinds)s, '{SEPARATOR}'),
    {{times}},
    string_to_array(%(bodies)s, '{SEPARATOR}')::jsonb[])
"""


class BodyNotPlain(TypeError):
    """A fact's body holds a float or another value that has no one exact text."""


def record(fact: Fact, *, at: datetime, actor: str) -> int:
    """Append one fact to the chain of its subject, in the caller's transaction. Returns the entry id."""
    return record_many([fact], at=at, actor=actor)[0]


def record_many(facts: Sequence[Fact], *, at: datetime, actor: str) -> list[int]:
    """Append facts in their order, in one round trip and in the caller's transaction. Returns entry ids in
    that order.

    Facts of one subject are chained in the order given. The heads of all subjects are locked in one order, so
    two calls never wait for each other in a ring; a transaction that calls twice may, so call once per
    transaction for many subjects. Set-based SQL calls ``journal_append(types, ids, kinds, ats, actors,
    bodies)`` itself.

    Raises ValueError (naive ``at``), BodyNotPlain, and DataError when a kind, actor or subject type holds
    ``|``.
    """
    if at.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    return _append(facts, _ONE_TIME, {"at": at, "actor": actor, "count": len(facts)})


def record_each(told: Sequence[tuple[Fact, datetime, str]]) -> list[int]:
    """Like `record_many`, each `(fact, at, actor)` with its own time and actor."""
    if any(at.tzinfo is None for _, at, _ in told):
        raise ValueError("an aware datetime is needed")
    times = {
        "ats": ",".join([at.isoformat() for _, at, _ in told]),
        "actors": SEPARATOR.join([actor for _, _, actor in told]),
    }
    return _append([fact for fact, _, _ in told], _OWN_TIMES, times)


def _append(facts: Sequence[Fact], times: str, values: dict[str, Any]) -> list[int]:
    if not facts:
        return []
    subjects = [fact.subject for fact in facts]
    values |= {
        "types": SEPARATOR.join([kind for kind, _ in subjects]),
        "ids": ",".join([str(number) for _, number in subjects]),
        "kinds": SEPARATOR.join([fact.KIND for fact in facts]),
        "bodies": SEPARATOR.join([_body_text(fact) for fact in facts]),
    }
    with connection.cursor() as cursor:
        cursor.execute(_APPEND.format(times=times), values)
        ids: list[int] = cursor.fetchone()[0]
    return ids


def _body_text(fact: Fact) -> str:
    body = fact.body()
    for value in body.values():
        if type(value) not in _PLAIN:
            _require_plain(value, fact.KIND)
    try:
        return orjson.dumps(body).decode()
    except orjson.JSONEncodeError:  # integers beyond 64 bits, keys that are not text
        return json.dumps(body, ensure_ascii=False)


def _require_plain(value: Any, kind: str) -> None:
    if isinstance(value, _PLAIN):
        return
    if isinstance(value, dict):
        inner: Sequence[Any] = [*value.values()]
        if not all(isinstance(key, str) for key in value):
            raise BodyNotPlain(f"{kind}: keys must be strings")
    elif isinstance(value, (list, tuple)):
        inner = value
    else:
        raise BodyNotPlain(f"{kind}: {type(value).__name__}")
    for part in inner:
        _require_plain(part, kind)
