"""The pytest plugin: a server for a session and for each xdist worker, gone with it however that ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from anju.site.postgres.places import socket_dir_of

from .installations import is_alive, kill, wait_until

TESTS = """
import json, os, time
from pathlib import Path
import psycopg, pytest
from anju.site import postgres

@pytest.mark.parametrize("n", range(4))
def test_uses_the_database(anju_postgres, n):
    with psycopg.connect(**postgres.libpq_params(anju_postgres)) as connection:
        assert connection.execute("SELECT current_setting('fsync')").fetchone() == ("off",)
    state = postgres.Server.at().state()
    Path(os.environ["SEEN"], f"{n}.json").write_text(json.dumps({**state, "data": os.environ["ANJU_DATA"]}))
    while os.environ.get("STAY"):
        time.sleep(0.1)
"""


def start(folder: Path, *options: str, **environment: str) -> subprocess.Popen[str]:
    (folder / "test_it.py").write_text(TESTS)
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ("ANJU_TEST_SESSION", "ANJU_DATA", "PYTEST_XDIST_WORKER")
    }
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "anju.site.postgres.testing",
            "-p",
            "no:django",
            *options,
            ".",
        ],
        cwd=folder,
        env={**clean, "SEEN": str(folder), "PYTEST_ADDOPTS": "", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def seen(folder: Path) -> list[dict[str, object]]:
    import json

    return [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]


@pytest.mark.parametrize(("options", "servers_max"), [([], 1), (["-n", "2"], 2)], ids=["alone", "xdist"])
def test_a_process_has_one_server_and_leaves_nothing(
    tmp_path: Path, options: list[str], servers_max: int
) -> None:
    session = start(tmp_path, *options)
    output, _ = session.communicate(timeout=120)

    assert session.returncode == 0, output
    states = seen(tmp_path)
    assert len(states) == 4
    assert len({state["postmaster"] for state in states}) <= servers_max
    for state in states:
        data = Path(str(state["data"]))
        assert not is_alive(int(str(state["postmaster"])))
        assert not data.exists()
        assert not socket_dir_of(data).exists()


@pytest.mark.kill
def test_a_killed_session_leaves_no_server(tmp_path: Path) -> None:
    session = start(tmp_path, STAY="1")
    (state,) = wait_until(lambda: seen(tmp_path))

    kill(session.pid)
    session.communicate()

    wait_until(lambda: not is_alive(int(str(state["postmaster"]))))
    wait_until(lambda: not is_alive(int(str(state["keeper"]))))
