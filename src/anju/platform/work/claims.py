"""Claiming: one person, one item in hand, for 30 minutes; never two people with the same item."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from anju.core.lifecycles import WORK_ITEM
from anju.platform.journal.operations import record
from anju.platform.work import facts, queries
from anju.platform.work.errors import (
    ReasonMissing,
    WorkHeldByOther,
    WorkNotFound,
    WorkNotHeld,
    WorkNotLive,
)
from anju.platform.work.models import WorkItem
from anju.platform.work.queries import ItemRow

CLAIM_MINUTES = 30
SKIP_MINUTES = 30
CANDIDATES_MAX = 32
ROUNDS_MAX = 20

_HELD = """
SELECT id FROM work_workitem
WHERE holder_id = %(staff)s AND state = 'claimed' AND claim_ends_at > %(at)s ORDER BY due_at, id LIMIT 1
"""

_CANDIDATES = """
SELECT w.id FROM
    (SELECT id FROM identity_branch WHERE %(branches)s::bigint[] IS NULL OR id = ANY(%(branches)s)) b
    CROSS JOIN unnest(%(queues)s::text[]) q
    CROSS JOIN LATERAL (
        SELECT i.id, i.due_at FROM work_workitem i
        WHERE i.branch_id = b.id AND i.queue = q AND i.state = 'open'
          AND (i.assignee_id IS NULL OR i.assignee_id = %(staff)s)
          AND (i.not_before_at IS NULL OR i.not_before_at <= %(at)s
               OR (i.skipped_by_id IS NOT NULL AND i.skipped_by_id <> %(staff)s))
        ORDER BY i.due_at, i.id LIMIT %(limit)s
    ) w
