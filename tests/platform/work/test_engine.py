"""The registry bound to the job engine: one task per job, never twice at once, and what a dead worker held is
freed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import procrastinate
import pytest
from django.db import connection
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django import connector_params

from anju.platform.work import jobs
from anju.platform.work.jobs import Job
from anju.site.jobs import bind, cron_of, rescue

pytestmark = pytest.mark.django_db(transaction=True)


def _with_engine(body: Callable[[procrastinate.App], Awaitable[None]]) -> None:
    """Run against a real engine on the test database, with an app of the test's own."""

    async def run() -> None:
        connector = procrastinate.PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=4)
        app = procrastinate.App(connector=connector)
        async with app.open_async():
            await body(app)

    asyncio.run(run())


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_jobs_become_tasks_that_never_run_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_jobs", dict(jobs._jobs))
    app = procrastinate.App(connector=procrastinate.PsycopgConnector())
    jobs.periodic("test.often", 5)(lambda at: None)
    count = bind(app)
    assert count == len(jobs.registered())
    assert bind(app) == 0
    task = app.tasks["anju.test.often"]
    assert (task.lock, task.queueing_lock, task.queue) == ("anju.test.often", "anju.test.often", "periodic")
    assert set(app.tasks) >= {"anju.journal.pump", "anju.clocks.sweep", "anju.work.sweep"}


def test_periodic_jobs_run_on_a_worker_and_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[datetime] = []

    def job(at: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        seen.append(at)

    monkeypatch.setattr(jobs, "_jobs", {"test.now": Job("test.now", 1, job)})
    monkeypatch.setattr("anju.site.jobs.discover", jobs.registered)

    async def body(app: procrastinate.App) -> None:
        bind(app)
        worker = asyncio.create_task(
            app.run_worker_async(install_signal_handlers=False, delete_jobs="always", **_defaults())
        )
        async with asyncio.timeout(30):
            while len(seen) < 2:
                await asyncio.wait([worker], timeout=0.05)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)

    _with_engine(body)
    assert len(seen) >= 2
    assert all(at.tzinfo is not None for at in seen)
    ((job_name, error),) = _rows("SELECT job, error FROM work_heartbeat WHERE finished_at IS NOT NULL")
    assert (job_name, error) == ("test.now", "")


def _defaults() -> dict[str, object]:
    return {"task_middleware": django_app.worker_defaults["task_middleware"]}


def test_what_a_dead_worker_held_is_freed() -> None:
    async def body(app: procrastinate.App) -> None:
        for name in ("anju.test.sweep", "other.task"):
            app.task(name=name, lock=name)(lambda timestamp=0: None)
            await app.configure_task(name, lock=name, queueing_lock=name).defer_async()
        dead = await app.job_manager.register_worker()
        alive = await app.job_manager.register_worker()
        for _ in range(2):
            await app.job_manager.fetch_job(queues=None, worker_id=dead)
        await app.configure_task("other.task", lock="third", queueing_lock="third").defer_async()
        await app.job_manager.fetch_job(queues=None, worker_id=alive)
        assert await rescue(app, silent_seconds=10) == 0
        await app.connector.execute_query_async(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '11 seconds' WHERE id = %(dead)s",
            dead=dead,
        )
        assert await rescue(app, silent_seconds=10) == 2
        assert await rescue(app, silent_seconds=10) == 0

    _with_engine(body)
    found = _rows("SELECT task_name, lock, status::text FROM procrastinate_jobs ORDER BY id")
    assert found == [("other.task", "other.task", "todo"), ("other.task", "third", "doing")]


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        (1, "* * * * * */1"),
        (30, "* * * * * */30"),
        (60, "*/1 * * * *"),
        (600, "*/10 * * * *"),
        (7200, "0 */2 * * *"),
    ],
)
def test_timetable(seconds: int, line: str) -> None:
    assert cron_of(Job("x", seconds, lambda at: None)) == line
