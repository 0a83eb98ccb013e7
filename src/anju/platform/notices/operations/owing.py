"""A message is owed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection, transaction

from anju.core.sla import Deadline, deadline_at
from anju.platform.journal import operations as journal
from anju.platform.notices import config, recipients
from anju.platform.notices.facts import NoticeOwed
from anju.platform.notices.rows import Owed, Subject
from anju.platform.policies import queries as policies

ACTOR = "system:notices"
CHUNK = 10_000

_INSERT = """
INSERT INTO notices_obligation (
    notice_type, key, lane, person_id, subject_type, subject_id, branch_id, entry_id, owed_at, deadline_at, proof_required,
    journey, journey_version, variables, state, step_no, next_step_at, rung, end_reason)
SELECT notice_type, key, lane, person_id, subject_type, subject_id, branch_id, entry_id, owed_at, deadline_at,
       proof, journey, %(version)s, variables, 'owed', 0, owed_at, '', ''
FROM unnest(%(notice_type)s::text[], %(key)s::text[], %(lane)s::smallint[], %(person_id)s::bigint[], %(subject_type)s::text[],
            %(subject_id)s::bigint[], %(branch_id)s::bigint[], %(entry_id)s::bigint[], %(owed_at)s::timestamptz[],
            %(deadline_at)s::timestamptz[], %(proof)s::text[], %(journey)s::text[], %(variables)s::jsonb[])
     AS row(notice_type, key, lane, person_id, subject_type, subject_id, branch_id, entry_id, owed_at, deadline_at, proof,
            journey, variables)
ON CONFLICT (key) DO NOTHING
RETURNING id, key
"""


def owe_many(rows: Sequence[Owed]) -> int:
    """These messages are owed from now on; how many are new. In the caller's transaction, one statement per 10,000.

    Idempotent by key: a key that is there stays as it is. Deadline, proof and journey come from notice_types.toml in
    force, and the obligation keeps them. Further people of the subject that the table names get an obligation of their
    own, keyed `<key>:<role>:<person>`, and are counted. Raises UnknownNoticeType; then nothing was written.
    """
    new = 0
    rows = recipients.expand(rows)
    with transaction.atomic():
        for start in range(0, len(rows), CHUNK):
            new += _owe_chunk(rows[start : start + CHUNK])
    return new


def owe(
    *,
    notice_type: str,
    key: str,
    person_id: int,
    subject: Subject,
    branch_id: int,
    variables: Mapping[str, Any],
    entry_id: int | None = None,
    owed_at: datetime,
) -> bool:
    """One message is owed; whether anything is new. As `owe_many`."""
    row = Owed(notice_type, key, person_id, subject, branch_id, variables, entry_id, owed_at)
    return owe_many([row]) >= 1


def _owe_chunk(rows: Sequence[Owed]) -> int:
    types = [config.notice_type(row.notice_type) for row in rows]
    ends = _Deadlines()
    deadlines = [ends.of(kind.deadline, row.owed_at) for kind, row in zip(types, rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "version": config.journeys_version(),
                "notice_type": [row.notice_type for row in rows],
                "key": [row.key for row in rows],
                "lane": [kind.lane for kind in types],
                "person_id": [row.person_id for row in rows],
                "subject_type": [row.subject[0] for row in rows],
                "subject_id": [row.subject[1] for row in rows],
                "branch_id": [row.branch_id for row in rows],
                "entry_id": [row.entry_id for row in rows],
                "owed_at": [row.owed_at for row in rows],
                "deadline_at": deadlines,
                "proof": [kind.proof for kind in types],
                "journey": [kind.journey for kind in types],
                "variables": [orjson.dumps(dict(row.variables)).decode() for row in rows],
            },
        )
        made: dict[str, int] = {key: pk for pk, key in cursor.fetchall()}
    _tell(rows, deadlines, made)
    return len(made)


def _tell(rows: Sequence[Owed], deadlines: Sequence[datetime], made: dict[str, int]) -> None:
    """One fact per new obligation, grouped by the instant it is owed from."""
    waiting = dict(made)
    by_instant: dict[datetime, list[NoticeOwed]] = {}
    for row, end in zip(rows, deadlines, strict=True):
        pk = waiting.pop(row.key, None)
        if pk is not None:
            utc = end.astimezone(UTC).isoformat()
            fact = NoticeOwed(row.subject, pk, row.notice_type, row.key, row.person_id, utc)
            by_instant.setdefault(row.owed_at, []).append(fact)
    for owed_at, facts in by_instant.items():
        journal.record_many(facts, at=owed_at, actor=ACTOR)


class _Deadlines:
    """Working-time arithmetic once per (rule, instant): thousands of rows share both."""

    def __init__(self) -> None:
        self._known: dict[tuple[Deadline, datetime], datetime] = {}

    def of(self, rule: Deadline, start: datetime) -> datetime:
        if (rule, start) not in self._known:
            self._known[(rule, start)] = deadline_at(rule, start, policies.calendar(), policies.hours())
        return self._known[(rule, start)]


def deadline_of(notice_type: str, start: datetime) -> datetime:
    """Until when a notice of this type that begins at `start` must be proven. Raises UnknownNoticeType."""
    return _Deadlines().of(config.notice_type(notice_type).deadline, start)
