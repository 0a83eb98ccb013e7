"""What is lived through, disturbed or not: a book, then evenings with a day end and mornings with text messages."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import psycopg

from anju.core.working_time import BANK_ZONE
from anju.site.drill.installation import Installation, Process
from anju.site.drill.killer import Killer

AS_OF = date(2026, 11, 12)
BEFORE = 3
"""Days closed before the drill; what they owe goes out in its first evening."""

FIRST_ON = AS_OF + timedelta(days=BEFORE + 1)
DAYS_MAX = 10
CALM_MINUTES = 5
"""A claim runs out after two."""

TRIES_MAX = 60
PHASE_SECONDS_MAX = 180.0

Say = Callable[[str], None]


class Stuck(Exception):
    """Something that nobody disturbs did not come to its end."""

    def __init__(self, phase: str, what: str) -> None:
        self.zh = f"{phase}:{PHASE_SECONDS_MAX:.0f} 秒内没有完成（{what}）"
        self.en = f"{phase}: not finished within {PHASE_SECONDS_MAX:.0f} s ({what})"
        super().__init__(self.en)


@dataclass(frozen=True, slots=True)
class Phase:
    """One stay at the desk. ``on``: the day to close in it. ``calm``: nobody is killed, doubtful sends are waited for."""

    name: str
    now: datetime
    on: date | None = None
    calm: bool = False


@dataclass(slots=True)
class Lived:
    """What happened besides the kills. ``starts_refused``: ``anju run`` gave up because the database was killed while it
    was still starting; a service manager would try again, and so does the drill."""

    day_end_runs: int = 0
    refused_busy: int = 0
    starts_refused: int = 0
    supervisor_deaths: int = 0
    bad_ends: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)


def _at(on: date, hour: int, minute: int) -> datetime:
    return datetime.combine(on, time_of_day(hour, minute), BANK_ZONE)


def phases(days: int) -> list[Phase]:
    """An evening and a morning a day. After each, five minutes later, what was left in flight is settled in peace."""
    found = []
    for number in range(days):
        on = FIRST_ON + timedelta(days=number)
        for now, closes in ((_at(on, 20, 30), on), (_at(on + timedelta(days=1), 9, 30), None)):
            later = now + timedelta(minutes=CALM_MINUTES)
            found += [Phase(f"{now:%F %H:%M}", now, closes), Phase(f"{later:%F %H:%M}", later, calm=True)]
    return found


def prepare(place: Installation, files: Path, *, loans: int, seed: int, say: Say) -> None:
    """Make the book both runs begin with: tape, payments of all days to come, a few days closed."""
    place.set_clock(_at(FIRST_ON + timedelta(days=DAYS_MAX), 9, 0))
    say(f"生成 {loans} 笔 / making {loans} loans")
    place.command(
        "sample",
        "tape",
        "--loans",
        str(loans),
        "--seed",
        str(seed),
        "--as-of",
        str(AS_OF),
        "--out",
        str(files),
    )
    say("导入 / importing")
    place.set_clock(_at(AS_OF, 21, 0))
    place.command("import", "loans", str(files / "loans.csv"))
    place.set_clock(_at(FIRST_ON + timedelta(days=DAYS_MAX), 9, 0))
    place.command("import", "payments", str(files / "payments.csv"))
    place.set_clock(_at(FIRST_ON - timedelta(days=1), 20, 30))
    place.command("dayend", "--date", str(FIRST_ON - timedelta(days=1)))
    left = place.left_over()
    if left:
        raise Stuck("prepare", f"{left}")


def live(place: Installation, steps: list[Phase], killer: Killer | None, say: Say) -> Lived:
    """Live through all phases. Raises Stuck when the site or the day end never succeeds."""
    lived = Lived()
    for phase in steps:
        say(phase.name)
        place.set_clock(phase.now)
        place.open(web=killer is not None and not phase.calm)
        try:
            _Stay(place, phase, None if phase.calm else killer, lived).run()
        finally:
            code = place.close()
        if code not in (0, -signal.SIGTERM, None) and killer is not None:
            lived.bad_ends.append(f"{phase.name}: exit code {code}")
        left = place.left_over()
        if left:
            lived.bad_ends += [f"{phase.name}: {pid} {line}" for pid, line in left.items()]
    return lived


_UNSETTLED = """
SELECT (SELECT count(*) FROM notices_obligation WHERE state IN ('owed', 'in_progress') AND next_step_at <= %(now)s),
       (SELECT count(*) FROM notices_attempt WHERE state = 'queued' AND (not_before_at IS NULL OR not_before_at <= %(now)s)),
       (SELECT count(*) FROM notices_attempt WHERE %(calm)s AND state IN ('in_flight', 'in_doubt'))
