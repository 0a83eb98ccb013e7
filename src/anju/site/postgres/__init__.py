"""PostgreSQL for this installation: somebody's (``DATABASE_URL``) or an embedded server of our own.

``connection_params()`` computes where the database is and starts nothing: settings call it. ``ensure()``
makes sure that a server answers there and registers this process as a user of it; commands, the web and
worker processes and the tests call it before their first query.

The embedded server lives exactly as long as it has users. A user holds a shared flock on ``users.lock`` for
as long as it lives, so the kernel tells of its death, kill -9 included. The keeper (``keeper.py``) starts the
server for the first user, restarts it after a crash, and stops it when the last user is gone. Nothing is left
running, nobody has to remember to stop anything.

Environment: ``DATABASE_URL`` (then nothing is ever started here), ``ANJU_DATA`` (data folder),
``ANJU_PG_BIN`` (a bin folder of PostgreSQL 15 or newer), ``ANJU_PG_AS`` (``self``, ``userns`` or ``UID:GID``:
how the server is run when we are root; normally found out), ``ANJU_PG_GRACE_SECONDS`` (how long the server
outlives its last user; 3).
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Protocol

from anju.site.postgres.places import (
    DATABASE,
    PORT,
    USER,
    Server,
    ServerProblem,
    default_data_dir,
    find_bin_dir,
    is_held,
    lock_holders,
    make_private,
    open_lock,
    owner_of,
    socket_dir_of,
    try_lock,
)

__all__ = [
    "Server",
    "ServerProblem",
    "check_trigrams",
    "connection_params",
    "default_data_dir",
    "ensure",
    "find_bin_dir",
    "is_running",
    "libpq_params",
    "lock_holders",
    "release",
    "stop",
    "wait_for_keeper_end",
]

START_SECONDS = 60.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.03
PROBE = "贷款"

_held: dict[Path, int] = {}


def connection_params(data_dir: Path | None = None) -> dict[str, Any]:
    """Django's DATABASES entry for this installation. Cheap and without effects: no server is started, no
    folder made.

    ``DATABASE_URL`` is any libpq URL; what Django has no name for goes to ``OPTIONS``. A data folder given by
    hand goes before it.
    """
    url = os.environ.get("DATABASE_URL")
    if url and data_dir is None:
        return _params_of_url(url)
    data = Path(os.path.realpath(data_dir or default_data_dir()))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": str(socket_dir_of(data)),
        "PORT": PORT,
        "NAME": DATABASE,
        "USER": USER,
        "PASSWORD": "",
    }


def _params_of_url(url: str) -> dict[str, Any]:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError as problem:
        raise ServerProblem(
            f"DATABASE_URL 无法识别：{problem}", f"DATABASE_URL is not understood: {problem}"
        ) from None
    params: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql"}
    for django, libpq in _DJANGO_TO_LIBPQ.items():
        params[django] = parts.pop(libpq, "") or ""
    params["NAME"] = params["NAME"] or DATABASE
    if parts:
        params["OPTIONS"] = parts
    return params


_DJANGO_TO_LIBPQ = {"HOST": "host", "PORT": "port", "NAME": "dbname", "USER": "user", "PASSWORD": "password"}


def libpq_params(params: dict[str, Any]) -> dict[str, Any]:
    """The same parameters by libpq's names, for ``psycopg.connect(**…)``."""
    named = {libpq: params[django] for django, libpq in _DJANGO_TO_LIBPQ.items() if params.get(django)}
    return {**params.get("OPTIONS", {}), **named}


def ensure(data_dir: Path | None = None, *, durable: bool = True) -> dict[str, Any]:
    """Make sure that the database answers; returns ``connection_params()``. Idempotent, safe from any number
    of processes at once.

    With an embedded server this process is its user until it ends (or calls ``release``). ``durable=False``
    is for tests only: a new server then does not wait for the disk.

    Raises ServerProblem: no programs; the data folder is another version's; the server does not start (with
    the tail of its log); it cannot index Chinese text (see ``check_trigrams``); it does not answer in time.
    """
    params = connection_params(data_dir)
    if os.environ.get("DATABASE_URL") and data_dir is None:
        _check_answers(params)
        return params
    server = Server.at(data_dir)
    if not server.data_dir.exists():
        server.data_dir.mkdir(parents=True)
    make_private(server.home, owner_of(server.data_dir))
    deadline = time.monotonic() + START_SECONDS
    _register(server, deadline)
    while True:
        _start_keeper_if_none(server, durable, deadline)
        if _answers(params, deadline, still=lambda: is_held(server.keeper_lock)):
            return params
        if time.monotonic() > deadline:
            raise ServerProblem(
                f"数据库在 {START_SECONDS:.0f} 秒内没有应答。日志末尾：\n{server.log_tail()}",
                f"The database did not answer within {START_SECONDS:.0f} seconds (its log's end is above).",
            )


