"""The pump tells every handler every entry, in order, once settled; one that fails stops only itself."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import connection, connections, transaction

from anju.platform.journal import handlers, queries
from anju.platform.journal.operations import record, record_many
from anju.platform.journal.queries import EntryRow

from .facts import Ended, Happened

pytestmark = pytest.mark.django_db(transaction=True)
THING = "test.thing.happened"


@pytest.fixture(autouse=True)
def _no_other_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "_handlers", {})


@pytest.fixture
def heard() -> list[int]:
    return []


def _listen(heard: list[int]) -> Callable[[Sequence[EntryRow]], None]:
    return lambda entries: heard.extend(entry.body["n"] for entry in entries)


def _record(at: datetime, *numbers: int) -> None:
    record_many([Happened(n % 3, {"n": n}) for n in numbers], at=at, actor="system:test")


@contextmanager
def _elsewhere() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Another connection, held by a thread, that runs what it is given one after the other."""
    todo: list[Callable[[], object]] = []
    wake, done, over = threading.Event(), threading.Event(), threading.Event()
    errors: list[BaseException] = []

    def loop() -> None:
        while True:
            wake.wait()
            wake.clear()
            if over.is_set():
                connections.close_all()
                return
            try:
                todo.pop()()
            except BaseException as error:
                errors.append(error)
            done.set()

    def run(what: Callable[[], object]) -> None:
        todo.append(what)
        done.clear()
        wake.set()
        assert done.wait(20)
        assert not errors, errors

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield run
    finally:
        over.set()
        wake.set()
        thread.join()


def test_each_handler_hears_its_kinds_once_in_order(at: datetime, heard: list[int]) -> None:
    ended: list[int] = []
    handlers.register("test.happened", {THING}, _listen(heard))
    handlers.register("test.ended", {"test.thing.ended"}, _listen(ended))
    _record(at, 1, 2, 3)
    record(Ended(1, {"n": 9}), at=at, actor="system:test")
    assert handlers.pump() == 4
    assert handlers.pump() == 0
    _record(at, 4)
    assert handlers.pump() == 1
    assert (heard, ended) == ([1, 2, 3, 4], [9])


def test_batches_are_limited(at: datetime) -> None:
    sizes: list[int] = []
    handlers.register("test.sizes", {THING}, lambda entries: sizes.append(len(entries)))
    _record(at, *range(25))
    assert handlers.drain(limit=10) == 25
    assert sizes == [10, 10, 5]


def test_an_entry_that_commits_late_is_not_skipped(at: datetime, heard: list[int]) -> None:
    handlers.register("test.late", {THING}, _listen(heard))
    with _elsewhere() as elsewhere:
        slow = transaction.atomic()
        elsewhere(slow.__enter__)
        elsewhere(lambda: record(Happened(70, {"n": 1}), at=at, actor="system:test"))
        record(Happened(71, {"n": 2}), at=at, actor="system:test")
        assert handlers.pump() == 0, "the later entry waits for the transaction that began before it"
        assert heard == []
        elsewhere(lambda: slow.__exit__(None, None, None))
    handlers.drain()
    assert heard == [1, 2]


def test_a_transaction_that_took_its_number_before_recording_is_not_skipped(
    at: datetime, heard: list[int]
) -> None:
    handlers.register("test.late", {THING}, _listen(heard))
    with _elsewhere() as elsewhere:
        slow = transaction.atomic()
        elsewhere(slow.__enter__)
        elsewhere(lambda: connection.cursor().execute("SELECT pg_current_xact_id()"))
        _record(at, 5)
        handlers.pump()
        elsewhere(lambda: record(Happened(70, {"n": 1}), at=at, actor="system:test"))
        elsewhere(lambda: slow.__exit__(None, None, None))
    handlers.drain()
    assert sorted(heard) == [1, 5]


def test_drain_waits_for_an_older_transaction(at: datetime, heard: list[int]) -> None:
    handlers.register("test.wait", {THING}, _listen(heard))
    with _elsewhere() as elsewhere:
        slow = transaction.atomic()
        elsewhere(slow.__enter__)
        elsewhere(lambda: connection.cursor().execute("SELECT pg_current_xact_id()"))
        _record(at, 3)
        with pytest.raises(handlers.DrainStuck):
            handlers.drain(seconds_max=0.1)
        elsewhere(lambda: slow.__exit__(None, None, None))
    assert handlers.drain() == 1
    assert heard == [3]


