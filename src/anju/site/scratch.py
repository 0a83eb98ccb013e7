"""A data folder for measurements and drills: made new, gone afterwards. The user's own data are never touched."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anju.adapters import outward_names
from anju.site import postgres
from anju.site.postgres.places import home_of, is_held, socket_dir_of

OURS = (
    "DATABASE_URL",
    "ANJU_PRODUCTION",
    "ANJU_DEMO",
    "ANJU_CLOCK_OFFSET_SECONDS",
)
"""What must not lead a scratch installation to anything real; `adapters.outward_names` tells the providers."""


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder on the disk of the temporary files (``TMPDIR``); removed at the end. What a former life that was
    killed left there is removed first."""
    home = Path(tempfile.gettempdir()) / f"anju-scratch-{os.geteuid()}"
    home.mkdir(mode=0o700, exist_ok=True)
    for old in home.iterdir():
        _forget_if_dead(old)
    made = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=home))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _forget_if_dead(old: Path) -> None:
    owner = old.name.partition("-")[0]
    if owner.isdigit() and Path(f"/proc/{owner}").exists():
        return
    homes = [old, *(child for child in old.iterdir() if child.is_dir())]
    if any(is_held(home_of(data) / "keeper.lock") for data in homes):
        return
    for data in homes:
        shutil.rmtree(socket_dir_of(data), ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def installation() -> Iterator[Path]:
    """This process becomes an installation of its own: new data folder, embedded server with durable settings, this
    version's tables, Django set up. Must come before anything that reads the settings.

    Raises postgres.ServerProblem, and RuntimeError when Django was set up for another folder already.
    """
    from django.apps import apps

    if apps.ready:
        raise RuntimeError("a scratch installation needs a process of its own: Django is set up already")
    with folder() as data:
        for name in (*OURS, *outward_names()):
            os.environ.pop(name, None)
        os.environ["ANJU_DATA"] = str(data)
        postgres.ensure(data, durable=True)
        try:
            from anju.site.cli.base import start_django

            start_django()
            from anju.site import prepare

            prepare.schema()
            yield data
        finally:
            _close_connections()
            postgres.release(data)
            postgres.stop(data)


def _close_connections() -> None:
    from django.apps import apps

    if apps.ready:
        from django.db import connections

        connections.close_all()
