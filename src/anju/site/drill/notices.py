"""``anju drill notices``: a whole wave over simulated providers that misbehave, and the verdict 通知演练.

Time: while anybody has work to do, the clock of the drill runs as fast as the real one; idle time is skipped. So what is
said about speed is measured, and a journey of two days takes minutes.
"""

from __future__ import annotations

import multiprocessing
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

from anju.core.working_time import BANK_ZONE
from anju.site.bench.measure import load, machine, own_cpu, server_cpu
from anju.site.drill import notices_hands as hands
from anju.site.drill.notices_board import NEVER, Board
from anju.site.drill.notices_harm import Harm, close_connections
from anju.site.drill.notices_profile import Profile

Say = Callable[[str], None]

BEGINS = datetime.combine(date(2026, 11, 16), time_of_day(9, 0), BANK_ZONE)
"""A Monday morning."""

HORIZON = timedelta(hours=100)
"""Longer than any journey and than the time after which a doubtful send is given up."""

CHUNK = 10_000
JUMP_SECONDS = 2.0
SPARSE_JUMP_SECONDS = 15.0
"""The least that is skipped at once; more where less than a hundredth of the wave moved after the last skip."""

POLL_JUMP_SECONDS = 900.0
TAIL_JUMP_SECONDS = 3600.0
STUCK_JUMP_SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """One drill. ``kill``: processes and PostgreSQL are killed at random moments; ``traps``: workers also die at these
    places (see ``notices_board.TRAPS``), each so many times. ``batch``: messages of one claim. ``seconds_max``: of real
    time, then it is given up.
    """

    profile: Profile
    count: int
    seed: int = 1
    workers: int = 2
    kill: bool = False
    traps: tuple[str, ...] = ()
    server_kills: int = 0
    clock_step: bool = False
    batch: int = hands.SEND_BATCH
    seconds_max: float = 7200.0


@dataclass(slots=True)
class Lived:
    """What happened, besides the rows. ``work_seconds``: real time in which somebody had something to do."""

    began: datetime
    run: str
    kills: Counter[str] = field(default_factory=Counter)
    clock_steps: int = 0
    jumps: int = 0
    owe_seconds: float = 0.0
    work_seconds: float = 0.0
    ended_at: datetime | None = None
    unfinished: str = ""
    cpu_ours: float = 0.0
    cpu_server: float = 0.0


def run(plan: Plan, *, data: Path, say: Say, number: int = 1) -> dict[str, Any]:
    """Run one drill on this process's scratch installation (``scratch.installation``); its outcome as JSON.

    ``number``: several drills may follow one another on one installation, each with a number of its own.
    """
    from anju.site.drill import notices_verdicts

    began, before = time.monotonic(), load()
    wave = Wave(plan, data, say, number)
    lived = wave.live()
    say("核对 / judging")
    read = notices_verdicts.read(plan, lived, wave.seat.ledger)
    told = notices_verdicts.judge(plan, lived, read)
    from anju import __version__

    return {
        "drill": "notices", "version": __version__, "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "profile": plan.profile.as_json(), "count": plan.count, "seed": plan.seed, "workers": plan.workers,
        "kill": plan.kill, "clock_step": plan.clock_step, "machine": machine(), "load_before": round(before, 2),
        "seconds": round(time.monotonic() - began, 1), **told,
    }  # fmt: skip


