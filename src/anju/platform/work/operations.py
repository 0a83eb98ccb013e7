"""Work items: opened and cancelled in sets, closed by a person with an outcome. Claiming stands in
``claims.py``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction

from anju.platform.journal.facts import Subject
from anju.platform.journal.operations import record, record_many
from anju.platform.work import facts, outcomes
from anju.platform.work.claims import assign, claim, claim_next, lock_live, release, skip, sweep
from anju.platform.work.errors import OutcomeIncomplete, OutcomeUnknown, WorkHeldByOther, WorkRefused
from anju.platform.work.models import WorkItem
from anju.platform.work.queries import ItemRow, queue_counts
from anju.platform.work.queues import QUEUES, queues_of

__all__ = [
    "NewWork", "assign", "cancel_many", "claim", "claim_next", "close", "open_many", "queue_counts",
    "queues_of", "release", "skip", "sweep",
]  # fmt: skip

AGAIN_MINUTES = 30
NOTE_CHARACTERS_MAX = 4000


@dataclass(frozen=True, slots=True)
class NewWork:
    """An item to open. ``dedupe_key``: while an item with this key is live, no second one is opened."""

    queue: str
    kind: str
    subject: Subject
    branch_id: int
    due_at: datetime
    dedupe_key: str
    person_id: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 5
    not_before_at: datetime | None = None
    assignee_id: int | None = None


class QueueUnknown(WorkRefused):
    message_zh = "没有这个队列"
    message_en = "There is no such queue"


_OPEN = """
INSERT INTO work_workitem (
    queue, kind, subject_type, subject_id, branch_id, due_at, dedupe_key, person_id, params, priority,
    not_before_at, assignee_id, opened_at, state, outcome_code, note, skip_count)
SELECT n.*, %s, 'open', '', '', 0
FROM jsonb_to_recordset(%s::jsonb) n(
    queue text, kind text, subject_type text, subject_id bigint, branch_id bigint, due_at timestamptz,
    dedupe_key text, person_id bigint, params jsonb, priority smallint, not_before_at timestamptz,
    assignee_id bigint)
ON CONFLICT (dedupe_key) WHERE state IN ('open', 'claimed') DO NOTHING
RETURNING id, queue, kind, subject_type, subject_id, due_at
"""


def _row(item: NewWork) -> dict[str, Any]:
    names = ("queue", "kind", "branch_id", "due_at", "dedupe_key", "person_id", "priority", "not_before_at")
    kept = {name: getattr(item, name) for name in names}
    subject_type, subject_id = item.subject
    return {
        **kept,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "params": dict(item.params),
        "assignee_id": item.assignee_id,
    }


def open_many(items: Sequence[NewWork], *, at: datetime, actor: str = "system:work") -> int:
    """Open items in one statement; those whose key is live already are left out. Returns how many are new.

    Records ``work.opened`` for each new one. Raises QueueUnknown.
    """
    if not items:
        return 0
    unknown = {item.queue for item in items} - QUEUES.keys()
    if unknown:
        raise QueueUnknown(*sorted(unknown))
    rows_text = orjson.dumps([_row(item) for item in items]).decode()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_OPEN, [at, rows_text])
            rows = cursor.fetchall()
        opened = [
            facts.WorkOpened(item_id, queue, kind, (type_, number), due_at)
            for item_id, queue, kind, type_, number, due_at in rows
        ]
        record_many(opened, at=at, actor=actor)
    return len(rows)


_CANCEL = """
WITH chosen AS (
    SELECT id FROM work_workitem
    WHERE state IN ('open', 'claimed')
      AND (%(keys)s::text[] IS NULL OR dedupe_key = ANY(%(keys)s))
      AND (%(types)s::text[] IS NULL
           OR (subject_type, subject_id) IN (SELECT * FROM unnest(%(types)s::text[], %(ids)s::bigint[])))
      AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
    ORDER BY id FOR UPDATE
)
UPDATE work_workitem w SET state = 'cancelled', closed_at = %(at)s, note = %(reason)s, holder_id = NULL,
       claimed_at = NULL, claim_ends_at = NULL