def test_what_a_rolled_back_transaction_recorded_is_never_heard(at: datetime, heard: list[int]) -> None:
    handlers.register("test.undone", {THING}, _listen(heard))

    def undo() -> None:
        with transaction.atomic():
            _record(at, 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undo()
    _record(at, 2)
    handlers.drain()
    assert heard == [2]
    assert queries.verify() == []


@pytest.mark.filterwarnings("ignore")
def test_a_failing_handler_stops_only_itself(
    at: datetime, heard: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    def fails(entries: Sequence[EntryRow]) -> None:
        record_many([Ended(900, {"n": e.body["n"]}) for e in entries], at=at, actor="system:test")
        if any(entry.body["n"] == 7 for entry in entries):
            raise RuntimeError("seven")

    handlers.register("test.fails", {THING}, fails)
    handlers.register("test.well", {THING}, _listen(heard))
    _record(at, *range(10))
    handlers.pump()
    assert heard == list(range(10))
    assert "handler test.fails failed" in caplog.text
    row = next(row for row in queries.handler_rows() if row.name == "test.fails")
    assert (row.fail_count, row.error, row.moved_at) == (1, "RuntimeError('seven')", None)
    assert row.failed_at is not None
    assert row.waiting == 10
    assert queries.timeline([("loan", 900)]) == [], "what it wrote is rolled back with it"

    with pytest.raises(handlers.HandlerFailed) as caught:
        handlers.drain()
    entry = next(e for e in queries.timeline([("loan", 1)]) if e.body["n"] == 7)
    assert caught.value.entry_id == entry.id
    assert sorted(e.body["n"] for e in queries.timeline([("loan", 900)])) == list(range(7)), (
        "up to the bad one"
    )

    handlers.unregister("test.fails")
    mended: list[int] = []
    handlers.register("test.fails", {THING}, _listen(mended))
    handlers.drain()
    assert mended == [7, 8, 9]
    row = next(row for row in queries.handler_rows() if row.name == "test.fails")
    assert (row.fail_count, row.error, row.waiting) == (0, "", 0)


def test_the_pump_waits_before_it_tries_again(at: datetime) -> None:
    tries: list[int] = []

    def fails(entries: Sequence[EntryRow]) -> None:
        tries.append(len(entries))
        raise RuntimeError

    handlers.register("test.fails", {THING}, fails)
    _record(at, 1)
    for _ in range(5):
        handlers.pump()
    assert tries == [1]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_cursor SET retry_at = clock_timestamp() - interval '1 second'")
    handlers.pump()
    assert tries == [1, 1]


def test_two_workers_tell_each_entry_once(at: datetime) -> None:
    heard: list[int] = []
    handlers.register("test.race", {THING}, _listen(heard))
    _record(at, *range(400))

    def work() -> None:
        try:
            while len(heard) < 400:
                handlers.pump(limit=7)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == list(range(400))


def test_a_name_belongs_to_one_handler(heard: list[int]) -> None:
    fn = _listen(heard)
    handlers.register("test.same", {THING}, fn)
    handlers.register("test.same", {THING}, fn)
    with pytest.raises(handlers.HandlerTaken):
        handlers.register("test.same", {THING}, _listen(heard))


def test_drain_inside_a_transaction_is_refused() -> None:
    with transaction.atomic(), pytest.raises(handlers.DrainInTransaction):
        handlers.drain()


@pytest.mark.parametrize("subjects", [1, 50])
def test_writers_at_once_make_whole_chains(at: datetime, subjects: int) -> None:
    """Eight threads, each in its own order of subjects: no deadlock, no gap, no fork."""
    errors: list[BaseException] = []
    start = threading.Barrier(8)

    def write(seed: int) -> None:
        try:
            start.wait()
            for turn in range(20):
                numbers = [(seed * 7 + turn * 3 + k * (seed + 1)) % subjects for k in range(12)]
                record_many(
                    [Happened(n, {"n": seed, "turn": turn}) for n in numbers], at=at, actor=f"system:{seed}"
                )
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert queries.verify() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM journal_entry), (SELECT sum(seq) FROM journal_head)")
        assert cursor.fetchone() == (8 * 20 * 12, 8 * 20 * 12)