ORDER BY w.due_at, w.id LIMIT %(limit)s
"""

_TAKE = """
UPDATE work_workitem
SET state = 'claimed', holder_id = %(staff)s, claimed_at = %(at)s, claim_ends_at = %(until)s
WHERE id = (SELECT id FROM work_workitem WHERE id = ANY(%(ids)s) AND state = 'open'
            ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def claim_next(
    *, staff_id: int, queues: Sequence[str], branch_ids: Sequence[int] | None, at: datetime
) -> int | None:
    """The item to work on: the one in hand, else the open one with the oldest deadline, claimed for 30
    minutes.

    ``branch_ids`` None means every branch. Items assigned to somebody else, not due to be seen yet, or passed
    over by this person in the last 30 minutes are left out. None: there is nothing to do. Any number of
    people may ask at once.
    """
    values: dict[str, Any] = {
        "staff": staff_id,
        "queues": list(queues),
        "branches": None if branch_ids is None else list(branch_ids),
        "at": at, "until": at + timedelta(minutes=CLAIM_MINUTES), "limit": CANDIDATES_MAX,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_HELD, values)
        held = cursor.fetchone()
        if held is not None:
            return int(held[0])
        for _ in range(ROUNDS_MAX):
            cursor.execute(_CANDIDATES, values)
            values["ids"] = [row[0] for row in cursor.fetchall()]
            if not values["ids"]:
                return None
            cursor.execute(_TAKE, values)
            taken = cursor.fetchone()
            if taken is not None:
                return int(taken[0])
    return None


def lock_live(item_id: int) -> ItemRow:
    """The item under lock. Raises WorkNotFound, WorkNotLive."""
    item = queries.item(item_id, locked=True)
    if item is None:
        raise WorkNotFound(item_id)
    if item.state in WORK_ITEM.final_codes:
        raise WorkNotLive(item_id)
    return item


def claim(*, item_id: int, staff_id: int, at: datetime) -> None:
    """Take this item for 30 minutes (again, if it is already in hand); another one in hand goes back.

    A claim of somebody else that has run out is taken over. Raises WorkNotFound, WorkNotLive,
    WorkHeldByOther.
    """
    with transaction.atomic():
        item = lock_live(item_id)
        held = item.state == "claimed" and item.claim_ends_at is not None and item.claim_ends_at > at
        if held and item.holder_id != staff_id:
            raise WorkHeldByOther(item_id)
        WorkItem.objects.filter(holder_id=staff_id, state="claimed").exclude(pk=item_id).update(**_FREE)
        WorkItem.objects.filter(pk=item_id).update(
            state="claimed",
            holder_id=staff_id,
            claimed_at=at,
            claim_ends_at=at + timedelta(minutes=CLAIM_MINUTES),
        )


_FREE = {"state": "open", "holder": None, "claimed_at": None, "claim_ends_at": None}


def _lock_held(item_id: int, staff_id: int) -> ItemRow:
    item = lock_live(item_id)
    if item.holder_id != staff_id:
        raise WorkNotHeld(item_id)
    return item


def release(*, item_id: int, staff_id: int, at: datetime) -> None:
    """Put an item in hand back as if it was not taken. Raises WorkNotFound, WorkNotLive, WorkNotHeld."""
    with transaction.atomic():
        _lock_held(item_id, staff_id)
        WorkItem.objects.filter(pk=item_id).update(**_FREE)


def skip(*, item_id: int, staff_id: int, reason: str, at: datetime) -> None:
    """Pass over an item in hand: this person does not meet it for 30 minutes, others do. Records
    ``work.skipped``.

    Raises ReasonMissing, WorkNotFound, WorkNotLive, WorkNotHeld.
    """
    if not reason.strip():
        raise ReasonMissing(item_id)
    with transaction.atomic():
        item = _lock_held(item_id, staff_id)
        again = at + timedelta(minutes=SKIP_MINUTES)
        WorkItem.objects.filter(pk=item_id).update(
            **_FREE, not_before_at=again, skipped_by_id=staff_id, skip_count=min(item.skip_count + 1, 32000)
        )
        about = (item.id, item.queue, item.kind, (item.subject_type, item.subject_id))
        record(facts.WorkSkipped(*about, staff_id, reason.strip()[:200]), at=at, actor=f"staff:{staff_id}")


def assign(*, item_id: int, assignee_id: int | None, staff_id: int, at: datetime) -> None:
    """Give an item to a person, or back to everybody (None). If somebody else has it in hand it is taken from
    them.

    Records ``work.assigned``. Raises WorkNotFound, WorkNotLive.
    """
    with transaction.atomic():
        item = lock_live(item_id)
        free = _FREE if item.holder_id not in (None, assignee_id) else {}
        WorkItem.objects.filter(pk=item_id).update(
            **free, assignee_id=assignee_id, not_before_at=None, skipped_by_id=None
        )
        about = (item.id, item.queue, item.kind, (item.subject_type, item.subject_id))
        record(facts.WorkAssigned(*about, assignee_id, staff_id), at=at, actor=f"staff:{staff_id}")


def defer(*, item_id: int, staff_id: int, until: datetime, reason: str, at: datetime) -> None:
    """Put an item aside until an instant: nobody meets it before. Records ``work.deferred``.

    Raises ReasonMissing, WorkNotFound, WorkNotLive, WorkHeldByOther.
    """
    if not reason.strip():
        raise ReasonMissing(item_id)
    with transaction.atomic():
        item = lock_live(item_id)
        held = item.state == "claimed" and item.claim_ends_at is not None and item.claim_ends_at > at
        if held and item.holder_id != staff_id:
            raise WorkHeldByOther(item_id)
        WorkItem.objects.filter(pk=item_id).update(**_FREE, not_before_at=until, skipped_by_id=None)
        about = (item.id, item.queue, item.kind, (item.subject_type, item.subject_id))
        record(
            facts.WorkDeferred(*about, staff_id, until, reason.strip()[:200]),
            at=at,
            actor=f"staff:{staff_id}",
        )


def postpone_due(*, item_ids: Sequence[int], due: Sequence[datetime]) -> None:
    """New deadlines of live items, in their order; the caller's facts say why."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE work_workitem w SET due_at = n.due_at FROM unnest(%s::bigint[], %s::timestamptz[]) n(id, due_at)"
            " WHERE w.id = n.id AND w.state IN ('open', 'claimed')",
            [list(item_ids), list(due)],
        )


def sweep(*, at: datetime, limit: int = 1000) -> int:
    """Put items back whose claim has run out. Returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE work_workitem"
            " SET state = 'open', holder_id = NULL, claimed_at = NULL, claim_ends_at = NULL"
            " WHERE id IN (SELECT id FROM work_workitem WHERE state = 'claimed' AND claim_ends_at <= %s"
            " ORDER BY claim_ends_at LIMIT %s FOR UPDATE SKIP LOCKED)",
            [at, limit],
        )
        count: int = cursor.rowcount
    return count
