"""The working processes of a notice drill: those that plan, send and hear, and the people who confirm.

They run the operations of the production jobs, one round after another, by the drill's clock. A process is forked; it may
be killed at any moment, and the next one goes on from the rows.
"""

from __future__ import annotations

import dataclasses
import hashlib
import heapq
import math
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from anju.adapters.simulated.provider import SimulatedProvider
from anju.platform.notices.ports import Message, Ports, Sink
from anju.platform.notices.rows import ReceiptIn
from anju.site.drill.notices_board import CALLED, CLAIMED, HEARD, NEVER, Board
from anju.site.drill.notices_profile import MILLION, Profile

SEND_BATCH = 500
ASK_SECONDS = 1.0
"""Real seconds between two rounds of asking and sweeping while there is other work; they also run once an epoch."""

WAIT_SECONDS = 0.25
GRID_SECONDS = 300
"""People confirm at full five minutes, so that idle time can be skipped in reasonable steps."""

CONFIRMS_MAX = 200
BEHIND = 3_000
"""Rows of two senders may become visible in another order than their numbers; people look so far back."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What a process needs to know. ``ledger``: file of the simulated providers; ``batch``: messages of one claim."""

    profile: Profile
    began: datetime
    seed: int
    ledger: Path
    batch: int = SEND_BATCH


