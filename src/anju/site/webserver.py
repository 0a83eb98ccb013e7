"""The web process: granian serving the WSGI application from a few worker processes.

granian (2.8) does not notice the death of its main process: after kill -9 its workers lived on and kept the
port (tried). So every worker asks the kernel to be killed together with it. A request that is cut off this
way is a transaction that did not commit.
"""

from __future__ import annotations

import os
import signal
from typing import Any

WORKERS = 2
THREADS = 4  # per worker; each may hold one database connection
BACKPRESSURE = 64  # requests waiting per worker; more are left to the kernel's queue
STOP_SECONDS = 10

_MAIN_PID = "ANJU_WEB_MAIN_PID"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"generic": {"format": "%(message)s"}, "access": {"format": "%(message)s"}},
}


def make_application() -> Any:
    """The WSGI application, made inside a worker process.

    ``ANJU_PROXIES``: addresses or networks (comma between) of the proxies whose X-Forwarded-Proto and -For are believed;
    none unless given.
    """
    from anju.site import heap, launch, postgres

    for number in (signal.SIGTERM, signal.SIGINT):
        # forked with the main process's handlers, a worker that is still loading would miss its end (tried: 10 s)
        signal.signal(number, signal.SIG_DFL)
    launch.die_with_parent(int(os.environ[_MAIN_PID]), int(signal.SIGKILL))
    postgres.ensure()
    (postgres.default_data_dir() / "static").mkdir(
        parents=True, exist_ok=True
    )  # whitenoise warns when missing
    from anju.site.wsgi import application

    heap.settle()
    proxies = os.environ.get("ANJU_PROXIES", "")
    if not proxies:
        return application
    from granian.utils.proxies import wrap_wsgi_with_proxy_headers

    return wrap_wsgi_with_proxy_headers(application, trusted_hosts=proxies)


def serve(*, host: str, port: int, workers: int = WORKERS, threads: int = THREADS) -> None:
    """Serve until SIGTERM or SIGINT."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    os.environ[_MAIN_PID] = str(os.getpid())
    Server(
        "anju.site.webserver:make_application",
        factory=True,
        interface=Interfaces.WSGI,
        websockets=False,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=threads,
        backpressure=BACKPRESSURE,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=LOGGING,
    ).serve()
