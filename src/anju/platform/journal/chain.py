"""The hash chain in pure Python: checks exported entries without a database (evidence bundles).

The same rule as the SQL function ``journal_append``: ``hash = sha256(prev_hash || payload)``, where payload
is the UTF-8 text ``type|id|seq|kind|at|actor|body``, ``at`` in UTC with microseconds, ``body`` in
PostgreSQL's jsonb text form.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from anju.platform.journal.facts import Subject

GENESIS = bytes(32)
"""``prev_hash`` of the first entry of a chain."""


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """One entry as exported. ``hash`` and ``prev_hash`` are 32 bytes."""

    subject_type: str
    subject_id: int
    seq: int
    kind: str
    at: datetime
    actor: str
    body: Any
    prev_hash: bytes
    hash: bytes

    @property
    def subject(self) -> Subject:
        return (self.subject_type, self.subject_id)


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain is broken. ``problem``: body_changed | missing_entry | link_broken | head_mismatch |
    head_missing.

    ``seq`` is the entry concerned: the changed one, the first missing one, or the last one the head speaks
    of.
    """

    subject: Subject
    seq: int
    problem: str
    zh: str
    en: str
    entry_id: int | None = None


_TEXTS = {
    "body_changed": ("记录内容与其哈希不符", "the entry's content does not match its hash"),
    "missing_entry": ("缺少此记录", "this entry is missing"),
    "link_broken": ("记录未连接到上一条记录", "the entry does not link to the one before it"),
    "head_mismatch": ("链头与最后一条记录不符", "the chain's head does not match its last entry"),
    "head_missing": ("记录没有链头", "the chain has no head"),
}


def broken(subject: Subject, seq: int, problem: str, entry_id: int | None = None) -> Break:
    """A ``Break`` with its texts. Raises KeyError for an unknown problem."""
    zh, en = _TEXTS[problem]
    return Break(subject, seq, problem, zh, en, entry_id)


def canonical(value: Any) -> str:
    """JSON text as PostgreSQL prints jsonb: keys by byte length, then bytes; ``", "`` and ``": "``. Raises
    TypeError for floats.
    """
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: (len(pair[0].encode()), pair[0].encode()))
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {canonical(v)}" for key, v in pairs)
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(canonical(v) for v in value) + "]"
    raise TypeError(f"not allowed in a journal body: {type(value).__name__}")


def entry_hash(
    *, prev_hash: bytes, subject: Subject, seq: int, kind: str, at: datetime, actor: str, body: Any
) -> bytes:
    """32 bytes, equal to what the database computed."""
    instant = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    payload = f"{subject[0]}|{subject[1]}|{seq}|{kind}|{instant}|{actor}|{canonical(body)}"
    return hashlib.sha256(prev_hash + payload.encode()).digest()


def verify_entries(entries: Iterable[ChainEntry], *, last: tuple[int, bytes] | None = None) -> list[Break]:
    """Breaks in the chain of ONE subject, given from its first entry on; empty when it is whole.

    ``last``: the sequence number and hash the chain should end with, if they are known from elsewhere.
    """
    found: list[Break] = []
    before, seq = GENESIS, 0
    subject: Subject | None = None
    for entry in sorted(entries, key=lambda e: e.seq):
        subject = entry.subject
        if entry.seq != seq + 1:
            found.append(broken(entry.subject, seq + 1, "missing_entry"))
        elif entry.prev_hash != before:
            found.append(broken(entry.subject, entry.seq, "link_broken"))
        if _hash_of(entry) != entry.hash:
            found.append(broken(entry.subject, entry.seq, "body_changed"))
        before, seq = entry.hash, entry.seq
    if last is not None and last != (seq, before):
        found.append(broken(subject or ("", 0), max(seq, last[0]), "head_mismatch"))
    return found


def _hash_of(entry: ChainEntry) -> bytes:
    return entry_hash(
        prev_hash=entry.prev_hash, subject=entry.subject, seq=entry.seq, kind=entry.kind,
        at=entry.at, actor=entry.actor, body=entry.body,
    )  # fmt: skip
