"""Binds the registry of periodic jobs (``platform/work/jobs.py``) to the job engine, and frees what a dead
worker held.

One task per job. ``lock``: never twice at once, on any number of workers. ``queueing_lock``: at most one
waiting, so nothing piles up while a run takes long. A run that is lost is harmless, since jobs scan rows for
what is due.
"""

import importlib
import importlib.util
import logging
from collections.abc import Callable

import procrastinate
from django.utils.module_loading import autodiscover_modules
from procrastinate.jobs import Status

from anju.platform.work import jobs as registry
from anju.site import clock

log = logging.getLogger(__name__)

QUEUE = "periodic"
PROMPT = "prompt"
"""Jobs that must begin at once: the worker keeps runners for this queue alone."""
PREFIX = "anju."
ELSEWHERE = ("anju.adapters.jobs",)
"""Jobs of packages that are no Django apps."""
DAILY_CRON = "*/5 * * * *"
"""A daily job is asked every five minutes; the registry knows whether its time has come (or was missed)."""


def discover() -> tuple[registry.Job, ...]:
    """Import every ``jobs.py``; returns all periodic jobs. May be called again."""
    autodiscover_modules("jobs")
    for name in ELSEWHERE:
        if importlib.util.find_spec(name):
            importlib.import_module(name)
    return registry.registered()


def cron_of(job: registry.Job) -> str:
    """Cron line of a job; a sixth field counts seconds."""
    if job.daily_at is not None:
        return DAILY_CRON
    if job.every_seconds < 60:
        return f"* * * * * */{job.every_seconds}"
    minutes = job.every_seconds // 60
    if minutes < 60:
        return f"*/{minutes} * * * *"
    return f"0 */{minutes // 60} * * *"


def bind(app: procrastinate.App) -> int:
    """Make every registered job a periodic task of the engine. Returns how many were not bound before."""
    count = 0
    for job in discover():
        name = PREFIX + job.name
        if name in app.tasks:
            continue
        queue = PROMPT if job.prompt else QUEUE
        task = app.task(name=name, queue=queue, lock=name, queueing_lock=name)(_runner(job))
        app.periodic(cron=cron_of(job))(task)
        count += 1
    return count


def _runner(job: registry.Job) -> Callable[[int], None]:
    def run(timestamp: int) -> None:
        registry.run(job, at=clock.now())

    return run


async def rescue(app: procrastinate.App, *, silent_seconds: float) -> int:
    """Free jobs of workers that have been silent so long. Periodic ones are dropped (the next is coming),
    others wait anew.

    Returns how many were freed.
    """
    manager = app.job_manager
    count = 0
    for job in list(await manager.get_stalled_jobs(seconds_since_heartbeat=silent_seconds)):
        try:
            if job.task_name.startswith(PREFIX):
                await manager.finish_job(job, Status.FAILED, delete_job=True)
            else:
                await manager.retry_job(job)
        except procrastinate.exceptions.ConnectorException as error:  # another worker has freed it meanwhile
            log.info("job %s was not freed: %s", job.id, error)
            continue
        log.warning("freed job %s (%s) of a worker that is gone", job.id, job.task_name)
        count += 1
    await manager.prune_stalled_workers(silent_seconds * 6)
    return count
