"""``anju run``, ``anju web``, ``anju worker``."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from anju.site.cli.base import NotRunning, Refused, emit, start_django, wants_json

host_option = click.option(
    "--host", default="127.0.0.1", show_default=True, help="监听地址。Address to listen on."
)
port_option = click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="端口。Port to listen on.",
)


@click.command()
@host_option
@port_option
def run_command(host: str, port: int) -> None:
    """启动数据库、网页与后台进程，直到 Ctrl-C。

    Start the database, the web process and the worker, and keep them running until Ctrl-C. One that dies is
    started again.

    The embedded database is brought to this version's shape first; one named by DATABASE_URL is never changed
    unasked. Exit code 3 when the port is taken; 1 when that database needs `anju migrate`.
    """
    from anju.site import postgres, processes

    require_free_port(host, port)
    params = postgres.ensure()
    if os.environ.get("DATABASE_URL"):
        require_migrated(params)
    else:
        migrate_embedded()

    def announce() -> None:
        address = f"http://{host}:{port}/"
        emit(
            {"ready": True, "address": address},
            f"\n  安居已就绪 / Anju is ready: {address}   (Ctrl-C 结束 / to stop)\n",
        )

    write = processes.write_json if wants_json() else processes.write_text
    processes.run_site(host=host, port=port, announce=announce, write=write)


def require_free_port(host: str, port: int) -> None:
    """Raises NotRunning (exit code 3) when something listens there already."""
    from anju.site import processes

    if not processes.is_port_free(host, port):
        raise NotRunning(
            f"地址 {host}:{port} 已被占用，请换 --port。",
            f"{host}:{port} is taken: choose another --port.",
            port=port,
        )


def migrate_embedded() -> None:
    """`anju migrate` in a process of its own, so that the supervisor stays small. Raises SystemExit with its code."""
    command = [sys.executable, "-m", "anju.site.cli", "migrate", "--json"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE)  # noqa: S603 -- ourselves
    if done.returncode != 0:
        sys.stdout.buffer.write(done.stdout)
        raise SystemExit(done.returncode)


def require_migrated(params: dict[str, object]) -> None:
    """Raises Refused (exit code 1) on a database that never saw ``anju migrate``."""
    import psycopg

    from anju.site.postgres import libpq_params

    with psycopg.connect(**libpq_params(params)) as connection:
        row = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
    if not row or not row[0]:
        raise Refused(
            "数据库还是空的，请先运行 anju migrate。", "The database is empty: run anju migrate first."
        )


@click.command()
@host_option
@port_option
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="进程数。Processes."
)
@click.option(
    "--threads", default=4, show_default=True, type=click.IntRange(1, 64), help="每进程线程数。Threads each."
)
def web(host: str, port: int, workers: int, threads: int) -> None:
    """只启动网页进程。

    Start the web process only (granian, WSGI).
    """
    from anju.site import postgres, webserver

    postgres.ensure()
    webserver.serve(host=host, port=port, workers=workers, threads=threads)


@click.command()
def worker() -> None:
    """只启动后台进程。

    Start the background worker only.
    """
    from anju.site import postgres

    postgres.ensure()
    start_django()
    from anju.site.worker import main

    main()
