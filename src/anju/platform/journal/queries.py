"""Reading the journal: entries, timelines, and whether every chain is whole."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from anju.platform.journal.chain import Break, ChainEntry, broken
from anju.platform.journal.facts import Body, Subject

BREAKS_MAX = 1000
TIMELINE_MAX = 500


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One journal entry as everybody reads it."""

    id: int
    subject_type: str
    subject_id: int
    seq: int
    kind: str
    at: datetime
    recorded_at: datetime
    actor: str
    body: Body

    @property
    def subject(self) -> Subject:
        return (self.subject_type, self.subject_id)


ENTRY_COLUMNS = "id, subject_type, subject_id, seq, kind, at, recorded_at, actor, body::text"


def entry_row(row: Sequence[Any]) -> EntryRow:
    """An ``EntryRow`` from a row of ``ENTRY_COLUMNS``."""
    entry_id, subject_type, subject_id, seq, kind, at, recorded_at, actor, body = row
    return EntryRow(entry_id, subject_type, subject_id, seq, kind, at, recorded_at, actor, json.loads(body))


def timeline(
    subjects: Sequence[Subject],
    *,
    before: int | None = None,
    limit: int = 50,
    kinds: Sequence[str] | None = None,
) -> list[EntryRow]:
    """Entries of these subjects, newest first (by ``at``, then id). ``before``: id of the last entry already
    shown.

    ``kinds`` restricts to these kinds. ``limit`` is at most 500.
    """
    if not subjects:
        return []
    sql = (
        f"SELECT {ENTRY_COLUMNS} FROM journal_entry e"  # noqa: S608 -- a constant
        " WHERE (e.subject_type, e.subject_id) IN (SELECT * FROM unnest(%s::text[], %s::bigint[]))"
        " AND (%s::bigint IS NULL OR (e.at, e.id) < (SELECT b.at, b.id FROM journal_entry b WHERE b.id = %s))"
        " AND (%s::text[] IS NULL OR e.kind = ANY(%s))"
        " ORDER BY e.at DESC, e.id DESC LIMIT %s"
    )
    wanted = None if kinds is None else list(kinds)
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            [
                [kind for kind, _ in subjects], [number for _, number in subjects],
                before, before, wanted, wanted, min(limit, TIMELINE_MAX),
            ],
        )  # fmt: skip
        return [entry_row(row) for row in cursor.fetchall()]


def chain(subject: Subject) -> list[ChainEntry]:
    """The whole chain of one subject with its hashes, first entry first: for export and
    ``chain.verify_entries``.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_type, subject_id, seq, kind, at, actor, body::text, prev_hash, hash"
            " FROM journal_entry WHERE subject_type = %s AND subject_id = %s ORDER BY seq",
            list(subject),
        )
        return [
            ChainEntry(type_, number, seq, kind, at, actor, json.loads(body), bytes(before), bytes(own))
            for type_, number, seq, kind, at, actor, body, before, own in cursor.fetchall()
        ]


def head(subject: Subject) -> tuple[int, bytes]:
    """Sequence number and hash of the last entry; (0, 32 zero bytes) when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq, hash FROM journal_head WHERE subject_type = %s AND subject_id = %s", list(subject)
        )
        row = cursor.fetchone()
    return (0, bytes(32)) if row is None else (row[0], bytes(row[1]))


_VERIFY = """
WITH linked AS (
    SELECT e.id, e.subject_type, e.subject_id, e.seq, e.hash, e.prev_hash,
           journal_payload(e.subject_type, e.subject_id, e.seq, e.kind, e.at, e.actor, e.body) AS payload,
           coalesce(lag(e.seq) OVER w, 0) AS seq_before,
           coalesce(lag(e.hash) OVER w, decode(repeat('00', 32), 'hex')) AS hash_before
    FROM journal_entry e {where}
    WINDOW w AS (PARTITION BY e.subject_type, e.subject_id ORDER BY e.seq)
), entry_breaks AS (
    SELECT subject_type, subject_id, seq_before + 1 AS seq, 'missing_entry' AS problem, NULL::bigint AS id
    FROM linked WHERE seq <> seq_before + 1
    UNION ALL
    SELECT subject_type, subject_id, seq, 'link_broken', id
    FROM linked WHERE seq = seq_before + 1 AND prev_hash <> hash_before
    UNION ALL
    SELECT subject_type, subject_id, seq, 'body_changed', id
    FROM linked WHERE hash <> sha256(prev_hash || payload)
), tails AS (
    SELECT DISTINCT ON (e.subject_type, e.subject_id) e.subject_type, e.subject_id, e.seq, e.hash
    FROM journal_entry e {where} ORDER BY e.subject_type, e.subject_id, e.seq DESC
), head_breaks AS (
    SELECT subject_type, subject_id, greatest(t.seq, e.seq) AS seq,
           CASE WHEN e.seq IS NULL THEN 'head_missing' ELSE 'head_mismatch' END AS problem, NULL::bigint AS id
    FROM tails t FULL JOIN (SELECT * FROM journal_head e {where}) e USING (subject_type, subject_id)
    WHERE (t.seq, t.hash) IS DISTINCT FROM (e.seq, e.hash)
)
SELECT * FROM entry_breaks UNION ALL SELECT * FROM head_breaks ORDER BY 1, 2, 3, 4 LIMIT %s
"""


def verify(subject: Subject | None = None) -> list[Break]:
    """Where chains are broken, over all subjects or one; empty when everything is whole. At most 1000 breaks.

    One statement on one snapshot, so writers at work cause no false alarm. Finds a changed entry, a missing
    one, a wrong link and a wrong head (also a cut-off tail).
    """
    where = "" if subject is None else "WHERE e.subject_type = %s AND e.subject_id = %s"
    arguments: list[Any] = [] if subject is None else [*subject] * 3
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(_VERIFY.replace("{where}", where), [*arguments, BREAKS_MAX])
        rows = cursor.fetchall()
    return [broken((kind, number), seq, problem, entry_id) for kind, number, seq, problem, entry_id in rows]


def counts(subject: Subject | None = None) -> tuple[int, int]:
    """How many entries and how many chains there are, of everything or of one subject."""
    where = "" if subject is None else " WHERE subject_type = %s AND subject_id = %s"
    values: list[Any] = [] if subject is None else [*subject]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT count(*) FROM journal_entry{where}), (SELECT count(*) FROM journal_head{where})",  # noqa: S608
            values * 2,
        )
        entries, chains = cursor.fetchone()
    return int(entries), int(chains)


@dataclass(frozen=True, slots=True)
class HandlerRow:
    """How far a handler has come, and what is wrong with it. ``waiting`` counts entries not yet heard (at
    most 10,000).
    """

    name: str
    moved_at: datetime | None
    fail_count: int
    failed_at: datetime | None
    error: str
    waiting: int


def handler_rows() -> list[HandlerRow]:
    """One row per handler that has ever run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.handler, c.moved_at, c.fail_count, c.failed_at, c.error,"
            " (SELECT count(*) FROM (SELECT 1 FROM journal_entry e"
            "   WHERE (e.xid, e.id) > (c.xid, c.entry_id) LIMIT 10000) w)"
            " FROM journal_cursor c ORDER BY c.handler"
        )
        return [HandlerRow(*row) for row in cursor.fetchall()]
