"""The only ways to write the journal."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from anju.platform.journal.facts import Fact

_PLAIN = (int, str, bool, type(None))


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
    if not facts:
        return []
    subjects = [fact.subject for fact in facts]
    arguments: list[Any] = [
        [kind for kind, _ in subjects],
        [number for _, number in subjects],
        [fact.KIND for fact in facts],
        [at],
        [actor],
        [_body_text(fact) for fact in facts],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT journal_append(%s::text[], %s::bigint[], %s::text[],"
            " array_fill((%s::timestamptz[])[1], ARRAY[%s]), array_fill((%s::text[])[1], ARRAY[%s]),"
            " %s::text[]::jsonb[])",
            [*arguments[:4], len(facts), arguments[4], len(facts), arguments[5]],
        )
        ids: list[int] = cursor.fetchone()[0]
    return ids


def _body_text(fact: Fact) -> str:
    body = fact.body()
    for value in body.values():
        if type(value) not in _PLAIN:
            _require_plain(value, fact.KIND)
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
