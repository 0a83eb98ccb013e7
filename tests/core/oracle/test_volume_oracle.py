"""The integer oracle of `anju bench engine` against the one on fractions; the engine against both, with ties forced."""

import random
from datetime import date
from fractions import Fraction

import pytest

from anju.core.engine.stream import schedules
from anju.site.bench import engine_check
from anju.site.bench.engine_oracle import METHODS, Drawn, Rules, draw, rows, tied

from . import reference
from .reference import OracleLoan, OracleStage


def as_fractions(drawn: Drawn, rules: Rules) -> OracleLoan:
    return OracleLoan(
        drawn.principal,
        drawn.months,
        drawn.start,
        drawn.due_day,
        tuple((date.fromordinal(day), ppm) for day, ppm in drawn.rates),
        tuple(OracleStage(*stage) for stage in drawn.stages),
        "next_month" if drawn.next_month else "first_due_day",
        rules.rounding,
        rules.residue,
        "daily" if rules.daily else "monthly",
        rules.year_days,
    )


@pytest.mark.parametrize("case", engine_check.CASES)
def test_integers_equal_fractions(case: str) -> None:  # S4-006, S4-008
    methods, rules = engine_check.CASES[case]
    rnd = random.Random(f"volume {case}")
    compared = 0
    while compared < 12:
        drawn = draw(rnd, rnd.choice(methods))
        if drawn.months > 36:
            continue
        exact = [(row.principal, row.interest) for row in reference.rows(as_fractions(drawn, rules))]
        assert rows(drawn, rules) == exact, drawn
        compared += 1


def test_ties_are_forced() -> None:
    """Among the drawn amounts are level payments that lie on half a fen, and others next to it."""
    rnd = random.Random(5)
    at_half = near_half = 0
    for _ in range(400):
        rate, months = rnd.choice([35_000, 41_650, 60_000, 120_000]), rnd.choice([1, 2, 3, 12, 240, 360])
        principal = tied(rnd, rate, months)
        if principal:
            exact = reference.level_payment(principal, rate, months)
            away = abs(exact - exact.__floor__() - Fraction(1, 2))
            at_half += away == 0
            near_half += 0 < away < Fraction(1, 10**8)
    assert at_half > 10
    assert near_half > 10


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
@pytest.mark.parametrize(
    "case", [*METHODS[:2], "stages", "half_even", "down", "daily_actual", "residue_first"]
)
def test_engine_on_many_loans(kernel: str, case: str) -> None:  # S4-006, S4-008
    assert engine_check.wrong_loans(case, 1, 250, kernel) == 0  # type: ignore[arg-type]


def test_a_rate_change_on_the_day_that_interest_only_begins_leaves_no_residue() -> None:
    """The rate levels the stage that ends, the stage then begins without instalment (found among 190,000 drawn loans)."""
    start = date(2015, 1, 9)
    stages = (("level_payment", 36, 133), ("interest_only", 1, None), ("level_payment", None, None))
    for ppm in range(43_676, 43_706):
        changes = ((start.toordinal(), 70_000), (date(2017, 12, 17).toordinal(), ppm))
        drawn, rules = Drawn(53_780_171_714, 41, start, 17, False, changes, stages), Rules(residue="first")
        (part,) = schedules(engine_check.book([drawn], rules), kernel="numpy")
        found = list(zip(part.principal_fen[:, 0].tolist(), part.interest_fen[:, 0].tolist(), strict=True))
        assert found == rows(drawn, rules)
        assert found[36][0] == 0
