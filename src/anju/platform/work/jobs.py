"""Periodic jobs: the registry that every app fills from its ``jobs.py``, the heartbeat of each, and the sweep
of claims.

A job is a function of ``at``. It must scan for what is due, so a run that is lost or doubled does no harm.
``site/jobs.py`` binds the registry to the job engine; nothing here knows it.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import connection, transaction

from anju.core.working_time import BANK_ZONE

log = logging.getLogger(__name__)

JobFunction = Callable[[datetime], object]
ERROR_CHARACTERS_MAX = 2000
DAY_SECONDS = 86400
SILENT_AFTER = 5
INTERVALS = frozenset(
    step * n for step, most in ((1, 60), (60, 60), (3600, 24)) for n in range(1, most) if most % n == 0
)
"""Seconds that divide a minute, minutes that divide an hour, hours that divide a day."""


class JobTaken(ValueError):
    """Two jobs under one name."""


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic job. ``daily_at``: once a day at this time at the bank, instead of every ``every_seconds``.

    ``enabled`` is asked before each run. ``rescues``: names in the lifecycle tables that this job stands for
    besides its own. ``prompt``: it must begin at once even while others run long, so it has runners of its own.
    """

    name: str
    every_seconds: int
    fn: JobFunction
    daily_at: time | None = None
    enabled: Callable[[], bool] | None = None
    rescues: tuple[str, ...] = ()
    prompt: bool = False


_jobs: dict[str, Job] = {}


def periodic(
    name: str,
    every_seconds: int = DAY_SECONDS,
    *,
    daily_at: time | None = None,
    enabled: Callable[[], bool] | None = None,
    rescues: tuple[str, ...] = (),
    prompt: bool = False,
) -> Callable[[JobFunction], JobFunction]:
    """Register ``fn(at)`` as a periodic job: every n seconds (n divides 60), minutes or hours, or daily.

    Raises JobTaken, and ValueError for an interval that no timetable can keep.
    """

    def decorate(fn: JobFunction) -> JobFunction:
        known = _jobs.get(name)
        if known is not None and known.fn is not fn:
            raise JobTaken(name)
        _jobs[name] = Job(name, every_seconds, fn, daily_at, enabled, rescues, prompt)
        return fn

    if daily_at is None and every_seconds not in INTERVALS:
        raise ValueError(f"{name}: every {every_seconds} s")
    return decorate


def _is_on(job: Job) -> bool:
    return job.enabled is None or job.enabled()


def registered() -> tuple[Job, ...]:
    """All periodic jobs, by name."""
    return tuple(_jobs[name] for name in sorted(_jobs))


def rescuers() -> frozenset[str]:
    """Every name that a lifecycle may give as its rescuer."""
    return frozenset(name for job in registered() for name in (job.name, *job.rescues))


@contextmanager
def beat(name: str, *, at: datetime, every_seconds: int) -> Iterator[None]:
    """Heartbeat around one run: when it began, and how it ended. The error goes on."""
    _write(name, every_seconds, "started_at", at)
    try:
        yield
    except BaseException as error:
        log.exception("job %s failed", name)
        _write(name, every_seconds, "failed_at", at, repr(error)[:ERROR_CHARACTERS_MAX])
        raise
    _write(name, every_seconds, "finished_at", at)


def run(job: Job, *, at: datetime) -> bool:
    """Run a job once under its heartbeat. False: it is switched off, or a daily job whose time has not come
    again.

    A daily run that was missed is made up at the next asking.
    """
    if job.daily_at is not None and not _daily_is_due(job, job.daily_at, at):
        return False
    if not _is_on(job):
        return False
    with beat(job.name, at=at, every_seconds=job.every_seconds):
        job.fn(at)
    return True


def _daily_is_due(job: Job, daily_at: time, at: datetime) -> bool:
    local = at.astimezone(BANK_ZONE)
    last_due = datetime.combine(local.date(), daily_at, BANK_ZONE)
    if last_due > local:
        last_due -= timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT finished_at FROM work_heartbeat WHERE job = %s", [job.name])
        row = cursor.fetchone()
    return row is None or row[0] is None or row[0] < last_due


def define() -> int:
    """Make a heartbeat row for every job that is switched on and has none, so that one that never runs is
    seen; one that is switched off is not waited for. Returns how many were made.
    """
    jobs = [job for job in registered() if _is_on(job)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO work_heartbeat (job, every_seconds, error)"
            " SELECT n.*, '' FROM unnest(%s::text[], %s::integer[]) n ON CONFLICT DO NOTHING",
            [[job.name for job in jobs], [job.every_seconds for job in jobs]],
        )
        count: int = cursor.rowcount
        off = [job.name for job in registered() if not _is_on(job)]
        cursor.execute("DELETE FROM work_heartbeat WHERE job = ANY(%s)", [off])
    return count


_COLUMNS = ("started_at", "finished_at", "failed_at")


def _write(name: str, every_seconds: int, column: str, at: datetime, error: str | None = None) -> None:
    assert column in _COLUMNS
    cleared = ", error = ''" if column == "finished_at" else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO work_heartbeat AS h (job, every_seconds, {column}, error)"  # noqa: S608 -- checked above
            " VALUES (%(job)s, %(every)s, %(at)s, coalesce(%(error)s, ''))"
            " ON CONFLICT (job) DO UPDATE SET every_seconds = excluded.every_seconds,"
            f" {column} = excluded.{column}"
            f"{cleared or ', error = coalesce(%(error)s, h.error)'}",
            {"job": name, "every": every_seconds, "at": at, "error": error},
        )


def silent(*, at: datetime) -> list[str]:
    """Registered jobs that have not ended well for five of their intervals, or never; not those switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT job, finished_at FROM work_heartbeat")
        ended: dict[str, datetime | None] = dict(cursor.fetchall())
    return [job.name for job in registered() if _is_silent(job, ended.get(job.name), at)]


def _is_silent(job: Job, finished_at: datetime | None, at: datetime) -> bool:
    if not _is_on(job):
        return False
    if finished_at is None:
        return True
    allowed = job.every_seconds * (2 if job.daily_at else SILENT_AFTER)
    return (at - finished_at).total_seconds() > max(allowed, 30)


@periodic("work.sweep", 30)
def sweep(at: datetime) -> None:
    """Put items back whose claim has run out."""
    from anju.platform.work import operations

    operations.sweep(at=at)
