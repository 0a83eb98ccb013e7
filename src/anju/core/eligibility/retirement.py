"""Statutory retirement under the staged delay from 2025-01-01, and how long a loan may run before it.

全国人大常委会关于实施渐进式延迟法定退休年龄的决定 (2024-09-13): m = months from the base birth month, base
included; delay = min(cap, ceil(m / step)) months, 0 if m < 1 (facts section 5; S4-009).
"""

from dataclasses import dataclass
from datetime import date

from anju.core.dates import add_months, month_number
from anju.core.eligibility.application import RetirementGroup
from anju.core.policy import PolicyTable

_ALL = "commercial_mortgage"
STATUTORY = "statutory_retirement_age"


@dataclass(frozen=True, slots=True)
class Retirement:
    """Retirement age in months, the day it is reached, and the document."""

    age_months: int
    on: date
    document: str


def statutory_retirement(born_on: date, group: RetirementGroup, policy: PolicyTable, on: date) -> Retirement:
    """Statutory retirement as the rules of a date have it. Raises PolicyMissing.

    >>> a man born in September 1976 or later: 63 years; a woman (50) born in December 1984 or later: 55 years.
    """
    original = policy.row("retirement_original_age_years", group, on)
    months = int(original.value) * 12 + _delay_months(born_on, group, policy, on)
    return Retirement(months, add_months(born_on, months), original.document)


def _delay_months(born_on: date, group: RetirementGroup, policy: PolicyTable, on: date) -> int:
    if not policy.has("retirement_delay_base_birth_month", group, on):
        return 0
    year, month = policy.text("retirement_delay_base_birth_month", group, on).split("-")
    m = month_number(born_on) - month_number(date(int(year), int(month), 1)) + 1
    if m < 1:
        return 0
    step = policy.integer("retirement_delay_step_months", group, on)
    return min(policy.integer("retirement_delay_cap_months", group, on), -(-m // step))


def age_limit(born_on: date, group: RetirementGroup, policy: PolicyTable, on: date) -> Retirement:
    """Until when a loan may run: the policy row `age_plus_term_limit` is the word statutory_retirement_age, or
    an age in years (banks use 65 | 70 | 75 | 80). Raises PolicyMissing, BadInput.
    """
    row = policy.row("age_plus_term_limit", _ALL, on)
    if row.value == STATUTORY:
        return statutory_retirement(born_on, group, policy, on)
    months = policy.integer("age_plus_term_limit", _ALL, on) * 12
    return Retirement(months, add_months(born_on, months), row.document)


def age_years(born_on: date, on: date) -> int:
    """Completed years of life."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def whole_months(start: date, end: date) -> int:
    """Largest n with start + n months <= end; 0 when the end is not later."""
    months = month_number(end) - month_number(start)
    return max(months - (add_months(start, months) > end), 0) if months > 0 else 0
