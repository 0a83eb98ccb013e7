"""The schedule engine: full schedules and digests, against plain loops and published packages, and against the oracle.

Needs no database. ``loans`` is the largest book, ``scale`` the share of a million loans a case that the oracle computes
(and of ten thousand that each package computes).
"""

from __future__ import annotations

import gc
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from anju.core.engine.book import Book, plain_book
from anju.core.engine.digest import digest
from anju.core.engine.level import level_payments
from anju.core.engine.stream import Kernel, kernel_for, schedules
from anju.site.bench import engine_check, engine_peers
from anju.site.bench.engine_oracle import Drawn, Rules, rows
from anju.site.bench.measure import Figure, Result, Say, load

LOANS = 10_000_000
NEEDS_DATABASE = False
MILLION, TEN_THOUSAND = 1_000_000, 10_000
MONTHS = 360
PART = 100_000
"""Loans of a large book that are made, digested and forgotten at a time."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds a loan, of processors and of the clock."""

    cpu: float
    wall: float


def run(loans: int, say: Say, scale: float | None = None) -> Result:
    """Measure; ``loans`` below the design size give figures without goals."""
    result = Result(
        "engine", loans, load(), "逐期 Decimal 循环、逐期 numpy、公开软件包", "Decimal loop, numpy loop, packages",
        loans >= LOANS,
    )  # fmt: skip
    share = scale or (0.01 if result.judged else 0.0001)
    kernel = kernel_for("auto", MILLION)
    say(f"内核 kernel: {kernel}")
    warm = sample(0, 2_000)
    digest(warm, kernel=kernel, months=1)
    for _ in schedules(warm, kernel=kernel):
        pass
    full = _speed(result, kernel, min(PART, max(loans, 1_000)), say)
    _growth(result, loans, kernel, say)
    _peers(result, full, max(int(TEN_THOUSAND * share), 10), say)
    _exactness(result, max(int(MILLION * share), 100), kernel, say)
    _imports(result, say)
    return result


def sample(seed: int, loans: int) -> Book:
    """Fixed-rate loans of 30 years, level payment, as the peers compute them."""
    rnd = np.random.default_rng(seed)
    principal = rnd.integers(10_000_000, 300_000_000, loans)
    return plain_book(principal, np.full(loans, MONTHS), rnd.integers(20_000, 60_000, loans))


