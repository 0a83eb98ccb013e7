"""What the benches of notices share: people without loans, waves of notices, and processes that race to send them."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, connections

from anju.adapters.inbox import InboxPort
from anju.adapters.simulated.provider import Faults, SimulatedProvider
from anju.platform.notices import operations
from anju.platform.notices.ports import Ports
from anju.platform.notices.rows import Owed
from anju.site.bench.measure import own_cpu, server_cpu, timed

CHUNK = 10_000
PLAN_BATCH = 1_000
SEND_BATCH = 500
LOOK_SECONDS = 5.0
HEARD_AFTER = timedelta(seconds=30)
"""So long after it was sent, every receipt of a well-behaved provider has come."""

CALM = Faults(delay_seconds_min=1, delay_seconds_max=5)


def branch() -> int:
    """A branch to which the notices belong."""
    from anju.platform.identity.operations import branch_ensure

    return branch_ensure(code="BENCH", name="性能支行")


def people(first: int, count: int, at: datetime) -> None:
    """Phone numbers and e-mail addresses for people numbered from ``first`` on."""
    from anju.platform.contacts import operations as contacts

    for start in range(first, first + count, CHUNK):
        rows = []
        for person in range(start, min(start + CHUNK, first + count)):
            rows += [
                (person, "phone", f"13{person % 10_000_000:07d}99"),
                (person, "email", f"p{person}x@example.com"),
            ]
        contacts.set_addresses_many(rows, at=at)


def owed(kind: str, first: int, count: int, branch_id: int, at: datetime) -> list[Owed]:
    """One notice for each of these people."""
    rows = []
    for person in range(first, first + count):
        number = f"HL{person:010d}"
        variables: dict[str, Any] = {"loan_no": number, "amount_fen": 123_456}
        variables |= (
            {"promised_on": "2026-11-20"} if kind == "promise_confirmed" else {"due_on": "2026-11-21"}
        )
        rows.append(
            Owed(kind, f"bench:{kind}:{person}", person, ("loan", person), branch_id, variables, None, at)
        )
    return rows


def owe(rows: Sequence[Owed]) -> float:
    """Make them owed as the day end does; seconds."""
    with timed() as watch:
        for start in range(0, len(rows), CHUNK):
            operations.owe_many(rows[start : start + CHUNK])
    return watch.seconds


def provider(ledger: Path) -> SimulatedProvider:
    """A text message provider that answers soon and well, whatever a number made by chance ends with."""
    return SimulatedProvider("sms", path=ledger, faults=CALM, magic={})


@dataclass(frozen=True, slots=True)
class Raced:
    """What a race took: wall seconds, and CPU seconds of our processes and of PostgreSQL."""

    seconds: float
    cpu_anju: float
    cpu_postgresql: float


Look = Callable[[], None]


def _nothing() -> None:
    """Nobody looks on."""


def race(processes: int, at: datetime, ledger: Path, look: Look = _nothing) -> Raced:
    """So many processes plan, send and hear until nothing is left at this instant; the wall clock says how long. `look`
    is called here every few seconds meanwhile."""
    context = multiprocessing.get_context("fork")
    hearing = context.Lock()
    racers = [context.Process(target=_racer, args=(at, ledger, hearing)) for _ in range(processes)]
    raced = _raced(racers, ledger, look)
    if any(racer.exitcode for racer in racers):
        raise AssertionError(f"a sender ended with {[racer.exitcode for racer in racers]}")
    return raced


def race_in_one(threads: int, at: datetime, ledger: Path) -> Raced:
    """The same by threads of this process, as the jobs of one worker run; one that fails leaves notices unproven."""
    hearing = threading.Lock()
    return _raced(
        [threading.Thread(target=_race, args=(at, ledger, hearing)) for _ in range(threads)], ledger
    )


def _raced(racers: Sequence[Any], ledger: Path, look: Look = _nothing) -> Raced:
    provider(ledger)
    connections.close_all()
    ours, server = own_cpu(), server_cpu()
    with timed() as watch:
        for racer in racers:
            racer.start()
        for racer in racers:
            while racer.is_alive():
                look()
                racer.join(LOOK_SECONDS)
    return Raced(watch.seconds, own_cpu() - ours, server_cpu() - server)


def _racer(at: datetime, ledger: Path, hearing: Any) -> None:
    _race(at, ledger, hearing)
    os._exit(0)


def _race(at: datetime, ledger: Path, hearing: Any) -> None:
    """`hearing`: a lock of processes or of threads."""
    sms = provider(ledger)
    ports: Ports = {"inbox": [InboxPort()], "sms": [sms]}
    heard, empty = at + HEARD_AFTER, 0
    while empty < 2:
        moved = operations.plan(at=at, limit=PLAN_BATCH).taken
        sent = operations.send(at=at, limit=SEND_BATCH, ports=ports)
        moved += sent.claimed + sent.refused
        if hearing.acquire(False):  # a provider says its receipts to one of us, not to all
            moved += sms.listen(at=heard, sink=lambda rows: operations.receive_many(rows, at=heard))
            hearing.release()
        if not moved:  # receipts that came in the same instant as the answer of the other process
            moved = operations.sweep(at=heard)
        empty = 0 if moved else empty + 1
    connections.close_all()


def count(statement: str) -> int:
    """The one number a query answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])
