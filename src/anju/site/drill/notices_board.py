"""What the processes of one notice drill share: a clock that skips idle time, who is idle, and who is to die where."""

from __future__ import annotations

import multiprocessing
import time
from datetime import UTC, datetime
from typing import Any

HEAD = 3
WIDTH = 4
NEVER = float("inf")

CLAIMED, CALLED, HEARD = 1, 2, 3
"""Traps: die between claim and call, between call and record, or in the middle of a batch of receipts."""

TRAPS = {"claimed": CLAIMED, "called": CALLED, "heard": HEARD}


class Board:
    """Doubles in memory that forked processes share. A write of one of them is one store: no lock is needed.

    ``epoch`` counts looks of the conductor: a process writes it to its slot when a round that began after it found nothing
    to do. ``offset``: how far the drill's clock is ahead of the real one.
    """

    def __init__(self, slots: int) -> None:
        self.values: Any = multiprocessing.get_context("fork").RawArray("d", HEAD + WIDTH * slots)
        self.slots = slots
        for slot in range(slots):
            self.reset(slot)

    def now(self) -> datetime:
        """What the drill's clock shows: real time while there is work, idle time is skipped."""
        return datetime.fromtimestamp(time.time() + self.values[0], UTC)

    def set_now(self, at: datetime) -> None:
        self.values[0] = at.timestamp() - time.time()

    def step(self, seconds: float) -> None:
        """The clock is set forward or back."""
        self.values[0] += seconds

    @property
    def epoch(self) -> int:
        return int(self.values[1])

    def look_again(self) -> None:
        """Whoever says idle from now on has looked after this call."""
        self.values[1] += 1

    @property
    def stopping(self) -> bool:
        return bool(self.values[2])

    def stop(self) -> None:
        self.values[2] = 1

    # ---- one process

    def reset(self, slot: int) -> None:
        """A new process takes this slot; what was moved before stays counted, and a trap stays set."""
        self.values[HEAD + WIDTH * slot] = -1
        self.values[HEAD + WIDTH * slot + 2] = NEVER

    def say_moved(self, slot: int, count: int) -> None:
        self.values[HEAD + WIDTH * slot] = -1
        self.values[HEAD + WIDTH * slot + 1] += count

    def say_idle(self, slot: int, epoch: int) -> None:
        self.values[HEAD + WIDTH * slot] = epoch

    def say_next(self, slot: int, at: float) -> None:
        """The next instant at which this process has something to do by itself (seconds of the epoch, or NEVER)."""
        self.values[HEAD + WIDTH * slot + 2] = at

    def set_trap(self, slot: int, trap: int) -> None:
        """The process dies when it comes there next."""
        self.values[HEAD + WIDTH * slot + 3] = trap

    def trap(self, slot: int) -> int:
        return int(self.values[HEAD + WIDTH * slot + 3])

    # ---- all of them

    @property
    def all_idle(self) -> bool:
        return all(self.values[HEAD + WIDTH * slot] == self.epoch for slot in range(self.slots))

    @property
    def moved(self) -> float:
        return sum(self.values[HEAD + WIDTH * slot + 1] for slot in range(self.slots))

    @property
    def next_at(self) -> float:
        return float(min(self.values[HEAD + WIDTH * slot + 2] for slot in range(self.slots)))