def _timed(work: Callable[[], object], loans: int, least: float = 0.6) -> Cost:
    """The quicker half of at least three runs decides: a busy machine only ever adds time."""
    costs: list[Cost] = []
    spent = 0.0
    while len(costs) < 3 or spent < least:
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        costs.append(Cost((time.process_time() - cpu) / loans, (time.perf_counter() - wall) / loans))
        spent += costs[-1].wall * loans
    best = sorted(costs, key=lambda cost: cost.cpu)[: (len(costs) + 1) // 2]
    return Cost(sum(each.cpu for each in best) / len(best), min(each.wall for each in costs))


def _drain(book: Book, kernel: Kernel) -> None:
    for _ in schedules(book, kernel=kernel):
        pass


def _speed(result: Result, kernel: Kernel, size: int, say: Say) -> Cost:
    """Full schedules and digests against plain loops."""
    say("逐期 Decimal / Decimal loop")
    few = sample(1, 40).loans
    terms = list(zip(few.principal_fen.tolist(), few.offset_ppm.tolist(), strict=True))
    plain = _timed(lambda: [engine_peers.decimal_loop(fen, ppm, MONTHS) for fen, ppm in terms], len(terms))
    say("逐期 numpy / numpy looped over periods")
    looped = _looped(engine_peers.numpy_loop, 10_000)
    summed = _looped(engine_peers.numpy_totals, size)
    say("引擎 / engine")
    book = sample(3, size)
    full = _timed(lambda: _drain(book, kernel), size)
    told = _timed(lambda: digest(book, kernel=kernel, months=MONTHS + 1), size)
    two = _timed(lambda: digest(book, kernel=kernel, months=MONTHS + 1, workers=2), size)
    fallback = _timed(lambda: _drain(sample(4, 4_000), "numpy"), 4_000)
    result.add(*_costs(plain, looped, summed, full, told, fallback))
    result.add(*_ratios(plain, looped, summed, full, told, two))
    return full


def _costs(plain: Cost, looped: Cost, summed: Cost, full: Cost, told: Cost, fallback: Cost) -> list[Figure]:
    """Microseconds of a processor a loan."""
    micro = 1e6
    return [
        Figure("decimal_us", plain.cpu * micro, "us", "Decimal 循环，每笔", "Decimal loop, a loan"),
        Figure(
            "numpy_rows_loop_us", looped.cpu * micro, "us", "逐期 numpy 完整计划", "numpy loop, rows, a loan"
        ),
        Figure("numpy_sums_loop_us", summed.cpu * micro, "us", "逐期 numpy 求和", "numpy loop, sums, a loan"),
        Figure("rows_us", full.cpu * micro, "us", "引擎完整计划，每笔", "engine, full schedule, a loan"),
        Figure("digest_us", told.cpu * micro, "us", "引擎摘要，每笔", "engine, digest, a loan"),
        Figure(
            "numpy_rows_us", fallback.cpu * micro, "us", "引擎 numpy 内核，每笔", "engine by numpy, a loan"
        ),
    ]


def _ratios(plain: Cost, looped: Cost, summed: Cost, full: Cost, told: Cost, two: Cost) -> list[Figure]:
    """How many times quicker than plain loops, and how near to what memory takes."""
    limit, written = _write_limit(), MONTHS * 3 * 8 / full.cpu
    return [
        Figure(
            "rows_ratio",
            plain.cpu / full.cpu,
            "ratio",
            "完整计划快于 Decimal",
            "full schedule : Decimal, CPU",
        ),
        Figure(
            "cpu_ratio",
            plain.cpu / told.cpu,
            "ratio",
            "摘要快于 Decimal",
            "digest : Decimal, CPU",
            150,
            "min",
        ),
        Figure(
            "wall_ratio",
            plain.wall / two.wall,
            "ratio",
            "双核时钟",
            "digest on 2 cores : Decimal, wall",
            200,
            "min",
        ),
        Figure(
            "numpy_cpu_ratio",
            summed.cpu / told.cpu,
            "ratio",
            "摘要快于逐期 numpy，处理器",
            "digest : numpy loop, CPU",
        ),
        Figure(
            "numpy_ratio",
            summed.wall / two.wall,
            "ratio",
            "双核时钟比 numpy",
            "2 cores : numpy, wall",
            5,
            "min",
        ),
        Figure(
            "numpy_rows_ratio",
            looped.cpu / full.cpu,
            "ratio",
            "计划快于逐期 numpy",
            "rows : numpy loop, rows",
        ),
        Figure("write_limit", limit / 1e9, "GB/s", "内存写上限", "measured limit of memory writes"),
        Figure(
            "write_share",
            written / limit,
            "ratio",
            "完整计划占写上限",
            "share of it that full schedules write",
        ),
    ]


def _looped(loop: Callable[[Ints, Ints, Ints, int], object], loans: int) -> Cost:
    """A loop over periods on the same kind of loans; the payments are given to it."""
    some = sample(2, loans).loans
    payment = level_payments(some.principal_fen, some.offset_ppm, some.months)
    return _timed(lambda: loop(some.principal_fen, some.offset_ppm, payment, MONTHS), loans)


def _write_limit() -> float:
    """Bytes a second that a plain fill of 256 MiB writes."""
    block = np.empty(32 * 1024 * 1024, dtype=np.int64)
    block.fill(1)
    cost = _timed(lambda: block.fill(2), 1)
    return block.nbytes / cost.cpu


def _books(loans: int) -> Iterator[Book]:
    for seed, begin in enumerate(range(0, loans, PART)):
        yield sample(seed, min(PART, loans - begin))


def _growth(result: Result, loans: int, kernel: Kernel, say: Say) -> None:
    """Time a loan of the largest book against that of 10,000 loans, and how much memory the book added."""
    say(f"{loans:,} 笔 / loans")
    small = sample(5, 10_000)
    gc.collect()
    before, spent, few, interest = _resident(), 0.0, list[float](), 0
    for book in _books(loans):
        cpu = time.process_time()
        told = digest(book, kernel=kernel, months=MONTHS + 1)
        spent += time.process_time() - cpu
        interest += int(told.interest_by_month_fen.sum())
        cpu = time.process_time()
        digest(
            small, kernel=kernel, months=MONTHS + 1
        )  # in turn with the parts, so that both meet the same noise
        few.append((time.process_time() - cpu) / len(small))
    few_cpu = sum(few) / len(few)
    grown = max(_peak() - before, 0.0) / 1024
    result.add(
        Figure("few_us", few_cpu * 1e6, "us", "一万笔时，每笔", "a loan among 10,000"),
        Figure("many_us", spent / loans * 1e6, "us", "最大规模时，每笔", "a loan among all"),
        Figure(
            "growth", spent / loans / few_cpu, "ratio", "最大规模比一万笔", "all : 10,000, time a loan", 1.25
        ),
        Figure("memory_mib", grown, "MiB", "内存增长", "memory growth", 400),
    )
    if interest <= 0:
        raise AssertionError("the book bears no interest")


def _resident() -> float:
    """Resident memory now, KiB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


def _peak() -> float:
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _peers(result: Result, full: Cost, count: int, say: Say) -> None:
    """Published packages: time a loan, and how many of some loans each gets wrong by a fen anywhere."""
    loans = sample(6, count).loans
    terms = list(zip(loans.principal_fen.tolist(), loans.offset_ppm.tolist(), strict=True))
    start = date(2020, 1, 20)
    exact = []
    for fen, ppm in terms:
        drawn = Drawn(
            fen, MONTHS, start, 20, True, ((start.toordinal(), ppm),), (("level_payment", None, None),)
        )
        exact.append([(interest, part) for part, interest in rows(drawn, Rules())])
    fastest = None
    for peer in engine_peers.PEERS:
        name = peer.name.replace("-", "_").lower()
        if peer.version is None:
            result.add(Figure(name, 0, "未安装 not installed", peer.name, "not installed (extra bench)"))
            continue
        say(f"{peer.name} {peer.version}")
        schedule = peer.schedule()
        cost = _asked(schedule, terms[:20])
        wrong = sum(
            schedule(fen, ppm, MONTHS) != right for (fen, ppm), right in zip(terms, exact, strict=True)
        )
        fastest = min(fastest or cost.cpu, cost.cpu)
        result.add(
            Figure(
                f"{name}_us", cost.cpu * 1e6, "us", f"{peer.name} 每笔", f"{peer.name} {peer.version}, a loan"
            ),
            Figure(
                f"{name}_wrong",
                wrong,
                f"/ {count:,}",
                f"{peer.name} 算错笔数",
                "loans with a row wrong by a fen",
            ),
        )
    if fastest is not None:
        result.add(
            Figure(
                "package_ratio",
                fastest / full.cpu,
                "ratio",
                "完整计划快于最快软件包",
                "full schedule : package",
                60,
                "min",
            )
        )


def _asked(schedule: engine_peers.Schedule, terms: list[tuple[int, int]]) -> Cost:
    return _timed(lambda: [schedule(fen, ppm, MONTHS) for fen, ppm in terms], len(terms), 0.2)


def _exactness(result: Result, count: int, kernel: Kernel, say: Say) -> None:
    """Random loans of every method and rule against the oracle, ties forced."""
    workers = min(len(os.sched_getaffinity(0)), 2)
    for case in engine_check.CASES:
        say(f"核对 oracle: {case}, {count:,}")
        wrong = engine_check.check(case, count, kernel, workers)
        unit, en = f"/ {count:,}", "loans that differ from the oracle"
        told = Figure(f"wrong_{case}", wrong, unit, f"与核对器不同：{case}", en, 0)
        result.figures.append(told)  # judged at every size


def _imports(result: Result, say: Say) -> None:
    """How long `import anju.core` takes beyond Python's own start."""
    say("import anju.core")

    def seconds(code: str) -> float:
        def once() -> None:
            subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 -- ourselves

        return _timed(once, 1, 0.5).wall

    took = seconds("import anju.core, anju.core.schedule, anju.core.rates") - seconds("pass")
    result.add(
        Figure("import_ms", took * 1000, "ms", "import anju.core", "import anju.core and its schedule", 150)
    )
