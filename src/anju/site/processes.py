"""The supervisor: runs Anju's processes as children, restarts one that dies, and leaves none behind.

Every child is in a session of its own, so Ctrl-C reaches the supervisor alone, which then ends them in order.
A child gets SIGTERM from the kernel when the supervisor is killed with -9 (``launch.py``), so nobody survives
that either. What a child that died leaves of its process group is killed before it is started again: an
orphan would hold the port.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from anju.site import launch, postgres

FIRST_DELAY_SECONDS = 0.5
DELAY_SECONDS_MAX = 30.0
STEADY_SECONDS = 60.0  # a child that lived this long starts over with the first delay
STOP_SECONDS = 20.0
PIPE_SECONDS = 2.0
LINE_BYTES_MAX = 64 * 1024

Write = Callable[[str, str], None]


@dataclass(frozen=True)
class Child:
    """One process to be kept running: its name in the log, its command line, what is added to its
    environment."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)


def write_text(name: str, line: str) -> None:
    """``web     | text`` on stdout."""
    print(f"{name:<7} | {line}", flush=True)


def write_json(name: str, line: str) -> None:
    print(json.dumps({"process": name, "line": line}, ensure_ascii=False), flush=True)


class Supervisor:
    """``children`` in the order in which they are stopped; ``write(name, line)`` takes every line of theirs
    and ours."""

    def __init__(
        self, children: Sequence[Child], *, write: Write = write_text, stop_seconds: float = STOP_SECONDS
    ) -> None:
        self.children = children
        self.write = write
        self.stop_seconds = stop_seconds
        self.running: dict[str, asyncio.subprocess.Process] = {}
        self.stopping = asyncio.Event()

    async def run(self, *beside: asyncio.Task[None]) -> None:
        """Until SIGINT or SIGTERM. A second signal ends the children at once. Tasks ``beside`` are cancelled
        with it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_signal)
        keeping = [asyncio.create_task(self._keep(child)) for child in self.children]
        await self.stopping.wait()
        for task in beside:
            task.cancel()
        for child in self.children:
            await self._stop(child)
        await asyncio.gather(*keeping)
        self.write("anju", "全部停止 / all stopped")

    def _on_signal(self) -> None:
        if self.stopping.is_set():
            for process in self.running.values():
                _kill_group(process.pid)
        else:
            self.write("anju", "正在停止 / stopping …")
            self.stopping.set()

    async def _keep(self, child: Child) -> None:
        delay = FIRST_DELAY_SECONDS
        while not self.stopping.is_set():
            born = time.monotonic()
            how = await self._run_once(child)
            if self.stopping.is_set():
                return
            if time.monotonic() - born > STEADY_SECONDS:
                delay = FIRST_DELAY_SECONDS
            self.write(
                "anju", f"{child.name} 意外结束（{how}），{delay:g} 秒后重启 / died, restart in {delay:g} s"
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), delay)
            delay = min(delay * 2, DELAY_SECONDS_MAX)

    async def _run_once(self, child: Child) -> str:
        lines, end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", launch.__file__),
                *(str(os.getpid()), str(int(signal.SIGTERM)), "self", "--"),
                *child.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=end,
                stderr=end,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **child.environment},
            )
        finally:
            os.close(end)
        self.running[child.name] = process
        pump = asyncio.create_task(self._pump(child.name, lines))
        code = await process.wait()
        del self.running[child.name]
        _kill_group(process.pid)  # what it left behind
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(pump, PIPE_SECONDS)  # somebody in another session may still hold the pipe
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    async def _pump(self, name: str, lines: int) -> None:
        """Pass lines on until the last writer has closed the pipe.

        The pipe is ours and not asyncio's: in Python 3.11 a process counts as running there while anybody, its
        orphans too, holds the pipe open.
        """
        reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
        transport, _protocol = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(lines, "rb")
        )
        try:
            while True:
                try:
                    line = await reader.readline()
                except ValueError:  # longer than LINE_BYTES_MAX: the reader has dropped it
                    self.write(name, "… （一行过长，已略去 / a line too long was left out）")
                    continue
                if not line:
                    return
                self.write(name, line.decode(errors="replace").rstrip())
        finally:
            transport.close()

    async def _stop(self, child: Child) -> None:
        process = self.running.get(child.name)
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self.stop_seconds)
        except TimeoutError:
            self.write("anju", f"{child.name} 没有按时结束，强制结束 / did not end in time: killed")
            _kill_group(process.pid)
            await process.wait()


def _kill_group(pid: int) -> None:
    """SIGKILL for the session that this child leads; there may be nobody left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def watch_database(write: Write) -> None:
    """In a thread of its own: when the database's keeper is killed, start it again. Ends with the process."""

    def watch() -> None:
        while True:
            postgres.wait_for_keeper_end()
            write(
                "anju", "数据库的守护进程没有了，重新启动 / the database's keeper is gone: starting it again"
            )
            try:
                postgres.ensure()
            except postgres.ServerProblem as problem:
                write("anju", str(problem))
                return

    if not os.environ.get("DATABASE_URL"):
        threading.Thread(target=watch, daemon=True, name="database").start()


async def announce_when_ready(host: str, port: int, announce: Callable[[], None]) -> None:
    """Call ``announce`` once the web process accepts connections."""
    while True:
        try:
            _reader, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        announce()
        return


def is_port_free(host: str, port: int) -> bool:
    """Nobody listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def site_children(*, host: str, port: int) -> list[Child]:
    """The processes of an installation: web first, so that no new request comes while the worker finishes.

    The dialler is one of them when there is a SIP line (docs/channels/voice.md).
    """
    from anju.adapters.voice import lines_from_environment

    anju = [sys.executable, "-m", "anju.site.cli"]
    shown = f"[{host}]" if ":" in host else host
    environment = {"ANJU_PUBLIC_URL": os.environ.get("ANJU_PUBLIC_URL", f"http://{shown}:{port}")}
    return [
        Child("web", [*anju, "web", "--host", host, "--port", str(port)], environment),
        Child("worker", [*anju, "worker"], environment),
        *([Child("dialler", [*anju, "dialler"], environment)] if lines_from_environment() else []),
    ]


def run_site(
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    announce: Callable[[], None] = lambda: None,
    write: Write = write_text,
    extra: Sequence[Child] = (),
) -> None:
    """Database, web, worker and ``extra`` until Ctrl-C or SIGTERM; ``announce`` is called once pages can be
    had.

    Raises postgres.ServerProblem. The port has to be free (``is_port_free``).
    """
    postgres.ensure()
    watch_database(write)

    async def go() -> None:
        ready = asyncio.create_task(announce_when_ready(host, port, announce))
        await Supervisor([*site_children(host=host, port=port), *extra], write=write).run(ready)

    asyncio.run(go())
