"""The worker as a process: it beats, ends gracefully, outlives a killed database, and heals what a killed
worker left.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.site.installations import SOURCE, Installation, kill, wait_until

pytestmark = pytest.mark.kill

PROGRAM = """
import django
django.setup()
from django.db import connection
from anju.platform.work.jobs import periodic

@periodic("test.slow", 1)
def slow(at):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS slow_runs (pid int)")
        cursor.execute("SELECT count(*) FROM slow_runs")
        first = cursor.fetchone()[0] == 0
        cursor.execute("INSERT INTO slow_runs VALUES (pg_backend_pid())")
        if first and {wait}:
            cursor.execute("SELECT pg_sleep(120)")

from anju.site.worker import main
main([])
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("worker"))
    installation.ensure()
    _anju(installation, "migrate")
    yield installation
    installation.end()


def _environment(home: Installation) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {
        **kept, "ANJU_DATA": str(home.data_dir), "PYTHONPATH": SOURCE, "DJANGO_SETTINGS_MODULE": "anju.site.settings",
    }  # fmt: skip


def _anju(home: Installation, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "anju.site.cli", *words], env=_environment(home), check=True)


def _worker(home: Installation, *, wait: bool = False) -> subprocess.Popen[bytes]:
    program = PROGRAM.replace("{wait}", str(wait))
    log = open(home.data_dir / "worker.log", "ab")  # noqa: SIM115 -- the child keeps it
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", program], env=_environment(home), stdout=log, stderr=subprocess.STDOUT
        )
    finally:
        log.close()
    home.users.append(process)
    return process


def _value(home: Installation, sql: str) -> Any:
    import psycopg

    try:
        with home.connect() as db:
            row = db.execute(sql).fetchone()  # type: ignore[arg-type]
            return row[0] if row else None
    except psycopg.Error:
        return None


def _last_beat(home: Installation, job: str = "journal.pump") -> Any:
    return _value(home, f"SELECT finished_at FROM work_heartbeat WHERE job = '{job}'")


def _wait_for_a_new_beat(home: Installation, job: str = "journal.pump") -> None:
    before = _last_beat(home, job)
    wait_until(lambda: (now := _last_beat(home, job)) and now != before, f"a beat of {job}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_it_beats_and_ends_when_asked(home: Installation) -> None:
    worker = _worker(home)
    _wait_for_a_new_beat(home, "journal.pump")
    _wait_for_a_new_beat(home, "clocks.sweep")
    _end(worker)
    assert _value(home, "SELECT count(*) FROM procrastinate_workers") == 0
    assert _value(home, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 0


def test_it_outlives_a_killed_database(home: Installation) -> None:
    worker = _worker(home)
    _wait_for_a_new_beat(home)
    for pid in home.processes():
        with suppress(ProcessLookupError):  # a backend may have ended by itself since
            kill(pid)
    wait_until(lambda: _value(home, "SELECT 1"), "the database is back")
    _wait_for_a_new_beat(home)
    _wait_for_a_new_beat(home)
    assert worker.poll() is None, (Path(home.data_dir) / "worker.log").read_text()[-4000:]
    _end(worker)


def test_the_next_worker_frees_what_a_killed_one_held(home: Installation) -> None:
    with home.connect() as db:
        db.execute("DROP TABLE IF EXISTS slow_runs")
    worker = _worker(home, wait=True)
    wait_until(lambda: _value(home, "SELECT count(*) FROM slow_runs") == 1, "the slow job runs")
    kill(worker.pid)
    worker.wait()
    assert _value(home, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") >= 1
    other = _worker(home, wait=True)
    wait_until(lambda: (_value(home, "SELECT count(*) FROM slow_runs") or 0) >= 2, "the slow job runs again")
    _wait_for_a_new_beat(home)
    _end(other)
