"""pytest plugin: a PostgreSQL of this test session's own. Switch on with ``-p anju.site.postgres.testing``
(pyproject's addopts).

The data folder is new for every session, so sessions running side by side never meet, and every xdist worker
of a session finds the same one through the environment; whoever needs it first starts it. It goes with its
last user, kill -9 of the whole session included; a later session removes the folder that such an end leaves
behind. Tests that touch no database start no server.

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
        if not alive and not is_held(home_of(old) / "keeper.lock"):
            shutil.rmtree(socket_dir_of(old), ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=sessions))


# Settings are read before any conftest: the folder is chosen when this plugin is imported, and workers inherit it.
if OWNER not in os.environ:
    os.environ[OWNER] = str(os.getpid())
    os.environ["ANJU_DATA"] = str(_new_data_dir())


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
    """The session's first process removes the folder when the server is gone."""
    data = os.environ.get("ANJU_DATA", "")
    if os.environ.get(OWNER) != str(os.getpid()) or not Path(data).is_dir():
        return
    if not os.environ.get("DATABASE_URL"):
        server = Server.at(Path(data))
        postgres.release(Path(data))
        deadline = time.monotonic() + STOP_SECONDS
        while lock_holders(server.users_lock) and time.monotonic() < deadline:
            time.sleep(0.03)  # xdist's workers are ending
        postgres.stop(Path(data))
    shutil.rmtree(data, ignore_errors=True)