def _register(server: Server, deadline: float) -> None:
    """Become a user. A keeper that is just stopping its server holds the lock alone: wait until it is
    gone."""
    if server.home in _held:
        return
    descriptor = open_lock(server.users_lock)
    while not try_lock(descriptor, fcntl.LOCK_SH):
        if time.monotonic() > deadline:
            os.close(descriptor)
            raise ServerProblem(
                f"旧的数据库进程迟迟没有停止（{server.home}）。",
                f"The previous database server is not coming to its end ({server.home}).",
            )
        time.sleep(POLL_SECONDS)
    _held[server.home] = descriptor


def release(data_dir: Path | None = None) -> None:
    """Stop being a user; the server stops soon after its last one. Every process does this by ending."""
    home = Path(os.path.realpath(data_dir or default_data_dir())) / "postgres"
    descriptor = _held.pop(home, None)
    if descriptor is not None:
        os.close(descriptor)


def _start_keeper_if_none(server: Server, durable: bool, deadline: float) -> None:
    """Start the keeper unless there is one; one starter at a time, and the others wait here until it has
    succeeded or failed."""
    gate = open_lock(server.start_lock)
    try:
        while not try_lock(gate, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                return
            time.sleep(POLL_SECONDS)
        if not is_held(server.keeper_lock):
            _start_keeper(server, durable)
    finally:
        os.close(gate)


def _start_keeper(server: Server, durable: bool) -> None:
    said, tell = os.pipe()
    source = str(Path(__file__).resolve().parents[3])
    path = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")]))
    command = [
        *(sys.executable, "-m", "anju.site.postgres.keeper"),
        *(str(server.bin_dir), str(server.data_dir), str(server.socket_dir)),
        *(str(tell), "durable" if durable else "fast"),
    ]
    with os.fdopen(said, "rb") as answer:
        with server.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 -- ourselves
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                pass_fds=[tell],
                env={**os.environ, "PYTHONPATH": path},
            )
        os.close(tell)
        process.wait()  # it puts itself into the background at once
        said_text = _read_all(answer.fileno())
    outcome = (
        json.loads(said_text)
        if said_text
        else {"zh": "守护进程没有启动。", "en": "The keeper did not start."}
    )
    if not outcome.get("ready"):
        tail = server.log_tail()
        raise ServerProblem(f"{outcome['zh']}\n{tail}".rstrip(), outcome["en"])


def _read_all(descriptor: int) -> bytes:
    """Everything until the other end is closed; gives up after START_SECONDS without a word."""
    chunks = []
    while select.select([descriptor], [], [], START_SECONDS)[0]:
        chunk = os.read(descriptor, 65536)
        if not chunk:
            break
        chunks.append(chunk)
    return b"".join(chunks)


def _answers(params: dict[str, Any], deadline: float, *, still: Any) -> bool:
    """Wait for a good answer while the keeper lives (it may be restarting the server). False: the keeper is
    gone, or too late."""
    import psycopg

    while True:
        try:
            _check_answers(params)
            return True
        except psycopg.OperationalError:
            if not still() or time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)


def _check_answers(params: dict[str, Any]) -> None:
    import psycopg

    with psycopg.connect(**libpq_params(params), autocommit=True, connect_timeout=10) as connection:
        check_trigrams(connection)


class _HasCursor(Protocol):
    def cursor(self) -> Any: ...


def check_trigrams(connection: _HasCursor) -> None:
    """Refuse a database whose LC_CTYPE does not know Chinese letters: trigram search would silently find
    nothing.

    ``connection``: psycopg's or Django's. Creates the extension pg_trgm when it is allowed to. Raises
    ServerProblem.
    """
    import psycopg

    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
            if cursor.fetchone() is None:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except psycopg.Error as problem:
            raise ServerProblem(
                f"数据库缺少扩展 pg_trgm，且无法创建：{problem}",
                f"The database lacks the extension pg_trgm and it cannot be created: {problem}",
            ) from None
        cursor.execute("SELECT show_trgm(%s)", [PROBE])
        if not cursor.fetchone()[0]:
            raise ServerProblem(
                "数据库的 LC_CTYPE 不是 UTF-8，中文检索会查不到任何结果。请用 C.UTF-8 重新建库。",
                "LC_CTYPE is not UTF-8: searching Chinese text would find nothing. Create it with C.UTF-8.",
            )


def is_running(data_dir: Path | None = None) -> bool:
    """Is there a keeper (and so a server, or one being restarted)?"""
    return is_held(Server.at(data_dir).keeper_lock)


def stop(data_dir: Path | None = None) -> bool:
    """Stop the embedded server although it may have users. True when there was one. Raises ServerProblem when
    it does not stop."""
    import signal

    server = Server.at(data_dir)
    if not is_held(server.keeper_lock):
        return False
    os.kill(server.state()["keeper"], signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while is_held(server.keeper_lock):
        if time.monotonic() > deadline:
            raise ServerProblem("数据库没有按时停止。", "The database did not stop in time.")
        time.sleep(POLL_SECONDS)
    return True


def wait_for_keeper_end(data_dir: Path | None = None) -> None:
    """Block until there is no keeper (any more): then ``ensure()`` heals. Costs nothing while waiting."""
    descriptor = open_lock(Server.at(data_dir).keeper_lock)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)
