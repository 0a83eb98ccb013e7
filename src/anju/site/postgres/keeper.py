"""The keeper: a small process that is the postmaster's parent, restarts it after a crash, and ends it when
nobody uses it any more.

    python -m anju.site.postgres.keeper BIN_DIR DATA_DIR SOCKET_DIR REPORT_FD durable|fast

Started by ``ensure()``; puts itself into the background, in a session of its own. On REPORT_FD it says once,
as JSON, that the server is ready or why not. What happens when somebody is killed with -9:

* a user: the kernel drops its lock; when it was the last one, the server is stopped after GRACE_SECONDS;
* the postmaster: orphaned backends are ended first (two servers on one cluster would destroy it), then it
  is started again and recovers;
* the keeper: the postmaster gets SIGINT from the kernel and shuts down; the next ``ensure()`` starts a new
  keeper, which waits for that.

Imports neither Django nor psycopg.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from anju.site.postgres.cluster import Programs, choose_identity, create_cluster, environment, give
from anju.site.postgres.places import (
    PORT,
    Server,
    ServerProblem,
    make_private,
    open_lock,
    server_processes,
    try_lock,
)

GRACE_SECONDS = 3.0
READY_SECONDS = 120.0  # crash recovery included
POLL_SECONDS = 0.03
FAILURES_MAX = 5
LOG_BYTES_MAX = 20 * 1024 * 1024

FAST_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=128MB")

# (signal, seconds to wait for the end): fast shutdown, immediate shutdown, force
POSTMASTER_END = ((signal.SIGINT, 40.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
BACKENDS_END = ((signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


class Keeper:
    def __init__(self, server: Server, *, durable: bool, report: int) -> None:
        self.server = server
        self.durable = durable
        self.report = report
        self.events: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.postmaster: subprocess.Popen[bytes] | None = None
        self.ending: str | None = None
        self.restarts = 0
        self.programs: Programs | None = None

    # ---- life

    def run(self) -> int:
        lock = open_lock(self.server.keeper_lock)
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever probes it holds it for an instant only
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, self._on_signal)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        try:
            programs = self._prepare()
            threading.Thread(target=self._watch_users, daemon=True).start()
            self._keep(programs)
        except ServerProblem as problem:
            self._say_state("failed", zh=problem.zh, en=problem.en)
            self._answer({"zh": problem.zh, "en": problem.en})
            return 1
        finally:
            self._stop()
        self._say_state("stopped", reason=self.ending)
        return 0

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.events.put("asked" if number == signal.SIGTERM else "child")

    def _watch_users(self) -> None:
        """Tell when the last user is gone. The lock is then kept to the end: new users wait for us and start
        a new keeper."""
        grace = float(os.environ.get("ANJU_PG_GRACE_SECONDS", GRACE_SECONDS))
        descriptor = open_lock(self.server.users_lock)
        while True:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # blocks until nobody holds it
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            time.sleep(grace)  # one command often follows another
            if try_lock(descriptor, fcntl.LOCK_EX):
                self.events.put("unused")
                return

    def _next_event(self, seconds: float | None) -> str | None:
        """The next event; one that means the end is remembered."""
        try:
            event = self.events.get(timeout=seconds)
        except queue.Empty:
            return None
        if event in ("asked", "unused"):
            self.ending = event
        return event

    def _keep(self, programs: Programs) -> None:
        """Start and, until the end, restart. Raises ServerProblem when it does not become ready FAILURES_MAX
        times in a row."""
        failures = 0
        while self.ending is None:
            self._clear_remains()
            self._start(programs)
            if self._becomes_ready():
                failures = 0
                self._say_state("ready")
                self._answer({"ready": True})
                while self.ending is None and self._is_alive():
                    self._next_event(None)
                if self.ending is None:
                    self.restarts += 1
                    self._log(f"the server is gone ({self._how_ended()}): restart {self.restarts}")
                    self._say_state("restarting")
            elif self.ending is None:
                failures += 1
                if failures >= (FAILURES_MAX if self.restarts else 1):
                    raise ServerProblem(
                        f"PostgreSQL 没有启动（{self._how_ended()}）。日志 {self.server.log} 的末尾：",
                        f"PostgreSQL did not start ({self._how_ended()}); {self.server.log} says why.",
                    )
                self._pause(0.2 * 2**failures)

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.ending is None and (left := deadline - time.monotonic()) > 0:
            self._next_event(left)

    # ---- the server

    def _prepare(self) -> Programs:
        server = self.server
        if server.log.exists() and server.log.stat().st_size > LOG_BYTES_MAX:
            server.log.rename(server.log.with_suffix(".log.1"))
        self._say_state("starting")
        make_private(server.socket_dir, server.home.stat().st_uid)
        found = server.cluster / "PG_VERSION"
        if found.exists() and int(found.read_text()) != server.version:
            has = found.read_text().strip()
            raise ServerProblem(
                f"数据目录 {server.cluster} 属于 PostgreSQL {has}，而 {server.bin_dir} 是 {server.version}。"
                "请把 ANJU_PG_BIN 指向原版本，或先用原版本 pg_dump 导出再导入。",
                f"{server.cluster} belongs to PostgreSQL {has}, but {server.bin_dir} is {server.version}. "
                "Point ANJU_PG_BIN at the old version, or dump with the old and load into the new.",
            )
        self.programs = Programs(server, choose_identity(server), self._log)
        if found.exists():
            give(server.cluster, self.programs.identity)
        else:
            create_cluster(self.programs, durable=self.durable)
        return self.programs

    def _start(self, programs: Programs) -> None:
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self.server.socket_dir}",
            f"port={PORT}",
            "log_destination=stderr",
            "logging_collector=off",
            "log_line_prefix=%m [%p] ",
            *(() if self.durable else FAST_OPTIONS),
        ]
        options = [part for setting in settings for part in ("-c", setting)]
        with self.server.log.open("ab") as log:
            self.postmaster = subprocess.Popen(  # noqa: S603 -- our own programs
                programs.command("postgres", "-D", str(self.server.cluster), *options),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment(),
            )

    def _is_alive(self) -> bool:
        return self.postmaster is not None and self.postmaster.poll() is None

    def _how_ended(self) -> str:
        code = self.postmaster.poll() if self.postmaster else None
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    def _becomes_ready(self) -> bool:
        """The postmaster writes its state into the eighth line of postmaster.pid, as pg_ctl reads it."""
        deadline = time.monotonic() + READY_SECONDS
        status = self.server.cluster / "postmaster.pid"
        while self.ending is None and self._is_alive() and time.monotonic() < deadline:
            try:
                lines = status.read_text().splitlines()
            except FileNotFoundError:
                lines = []
            pid = self.postmaster.pid if self.postmaster else 0
            if len(lines) >= 8 and lines[7].strip() == "ready" and self._is_ours(lines[0], pid):
                return True
            self._next_event(POLL_SECONDS)
        return False

    def _is_ours(self, written: str, pid: int) -> bool:
        """A stale file may say ready: the pid has to be our child's. (User namespaces do not change pids.)"""
        return written.strip() == str(pid)

    def _clear_remains(self) -> None:
        """Nothing of a former life may touch the cluster or claim the socket when we start.

        A postmaster whose keeper was killed is shutting down: let it. Backends whose postmaster was killed
        hold nothing but unfinished transactions. Everything is found by its working folder, so a pid used
        again by another program deceives nobody.
        """
        cluster = self.server.cluster
        pid_file = cluster / "postmaster.pid"
        _end(
            lambda: [pid for pid in server_processes(cluster) if pid == _first_number(pid_file)],
            POSTMASTER_END,
        )
        _end(lambda: server_processes(cluster), BACKENDS_END)
        pid = _first_number(pid_file)
        if pid is not None and Path(f"/proc/{pid}").exists():
            pid_file.unlink()  # the number belongs to another program now; PostgreSQL would refuse to start
        self._clear_socket()

    def _clear_socket(self) -> None:
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.server.socket_dir / name).unlink(missing_ok=True)

    def _stop(self) -> None:
        process = self.postmaster
        if process is not None:
            for number, seconds in POSTMASTER_END:
                if process.poll() is not None:
                    break
                process.send_signal(number)
                try:
                    process.wait(seconds)
                except subprocess.TimeoutExpired:
                    self._log(f"the server did not end within {seconds:.0f} s of signal {int(number)}")
            _end(lambda: server_processes(self.server.cluster), BACKENDS_END)
        self._clear_socket()
        with contextlib.suppress(OSError):
            self.server.socket_dir.rmdir()

    # ---- telling

    def _say_state(self, state: str, **more: Any) -> None:
        said = {
            "state": state,
            "keeper": os.getpid(),
            "postmaster": self.postmaster.pid if self.postmaster else None,
            "bin_dir": str(self.server.bin_dir),
            "version": self.server.version,
            "socket_dir": str(self.server.socket_dir),
            "identity": self.programs.identity if self.programs else None,
            "durable": self.durable,
            "restarts": self.restarts,
            **more,
        }
        new = self.server.state_file.with_suffix(".new")
        new.write_text(json.dumps(said, ensure_ascii=False, indent=1))
        new.replace(self.server.state_file)

    def _answer(self, said: dict[str, Any]) -> None:
        """Once, to whoever started us; it may be gone."""
        if self.report >= 0:
            try:
                os.write(self.report, json.dumps(said).encode())
            except BrokenPipeError:
                self._log("whoever started the keeper is gone")
            os.close(self.report)
            self.report = -1

    def _log(self, text: str) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        print(f"{stamp} [{os.getpid()}] KEEPER:  {text}", file=sys.stderr, flush=True)


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _end(find: Any, steps: tuple[tuple[signal.Signals, float], ...]) -> None:
    """Signal and wait, step by step, until nothing is found any more. Raises ServerProblem with what is left
    after the last."""
    for number, seconds in steps:
        for pid in find():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + seconds
        while find():
            if time.monotonic() > deadline:
                break
            time.sleep(POLL_SECONDS)
        else:
            return
    raise ServerProblem(
        f"旧的 PostgreSQL 进程无法结束：{find()}", f"Former PostgreSQL processes do not end: {find()}"
    )


def main(argv: list[str]) -> int:
    bin_dir, data_dir, socket_dir, report, mode = argv
    if os.fork():
        os._exit(0)
    os.setsid()
    server = Server(Path(bin_dir), Path(data_dir), Path(socket_dir))
    return Keeper(server, durable=mode == "durable", report=int(report)).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
