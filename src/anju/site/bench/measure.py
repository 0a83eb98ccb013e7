"""What a measurement says, and how trustworthy it is. The JSON form is stable: names are only added."""

from __future__ import annotations

import os
import platform
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

LOAD_MAX = 1.5
"""One-minute load before the run above which figures are not trustworthy."""

FORMAT = 1
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. ``unit``: s, rows, rows/s, ratio ... A ``limit`` makes it a goal, ``limit_is`` says of which side."""

    name: str
    value: float
    unit: str
    zh: str
    en: str
    limit: float | None = None
    limit_is: str = "max"

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None when there is none."""
        if self.limit is None:
            return None
        return self.value <= self.limit if self.limit_is == "max" else self.value >= self.limit

    def as_json(self) -> dict[str, Any]:
        value = round(self.value, 4)
        plain = {"name": self.name, "value": value, "unit": self.unit, "zh": self.zh, "en": self.en}
        return plain | {
            "limit": self.limit,
            "limit_is": self.limit_is if self.limit is not None else None,
            "met": self.met,
        }


@dataclass(slots=True)
class Result:
    """One bench. ``load``: one-minute load of the machine before the run. ``judged``: it has the size its goals are for."""

    bench: str
    loans: int
    load: float
    peer_zh: str
    peer_en: str
    judged: bool = True
    figures: list[Figure] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def trusted(self) -> bool:
        return self.load <= LOAD_MAX

    @property
    def met(self) -> bool:
        """No goal is missed."""
        return all(figure.met is not False for figure in self.figures)

    def add(self, *figures: Figure) -> None:
        self.figures += figures if self.judged else [replace(figure, limit=None) for figure in figures]

    def as_json(self) -> dict[str, Any]:
        return {
            "bench": self.bench, "loans": self.loans, "load_before": round(self.load, 2), "trusted": self.trusted,
            "met": self.met, "peer": {"zh": self.peer_zh, "en": self.peer_en}, "seconds": round(self.seconds, 1),
            "figures": [figure.as_json() for figure in self.figures],
        }  # fmt: skip


def load() -> float:
    """One-minute load average now."""
    return os.getloadavg()[0]


def machine(*, database: bool = True) -> dict[str, Any]:
    """What these figures were measured on; with the database when there is one."""
    plain = {"cpus": len(os.sched_getaffinity(0)), "cpu": _cpu(), "python": platform.python_version()}
    if not database:
        return plain
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    return plain | {"postgresql": version.split()[0], "fsync": fsync == "on"}


def _cpu() -> str:
    with open("/proc/cpuinfo") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


class Watch:
    """Seconds of a ``with`` block: ``watch.seconds`` afterwards."""

    seconds: float = 0.0


@contextmanager
def timed() -> Iterator[Watch]:
    """Time a block by the monotonic clock."""
    watch = Watch()
    started = time.perf_counter()
    try:
        yield watch
    finally:
        watch.seconds = time.perf_counter() - started


def settle() -> None:
    """Statistics are known and no checkpoint of what came before falls into what is measured next."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def own_cpu() -> float:
    """CPU seconds of this process and of its children that have ended."""
    return sum(
        one.ru_utime + one.ru_stime
        for one in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def server_cpu(data: Path | None = None) -> float:
    """CPU seconds of the embedded PostgreSQL so far, ended backends included; one that was killed takes its count along."""
    from anju.site.postgres.places import Server, server_processes

    ticks = 0
    for pid in server_processes(Server.at(data).cluster):
        try:
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, words[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")
