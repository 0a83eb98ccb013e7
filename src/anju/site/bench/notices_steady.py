"""A million notices in one go, so that the speed at their end can be held against that at their start."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from anju.site.bench import notices_parts as parts
from anju.site.bench import tapes
from anju.site.bench.measure import Figure, Result, Say, load, settle

LOANS = 1_000_000
PROCESSES = 2
KIND = "promise_confirmed"
CHUNK = 100_000
STEADY_MIN = 0.8
SHARES = 5
"""The first fifth of what is done is held against the last."""


class Seen(NamedTuple):
    """How many were done at an instant of the monotonic clock."""

    seconds: float
    done: int


def run(loans: int, say: Say) -> Result:
    """``loans`` people, a notice each: owed, put into the inbox, ten minutes later sent as a text message and proven by
    its receipt; two processes. The peer of the last fifth is the first."""
    from django.conf import settings

    result = Result(
        "notices-steady", loans, load(), "同一批的第一个五分之一", "the first fifth of them", loans >= LOANS
    )
    tapes.policy()
    branch_id = parts.branch()
    ledger = Path(settings.DATA_DIR) / "bench.sqlite3"
    at = tapes.at(tapes.AS_OF, 10)
    say(f"登记 {loans:,} 条 / {loans:,} made owed")
    owing = _owe(loans, branch_id, at)
    say("站内信 / inbox")
    settle()
    inbox = parts.race(PROCESSES, at, ledger)
    say("短信 / text messages")
    settle()
    seen: list[Seen] = []
    text = parts.race(PROCESSES, at + timedelta(minutes=11), ledger, lambda: _look(seen, say))
    seen.append(Seen(time.perf_counter(), _receipts()))
    proven = parts.count("SELECT count(*) FROM notices_obligation WHERE state = 'proven'")
    if proven != loans:
        raise AssertionError(f"{proven} of {loans} proven")
    speeds = [speed * loans / (seen[-1].done - seen[0].done) for speed in shares(seen)]
    result.add(
        Figure("notices", loans, "rows", "通知", "notices"),
        Figure("owe_rate", loans / owing, "notices/s", "登记义务，每秒", "obligations made a second"),
        Figure("inbox_rate", loans / inbox.seconds, "notices/s", "站内信，每秒", "inbox: planned and put a second"),
        Figure("rate", loans / text.seconds, "notices/s", "短信，每秒", "text: plan to proof a second"),
        *(
            Figure(f"rate_{k}", speed, "notices/s", f"第 {k} 个五分之一，每秒", f"fifth {k}, a second")
            for k, speed in enumerate(speeds, start=1)
        ),
        Figure("end_ratio", speeds[-1] / speeds[0], "ratio", "末段 / 初段速度", "speed, end : start", STEADY_MIN, "min"),
    )  # fmt: skip
    return result


def _owe(loans: int, branch_id: int, at: datetime) -> float:
    seconds = 0.0
    for first in range(1, loans + 1, CHUNK):
        count = min(CHUNK, loans + 1 - first)
        parts.people(first, count, at - timedelta(hours=1))
        seconds += parts.owe(parts.owed(KIND, first, count, branch_id, at))
    return seconds


def _look(seen: list[Seen], say: Say) -> None:
    seen.append(Seen(time.perf_counter(), _receipts()))
    if len(seen) % 12 == 0:
        say(f"  回执 {seen[-1].done - seen[0].done:,} / receipts")


def _receipts() -> int:
    """Receipts so far, as many for one message as for another, without counting rows."""
    return parts.count("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM notices_receipt_id_seq")


def shares(seen: Sequence[Seen]) -> list[float]:
    """Speed of each share of what was done, a second; between two looks the speed is taken as even."""
    first, last = seen[0].done, seen[-1].done
    reached = [_when(seen, first + (last - first) * k / SHARES) for k in range(SHARES + 1)]
    each = (last - first) / SHARES
    return [each / (until - since) for since, until in pairwise(reached)]


def _when(seen: Sequence[Seen], done: float) -> float:
    """The instant at which so many were done."""
    for before, after in pairwise(seen):
        if after.done >= done and after.done > before.done:
            part = (done - before.done) / (after.done - before.done)
            return before.seconds + part * (after.seconds - before.seconds)
    raise ValueError(f"{done} were never done")
