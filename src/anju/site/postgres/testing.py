"""pytest plugin: a PostgreSQL of this test session's own. Switch on with ``-p anju.site.postgres.testing``
(pyproject's addopts).

The data folder is new for every session and every xdist worker, so what runs side by side never meets. The server
starts with the first test that needs it and goes with its last user, kill -9 of the whole session included; a later
session removes the folder that such an end leaves behind. Tests that touch no database start no server.

With ``DATABASE_URL`` set, that server is used and nothing is started.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from anju.site import postgres
from anju.site.postgres.places import Server, home_of, is_held, lock_holders, socket_dir_of

OWNER = "ANJU_TEST_SESSION"
STOP_SECONDS = 20.0


def _sessions() -> Path:
    return Path(tempfile.gettempdir()) / f"anju-tests-{os.geteuid()}"


def _new_data_dir() -> Path:
    """A new folder under the sessions' folder; those that nobody uses any more are removed."""
    sessions = _sessions()
    sessions.mkdir(mode=0o700, exist_ok=True)
    for old in sessions.iterdir():
        owner = old.name.partition("-")[0]
        alive = owner.isdigit() and Path(f"/proc/{owner}").exists()
        servers = (old, *old.glob("gw*"))
        if not alive and not any(is_held(home_of(data) / "keeper.lock") for data in servers):
            for data in servers:
                shutil.rmtree(socket_dir_of(data), ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=sessions))


# Settings are read before any conftest: the folder is chosen when this plugin is imported. Every xdist worker has a server
# of its own: transactions of one server hold up each other's readers (the journal's pump waits for older ones).
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if OWNER not in os.environ:
    os.environ[OWNER] = str(os.getpid())
    os.environ["ANJU_DATA"] = str(_new_data_dir())
elif WORKER and Path(os.environ["ANJU_DATA"]).name != WORKER:
    os.environ["ANJU_DATA"] = str(Path(os.environ["ANJU_DATA"], WORKER))


@pytest.fixture(scope="session")
def anju_postgres() -> dict[str, Any]:
    """The running database's parameters, as in Django's DATABASES; starts the server if it is not running
    yet."""
    return postgres.ensure(None, durable=False)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    anju_postgres: dict[str, Any], django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """pytest-django's hook before it creates the test database: by now there must be a server."""


def pytest_unconfigure(config: pytest.Config) -> None:
    """The session's first process removes the folder when the servers in it are gone."""
    session = os.environ.get("ANJU_DATA", "")
    if os.environ.get(OWNER) != str(os.getpid()) or not Path(session).is_dir():
        return
    if not os.environ.get("DATABASE_URL"):
        for data in (Path(session), *Path(session).glob("gw*")):
            _stop(data)
    shutil.rmtree(session, ignore_errors=True)


def _stop(data: Path) -> None:
    if not home_of(data).is_dir():
        return
    server = Server.at(data)
    postgres.release(data)
    deadline = time.monotonic() + STOP_SECONDS
    while lock_holders(server.users_lock) and time.monotonic() < deadline:
        time.sleep(0.03)  # xdist's workers are ending
    postgres.stop(data)
