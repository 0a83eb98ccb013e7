"""One installation as an operator has it: a data folder, commands in processes of their own, a clock that can be set."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import psycopg

from anju.adapters import outward_names
from anju.site import postgres, scratch
from anju.site.postgres.places import Server, server_processes

STOP_SECONDS = 60.0
COMMAND_SECONDS_MAX = 600.0
FAULTS = {"delay_seconds_min": 1, "delay_seconds_max": 3}
"""Gateways that answer soon and well: what goes wrong is our own doing."""

Process = subprocess.Popen[bytes]


class CommandFailed(Exception):
    """A command that nobody disturbed did not succeed."""

    def __init__(self, arguments: tuple[str, ...], code: int, said: str) -> None:
        self.zh = f"命令 anju {' '.join(arguments)} 失败（退出码 {code}）：\n{said}"
        self.en = f"anju {' '.join(arguments)} failed with exit code {code}."
        super().__init__(self.en)


class Installation:
    """``data``: its folder, which may not exist yet. Everything its processes say goes to ``data``.log."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.log = data.with_suffix(".log")
        self.offset = 0.0
        self.site: Process | None = None
        self.said_before = 0

    def copy(self, data: Path) -> Installation:
        """The same installation once more; nobody may be using it."""
        shutil.copytree(self.data, data, ignore=shutil.ignore_patterns("*.lock", "state.json", "*.pid"))
        return Installation(data)

    # ---- its clock

    def set_clock(self, now: datetime) -> None:
        """It is ``now`` for every process started from here on."""
        self.offset = (now - datetime.now(UTC)).total_seconds()

    def now(self) -> datetime:
        """What its clock shows."""
        return datetime.fromtimestamp(time.time() + self.offset, UTC)

    # ---- its processes

    def environment(self) -> dict[str, str]:
        real = {*scratch.OURS, *outward_names()}
        kept = {name: value for name, value in os.environ.items() if name not in real}
        return {
            **kept, "ANJU_DATA": str(self.data), "ANJU_CLOCK_OFFSET_SECONDS": f"{self.offset:.3f}",
            "ANJU_SIM_FAULTS": json.dumps(FAULTS), "ANJU_PG_GRACE_SECONDS": "0.5", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip

    def start(self, *arguments: str) -> Process:
        """``anju ARGUMENTS`` in the background, in a session of its own."""
        with self.log.open("ab") as log:
            log.write(f"== {self.now():%m-%d %H:%M:%S} anju {' '.join(arguments)}\n".encode())
            log.flush()
            return subprocess.Popen(  # noqa: S603 -- ourselves
                [sys.executable, "-m", "anju.site.cli", *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment(), start_new_session=True,
            )  # fmt: skip

    def command(self, *arguments: str, good: tuple[int, ...] = (0,)) -> dict[str, Any]:
        """``anju ARGUMENTS --json``; its answer. Raises CommandFailed."""
        done = subprocess.run(  # noqa: S603 -- ourselves
            [sys.executable, "-m", "anju.site.cli", *arguments, "--json"],
            check=False, capture_output=True, env=self.environment(), timeout=COMMAND_SECONDS_MAX,
        )  # fmt: skip
        if done.returncode not in good:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise CommandFailed(arguments, done.returncode, said[-2000:])
        return cast("dict[str, Any]", json.loads(done.stdout))

    def open(self, *, web: bool) -> None:
        """Start ``anju run``, or the worker alone."""
        self.said_before = self.log.stat().st_size if self.log.exists() else 0
        self.site = self.start("run", "--port", str(_free_port()), "--json") if web else self.start("worker")

    @property
    def was_ready(self) -> bool:
        """What ``open`` started last has said that pages can be had."""
        with self.log.open("rb") as log:
            log.seek(self.said_before)
            return b'"ready": true' in log.read()

    def close(self) -> int | None:
        """End what ``open`` started, as Ctrl-C does. Its exit code; None: it was not running any more."""
        site, self.site = self.site, None
        if site is None or site.poll() is not None:
            return None
        site.send_signal(signal.SIGTERM)
        try:
            return site.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(site.pid, signal.SIGKILL)
            return site.wait()

    def processes(self) -> dict[int, str]:
        """Every process of this installation, whoever its parent is now: pid and command line."""
        found = {pid: _command_line(pid) for pid in server_processes(self.server.cluster)}
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid() and self._is_ours(int(entry)):
                found[int(entry)] = _command_line(int(entry))
        return {pid: line for pid, line in found.items() if line}

    def _is_ours(self, pid: int) -> bool:
        wanted = f"ANJU_DATA={self.data}".encode()
        try:
            return wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:  # gone, or somebody else's
            return False

    def left_over(self, seconds: float = STOP_SECONDS) -> dict[int, str]:
        """What is still there although everybody was asked to end; gives them time."""
        deadline = time.monotonic() + seconds
        while (found := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found

    # ---- its database, seen from outside

    @property
    def server(self) -> Server:
        return Server.at(self.data)

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection like anybody's; it does not keep the server up. Raises psycopg.OperationalError."""
        named = postgres.libpq_params(postgres.connection_params(self.data))
        return psycopg.connect(**named, autocommit=True, connect_timeout=5)

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """A query. Raises psycopg.OperationalError when the server is away."""
        with self.connect() as connection:
            return connection.execute(statement, values).fetchall()

    def ledger(self, statement: str) -> list[tuple[Any, ...]]:
        """A query to the simulated providers' own book; nothing while it has no pages yet."""
        path = self.data / "simulated.sqlite3"
        if not path.exists():
            return []
        book = sqlite3.connect(path, timeout=30)
        try:
            begun = book.execute("SELECT 1 FROM sqlite_master WHERE name = 'receipt'").fetchone()
            return book.execute(statement).fetchall() if begun else []
        finally:
            book.close()


def _command_line(pid: int) -> str:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return "" if state == "Z" else " ".join(word.decode(errors="replace") for word in words if word)[:200]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
