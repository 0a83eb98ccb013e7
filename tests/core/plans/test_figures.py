"""Figures of one loan: golden numbers, and equal to the fold fen for fen."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anju.core.errors import BadInput
from anju.core.money import FEN_MAX
from anju.core.plans import loan_figures
from anju.core.schedule import Terms, schedule

from ..data import steps
from .offers import yuan

D = date(2026, 3, 20)


@pytest.mark.parametrize(("principal", "rate_ppm", "months", "method", "first", "last", "interest"), [
    # facts section 3; S4-008
    (1_000_000, 35_000, 360, "level_payment", 4_490.45, 4_488.52, 616_560.07),
    (1_000_000, 35_000, 360, "level_principal", 5_694.45, 2_785.08, 526_457.92),
    (1_000_000, 26_000, 360, "level_payment", 4_003.40, 4_001.75, 441_222.35),
    (1_000_000, 26_000, 360, "level_principal", 4_944.45, 2_783.00, 391_083.03),
    (1_000_000, 49_000, 360, "level_payment", 5_307.27, 5_305.19, 910_615.12),
    (1_000_000, 49_000, 360, "level_principal", 6_861.11, 2_788.32, 737_041.08),
    (1_000_000, 30_500, 480, "level_payment", 3_608.72, 3_608.64, 732_185.52),
    (1_000_000, 30_500, 480, "level_principal", 4_625.00, 2_090.23, 611_271.83),
    (500_000, 31_000, 240, "level_payment", 2_798.08, 2_799.52, 171_540.64),
    (500_000, 31_000, 240, "level_principal", 3_375.00, 2_089.51, 155_646.09),
])  # fmt: skip
def test_golden_numbers(
    principal: float, rate_ppm: int, months: int, method: str, first: float, last: float, interest: float
) -> None:
    found = loan_figures(yuan(principal), rate_ppm, months, method)  # type: ignore[arg-type]
    assert (found.first_fen, found.last_fen, found.interest_fen) == (yuan(first), yuan(last), yuan(interest))


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.integers(1, 3_000), st.integers(1, FEN_MAX)),
    st.one_of(st.just(0), st.integers(0, 360_000)),
    st.integers(1, 480),
    st.sampled_from(["level_payment", "level_principal"]),
)
def test_equal_to_the_fold(principal: int, rate_ppm: int, months: int, method: str) -> None:
    found = loan_figures(principal, rate_ppm, months, method)  # type: ignore[arg-type]
    rows = schedule(Terms(principal, months, method, D, 20, "next_month", steps((D, rate_ppm))))  # type: ignore[arg-type]
    assert [row.principal_fen for row in rows] == list(found.principals_fen)
    assert [row.interest_fen for row in rows] == list(found.interests_fen)
    assert sum(found.principals_fen) == principal
    assert found.balances_fen() == (principal, *(row.balance_after_fen for row in rows[:-1]))
    assert found.balance_after_fen(months) == 0
    assert found.balances_fen(3) == found.balances_fen()[:3]
    assert found.payment_fen(months) == found.last_fen
    assert found.payment_fen(months + 1) == 0


def test_a_rate_of_nothing_and_one_month() -> None:
    assert loan_figures(100, 0, 3, "level_payment").principals_fen == (33, 33, 34)
    one = loan_figures(yuan(1_000), 36_000, 1, "level_principal")
    assert (one.first_fen, one.last_fen) == (yuan(1_003), yuan(1_003))
    assert Fraction(one.interest_fen, 100_000) == Fraction(36_000, 12 * 10**6)


@pytest.mark.parametrize(("field", "arguments"), [
    ("principal_fen", (0, 1, 1, "level_payment")), ("principal_fen", (FEN_MAX + 1, 1, 1, "level_payment")),
    ("principal_fen", (1.5, 1, 1, "level_payment")), ("rate_ppm", (1, -1, 1, "level_payment")),
    ("rate_ppm", (1, 360_001, 1, "level_payment")), ("months", (1, 1, 0, "level_payment")),
    ("months", (1, 1, 481, "level_payment")), ("method", (1, 1, 1, "bullet")),
])  # fmt: skip
def test_bad_input(field: str, arguments: tuple[int, int, int, str]) -> None:
    with pytest.raises(BadInput) as caught:
        loan_figures(*arguments)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert str(caught.value.value) in caught.value.message_zh
    assert caught.value.allowed in caught.value.message_en
