"""``anju db``: look at the embedded server, hold it open, stop it, talk to it."""

from __future__ import annotations

import os
import shutil
import signal
from typing import Any

import click

from anju.site import postgres
from anju.site.cli.base import NotRunning, Refused, emit


@click.group()
def db() -> None:
    """内置数据库。

    The embedded database. It starts with its first user and ends with its last; nobody has to start or stop
    it.
    """


@db.command()
def start() -> None:
    """启动数据库并保持运行，直到 Ctrl-C。

    Start the database and hold it open until Ctrl-C or SIGTERM (for a service manager, or to look around).
    """
    params = postgres.ensure()
    emit({"running": True, **_where(params)}, _as_text(params) + "\nCtrl-C 结束 / to end")
    if not _is_embedded():
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    signal.sigwait(_ENDING)


_ENDING = {signal.SIGINT, signal.SIGTERM}


@db.command()
@click.option("--force", is_flag=True, help="即使仍有进程在使用。Even though processes are using it.")
def stop(force: bool) -> None:
    """停止内置数据库。

    Stop the embedded database. Refused (exit code 1) while processes use it, unless --force.
    """
    _require_embedded()
    users = postgres.lock_holders(postgres.Server.at().users_lock) if postgres.is_running() else []
    if users and not force:
        pids = ", ".join(map(str, users))
        raise Refused(
            f"仍有进程在使用数据库：{pids}。可加 --force。",
            f"Processes use the database: {pids}. Use --force.",
            users=users,
        )
    was = postgres.stop()
    emit({"stopped": was}, "数据库已停止 / stopped" if was else "数据库没有运行 / was not running")


@db.command()
def status() -> None:
    """数据库是否运行、在哪里、谁在使用。

    Does it run, where, and who uses it? Exit code 3 when it does not run.
    """
    if not _is_embedded():
        params = postgres.ensure()
        emit({"running": True, "embedded": False, **_where(params)}, _as_text(params))
        return
    server = postgres.Server.at()
    if not postgres.is_running():
        raise NotRunning(
            f"数据库没有运行（{server.home}）。",
            f"The database does not run ({server.home}).",
            home=str(server.home),
        )
    state = server.state()
    users = postgres.lock_holders(server.users_lock)
    lines = [
        f"PostgreSQL {state['version']} · {state['state']} · {server.home}",
        f"socket   {state['socket_dir']}",
        f"进程     keeper {state['keeper']}, postmaster {state['postmaster']}, restarts {state['restarts']}",
        f"使用者   {', '.join(map(str, users)) or '-'}",
    ]
    emit({"running": True, "embedded": True, "users": users, **state}, "\n".join(lines))


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """用 psql 打开数据库；其余参数原样交给 psql。

    Open the database with psql; further arguments go to psql as they are.
    """
    import subprocess

    named = postgres.libpq_params(postgres.ensure())
    program = str(postgres.find_bin_dir() / "psql")
    if not os.access(program, os.X_OK):
        program = shutil.which("psql") or program
    variables = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER"}
    environment = {variables[name]: str(named[name]) for name in variables if name in named}
    if "password" in named:
        environment["PGPASSWORD"] = named["password"]
    # a child, not an exec: this process is the server's user as long as psql is open
    done = subprocess.run([program, *arguments], check=False, env={**os.environ, **environment})  # noqa: S603
    raise SystemExit(done.returncode)


def _is_embedded() -> bool:
    return not os.environ.get("DATABASE_URL")


def _require_embedded() -> None:
    if not _is_embedded():
        raise Refused(
            "DATABASE_URL 指定的数据库不由安居启停。",
            "A database named by DATABASE_URL is not started or stopped by Anju.",
        )


def _where(params: dict[str, Any]) -> dict[str, Any]:
    return {name.lower(): params[name] for name in ("HOST", "PORT", "NAME", "USER")}


def _as_text(params: dict[str, Any]) -> str:
    return f"数据库 / database: {params['NAME']} @ {params['HOST']}"
