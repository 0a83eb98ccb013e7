"""Runs one measurement here, or several one after another in processes of their own."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from anju.site import scratch
from anju.site.bench.measure import FORMAT, Result, Say, machine, timed

MODULES = {
    "import": "importing",
    "dayend": "dayend",
    "notices": "notices",
    "notices-load": "notices_load",
    "notices-steady": "notices_steady",
    "journal": "journal",
    "engine": "engine",
    "plans": "plans",
    "lives": "lives",
}


class Bench(Protocol):
    """A module of this package."""

    LOANS: int
    run: Callable[..., Result]


def one(name: str, loans: int | None, say: Say, scale: float | None = None) -> dict[str, Any]:
    """The result of one bench as JSON, measured in this process; on a scratch installation unless it needs no database.

    ``scale`` is for benches that take one.
    """
    if name in ("engine", "plans", "lives"):
        return _told(name, loans, say, scale, database=False)
    say(f"{name}：准备数据库 / making a database")
    with scratch.installation():
        return _told(name, loans, say, scale if name == "notices-load" else None, database=True)


def _told(name: str, loans: int | None, say: Say, scale: float | None, *, database: bool) -> dict[str, Any]:
    bench = cast(Bench, importlib.import_module(f"anju.site.bench.{MODULES[name]}"))
    more = {} if scale is None else {"scale": scale}
    with timed() as watch:
        result = bench.run(bench.LOANS if loans is None else loans, say, **more)
    result.seconds = watch.seconds
    return {"format": FORMAT, "machine": machine(database=database), "results": [result.as_json()]}


def several(names: Sequence[str], loans: int | None) -> dict[str, Any]:
    """Each bench in a process of its own, its progress on our stderr. Raises SystemExit with the code of one that broke."""
    told: dict[str, Any] = {"format": FORMAT, "machine": {}, "results": []}
    for name in names:
        command = [sys.executable, "-m", "anju.site.cli", "bench", name, "--json"]
        if loans is not None:
            command += ["--loans", str(loans)]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE)  # noqa: S603 -- ourselves
        answer = json.loads(done.stdout or b"{}")
        if "results" not in answer:
            sys.stderr.buffer.write(done.stdout)
            raise SystemExit(done.returncode or 1)
        told["machine"] = told["machine"] | answer["machine"]
        told["results"] += answer["results"]
    return told