"""

_WHAT = """
SELECT a.channel, a.state, o.state, count(*) FROM notices_attempt a JOIN notices_obligation o ON o.id = a.obligation_id
 WHERE a.state IN ('queued', 'in_flight', 'in_doubt') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


class _Stay:
    """One phase until its day is closed and nothing is left to send."""

    def __init__(self, place: Installation, phase: Phase, killer: Killer | None, lived: Lived) -> None:
        self.place = place
        self.phase = phase
        self.killer = killer
        self.lived = lived
        self.dayend: Process | None = None
        self.closed = phase.on is None
        self.unsettled: object = "?"

    def run(self) -> None:
        deadline = time.monotonic() + PHASE_SECONDS_MAX
        if self.killer is not None:
            self.killer.begin(self.phase.name)
        looked_at = 0.0
        while True:
            self._supervise()
            self._close_day()
            if self.killer is not None:
                self.killer.strike(self.dayend)
            if self.closed and time.monotonic() - looked_at > 0.5:
                looked_at = time.monotonic()
                if self._is_settled():
                    return
            if time.monotonic() > deadline:
                self._end_dayend()
                self.lived.unsettled.append(
                    f"{self.phase.name}: closed={self.closed} {self.unsettled} {self._what()}"
                )
                return
            time.sleep(0.02)

    def _what(self) -> object:
        try:
            return self.place.rows(_WHAT)
        except psycopg.Error as problem:
            return problem

    def _supervise(self) -> None:
        """Once it runs, ``anju run`` has to stand all of it; when it does not, that is written down."""
        site = self.place.site
        if site is not None and site.poll() is not None:
            if self.place.was_ready:
                self.lived.supervisor_deaths += 1
            else:
                self.lived.starts_refused += 1
            if self.lived.supervisor_deaths + self.lived.starts_refused > TRIES_MAX:
                raise Stuck(self.phase.name, "the site does not stay up")
            self.place.open(web=self.killer is not None)

    def _close_day(self) -> None:
        """Run the day end, again and again, until it says that the day is closed."""
        if self.closed:
            return
        if self.dayend is None:
            self.dayend = self.place.start("dayend", "--date", str(self.phase.on), "--json")
            self.lived.day_end_runs += 1
        code = self.dayend.poll()
        if code is None:
            return
        self.dayend = None
        self.closed = code == 0
        self.lived.refused_busy += code == 1
        if self.lived.day_end_runs > TRIES_MAX:
            raise Stuck(self.phase.name, f"day end, exit code {code}")

    def _end_dayend(self) -> None:
        if self.dayend is not None:
            self.dayend.kill()
            self.dayend.wait()

    def _is_settled(self) -> bool:
        try:
            (self.unsettled,) = self.place.rows(_UNSETTLED, now=self.place.now(), calm=self.phase.calm)
        except psycopg.Error as problem:
            self.unsettled = problem
            return False
        said = self.place.ledger("SELECT count(*) FROM receipt")
        return self.unsettled == (0, 0, 0) and (not said or said[0][0] == 0)
