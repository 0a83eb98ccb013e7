"""Servers and processes of a test's own, and how to wait for something without sleeping a fixed time."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from anju.site import postgres
from anju.site.postgres.places import Server, server_processes

SOURCE = str(Path(postgres.__file__).resolve().parents[3])
DEADLINE_SECONDS = 60.0

USER_PROGRAM = """
import json, sys
from pathlib import Path
from anju.site import postgres
data = Path(sys.argv[1])
try:
    postgres.ensure(data, durable=len(sys.argv) > 2)
except postgres.ServerProblem as problem:
    print(json.dumps({"zh": problem.zh, "en": problem.en}), flush=True)
    sys.exit(3)
print(json.dumps(postgres.Server.at(data).state()), flush=True)
sys.stdin.read()
"""


def wait_until(condition: Callable[[], Any], what: str = "") -> Any:
    """The first true value of the condition; fails loudly at the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS:.0f} s in vain: {what or condition}"
        time.sleep(0.02)
    return value


def is_alive(pid: int) -> bool:
    """Running, and not a zombie waiting for its parent."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


class Installation:
    """One data folder, its server, and processes that use it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.users: list[subprocess.Popen[bytes]] = []

    @property
    def server(self) -> Server:
        return Server.at(self.data_dir)

    @property
    def state(self) -> dict[str, Any]:
        return self.server.state()

    def ensure(self, *, durable: bool = False) -> dict[str, Any]:
        return postgres.ensure(self.data_dir, durable=durable)

    def connect(self) -> psycopg.Connection[Any]:
        params = postgres.connection_params(self.data_dir)
        return psycopg.connect(**postgres.libpq_params(params), autocommit=True)

    def processes(self) -> list[int]:
        return server_processes(self.server.cluster)

    def start_user(self, *prefix: str, durable: bool = False) -> subprocess.Popen[bytes]:
        """A process that uses the server until its stdin is closed or it is killed; says its state on stdout
        first."""
        process = subprocess.Popen(
            [
                *prefix,
                sys.executable,
                "-c",
                USER_PROGRAM,
                str(self.data_dir),
                *(["durable"] if durable else []),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": SOURCE},
        )
        self.users.append(process)
        return process

    def end(self) -> None:
        for user in self.users:
            user.kill()
            user.communicate()
        postgres.release(self.data_dir)
        if self.data_dir.exists():
            postgres.stop(self.data_dir)
        wait_until(lambda: not self.processes(), "no process of this server is left")


def said(user: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert user.stdout is not None
    return dict(json.loads(user.stdout.readline()))
