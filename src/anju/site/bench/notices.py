"""Messages go the whole way. Peer: a no-op job of the job engine in the same run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from anju.adapters.inbox import InboxPort
from anju.adapters.simulated.provider import SimulatedProvider
from anju.platform.notices import operations
from anju.platform.notices.ports import Ports
from anju.platform.notices.rows import Owed
from anju.site.bench import notices_parts as parts
from anju.site.bench import tapes
from anju.site.bench.measure import Figure, Result, Say, load, own_cpu, server_cpu, settle, timed

LOANS = 20_000
RATE_MIN = 800.0
RATIO_MIN = 3.0
STEADY_MIN = 0.8
STEADY_AT = 1_000_000
SLICE = 1_000
BATCH = 500
JOBS_MAX = 3_000
CONCURRENCY = 4
"""Of the peer, as of our worker."""
THREADS = 2
"""Jobs of a worker that are busy with a wave at once: planning and sending (`notices.jobs`)."""

_WHO = "SELECT DISTINCT ON (borrower_id) id, borrower_id, branch_id, loan_no FROM servicing_loan ORDER BY borrower_id, id"


def run(loans: int, say: Say) -> Result:
    """One confirmation a borrower: owed, put into the inbox, ten minutes later sent as a text message, proven by its
    receipt. The figure of the design is the text message: plan, claim, send, receipt, proof, a row for each."""
    from django.conf import settings

    result = Result(
        "notices", loans, load(), "任务引擎的空任务", "a no-op job of the job engine", loans >= LOANS
    )
    say(f"生成并导入 {loans:,} 笔 / making and importing {loans:,} loans")
    tapes.policy()
    tapes.book(tapes.make(loans))
    rows = _owed(tapes.at(tapes.AS_OF, 10), "one")
    ledger = Path(settings.DATA_DIR) / "bench.sqlite3"
    sms = parts.provider(ledger)
    ports: Ports = {"inbox": [InboxPort()], "sms": [sms]}
    settle()
    say(f"空任务 / no-op jobs: {min(len(rows), JOBS_MAX):,}")
    peers = [asyncio.run(_no_op_rate(min(len(rows), JOBS_MAX)))]
    with timed() as owing:
        operations.owe_many(rows)
    settle()
    at = tapes.at(tapes.AS_OF, 10)
    say("站内信 / inbox")
    with timed() as inbox:
        while operations.plan(at=at, limit=SLICE).taken:
            _send(at, ports)
    say("短信 / text messages")
    ours, server = own_cpu(), server_cpu()
    slices = _text_messages(at + timedelta(minutes=11), ports, sms, say)
    ours, server = own_cpu() - ours, server_cpu() - server
    _check(len(rows), sms)
    say(f"短信，一个进程 {THREADS} 线程 / text messages, one process of {THREADS} threads")
    worker = _again(2, ledger, lambda at: parts.race_in_one(THREADS, at, ledger))
    _check(2 * len(rows), sms)
    say("短信，两个进程 / text messages, two processes")
    both = _again(3, ledger, lambda at: parts.race(2, at, ledger))
    _check(3 * len(rows), sms)
    peers.append(asyncio.run(_no_op_rate(min(len(rows), JOBS_MAX))))
    peer_rate = max(peers)
    seconds = sum(one.seconds for one in slices)
    rate = len(rows) / seconds
    whole = seconds + inbox.seconds + owing.seconds
    big = loans >= STEADY_AT
    result.add(
        Figure("notices", len(rows), "rows", "通知", "notices"),
        Figure("owe_rate", len(rows) / owing.seconds, "notices/s", "登记义务，每秒", "obligations made a second"),
        Figure("inbox_rate", len(rows) / inbox.seconds, "notices/s", "站内信，每秒", "inbox: planned and put a second"),
        Figure("rate", rate, "notices/s", "短信，一件接一件，每秒", "text: plan to proof a second, one thing after the other"),
        Figure("rate_worker", len(rows) / worker.seconds, "notices/s", "短信，一个工作进程，每秒", "the same, one worker and its threads"),
        Figure("rate_two", len(rows) / both.seconds, "notices/s", "短信，两个进程，每秒", "the same, two processes", RATE_MIN, "min"),
        Figure("cpu_anju", ours / len(rows) * 1e6, "us/notice", "每条自身 CPU", "CPU of ours a notice"),
        Figure("cpu_postgresql", server / len(rows) * 1e6, "us/notice", "每条 PostgreSQL CPU", "CPU of PostgreSQL a notice"),
        Figure("plan_seconds", sum(one.plan for one in slices), "s", "其中计划", "of it: plan"),
        Figure("send_seconds", sum(one.send for one in slices), "s", "其中领取、发送", "of it: claim and send"),
        Figure("prove_seconds", sum(one.prove for one in slices), "s", "其中回执、证明", "of it: receipt and proof"),
        Figure("whole_rate", len(rows) / whole, "notices/s", "全程（两步），每秒", "owed, inbox and text a second"),
        Figure("end_ratio", _steadiness(slices), "ratio", "末段 / 初段速度", "speed, end : start", STEADY_MIN if big else None, "min"),
        Figure("peer_rate", peer_rate, "jobs/s", "空任务，每秒", "peer: no-op jobs a second"),
        Figure("ratio_one", rate / peer_rate, "ratio", "一件接一件的短信 / 空任务", "one after the other, text : no-op job"),
        Figure("ratio_two", len(rows) / both.seconds / peer_rate, "ratio", "两个进程的短信 / 空任务", "two processes, text : no-op job"),
        Figure("ratio", len(rows) / worker.seconds / peer_rate, "ratio", "工作进程之比", "worker : no-op worker", RATIO_MIN, "min"),
    )  # fmt: skip
    return result


def _again(wave: int, ledger: Path, race: Callable[[datetime], parts.Raced]) -> parts.Raced:
    """The same people once more on a later day, several at once."""
    at = tapes.at(tapes.AS_OF, 10) + timedelta(days=wave - 1)
    operations.owe_many(_owed(at, str(wave)))
    parts.race(2, at, ledger)
    settle()
    return race(at + timedelta(minutes=11))


def _check(wanted: int, sms: SimulatedProvider) -> None:
    proven = parts.count("SELECT count(*) FROM notices_obligation WHERE state = 'proven'")
    if proven != wanted or len(sms.taken()) != wanted:
        raise AssertionError(f"{proven} of {wanted} proven, {len(sms.taken())} sent")


def _owed(at: datetime, wave: str) -> list[Owed]:
    with connection.cursor() as cursor:
        cursor.execute(_WHO)
        found = cursor.fetchall()
    return [
        Owed(
            "promise_confirmed", f"bench:{wave}:{loan_id}", person_id, ("loan", loan_id), branch_id,
            {"loan_no": loan_no, "amount_fen": 123_456, "promised_on": "2026-11-20"}, None, at,
        )
        for loan_id, person_id, branch_id, loan_no in found
    ]  # fmt: skip


def _send(at: datetime, ports: Ports) -> None:
    while operations.send(at=at, limit=BATCH, ports=ports).claimed:
        continue


@dataclass(frozen=True, slots=True)
class _Slice:
    """Notices that went together, and the seconds of each part of their way."""

    count: int
    plan: float
    send: float
    prove: float

    @property
    def seconds(self) -> float:
        return self.plan + self.send + self.prove


def _text_messages(at: datetime, ports: Ports, sms: SimulatedProvider, say: Say) -> list[_Slice]:
    slices: list[_Slice] = []
    heard = at + timedelta(seconds=30)
    while True:
        with timed() as planning:
            taken = operations.plan(at=at, limit=SLICE).taken
        if not taken:
            return slices
        with timed() as sending:
            _send(at, ports)
        with timed() as proving:
            while sms.listen(at=heard, sink=lambda rows: operations.receive_many(rows, at=heard)):
                continue
        slices.append(_Slice(taken, planning.seconds, sending.seconds, proving.seconds))
        if len(slices) % 5 == 0:
            say(f"  {sum(one.count for one in slices):,}")


def _steadiness(slices: Sequence[_Slice]) -> float:
    """Speed of the last fifth against that of the first."""
    part = max(len(slices) // 5, 1)
    return _speed(slices[-part:]) / _speed(slices[:part])


def _speed(slices: Sequence[_Slice]) -> float:
    return sum(one.count for one in slices) / sum(one.seconds for one in slices)


async def _no_op_rate(jobs: int) -> float:
    """Jobs a second of a worker like ours, over jobs that do nothing."""
    import procrastinate
    from procrastinate.contrib.django import connector_params

    connector = procrastinate.PsycopgConnector(
        kwargs=connector_params(), min_size=1, max_size=CONCURRENCY + 3
    )
    app = procrastinate.App(connector=connector)

    @app.task(name="bench.nothing", queue="bench")
    async def nothing(number: int) -> None:
        return None

    async with app.open_async():
        arguments: list[dict[str, Any]] = [{"number": number} for number in range(jobs)]
        await nothing.batch_defer_async(*arguments)
        options: dict[str, Any] = {
            "queues": ["bench"], "wait": False, "concurrency": CONCURRENCY, "delete_jobs": "always", "install_signal_handlers": False,
        }  # fmt: skip
        with timed() as watch:
            await app.run_worker_async(**options)
    return jobs / watch.seconds
