"""The scalar schedule, and the engine's book of scalar terms, against the oracle."""

import random
from dataclasses import replace
from datetime import date

import pytest

from anju.core.engine.book import book_of
from anju.core.engine.stream import Kernel
from anju.core.schedule import Conventions, Stage, Terms, schedule

from ..data import steps
from .against import book, engine_rows, expected
from .draws import conventions_of, loan
from .reference import OracleLoan, OracleStage, rows


def terms_of(drawn: OracleLoan) -> Terms:
    stages = tuple(
        Stage(each.method, each.periods, each.over, each.step_every, each.step_fen, each.step_ppm)  # type: ignore[arg-type]
        for each in drawn.stages
    )
    rules = Conventions(drawn.rounding, drawn.residue, drawn.whole_period, drawn.year_days)  # type: ignore[arg-type]
    return Terms(
        drawn.principal,
        drawn.months,
        stages[0].method,
        drawn.start,
        drawn.due_day,
        drawn.first_due,  # type: ignore[arg-type]
        steps(*drawn.rates),
        stages,
        rules,
    )


def scalar(drawn: OracleLoan) -> list[tuple[object, ...]]:
    found = schedule(terms_of(drawn))
    return [(r.seq, r.due_on, r.principal_fen, r.interest_fen, r.balance_after_fen) for r in found]


def oracle(drawn: OracleLoan) -> list[tuple[object, ...]]:
    return [(r.seq, r.due, r.principal, r.interest, r.balance) for r in rows(drawn)]


def test_methods_and_stages() -> None:  # S4-006, S4-008
    rnd = random.Random(31)
    for _ in range(100):
        drawn = loan(rnd)
        assert scalar(drawn) == oracle(drawn), drawn


def test_conventions() -> None:  # S4-006, S4-008
    rnd = random.Random(32)
    for _ in range(80):
        drawn = loan(rnd, months_max=30, **conventions_of(rnd))
        assert scalar(drawn) == oracle(drawn), drawn


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_loans_of_a_few_fen(kernel: Kernel) -> None:
    """Rounding is large against the instalment: with the residue first, a level principal part may begin below 0."""
    rnd = random.Random(77)
    for _ in range(20):
        rules = conventions_of(rnd)
        loans = [replace(loan(rnd, **rules), principal=rnd.randrange(1, 200)) for _ in range(10)]
        found = engine_rows(book(loans), kernel)
        for row, drawn in enumerate(loans):
            assert found[row] == expected(drawn), drawn
            assert scalar(drawn) == oracle(drawn), drawn


@pytest.mark.parametrize(("step_fen", "step_ppm"), [(5_000, 0), (-3_000, 0), (0, 50_000), (0, -20_000)])
def test_stepped(step_fen: int, step_ppm: int) -> None:
    rnd = random.Random(33)
    for _ in range(10):
        drawn = loan(rnd, months_max=60)
        stage = OracleStage("stepped", None, None, rnd.randrange(1, 25), step_fen, step_ppm)
        drawn = replace(
            drawn,
            stages=(stage,),
            rates=((drawn.rates[0][0], rnd.randrange(90_000)),),
            principal=rnd.randrange(5_000_000, 900_000_000),
        )
        assert scalar(drawn) == oracle(drawn), drawn


def test_engine_takes_scalar_terms() -> None:
    rnd = random.Random(34)
    loans = [loan(rnd) for _ in range(60)]
    found = engine_rows(book_of([terms_of(each) for each in loans]), "numpy")
    for row, drawn in enumerate(loans):
        assert found[row] == expected(drawn), drawn


def test_engine_refuses_what_it_does_not_compute() -> None:
    start = date(2026, 1, 20)
    stepped = OracleStage("stepped", None, None, 12, 5_000, 0)
    drawn = OracleLoan(100_000_000, 240, start, 20, ((start, 35_000),), (stepped,))
    with pytest.raises(ValueError, match="stepped"):
        book_of([terms_of(drawn)])
    level = terms_of(replace(drawn, stages=(OracleStage("level_payment"),)))
    two = [level, replace(level, conventions=Conventions("down"))]
    with pytest.raises(ValueError, match="one set of conventions"):
        book_of(two)
    with pytest.raises(ValueError, match="monthly"):
        book_of([replace(level, conventions=Conventions(frequency="fortnightly"))])