class DrillProvider(SimulatedProvider):
    """A simulated provider whose user can be made to die at the worst moments."""

    trap: Callable[[int], None]

    def send_many(self, messages: Sequence[Message]) -> list[Any]:
        self.trap(CLAIMED)
        outcomes = super().send_many(messages)
        self.trap(CALLED)
        return list(outcomes)

    def listen(self, *, at: datetime, sink: Sink) -> int:
        def half(rows: Sequence[ReceiptIn]) -> None:
            if len(rows) > 1:
                sink(rows[: len(rows) // 2])
                self.trap(HEARD)
                sink(rows[len(rows) // 2 :])
            else:
                sink(rows)
                self.trap(HEARD)

        return super().listen(at=at, sink=half)


def ports(seat: Seat, trap: Callable[[int], None] = lambda here: None) -> Ports:
    """The inbox and the profile's providers, in order of preference."""
    from anju.adapters.inbox import InboxPort

    wired: dict[str, list[Any]] = {"inbox": [InboxPort()]}
    for plan in seat.profile.providers:
        one = DrillProvider(
            plan.channel, path=seat.ledger, seed=seat.seed, faults=plan.faults_from(seat.began),
            idempotent=plan.idempotent, name=plan.name,
        )  # fmt: skip
        one.trap = trap
        one.can_poll = plan.can_poll
        wired.setdefault(plan.channel, []).append(one)
    return wired


def work(board: Board, slot: int, seat: Seat) -> None:
    """Body of a forked process that plans, sends, hears, asks and sweeps until the board says stop."""

    def trap(here: int) -> None:
        if board.trap(slot) == here:
            os.kill(os.getpid(), signal.SIGKILL)

    _live(board, slot, _Worker(board, ports(seat, trap), seat.batch).round)


def confirm(board: Board, slot: int, seat: Seat) -> None:
    """Body of a forked process that stands for the people: some of those who were reached confirm, later."""
    people = _People(board, slot, seat)
    _live(board, slot, people.round)


def _live(board: Board, slot: int, one_round: Callable[[bool], int]) -> None:
    """Rounds until the end. When the database goes away: wait, and go on."""
    from django.db import InterfaceError, OperationalError, connections

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = os.getppid()
    last = -1
    while not board.stopping and os.getppid() == parent:
        epoch = board.epoch
        try:
            moved = one_round(epoch != last)
        except (OperationalError, InterfaceError):
            connections.close_all()
            last = -1
            time.sleep(0.1)  # a killed server tells nobody that it is back
            continue
        last = epoch
        if moved:
            board.say_moved(slot, moved)
            continue
        board.say_idle(slot, epoch)
        until = time.monotonic() + WAIT_SECONDS
        while board.epoch == epoch and not board.stopping and time.monotonic() < until:
            time.sleep(0.003)  # an event has a lock, and who is killed while holding it stops everybody
    os._exit(0)


class _Worker:
    """One round does a batch of everything, so that nothing waits for the end of something else."""

    def __init__(self, board: Board, wired: Ports, batch: int) -> None:
        self.board = board
        self.ports = wired
        self.batch = batch
        self.hearers = [one for row in wired.values() for one in row if isinstance(one, DrillProvider)]
        self.asked_at = 0.0

    def round(self, fresh: bool) -> int:
        from anju.platform.notices import operations

        moved = operations.plan(at=self.board.now(), limit=2 * self.batch).taken
        sent = operations.send(at=self.board.now(), limit=self.batch, ports=self.ports)
        moved += sum(dataclasses.astuple(sent))
        for port in self.hearers:
            at = self.board.now()
            moved += port.listen(at=at, sink=partial(operations.receive_many, at=at))
        if fresh or time.monotonic() - self.asked_at > ASK_SECONDS:
            moved += self._ask()
            self.asked_at = time.monotonic()
        return moved

    def _ask(self) -> int:
        from anju.platform.notices import operations

        moved = operations.sweep(at=self.board.now())
        moved += operations.skip_unwired(at=self.board.now(), ports=self.ports)
        while True:
            asked = operations.poll_attempts(at=self.board.now(), ports=self.ports)
            known = sum(count for what, count in asked.items() if what not in ("silent", "same", "duplicate"))
            moved += known
            if sum(asked.values()) < 200:
                return moved


_INBOX = """
SELECT m.id, a.id, a.idempotency_key, o.id, o.person_id, extract(epoch FROM m.at)
  FROM notices_inboxmessage m JOIN notices_attempt a ON a.id = m.attempt_id JOIN notices_obligation o ON o.id = a.obligation_id
 WHERE m.id > %s AND o.proof_required = 'acknowledged' ORDER BY m.id LIMIT 20000
"""
_TEXTS = """
SELECT a.idempotency_key, a.id, o.id, o.person_id, a.channel
  FROM notices_attempt a JOIN notices_obligation o ON o.id = a.obligation_id
 WHERE a.idempotency_key = ANY(%s) AND o.proof_required = 'acknowledged'
"""
_REACHED = "SELECT id, key, status, status_at FROM message WHERE id > ? AND status IS NOT NULL ORDER BY id LIMIT 20000"


class _People:
    """Who confirms what, and when, follows from the seed and the message's key."""

    def __init__(self, board: Board, slot: int, seat: Seat) -> None:
        self.board = board
        self.slot = slot
        self.seat = seat
        self.seen: set[str] = set()
        self.inbox_id = self.text_id = 0
        self.waiting: list[tuple[float, int, int, int, str]] = []
        self.ledger = sqlite3.connect(seat.ledger, timeout=30)

    def round(self, fresh: bool) -> int:
        """Look at what came, confirm what is due; how many confirmed."""
        found = self._look()
        done = self._confirm()
        self.board.say_next(self.slot, self.waiting[0][0] if self.waiting else NEVER)
        return done + found

    def _look(self) -> int:
        from django.db import connection

        found = 0
        with connection.cursor() as cursor:
            cursor.execute(_INBOX, [max(0, self.inbox_id - BEHIND)])
            for number, attempt, key, obligation, person, at in cursor.fetchall():
                self.inbox_id = max(self.inbox_id, number)
                found += self._reached("inbox", key, obligation, attempt, person, float(at))
            rows = self.ledger.execute(_REACHED, [self.text_id]).fetchall()
            if not rows:
                return found
            came = {
                key: datetime.fromisoformat(at).timestamp()
                for _, key, status, at in rows
                if status != "failed"
            }
            cursor.execute(_TEXTS, [list(came)])
            for key, attempt, obligation, person, channel in cursor.fetchall():
                found += self._reached(channel, key, obligation, attempt, person, came[key])
            self.text_id = rows[-1][0]
        return found

    def _reached(self, channel: str, key: str, obligation: int, attempt: int, person: int, at: float) -> int:
        if key in self.seen:
            return 0
        self.seen.add(key)
        if roll(self.seat.seed, "confirms", key) < self.seat.profile.people.reads(channel):
            minutes = 3 + roll(self.seat.seed, "after", key) % 240
            due = math.ceil((at + minutes * 60) / GRID_SECONDS) * GRID_SECONDS
            how = "portal" if channel == "inbox" else "link"
            heapq.heappush(self.waiting, (due, obligation, attempt, person, how))
        return 1

    def _confirm(self) -> int:
        from anju.platform.notices import operations

        done = 0
        while self.waiting and done < CONFIRMS_MAX and self.waiting[0][0] <= self.board.now().timestamp():
            _, obligation, attempt, person, how = self.waiting[0]
            operations.acknowledge(
                obligation_id=obligation,
                attempt_id=attempt,
                by=f"person:{person}",
                how=how,
                at=self.board.now(),
            )
            heapq.heappop(self.waiting)
            done += 1
        return done


def roll(seed: int, *words: object) -> int:
    """0 <= n < a million, from the seed and the words alone."""
    text = "|".join([str(seed), *(str(word) for word in words)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) % MILLION