class Wave:
    """The conductor: owes the wave, keeps the processes going (and kills them), and skips idle time."""

    def __init__(self, plan: Plan, data: Path, say: Say, number: int) -> None:
        self.plan = plan
        self.data = data
        self.say = say
        self.number = number
        self.seat = hands.Seat(plan.profile, BEGINS, plan.seed, data / f"drill-{number}.sqlite3", plan.batch)
        self.board = Board(plan.workers + 1)
        self.lived = Lived(BEGINS, f"drill:{number}")
        self.processes: list[Any] = [None] * (plan.workers + 1)
        self.harm = Harm(plan, self.board, self.lived.kills, data)

    def live(self) -> Lived:
        """Everything until nothing is left to do, or the horizon or ``seconds_max`` is reached."""
        hands.ports(self.seat)  # the ledger is there before anybody looks into it
        self._number_ledger()
        self._prepare()
        self.board.set_now(BEGINS)
        started = time.monotonic()
        self._owe()
        self.lived.owe_seconds = time.monotonic() - started
        server = server_cpu(self.data)
        ours = own_cpu()
        started = time.monotonic()
        try:
            self._conduct(started)
        finally:
            self.lived.cpu_server = server_cpu(self.data) - server
            self._end()
            self.lived.cpu_ours = own_cpu() - ours
        self.lived.ended_at = self.board.now()
        self.lived.clock_steps = self.harm.steps_done
        return self.lived

    def _number_ledger(self) -> None:
        """References of one drill never come again in the next one on the same installation."""
        with sqlite3.connect(self.seat.ledger, timeout=30) as book:
            book.execute(
                "INSERT INTO message (id, provider, key) VALUES (?, 'drill', 'drill')", [self.number * 10**9]
            )
        book.close()

    # ---- what is owed

    def _prepare(self) -> None:
        from anju.platform.contacts import operations as contacts
        from anju.platform.identity.operations import branch_ensure
        from anju.platform.policies import operations as policies

        self.say(f"准备 {self.plan.count:,} 人 / making {self.plan.count:,} people")
        policies.load_shipped(at=BEGINS - timedelta(hours=1), by="system:drill")
        self.branch = branch_ensure(code="DRILL", name="演练支行")
        people = self.plan.profile.people
        for start in range(0, self.plan.count, CHUNK):
            rows = []
            for person in map(self._person, range(start, min(start + CHUNK, self.plan.count))):
                if hands.roll(self.plan.seed, "no phone", person) >= people.no_phone:
                    rows.append((person, "phone", f"13{person % 10_000_000:07d}99"))
                if hands.roll(self.plan.seed, "no email", person) >= people.no_email:
                    rows.append((person, "email", f"p{person}x@example.com"))
            contacts.set_addresses_many(rows, at=BEGINS - timedelta(hours=1))
        _analyze()

    def _person(self, number: int) -> int:
        return self.number * 1_000_000 + number + 1

    def _owe(self) -> None:
        from anju.platform.notices import operations
        from anju.platform.notices.rows import Owed

        self.say("登记义务 / owing")
        at = self.board.now()
        for start in range(0, self.plan.count, CHUNK):
            rows = []
            for number in range(start, min(start + CHUNK, self.plan.count)):
                person = self._person(number)
                kind = self._kind(person)
                rows.append(
                    Owed(
                        kind, f"{self.lived.run}:{number}", person, ("loan", person), self.branch,
                        _variables(kind, person), None, at,
                    )
                )  # fmt: skip
            operations.owe_many(rows)
        _analyze()

    def _kind(self, person: int) -> str:
        mix = self.plan.profile.mix
        left = hands.roll(self.plan.seed, "kind", person) * sum(mix.values()) // hands.MILLION
        for kind, share in mix.items():
            if left < share:
                return kind
            left -= share
        raise AssertionError("unreachable")

    # ---- the processes

    def _conduct(self, started: float) -> None:
        self.say("发送 / the wave")
        close_connections()
        for slot in range(self.plan.workers + 1):
            self._start(slot)
        busy_since, moved, said_at, moved_at, seen = started, -1.0, started, started, 0.0
        self.harm.begin()
        stuck, sparse = 1.0, False
        while True:
            now = time.monotonic()
            if now - started > self.plan.seconds_max:
                self.lived.unfinished = f"{self.plan.seconds_max:.0f} s"
                return
            if now - said_at > 10:
                said_at = now
                self.say(
                    f"  {self.board.now().astimezone(BANK_ZONE):%m-%d %H:%M:%S}  {self.board.moved:,.0f}"
                )
            self._keep_going()
            self.harm.strike([one.pid for one in self.processes[: self.plan.workers]])
            if self.board.moved != seen:
                seen, moved_at = self.board.moved, time.monotonic()
            if not self.board.all_idle:
                time.sleep(0.004)  # the board has no lock to wait on: processes are killed at any instruction
                continue
            if self.board.moved != moved:  # somebody may have made work for somebody else: look once more
                sparse = self.board.moved - moved < self.plan.count / 100
                moved, stuck = self.board.moved, 1.0
                self.board.look_again()
                continue
            self.lived.work_seconds += max(moved_at - busy_since, 0.0)
            if not self.harm.clock_is_wrong:
                next_at = self._next(stuck, SPARSE_JUMP_SECONDS if sparse else JUMP_SECONDS)
                if next_at is None:
                    return
                self.board.set_now(next_at)
                self.lived.jumps, sparse = self.lived.jumps + 1, True
                stuck = min(stuck * 2, STUCK_JUMP_SECONDS_MAX)
            else:
                time.sleep(0.05)  # the clock is wrong in real time: nothing to skip
            busy_since = time.monotonic()
            self.board.look_again()

    def _start(self, slot: int) -> None:
        body = hands.confirm if slot == self.plan.workers else hands.work
        self.board.reset(slot)
        context = multiprocessing.get_context("fork")
        self.processes[slot] = context.Process(target=body, args=(self.board, slot, self.seat), daemon=True)
        self.processes[slot].start()

    def _keep_going(self) -> None:
        for slot, process in enumerate(self.processes):
            if process.is_alive():
                continue
            process.join()
            if process.exitcode != -signal.SIGKILL:
                raise RuntimeError(f"a process of the drill ended with {process.exitcode}")
            self.harm.died(slot)
            close_connections()
            self._start(slot)

    # ---- time

    def _next(self, stuck: float, least: float) -> datetime | None:
        """When something is due next, ``least`` seconds from now at the earliest; None: never, or not before the horizon."""
        now = self.board.now()
        rows = _asked(_NEXT, {"now": now})
        live, due, polled, *others = rows[0]
        receipts = self._receipts()
        if not live and polled is None and receipts is None:
            return None
        instants = [one.timestamp() for one in others if one is not None]
        instants += [receipts] if receipts is not None else []
        instants.append(self.board.next_at)
        if due:  # held back by a throttle or a breaker
            instants.append(now.timestamp() + stuck)
        found = max(min(instants), now.timestamp() + least)
        if polled is not None:
            pause = POLL_JUMP_SECONDS if live else TAIL_JUMP_SECONDS
            found = min(found, max(polled.timestamp(), now.timestamp() + pause))
        end = (BEGINS + HORIZON).timestamp()
        if found == NEVER or (found > end and not live):
            return None
        if found > end:
            self.lived.unfinished = f"{live} live at the horizon"
            return None
        return datetime.fromtimestamp(found, UTC)

    def _receipts(self) -> float | None:
        """When the next receipt is due."""
        book = sqlite3.connect(self.seat.ledger, timeout=30)
        (found,) = book.execute("SELECT min(due_at) FROM receipt").fetchone()
        book.close()
        return None if found is None else datetime.fromisoformat(found).timestamp()

    def _end(self) -> None:
        """However it ended, nobody goes on."""
        self.board.stop()
        for process in self.processes:
            if process is None:
                continue
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()


