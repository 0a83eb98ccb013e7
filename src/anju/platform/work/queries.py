"""Reading work: counts per queue, pages of items, one item, heartbeats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from anju.platform.journal.facts import Subject
from anju.platform.work.models import Heartbeat, WorkItem
from anju.platform.work.queues import QUEUES

PAGE_MAX = 200
LIVE = ("open", "claimed")


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A work item as screens read it."""

    id: int
    queue: str
    kind: str
    subject_type: str
    subject_id: int
    person_id: int | None
    branch_id: int
    params: dict[str, Any]
    priority: int
    opened_at: datetime
    due_at: datetime
    not_before_at: datetime | None
    state: str
    assignee_id: int | None
    holder_id: int | None
    claimed_at: datetime | None
    claim_ends_at: datetime | None
    closed_at: datetime | None
    closed_by_id: int | None
    outcome_code: str
    note: str
    skip_count: int
    dedupe_key: str

    @property
    def subject(self) -> Subject:
        return (self.subject_type, self.subject_id)


_COLUMNS = tuple(ItemRow.__dataclass_fields__)
_ITEM = f"SELECT {', '.join(_COLUMNS)} FROM work_workitem WHERE id = %s"  # noqa: S608 -- our own names


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How much waits in a queue: ``open`` can be taken now, ``later`` is not to be seen yet, ``late`` is past
    its deadline.
    """

    queue: str
    open: int
    later: int
    claimed: int
    late: int


def item(item_id: int, *, locked: bool = False) -> ItemRow | None:
    """One item, or None; locked until the caller's transaction ends, if wanted."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEM + " FOR UPDATE" if locked else _ITEM, [item_id])
        row = cursor.fetchone()
    if row is None:
        return None
    values = dict(zip(_COLUMNS, row, strict=True))
    values["params"] = orjson.loads(values["params"])
    return ItemRow(**values)


def items(
    *,
    queues: Sequence[str] | None = None,
    branch_ids: Sequence[int] | None = None,
    states: Sequence[str] = LIVE,
    kinds: Sequence[str] | None = None,
    subjects: Sequence[Subject] | None = None,
    holder_id: int | None = None,
    assignee_id: int | None = None,
    after: ItemRow | None = None,
    limit: int = 50,
) -> list[ItemRow]:
    """A page of items by deadline, then id. ``after`` is the last row of the page before; ``limit`` at most
    200.

    None means no restriction, also for ``branch_ids``: callers pass ``identity.queries.branch_ids(staff)``.
    """
    found = WorkItem.objects.filter(state__in=list(states))
    for name, values in (("queue", queues), ("branch_id", branch_ids), ("kind", kinds)):
        if values is not None:
            found = found.filter(**{f"{name}__in": list(values)})
    for name, value in (("holder_id", holder_id), ("assignee_id", assignee_id)):
        if value is not None:
            found = found.filter(**{name: value})
    if subjects is not None:
        found = found.extra(
            where=["(subject_type, subject_id) IN (SELECT * FROM unnest(%s::text[], %s::bigint[]))"],
            params=[[kind for kind, _ in subjects], [number for _, number in subjects]],
        )
    if after is not None:
        found = found.extra(where=["(due_at, work_workitem.id) > (%s, %s)"], params=[after.due_at, after.id])
    rows = found.order_by("due_at", "id").values_list(*_COLUMNS)[: min(limit, PAGE_MAX)]
    return [ItemRow(*row) for row in rows]


def queue_counts(
    *, branch_ids: Sequence[int] | None, at: datetime, queues: Sequence[str] | None = None
) -> list[QueueCount]:
    """One row per queue (all of them, or those given), empty ones included."""
    names = list(QUEUES if queues is None else queues)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue,"
            " count(*) FILTER (WHERE state = 'open' AND coalesce(not_before_at, %(at)s) <= %(at)s),"
            " count(*) FILTER (WHERE state = 'open' AND not_before_at > %(at)s),"
            " count(*) FILTER (WHERE state = 'claimed'), count(*) FILTER (WHERE due_at < %(at)s)"
            " FROM work_workitem WHERE state IN ('open', 'claimed') AND queue = ANY(%(queues)s)"
            " AND (%(branches)s::bigint[] IS NULL OR branch_id = ANY(%(branches)s)) GROUP BY queue",
            {"at": at, "queues": names, "branches": None if branch_ids is None else list(branch_ids)},
        )
        found = {row[0]: QueueCount(*row) for row in cursor.fetchall()}
    return [found.get(name, QueueCount(name, 0, 0, 0, 0)) for name in names]


@dataclass(frozen=True, slots=True)
class HeartbeatRow:
    """A periodic job: how often it should run, when it last began, ended well, failed and why."""

    job: str
    every_seconds: int
    started_at: datetime | None
    finished_at: datetime | None
    failed_at: datetime | None
    error: str


def heartbeats() -> list[HeartbeatRow]:
    """One row per periodic job that has ever run, by name."""
    columns = tuple(HeartbeatRow.__dataclass_fields__)
    return [HeartbeatRow(*row) for row in Heartbeat.objects.order_by("job").values_list(*columns)]
