"""Who hears which fact, and the pump that tells them: at least once, in order, each handler at its own pace.

A handler reads entries in (xid, id) order, below the oldest transaction still running, so an entry that
commits late is never skipped. Its cursor moves in the transaction of its own writes: what it wrote and how
far it read agree.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from anju.platform.journal.queries import ENTRY_COLUMNS, EntryRow, entry_row

log = logging.getLogger(__name__)

BATCH_MAX = 1000
RETRY_SECONDS_MAX = 60
DRAIN_SECONDS_MAX = 120.0
WAIT_SECONDS = 0.02

see_own_transaction = False
"""Only tests that live in one transaction set this: entries of the running transaction count as finished."""

HandlerFunction = Callable[[Sequence[EntryRow]], None]


class HandlerTaken(ValueError):
    """Two handlers under one name: each would skip what the other has read."""


class HandlerFailed(Exception):
    """A handler keeps raising at the same entry. The cause is chained."""

    def __init__(self, name: str, entry_id: int, error: str) -> None:
        self.name, self.entry_id, self.error = name, entry_id, error
        super().__init__(f"{name}：在日志 {entry_id} 处失败 / fails at entry {entry_id}: {error}")


class DrainStuck(Exception):
    """Entries are committed, but a transaction that began earlier is still running after the time allowed."""


class DrainInTransaction(RuntimeError):
    """``drain`` was called inside a transaction: it could never see what that transaction recorded."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A registered handler: a name for ever (its cursor's key), the kinds it hears, and what it does with a
    batch.
    """

    name: str
    kinds: tuple[str, ...]
    fn: HandlerFunction


@dataclass(frozen=True, slots=True)
class _Step:
    """What one step did: entries told, and the error of the batch if it failed (with its first entry and
    size).
    """

    told: int = 0
    more: bool = False
    error: Exception | None = None
    entry_id: int = 0
    size: int = 0


_handlers: dict[str, Handler] = {}
_lock = threading.Lock()


def register(name: str, kinds: Collection[str], fn: HandlerFunction) -> None:
    """Let ``fn`` hear every entry of these kinds, in batches, from the first entry ever on.

    ``fn`` runs in the transaction that moves its cursor, may be told the same entry again after a crash, and
    so must be idempotent by entry. Registering the same function again changes nothing. Raises HandlerTaken.
    """
    handler = Handler(name, tuple(sorted(kinds)), fn)
    with _lock:
        known = _handlers.get(name)
        if known is not None and known.fn is not fn:
            raise HandlerTaken(name)
        _handlers[name] = handler


def registered() -> tuple[Handler, ...]:
    """All handlers, by name."""
    return tuple(_handlers[name] for name in sorted(_handlers))


def unregister(name: str) -> None:
    """Forget a handler; its cursor stays. For tests."""
    with _lock:
        _handlers.pop(name, None)


def pump(limit: int = BATCH_MAX) -> int:
    """Tell every handler one batch of at most ``limit`` new entries. Returns how many entries were told in
    all.

    A handler that raises is rolled back, written down on its cursor, logged, and tried again later with a
    smaller batch; the others go on. A handler at work in another process is left alone.
    """
    idle = _idle()
    return sum(
        _step(handler, limit, patient=True).told for handler in registered() if handler.name not in idle
    )


_IDLE = """
WITH newest AS (
    SELECT xid, id FROM journal_entry
    WHERE %(unsettled)s OR xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY xid DESC, id DESC LIMIT 1
)
SELECT c.handler FROM journal_cursor c LEFT JOIN newest n ON true
WHERE n.id IS NULL OR (c.xid, c.entry_id) >= (n.xid, n.id)
"""


def _idle(*, unsettled: bool = False) -> frozenset[str]:
    """Handlers that have read everything that is settled, or everything there is: one question without locks, so who
    has nothing to do writes nothing.
    """
    if see_own_transaction:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_IDLE, {"unsettled": unsettled})
        return frozenset(row[0] for row in cursor.fetchall())


def drain(limit: int = BATCH_MAX, *, seconds_max: float = DRAIN_SECONDS_MAX) -> int:
    """Tell every handler everything that is committed when it is called, and what handlers record meanwhile.

    Returns how many entries were told. Waits for transactions that began before those entries and for other
    processes at work on the same handlers. Raises DrainInTransaction, HandlerFailed (at a single entry),
    DrainStuck.
    """
    if connection.in_atomic_block and not see_own_transaction:
        raise DrainInTransaction("journal.handlers.drain")
    total, deadline = 0, time.monotonic() + seconds_max
    while True:
        told, more, idle = 0, False, _idle(unsettled=True)
        for handler in registered():
            if handler.name in idle:
                continue
            step = _step(handler, limit, patient=False)
            if step.error is not None and step.size <= 1:
                raise HandlerFailed(handler.name, step.entry_id, repr(step.error)) from step.error
            told += step.told
            more = more or step.more or step.error is not None
        total += told
        if not more:
            return total
        if told == 0:
            if time.monotonic() > deadline:
                raise DrainStuck(f"{seconds_max:.0f} s")
            time.sleep(WAIT_SECONDS)  # PostgreSQL has no event for "the oldest transaction has ended"


def _step(handler: Handler, limit: int, *, patient: bool) -> _Step:
    batch: list[EntryRow] = []
    try:
        with transaction.atomic():
            cursor = _take(handler.name, patient)
            if cursor is None:
                return _Step(more=not patient)
            xid, entry_id, fail_count = cursor
            size = max(1, limit >> 3 * fail_count)
            batch, end, more = _read(handler, xid, entry_id, size)
            if batch:
                handler.fn(batch)
            if end != (xid, entry_id) or fail_count:
                _move(handler.name, *end)
        return _Step(told=len(batch), more=more)
    except Exception as error:  # whatever a handler raises must not stop the other handlers
        first = batch[0].id if batch else 0
        log.exception("handler %s failed in a batch of %d from entry %d", handler.name, len(batch), first)
        _note_failure(handler.name, error)
        return _Step(error=error, entry_id=first, size=len(batch))


def _take(name: str, patient: bool) -> tuple[int, int, int] | None:
    """Lock the handler's cursor: (xid, entry id, failures in a row). None: another process has it, or it must
    wait.
    """
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(
                "SELECT xid, entry_id, fail_count, coalesce(retry_at > clock_timestamp(), false)"
                " FROM journal_cursor WHERE handler = %s FOR UPDATE SKIP LOCKED",
                [name],
            )
            row = cursor.fetchone()
            if row is not None:
                return None if patient and row[3] else (row[0], row[1], row[2])
            cursor.execute(
                "INSERT INTO journal_cursor (handler, xid, entry_id, fail_count, error)"
                " VALUES (%s, 0, 0, 0, '') ON CONFLICT DO NOTHING",
                [name],
            )
            if cursor.rowcount == 0:
                return None
    return None


_READ = f"SELECT part, xid, {ENTRY_COLUMNS} FROM journal_next(%s, %s, %s, %s, %s)"  # noqa: S608 -- constants


def _read(
    handler: Handler, xid: int, entry_id: int, size: int
) -> tuple[list[EntryRow], tuple[int, int], bool]:
    """The next batch, where the cursor stands after it, and whether there is more to come (now, or once it is
    settled).
    """
    with connection.cursor() as cursor:
        own = -1
        if see_own_transaction and connection.in_atomic_block:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            own = cursor.fetchone()[0]
        cursor.execute(_READ, [xid, entry_id, list(handler.kinds), size, own])
        rows = sorted(cursor.fetchall(), key=lambda row: row[:3])
    batch = [row for row in rows if row[0] == 0]
    settled = max([(xid, entry_id), *((row[1], row[2]) for row in rows if row[0] == 1)])
    newest = max([(xid, entry_id), *((row[1], row[2]) for row in rows if row[0] == 2)])
    end = (batch[-1][1], batch[-1][2]) if len(batch) == size else settled
    return [entry_row(row[2:]) for row in batch], end, end < newest


def _move(name: str, xid: int, entry_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE journal_cursor SET xid = %s, entry_id = %s, moved_at = clock_timestamp(),"
            " fail_count = 0, retry_at = NULL, error = '' WHERE handler = %s",
            [xid, entry_id, name],
        )


def _note_failure(name: str, error: Exception) -> None:
    """Write the failure on the cursor; wait 1, 2, 4 ... 60 seconds before the pump tries again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_cursor AS c (handler, xid, entry_id, fail_count, failed_at, retry_at, error)"
            " VALUES (%(name)s, 0, 0, 1, clock_timestamp(), clock_timestamp() + interval '1 second',"
            " %(error)s)"
            " ON CONFLICT (handler) DO UPDATE SET fail_count = least(c.fail_count + 1, 30),"
            " failed_at = excluded.failed_at, error = excluded.error,"
            " retry_at = clock_timestamp()"
            " + least(%(most)s, power(2, least(c.fail_count, 10))) * interval '1 second'",
            {"name": name, "error": repr(error)[:2000], "most": RETRY_SECONDS_MAX},
        )
