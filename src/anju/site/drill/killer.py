"""Who is killed, and when: drawn from a seed. ``kill -9``, nothing gentler."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psycopg

from anju.site.drill.installation import Installation, Process

SHARES = {"dayend": 5, "worker": 4, "postmaster": 3, "keeper": 2, "web": 1}
MOST = {"dayend": 5, "worker": 3, "postmaster": 3, "keeper": 2, "web": 2}
"""So often each in one phase: the supervisor waits longer after every death."""

PAUSE_SECONDS = (0.1, 1.8)
AIM_SECONDS = 15.0
AIMED = 0.75
"""Share of the deaths of worker and database that wait for a dispatch."""

BUSY = """
SELECT EXISTS (SELECT 1 FROM notices_attempt WHERE state = 'in_flight'),
       EXISTS (SELECT 1 FROM notices_attempt WHERE state = 'queued' AND (not_before_at IS NULL OR not_before_at <= %(now)s))
       OR EXISTS (SELECT 1 FROM notices_obligation WHERE state IN ('owed', 'in_progress') AND next_step_at <= %(now)s)
"""
"""Is something in flight; will something be soon."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One death. ``aimed``: it was waited for until messages were in flight."""

    phase: str
    victim: str
    aimed: bool
    seconds: float


class Killer:
    """Strikes at random moments, for ``seconds`` of each phase; ``kills`` says what it did."""

    def __init__(self, place: Installation, seed: int, seconds: float) -> None:
        self.seconds = seconds
        self.place = place
        self.draw = random.Random(f"drill:{seed}")  # noqa: S311 -- a drill is repeated by its seed
        self.kills: list[Kill] = []
        self.began = time.monotonic()
        self.phase = ""
        self.next_at = self.ends_at = 0.0
        self.done: Counter[str] = Counter()

    def begin(self, phase: str) -> None:
        """A new phase: everybody may be struck again."""
        self.phase = phase
        self.done.clear()
        self.ends_at = time.monotonic() + self.seconds
        self._wait()

    def _wait(self) -> None:
        self.next_at = time.monotonic() + self.draw.uniform(*PAUSE_SECONDS)

    def strike(self, dayend: Process | None) -> None:
        """Kill somebody if the time has come."""
        if not self.next_at <= time.monotonic() < self.ends_at:
            return
        victims = self._victims(dayend)
        if victims:
            names = sorted(victims)
            victim = self.draw.choices(names, [SHARES[name] for name in names])[0]
            aimed = victim in ("worker", "postmaster") and self.draw.random() < AIMED and self._is_sending()
            try:
                os.kill(victims[victim], signal.SIGKILL)
            except ProcessLookupError:
                pass
            else:
                self.done[victim] += 1
                self.kills.append(Kill(self.phase, victim, aimed, round(time.monotonic() - self.began, 2)))
        self._wait()

    def _victims(self, dayend: Process | None) -> dict[str, int]:
        found: dict[str, int] = {}
        if dayend is not None and dayend.poll() is None:
            found["dayend"] = dayend.pid
        if self.place.site is not None:
            for pid, line in self.place.processes().items():
                for name in ("worker", "web"):
                    if f"anju.site.cli {name}" in line and _parent(pid) == self.place.site.pid:
                        found[name] = pid
        state = self.place.server.state()
        mine = self.place.processes()
        if state.get("state") == "ready":
            for name in ("keeper", "postmaster"):
                if state.get(name) in mine:
                    found[name] = state[name]
        return {name: pid for name, pid in found.items() if self.done[name] < MOST[name]}

    def _is_sending(self) -> bool:
        """Wait until messages are in flight, as long as some are to come. In flight they are for some milliseconds only:
        nothing is paused here."""
        deadline = time.monotonic() + AIM_SECONDS
        try:
            with self.place.connect() as connection:
                while time.monotonic() < deadline:
                    in_flight, to_come = connection.execute(BUSY, {"now": self.place.now()}).fetchone() or (
                        0,
                        0,
                    )
                    if in_flight or not to_come:
                        return bool(in_flight)
        except psycopg.Error:
            return False
        return False


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
