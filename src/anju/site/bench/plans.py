"""Three plans of 360 months compared, for a page that must answer at once. Peer: a plain loop over integers, rows kept.

Needs no database. Both sides run in turn, so a busy machine slows both; the median of the pairs counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median

from anju.core.plans import Plan, Product, Spec, make_plan
from anju.core.plans.compare import by_cost
from anju.core.schedule import level_payment_fen
from anju.site.bench.measure import Figure, Result, Say, load

LOANS = 3
NEEDS_DATABASE = False
RATIO_MAX = 1.2
ROUNDS = 300
MONTHS = 360
HEAVY = ("numpy", "numba", "pandas")

CASES = (
    ("level_payment", 100_000_000, 30_500),
    ("level_principal", 100_000_000, 30_500),
    ("level_payment", 80_000_000, 26_000),
)
"""Method, principal in fen, rate in ppm."""


def run(loans: int, say: Say, scale: float | None = None) -> Result:
    """`loans` is always three: the size of a comparison."""
    result = Result("plans", loans, load(), "逐期整数循环", "plain integer loop", loans == LOANS)
    loaded = [name for name in HEAVY if name in sys.modules]
    say("比较 / comparing")
    if [plan.interest_fen for plan in _plans()] != [sum(row[1] for row in rows) for rows in _plain()]:
        raise AssertionError("the two sides differ")
    plain, ours, ratio = _in_turn(_plain, lambda: sorted(_plans(), key=by_cost))
    result.add(
        Figure("plain_ms", plain * 1000, "ms", "整数循环", "plain integer loop"),
        Figure("seconds_ms", ours * 1000, "ms", "三种方案", "three plans, sorted by cost"),
        Figure("ratio", ratio, "ratio", "方案 / 循环", "plans : loop", RATIO_MAX),
        Figure("heavy", len(loaded), "modules", "载入的重型库", "heavy libraries loaded before", 0),
    )
    return result


def _in_turn(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float, float]:
    """Best seconds of each, and the median of what the second takes against the first in the same instant: a shared machine
    changes its speed from one second to the next, and the best of each may lie in different ones."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for side, work in zip(spent, (first, second), strict=True):
            began = time.process_time()
            work()
            side.append(time.process_time() - began)
    return min(spent[0]), min(spent[1]), median(b / a for a, b in zip(*spent, strict=True))


def _plans() -> list[Plan]:
    found = []
    for method, principal, ppm in CASES:
        product = Product("bench", "贷款", "loan", "commercial", ppm, ppm, "bench")
        found.append(make_plan([Spec(product, principal, MONTHS, method)]))  # type: ignore[arg-type]
    return found


def _plain() -> list[list[tuple[int, int, int]]]:
    """As anybody would write it: a row a month, interest rounded half-up, the last one takes the rest."""
    found = []
    for method, principal, ppm in CASES:
        level = method == "level_payment"
        payment = (
            level_payment_fen(principal, ppm, MONTHS) if level else (2 * principal + MONTHS) // (2 * MONTHS)
        )
        balance, rows = principal, []
        for month in range(1, MONTHS + 1):
            interest = (balance * ppm + 6_000_000) // 12_000_000
            part = balance if month == MONTHS else payment - interest if level else payment
            balance -= part
            rows.append((part, interest, balance))
        found.append(rows)
    return found
