"""The engine against the integer oracle, over as many random loans as asked, every row compared."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from itertools import repeat
from typing import cast

import numpy as np

from anju.core.engine.basis import Basis, Rounding, YearDays
from anju.core.engine.book import Book
from anju.core.engine.columns import LoanColumns, RatePaths
from anju.core.engine.stages import StagePlans
from anju.core.engine.stream import Kernel, schedules
from anju.core.rates import RateStep
from anju.site.bench.engine_oracle import METHODS, Drawn, Rules, draw, rows

SLICE = 2_000

CASES: dict[str, tuple[tuple[str, ...], Rules]] = {method: ((method,), Rules()) for method in METHODS} | {
    "half_even": (METHODS, Rules("half_even")),
    "down": (METHODS, Rules("down")),
    "daily": (METHODS, Rules(daily=True)),
    "daily_actual": (METHODS, Rules("half_even", daily=True, year_days="actual")),
    "residue_first": (METHODS, Rules(residue="first")),
}
"""Name of a case: methods it draws from, and its rules."""


def book(loans: Sequence[Drawn], rules: Rules) -> Book:
    """Drawn loans as a book of the engine."""
    known = list(dict.fromkeys(loan.stages for loan in loans))
    places = {stages: at for at, stages in enumerate(known)}
    steps = [[RateStep(date.fromordinal(day), ppm, "", "", "") for day, ppm in loan.rates] for loan in loans]
    columns = LoanColumns(
        np.array([loan.principal for loan in loans]),
        np.array([loan.months for loan in loans]),
        np.ones(len(loans), dtype=np.bool_),
        np.array([loan.start.toordinal() for loan in loans]),
        np.array([loan.due_day for loan in loans]),
        np.array([loan.next_month for loan in loans]),
        np.arange(len(loans)),
        np.zeros(len(loans), dtype=np.int64),
    )
    basis = Basis(cast(Rounding, rules.rounding), rules.daily, cast(YearDays, rules.year_days))
    plan = np.array([places[loan.stages] for loan in loans])
    return Book(columns, RatePaths.of(steps), plan, StagePlans.of(known), basis, rules.residue == "first")


def wrong_loans(case: str, seed: int, count: int, kernel: Kernel) -> int:
    """Of `count` loans drawn from a seed: how many have a row that differs from the oracle's."""
    methods, rules = CASES[case]
    rnd = random.Random(f"{case} {seed}")  # noqa: S311 -- a sample, not a secret
    loans = [draw(rnd, methods[at % len(methods)]) for at in range(count)]
    wrong = 0
    for part in schedules(book(loans, rules), kernel=kernel):
        for column, row in enumerate(part.loans.tolist()):
            months = loans[row].months
            found = np.stack(
                (part.principal_fen[:months, column], part.interest_fen[:months, column]), axis=1
            )
            wrong += not np.array_equal(found, np.array(rows(loans[row], rules), dtype=np.int64))
    return wrong


def check(case: str, count: int, kernel: Kernel, workers: int) -> int:
    """How many of `count` loans of a case differ, counted by several processes."""
    slices = [min(SLICE, count - begin) for begin in range(0, count, SLICE)]
    if workers == 1 or len(slices) == 1:
        return sum(wrong_loans(case, seed, size, kernel) for seed, size in enumerate(slices))
    with ProcessPoolExecutor(workers) as pool:
        return sum(pool.map(wrong_loans, repeat(case), range(len(slices)), slices, repeat(kernel)))
