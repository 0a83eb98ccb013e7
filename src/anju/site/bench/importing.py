"""A loan tape comes in. Peer: COPY of the same bytes into a table of text columns, nothing looked at."""

from __future__ import annotations

from django.db import connection

from anju.contexts.servicing import operations
from anju.contexts.servicing.tape.sampling import LOAN_HEADER
from anju.platform.journal import handlers
from anju.platform.journal import queries as journal
from anju.site.bench import tapes
from anju.site.bench.measure import Figure, Result, Say, load, settle, timed

LOANS = 100_000
SECONDS_MAX = 60.0
ENTRY = "system:bench"


def run(loans: int, say: Say) -> Result:
    """Import once, and the same file again; the time is what ``anju import loans`` takes for it."""
    result = Result(
        "import",
        loans,
        load(),
        "同样字节的 COPY（不校验）",
        "COPY of the same bytes, unchecked",
        loans >= LOANS,
    )
    say(f"生成 {loans:,} 笔 / making {loans:,} loans")
    tape = tapes.make(loans)
    tapes.policy()
    say("COPY")
    settle()
    with timed() as peer:
        _copy(tape.loans)
    say("导入 / importing")
    settle()
    at = tapes.at(tapes.AS_OF, 21)
    with timed() as ours:
        report = operations.loans_load(content=tape.loans, name="bench.csv", by=ENTRY, at=at)
        handlers.drain()
    with timed() as again:
        repeated = operations.loans_load(content=tape.loans, name="bench.csv", by=ENTRY, at=at)
    if (report.rows_new, report.rows_bad, repeated.repeated) != (loans, 0, True):
        raise AssertionError(f"{report.rows_new} of {loans} loans came in, {report.rows_bad} bad")
    limit = SECONDS_MAX * loans / LOANS
    entries, _chains = journal.counts()
    result.add(
        Figure("seconds", ours.seconds, "s", "导入用时", "import", limit),
        Figure("rate", loans / ours.seconds, "loans/s", "每秒贷款数", "loans a second"),
        Figure("bytes", len(tape.loans), "bytes", "文件大小", "size of the file"),
        Figure("entries", entries, "rows", "日志条数", "journal entries"),
        Figure("again_seconds", again.seconds, "s", "同一文件再次导入", "the same file again"),
        Figure("peer_seconds", peer.seconds, "s", "COPY 用时", "peer: COPY"),
        Figure("ratio", ours.seconds / peer.seconds, "ratio", "导入 / COPY", "import : COPY"),
    )
    return result


def _copy(content: bytes) -> None:
    columns = ", ".join(f"{name} text" for name in LOAN_HEADER)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_copy ({columns})")
        with cursor.copy("COPY bench_copy FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
            copy.write(content)
