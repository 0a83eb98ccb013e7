"""A normal business day is closed. Peer: one set-based UPDATE or INSERT a table that makes the same row changes."""

from __future__ import annotations

from datetime import timedelta

from anju.contexts.servicing import operations
from anju.dayend import close
from anju.dayend.steps import STEPS
from anju.platform.journal import handlers
from anju.site.bench import tapes
from anju.site.bench.measure import Figure, Result, Say, load, settle, timed
from anju.site.bench.rowchanges import Peer

LOANS = 100_000
RATIO_MIN = 0.5
AGAIN_MAX = 0.1
MILLION_SECONDS_MAX = 60.0
MILLION = 1_000_000


def run(loans: int, say: Say) -> Result:
    """Day 1 opens the cases of what came in overdue; day 2, an ordinary one, is measured, and run again."""
    result = Result(
        "dayend", loans, load(), "每张表一条集合 UPDATE/INSERT，写同样的行", "one set-based UPDATE/INSERT a table, same rows",
        loans >= LOANS,
    )  # fmt: skip
    first_on = tapes.AS_OF + timedelta(days=1)
    on = first_on + timedelta(days=1)
    say(f"生成并导入 {loans:,} 笔 / making and importing {loans:,} loans")
    tape = tapes.make(loans, until=on)
    tapes.policy()
    tapes.book(tape)
    operations.payments_load(
        content=tape.payments, name="bench.csv", by="system:bench", at=tapes.at(first_on, 9), as_of=on
    )
    handlers.drain()
    settle()
    say("第一日 / day 1")
    with timed() as first:
        close.close_day(on=first_on)
    say("抄录各表 / copying the tables")
    peer = Peer()
    peer.remember()
    say("第二日 / day 2")
    with timed() as ours:
        report = close.close_day(on=on)
    with timed() as again:
        repeated = close.close_day(on=on)
    if not repeated.already_closed or repeated.digest != report.digest:
        raise AssertionError("a closed day was not found closed")
    say("对照 / the peer")
    changes = peer.replay()
    million = loans == MILLION
    words = {step.name: (step.zh, step.en) for step in STEPS}
    result.add(
        *(Figure(f"step_{step.name}", step.seconds, "s", *words[step.name]) for step in report.steps),
        Figure("seconds", ours.seconds, "s", "日终合计", "day end", MILLION_SECONDS_MAX if million else None),
        Figure("rate", loans / ours.seconds, "loans/s", "每秒贷款数", "loans of the book a second"),
        Figure("rows", changes.rows, "rows", "写入的行", "rows written"),
        Figure(
            "entries", changes.inserted.get("journal_entry", 0), "rows", "其中日志", "of them journal entries"
        ),
        Figure(
            "obligations",
            changes.inserted.get("notices_obligation", 0),
            "rows",
            "其中通知义务",
            "of them obligations",
        ),
        Figure("row_rate", changes.rows / ours.seconds, "rows/s", "每秒行数", "rows a second"),
        Figure("first_seconds", first.seconds, "s", "导入后第一日", "first day after the import"),
        Figure("again_seconds", again.seconds, "s", "再次运行", "run again"),
        Figure(
            "again_ratio", again.seconds / ours.seconds, "ratio", "再次 / 首次", "again : first", AGAIN_MAX
        ),
        Figure("peer_seconds", changes.seconds, "s", "对照用时", "peer"),
        Figure(
            "ratio",
            changes.seconds / ours.seconds,
            "ratio",
            "速度：日终 / 对照",
            "speed, day end : peer",
            RATIO_MIN,
            "min",
        ),
    )
    return result
