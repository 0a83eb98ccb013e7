"""The background process: runs the periodic jobs and everything deferred to the job engine.

SIGTERM and SIGINT let running jobs end, for at most ``STOP_SECONDS``. When the database goes away the worker
waits, tries again with growing pauses, and goes on. Whatever a killed worker left running is freed by the
others, or by the next one, ``SILENT_SECONDS`` after its last sign of life.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import procrastinate
import psycopg
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from anju.platform.work import jobs as registry
from anju.site import postgres
from anju.site.jobs import PROMPT, bind, rescue

log = logging.getLogger(__name__)

CONCURRENCY = 4
PROMPT_CONCURRENCY = 4
"""Runners of the prompt jobs alone: a wave that fills all others does not delay a one-time code."""
STOP_SECONDS = 15.0
BEAT_SECONDS = 2.0
SILENT_SECONDS = 10.0
RESCUE_SECONDS = 5.0
POOL_SECONDS = 10.0
BACKOFF_SECONDS_MAX = 15.0
DATABASE_GONE = (ConnectorException, psycopg.OperationalError, psycopg.InterfaceError, ConnectionError)


def main(argv: list[str] | None = None) -> None:
    """Run until SIGTERM or SIGINT. Django is set up and the database answers (``anju worker``)."""
    bind(django_app)
    asyncio.run(_main())


async def _main() -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(
        ThreadPoolExecutor(CONCURRENCY + PROMPT_CONCURRENCY + 1, thread_name_prefix="job")
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, stop)
    pause = 0.5
    while not stop.is_set():
        began = loop.time()
        try:
            await _run_until(stop)
        except DATABASE_GONE as problem:
            log.warning("the database is away: %s", problem)
        if loop.time() - began > 60:
            pause = 0.5
        await _wait(stop, pause)
        pause = min(pause * 2, BACKOFF_SECONDS_MAX)
        if not stop.is_set():
            await loop.run_in_executor(None, _heal)


def _stop(stop: asyncio.Event) -> None:
    """Ask everything to end; a job that does not come to its end in time must not hold the process."""
    stop.set()
    timer = threading.Timer(STOP_SECONDS, _give_up)
    timer.daemon = True
    timer.start()


def _give_up() -> None:
    log.warning("jobs did not end within %.0f s; others will take them up", STOP_SECONDS)
    os._exit(0)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _heal() -> None:
    """Start the embedded server again when its keeper is gone too; otherwise the next round simply tries
    again.
    """
    try:
        postgres.ensure()
    except (postgres.ServerProblem, psycopg.Error) as problem:
        log.warning("the database does not answer yet: %s", problem)


async def _run_until(stop: asyncio.Event) -> None:
    """One life of the engine: open, work, close. Returns when asked to stop; raises when the database goes
    away.
    """
    connector = procrastinate.PsycopgConnector(
        kwargs=connector_params(),
        min_size=1,
        max_size=CONCURRENCY + PROMPT_CONCURRENCY + 4,
        timeout=POOL_SECONDS,
    )
    with django_app.replace_connector(connector) as app:
        async with app.open_async():
            await asyncio.to_thread(_with_connection_closed, registry.define)
            worker = Worker(app, **_options(app))
            prompt = Worker(app, **_options(app) | _PROMPT)
            running = asyncio.create_task(worker.run(), name="worker")
            prompting = asyncio.create_task(prompt.run(), name="prompt")
            rescuing = asyncio.create_task(_rescue_forever(app, worker), name="rescue")
            stopping = asyncio.create_task(stop.wait(), name="stop")
            await asyncio.wait({running, prompting, rescuing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            worker.stop()
            prompt.stop()
            for task in (rescuing, stopping):
                task.cancel()
            outcomes = await asyncio.gather(running, prompting, rescuing, stopping, return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, Exception):
                    raise outcome


def _options(app: procrastinate.App) -> dict[str, Any]:
    return {
        **app.worker_defaults,
        "name": f"worker-{os.getpid()}",
        "concurrency": CONCURRENCY,
        "delete_jobs": "always",
        "install_signal_handlers": False,
        "shutdown_graceful_timeout": STOP_SECONDS,
        "update_heartbeat_interval": BEAT_SECONDS,
        "stalled_worker_timeout": SILENT_SECONDS * 6,
    }


_PROMPT = {"queues": [PROMPT], "concurrency": PROMPT_CONCURRENCY, "name": f"prompt-{os.getpid()}"}


async def _rescue_forever(app: procrastinate.App, worker: Worker) -> None:
    """Every few seconds, in every worker: not a job of the engine, which a dead worker could hold itself."""
    while True:
        freed = await rescue(app, silent_seconds=SILENT_SECONDS)
        if freed:
            log.warning("freed %d jobs", freed)
        await asyncio.sleep(RESCUE_SECONDS)


def _with_connection_closed(fn: Callable[[], object]) -> None:
    from django.db import connections

    try:
        fn()
    finally:
        connections.close_all()