FROM chosen WHERE w.id = chosen.id
RETURNING w.id, w.queue, w.kind, w.subject_type, w.subject_id
"""


def cancel_many(
    dedupe_keys: Sequence[str] | None = None,
    *,
    at: datetime,
    reason: str,
    subjects: Sequence[Subject] | None = None,
    kinds: Sequence[str] | None = None,
    actor: str = "system:work",
) -> int:
    """Cancel live items whose ground is gone, chosen by keys, or by subjects and kinds. Returns how many.

    Records ``work.cancelled`` for each. A person who holds one sees it gone when they save. Raises ValueError
    when neither keys nor subjects are given.
    """
    if dedupe_keys is None and subjects is None:
        raise ValueError("dedupe_keys or subjects")
    if (dedupe_keys is not None and not dedupe_keys) or (subjects is not None and not subjects):
        return 0
    values = {
        "keys": None if dedupe_keys is None else list(dedupe_keys),
        "types": None if subjects is None else [kind for kind, _ in subjects],
        "ids": None if subjects is None else [number for _, number in subjects],
        "kinds": None if kinds is None else list(kinds),
        "at": at,
        "reason": reason,
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CANCEL, values)
            rows = cursor.fetchall()
        cancelled = [
            facts.WorkCancelled(item_id, queue, kind, (type_, number), reason)
            for item_id, queue, kind, type_, number in rows
        ]
        record_many(cancelled, at=at, actor=actor)
    return len(rows)


def close(
    *,
    item_id: int,
    staff_id: int,
    outcome_code: str,
    note: str = "",
    at: datetime,
    fields: Mapping[str, Any] | None = None,
    again_at: datetime | None = None,
) -> bool:
    """Record an outcome. True: the item is done. False: the outcome does not close it, it comes back at
    ``again_at``.

    ``fields`` are what the outcome asks for (see ``outcomes``); they are checked here and kept by the
    caller's own records. ``again_at`` is 30 minutes from now unless given. An item that nobody holds may be
    closed directly. Raises WorkNotFound, WorkNotLive, WorkHeldByOther, OutcomeUnknown, OutcomeIncomplete.
    """
    with transaction.atomic():
        item = lock_live(item_id)
        if item.holder_id not in (None, staff_id):
            raise WorkHeldByOther(item_id)
        outcome = outcomes.find(item.kind, outcome_code)
        if outcome is None:
            raise OutcomeUnknown(item.kind, outcome_code)
        missing = [name for name in outcome.fields if (fields or {}).get(name) in (None, "")]
        if missing:
            raise OutcomeIncomplete(*missing)
        _put_outcome(item, outcome, staff_id, note[:NOTE_CHARACTERS_MAX], at, again_at)
    return outcome.closes


def _put_outcome(
    item: ItemRow,
    outcome: outcomes.Outcome,
    staff_id: int,
    note: str,
    at: datetime,
    again_at: datetime | None,
) -> None:
    about = (item.id, item.queue, item.kind, (item.subject_type, item.subject_id))
    changes: dict[str, Any]
    fact: facts.WorkClosed | facts.WorkRecorded
    if outcome.closes:
        changes = {"state": "done", "closed_at": at, "closed_by_id": staff_id}
        fact = facts.WorkClosed(*about, outcome.code, staff_id, at > item.due_at)
    else:
        again = again_at or at + timedelta(minutes=AGAIN_MINUTES)
        changes = {"state": "open", "not_before_at": again, "skipped_by_id": None}
        fact = facts.WorkRecorded(*about, outcome.code, staff_id, again)
    WorkItem.objects.filter(pk=item.id).update(
        outcome_code=outcome.code, note=note, holder_id=None, claimed_at=None, claim_ends_at=None, **changes
    )
    record(fact, at=at, actor=f"staff:{staff_id}")
