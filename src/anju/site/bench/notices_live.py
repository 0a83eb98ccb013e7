"""Real worker processes, real seconds: how soon something urgent goes out, and a breach is seen, while a mass wave runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from anju.platform.notices import operations
from anju.site.bench import notices_parts as parts
from anju.site.bench.measure import Say

A_SECOND = 50
LOOK_SECONDS = 0.1
READY_SECONDS = 90.0
CLOCKS = 10
LATE_SECONDS_MAX = 120.0
STOP_SECONDS = 30.0


@dataclass(slots=True)
class Live:
    """Seconds from event to first attempt as an observer sees them (he looks every 0.1 s), from a deadline to its breach, and
    how the wave went meanwhile."""

    first: list[float] = field(default_factory=list)
    breach: list[float] = field(default_factory=list)
    events: int = 0
    unseen: int = 0
    wave_sent: int = 0
    wave_seconds: float = 0.0
    wave_outlasted: bool = False


@contextmanager
def workers(count: int, say: Say) -> Iterator[None]:
    """So many ``anju worker`` processes on this installation, ready; ended afterwards."""
    environment = os.environ | {
        "ANJU_SIM_FAULTS": json.dumps({"delay_seconds_min": 1, "delay_seconds_max": 5})
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "anju.site.cli", "worker"], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        for _ in range(count)
    ]  # fmt: skip
    try:
        _wait_until_ready(say)
        yield
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_until_ready(say: Say) -> None:
    say("等待后台就绪 / waiting for the workers")
    deadline = time.monotonic() + READY_SECONDS
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM work_heartbeat WHERE job IN ('notices.plan', 'notices.send', 'clocks.sweep')"
                " AND finished_at IS NOT NULL"
            )
            if cursor.fetchone()[0] == 3:
                return
        if time.monotonic() > deadline:
            raise AssertionError("the workers did not begin to work")
        time.sleep(0.1)  # an observer from outside: it must not wake what it measures


def run(*, wave: int, seconds: float, first_person: int, branch_id: int, say: Say) -> Live:
    """A wave of ``wave`` reminders, and 50 events a second for at most ``seconds`` while it lasts."""
    live, now = Live(), timezone.now()
    most = int(seconds * A_SECOND)
    parts.people(first_person, wave + most, now)
    with workers(2, say):
        say(f"{wave:,} 条提醒与每秒 {A_SECOND} 件事 / {wave:,} reminders and {A_SECOND} events a second")
        _owe_wave(wave, first_person, branch_id)
        due = _start_clocks(branch_id, seconds)  # from now on somebody looks
        _Watch(live, due, first_person, wave).events(seconds, branch_id)
    return live


def _owe_wave(wave: int, first: int, branch_id: int) -> None:
    parts.owe(parts.owed("reminder_5", first, wave, branch_id, timezone.now()))


def _start_clocks(branch_id: int, seconds: float) -> dict[str, float]:
    """Clocks that run out while the wave runs: name -> instant."""
    from anju.platform.clocks import operations as clocks

    now = timezone.now()
    found, rows = {}, []
    for number in range(CLOCKS):
        due = now + timedelta(seconds=2 + seconds * number / CLOCKS)
        name = f"bench_live_{number}"
        rows.append(
            clocks.NewClock(name, ("bench", number + 1), branch_id, {"kind": "wall", "amount": 1}, due)
        )
        found[name] = due.timestamp()
    clocks.start_many(rows, at=now)
    return found


class _Watch:
    """Makes events, and looks at the rows as somebody outside would."""

    def __init__(self, live: Live, due: dict[str, float], first_person: int, wave: int) -> None:
        self.live = live
        self.due = dict(due)
        self.first_person = first_person
        self.wave = wave
        self.pending: dict[str, float] = {}

    def events(self, seconds: float, branch_id: int) -> None:
        """Until the wave has had its first attempts, at most ``seconds``; then until every event was seen."""
        began = time.monotonic()
        looked, checked = 0.0, began
        while (passed := time.monotonic() - began) < seconds:
            if self.live.events < passed * A_SECOND:
                self._event(branch_id)
            elif time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                self._look()
                if looked - checked > 1.0:
                    checked = looked
                    if self._wave_left() == 0:
                        break
            else:
                time.sleep(0.005)  # the pace of the events
        self.live.wave_seconds = time.monotonic() - began
        left = self._wave_left()
        self.live.wave_sent, self.live.wave_outlasted = self.wave - left, left > 0
        deadline = time.monotonic() + LATE_SECONDS_MAX
        while (self.pending or self._clocks_due()) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            self._look()
        self.live.unseen = len(self.pending) + len(self._clocks_due())

    def _event(self, branch_id: int) -> None:
        person = self.first_person + self.wave + self.live.events
        (row,) = parts.owed("promise_confirmed", person, 1, branch_id, timezone.now())
        happened = time.time()
        operations.owe_many([row])
        self.pending[row.key] = happened
        self.live.events += 1

    def _look(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT o.key FROM notices_obligation o WHERE o.key = ANY(%s) AND EXISTS"
                " (SELECT 1 FROM notices_attempt a WHERE a.obligation_id = o.id AND a.submitted_at IS NOT NULL)",
                [list(self.pending)],
            )
            now = time.time()
            for (key,) in cursor.fetchall():
                self.live.first.append(now - self.pending.pop(key))
            cursor.execute(
                "SELECT name FROM clocks_clock WHERE name = ANY(%s) AND state = 'breached'", [list(self.due)]
            )
            now = time.time()
            for (name,) in cursor.fetchall():
                self.live.breach.append(now - self.due.pop(name))

    def _clocks_due(self) -> list[str]:
        now = time.time()
        return [name for name, due in self.due.items() if due <= now]

    def _wave_left(self) -> int:
        """Reminders without a first attempt. Cheap: the observer must not be the load."""
        return parts.count(
            "SELECT count(*) FROM notices_obligation WHERE notice_type = 'reminder_5' AND state = 'owed'"
        ) + parts.count(
            "SELECT count(*) FROM notices_attempt a JOIN notices_obligation o ON o.id = a.obligation_id"
            " WHERE a.state = 'queued' AND o.notice_type = 'reminder_5' AND a.step_no = 1"
        )


def share(values: Sequence[float], part: float) -> float:
    """The value below which this part of them lies; infinite when there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("inf")