_NEXT = """
SELECT (SELECT count(*) FROM notices_obligation WHERE state IN ('owed', 'in_progress'))
       + (SELECT count(*) FROM notices_attempt WHERE state IN ('queued', 'in_flight')),
       (SELECT count(*) FROM notices_obligation WHERE state IN ('owed', 'in_progress') AND next_step_at <= %(now)s)
       + (SELECT count(*) FROM notices_attempt WHERE state = 'queued' AND coalesce(not_before_at, queued_at) <= %(now)s),
       (SELECT min(claim_ends_at) FROM notices_attempt WHERE claim_ends_at IS NOT NULL AND (
               state = 'in_doubt' OR state = 'accepted' AND EXISTS (
               SELECT 1 FROM notices_obligation o WHERE o.id = obligation_id AND o.state IN ('owed', 'in_progress')))),
       (SELECT min(next_step_at) FROM notices_obligation WHERE state IN ('owed', 'in_progress') AND next_step_at > %(now)s),
       (SELECT min(coalesce(not_before_at, queued_at)) FROM notices_attempt
         WHERE state = 'queued' AND coalesce(not_before_at, queued_at) > %(now)s),
       (SELECT min(claim_ends_at) FROM notices_attempt WHERE state = 'in_flight'),
       (SELECT min(coalesce(open_until_at, probe_ends_at)) FROM notices_provider
         WHERE coalesce(open_until_at, probe_ends_at) > %(now)s)
"""


def _asked(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """A query that waits for a server which was killed."""
    from django.db import InterfaceError, OperationalError, connection

    for _ in range(600):
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall())
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.1)  # a killed server tells nobody that it is back
    raise RuntimeError("the database did not come back")


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _variables(kind: str, person: int) -> dict[str, Any]:
    number = f"HL{person:010d}"
    if kind == "promise_confirmed":
        return {"loan_no": number, "amount_fen": 123_456, "promised_on": "2026-11-20"}
    return {"loan_no": number, "due_on": "2026-11-21", "amount_fen": 512_345}


def percentiles(values: Sequence[float | None]) -> dict[str, float] | None:
    """p50, p95, p99 as the database gave them."""
    if not values or values[0] is None:
        return None
    return {
        name: round(float(value or 0), 3) for name, value in zip(("p50", "p95", "p99"), values, strict=True)
    }
