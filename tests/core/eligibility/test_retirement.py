"""Staged statutory retirement ages (facts section 5; S4-009)."""

from datetime import date

import pytest

from anju.core.eligibility import statutory_retirement
from anju.core.errors import PolicyMissing
from anju.core.policy import PolicyTable

from ..data import policy_table

ON = date(2026, 11, 22)


@pytest.mark.parametrize(("group", "born_on", "years", "months", "on"), [
    ("men", date(1964, 12, 31), 60, 0, date(2024, 12, 31)),
    ("men", date(1965, 1, 1), 60, 1, date(2025, 2, 1)),
    ("men", date(1965, 4, 30), 60, 1, date(2025, 5, 30)),
    ("men", date(1965, 5, 1), 60, 2, date(2025, 7, 1)),
    ("men", date(1976, 8, 31), 62, 11, date(2039, 7, 31)),
    ("men", date(1976, 9, 1), 63, 0, date(2039, 9, 1)),
    ("men", date(2000, 1, 1), 63, 0, date(2063, 1, 1)),
    ("women_55", date(1969, 12, 1), 55, 0, date(2024, 12, 1)),
    ("women_55", date(1970, 1, 1), 55, 1, date(2025, 2, 1)),
    ("women_55", date(1981, 9, 1), 58, 0, date(2039, 9, 1)),
    ("women_50", date(1975, 1, 1), 50, 1, date(2025, 2, 1)),
    ("women_50", date(1975, 3, 1), 50, 2, date(2025, 5, 1)),
    ("women_50", date(1984, 10, 1), 54, 11, date(2039, 9, 1)),
    ("women_50", date(1984, 11, 1), 55, 0, date(2039, 11, 1)),
])  # fmt: skip
def test_the_formula(group: str, born_on: date, years: int, months: int, on: date) -> None:
    found = statutory_retirement(born_on, group, policy_table(), ON)  # type: ignore[arg-type]
    assert (found.age_months, found.on) == (years * 12 + months, on)
    assert "退休年龄" in found.document


def test_before_2025_the_original_ages_hold() -> None:
    found = statutory_retirement(date(1980, 1, 1), "women_50", policy_table(), date(2024, 12, 31))
    assert found.age_months == 600


def test_without_policy_nothing_is_guessed() -> None:
    with pytest.raises(PolicyMissing):
        statutory_retirement(date(1980, 1, 1), "men", PolicyTable.parse([]), ON)
