"""The oracle itself against the golden numbers of facts section 3, and the scalar schedule against the oracle."""

import random
from datetime import date

import pytest

from anju.core.schedule import Terms, schedule

from ..data import steps
from .draws import LEVEL, STRAIGHT, loan
from .reference import OracleLoan, OracleStage, interest_of, rows

START = date(2026, 3, 20)


def plain(principal_yuan: int, ppm: int, months: int, stages: tuple[OracleStage, ...]) -> OracleLoan:
    return OracleLoan(principal_yuan * 100, months, START, 20, ((START, ppm),), stages)


@pytest.mark.parametrize(
    ("yuan", "ppm", "months", "first", "last", "interest"),
    [
        (1_000_000, 35_000, 360, 449_045, 448_852, 61_656_007),
        (1_000_000, 26_000, 360, 400_340, 400_175, 44_122_235),
        (1_000_000, 49_000, 360, 530_727, 530_519, 91_061_512),
        (1_000_000, 30_500, 480, 360_872, 360_864, 73_218_552),
        (500_000, 31_000, 240, 279_808, 279_952, 17_154_064),
    ],
)
def test_level_payment(
    yuan: int, ppm: int, months: int, first: int, last: int, interest: int
) -> None:  # S4-006
    found = rows(plain(yuan, ppm, months, LEVEL))
    assert found[0].principal + found[0].interest == first
    assert found[-1].principal + found[-1].interest == last
    assert sum(row.interest for row in found) == interest


@pytest.mark.parametrize(
    ("yuan", "ppm", "months", "first", "last", "interest"),
    [
        (1_000_000, 35_000, 360, 569_445, 278_508, 52_645_792),
        (1_000_000, 26_000, 360, 494_445, 278_300, 39_108_303),
        (1_000_000, 49_000, 360, 686_111, 278_832, 73_704_108),
        (1_000_000, 30_500, 480, 462_500, 209_023, 61_127_183),
        (500_000, 31_000, 240, 337_500, 208_951, 15_564_609),
    ],
)
def test_level_principal(
    yuan: int, ppm: int, months: int, first: int, last: int, interest: int
) -> None:  # S4-008
    found = rows(plain(yuan, ppm, months, STRAIGHT))
    assert found[0].principal + found[0].interest == first
    assert found[-1].principal + found[-1].interest == last
    assert sum(row.interest for row in found) == interest


def test_interest_only_window_then_level() -> None:
    found = rows(
        plain(1_000_000, 35_000, 336, (OracleStage("interest_only", 12), OracleStage("level_payment")))
    )
    assert [row.principal for row in found[:12]] == [0] * 12
    window = rows(OracleLoan(96_093_479, 336, START, 20, ((START, 35_000),), found_stages()))
    assert window[12].principal + window[12].interest == 458_872


def found_stages() -> tuple[OracleStage, ...]:
    return (OracleStage("interest_only", 12), OracleStage("level_payment"))


@pytest.mark.parametrize(("rule", "fen"), [("first_due_day", 97_222), ("next_month", 398_611)])
def test_stub(rule: str, fen: int) -> None:
    loan_ = OracleLoan(100_000_000, 360, date(2026, 3, 10), 20, ((date(2026, 3, 10), 35_000),), LEVEL, rule)
    assert interest_of(loan_, 100_000_000, 1) == fen


def test_scalar_schedule_equals_the_oracle() -> None:  # S4-006, S4-008
    rnd = random.Random(3)
    compared = 0
    while compared < 400:
        drawn = loan(rnd)
        if drawn.stages not in (LEVEL, STRAIGHT):
            continue
        terms = Terms(
            drawn.principal,
            drawn.months,
            drawn.stages[0].method,  # type: ignore[arg-type]
            drawn.start,
            drawn.due_day,
            drawn.first_due,  # type: ignore[arg-type]
            steps(*drawn.rates),
        )
        found = [
            (r.seq, r.due_on, r.principal_fen, r.interest_fen, r.balance_after_fen) for r in schedule(terms)
        ]
        assert found == [(r.seq, r.due, r.principal, r.interest, r.balance) for r in rows(drawn)], drawn
        compared += 1
