"""Facts go onto their chains. Peer: the finished rows by plain INSERT into a table of the same shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import connection, transaction

from anju.platform.journal import operations, queries
from anju.site.bench import tapes
from anju.site.bench.measure import Figure, Result, Say, load, settle, timed

LOANS = 100_000
BATCH = 1_000
ENTRIES_A_SUBJECT = 10


@dataclass(frozen=True, slots=True)
class BillPrinted:
    """A fact of the size of most."""

    loan_id: int
    number: int

    KIND: ClassVar[str] = "bench.bill.printed"

    @property
    def subject(self) -> tuple[str, int]:
        return ("bench", self.loan_id)

    def body(self) -> dict[str, Any]:
        return {
            "seq": self.number, "due_on": "2026-11-18", "principal_fen": 123_456 + self.number, "interest_fen": 456_789,
            "rate_ppm": 35_000, "text": "应还本息",
        }  # fmt: skip


def run(loans: int, say: Say) -> Result:
    """``loans`` entries on a tenth as many chains, a thousand a transaction; then every chain is verified."""
    result = Result(
        "journal", loans, load(), "同样行的普通 INSERT", "plain INSERT of the same rows", loans >= LOANS
    )
    subjects = max(loans // ENTRIES_A_SUBJECT, 1)
    facts = [BillPrinted(1 + number % subjects, number) for number in range(loans)]
    at = tapes.at(tapes.AS_OF, 10)
    settle()
    say("追加 / appending")
    with timed() as ours:
        for start in range(0, loans, BATCH):
            with transaction.atomic():
                operations.record_many(facts[start : start + BATCH], at=at, actor="system:bench")
    say("普通 INSERT / plain INSERT")
    peer_seconds = _plain()
    say("核验 / verifying")
    with timed() as verifying:
        breaks = queries.verify()
    entries, chains = queries.counts()
    if breaks or (entries, chains) != (loans, min(subjects, loans)):
        raise AssertionError(f"{entries} entries on {chains} chains, {len(breaks)} broken")
    result.add(
        Figure("seconds", ours.seconds, "s", "追加用时", "append"),
        Figure("rate", loans / ours.seconds, "entries/s", "每秒条数", "entries a second"),
        Figure(
            "verify_rate", loans / verifying.seconds, "entries/s", "每秒核验条数", "entries verified a second"
        ),
        Figure(
            "peer_rate",
            loans / peer_seconds,
            "entries/s",
            "普通 INSERT 每秒条数",
            "peer: plain INSERT a second",
        ),
        Figure(
            "ratio", peer_seconds / ours.seconds, "ratio", "速度：追加 / INSERT", "speed, append : INSERT"
        ),
    )
    return result


def _plain() -> float:
    """Seconds for the same rows, as many a transaction, into a table with the same indexes. They come from a table of the
    same server, so the peer has no cost of ours."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_entry (LIKE journal_entry INCLUDING ALL)")
        cursor.execute("CREATE UNLOGGED TABLE bench_staged AS SELECT * FROM journal_entry")
        cursor.execute("ALTER TABLE bench_staged ADD PRIMARY KEY (id)")
        cursor.execute("SELECT min(id), max(id) FROM bench_staged")
        first, last = cursor.fetchone()
    settle()
    with timed() as watch:
        for start in range(first, last + 1, BATCH):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO bench_entry SELECT * FROM bench_staged WHERE id >= %s AND id < %s",
                    [start, start + BATCH],
                )
    return watch.seconds
