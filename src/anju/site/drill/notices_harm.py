"""What goes wrong on purpose in a notice drill: who dies, where and when, and a clock that jumps. Drawn from a seed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from anju.site.drill.notices_board import NEVER, TRAPS, Board

if TYPE_CHECKING:
    from anju.site.drill.notices import Plan

PAUSE_SECONDS = (0.2, 1.2)
RANDOM_KILLS = 16
TRAPPED_KILLS = 4
"""Of each place, in a drill with --kill."""

SERVER_KILLS = 2
SERVER_SHARE = 0.2
STEPS = (-3600.0, 3600.0, 3600.0, -3600.0)
STEP_LASTS_SECONDS = 0.8
"""The clock is an hour slow for so long, right again, an hour fast, right again."""


class Harm:
    """Strikes while somebody is at work, so that something is under way. ``kills`` counts what happened."""

    def __init__(self, plan: Plan, board: Board, kills: Counter[str], data: Path) -> None:
        self.board = board
        self.kills = kills
        self.data = data
        self.workers = plan.workers
        self.draw = random.Random(f"notices:{plan.seed}")  # noqa: S311 -- a drill is repeated by its seed
        self.pending = [name for name in plan.traps if name not in TRAPS]
        self.ambushes = [name for name in plan.traps if name in TRAPS]
        if plan.kill:
            self.pending += ["random"] * RANDOM_KILLS + [name for name in TRAPS for _ in range(TRAPPED_KILLS)]
        self.draw.shuffle(self.pending)
        self.servers = plan.server_kills or (SERVER_KILLS if plan.kill else 0)
        self.steps = list(STEPS) if plan.clock_step else []
        self.steps_done = 0
        self.next_kill_at = self.next_step_at = NEVER

    def begin(self) -> None:
        """The wave begins now."""
        self._wait()
        self.next_step_at = self.next_kill_at
        self._lie_in_wait()

    def _lie_in_wait(self) -> None:
        """Whoever comes first to the next of the places dies there."""
        trap = TRAPS[self.ambushes[0]] if self.ambushes else 0
        for slot in range(self.workers):
            self.board.set_trap(slot, trap)

    @property
    def clock_is_wrong(self) -> bool:
        """The clock is being set back and forth, or will be soon; idle time is not skipped until that is over."""
        return bool(self.steps)

    def strike(self, workers: Sequence[int | None]) -> None:
        """Kill one of these processes or the server, or set the clock, if the time has come."""
        now = time.monotonic()
        self._step_clock(now)
        if now < self.next_kill_at or self.board.all_idle:
            return
        slot = self.draw.randrange(self.workers)
        if self.servers and (not self.pending or self.draw.random() < SERVER_SHARE):
            self._kill_server()
        elif self.pending:
            name, pid = self.pending.pop(), workers[slot]
            if name in TRAPS:
                self.board.set_trap(slot, TRAPS[name])
            elif pid is not None:
                os.kill(pid, signal.SIGKILL)
                self.kills["random"] += 1
        self._wait()

    def died(self, slot: int) -> None:
        """A process was found dead: count it, when it was a trap."""
        trap = self.board.trap(slot)
        self.board.set_trap(slot, 0)
        if trap:
            name = next(name for name, number in TRAPS.items() if number == trap)
            self.kills[name] += 1
            if name in self.ambushes:
                self.ambushes.remove(name)
                self._lie_in_wait()

    def _wait(self) -> None:
        self.next_kill_at = time.monotonic() + self.draw.uniform(*PAUSE_SECONDS)

    def _kill_server(self) -> None:
        from anju.site.postgres.places import Server, server_processes

        server = Server.at(self.data)
        state = server.state()
        if state.get("state") == "ready" and state.get("postmaster") in server_processes(server.cluster):
            close_connections()
            os.kill(state["postmaster"], signal.SIGKILL)
            self.servers -= 1
            self.kills["postgresql"] += 1

    def _step_clock(self, now: float) -> None:
        if self.steps and now >= self.next_step_at:
            self.board.step(self.steps.pop(0))
            self.steps_done += 1
            self.next_step_at = now + STEP_LASTS_SECONDS


def close_connections() -> None:
    """No child may inherit a connection of ours, and none of ours stays open into a server that dies."""
    from django.db import connections

    connections.close_all()
