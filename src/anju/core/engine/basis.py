"""How interest is counted and rounded over columns: the same rules as `schedule.conventions`, as plain numbers.

A day weighs so much that interest = balance x (rate_ppm x weight of the days) / `day_divisor`, one division. With
`actual` days a day weighs 365 in a leap year and 366 in another, and the divisor holds 365 x 366; with `30/360` the 31st
weighs nothing and the last of February what is left of 30 days.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anju.core.money import PPM_ONE

Ints = NDArray[np.int64]
Rounding = Literal["half_up", "half_even", "down"]
YearDays = Literal[360, 365, "actual", "30/360"]

HALF_UP, HALF_EVEN, DOWN = 0, 1, 2
_YEARS: dict[object, int] = {360: 360, 365: 365, "actual": 365 * 366, "30/360": 360}
_CODES = {"half_up": HALF_UP, "half_even": HALF_EVEN, "down": DOWN}

MONTH_DIVISOR = 12 * PPM_ONE
YEAR_MIN, YEAR_MAX = 1950, 2200
SPLIT_BITS = 18
"""Balances are split here so that balance x weight fits: 2**19 x 2**33 and 2**18 x 2**37 (see `divide_weighted`)."""
WEIGHT_MAX = 2**33
"""Above 36 % x 62 days x 366, the largest weight of one period."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Rounding rule, whole periods by month or by day, days of a year. The default is facts section 3."""

    rounding: Rounding = "half_up"
    daily: bool = False
    year_days: YearDays = 360

    def __post_init__(self) -> None:
        if self.rounding not in _CODES or self.year_days not in (360, 365, "actual", "30/360"):
            raise ValueError(f"no such rounding or year: {self.rounding}, {self.year_days}")

    @property
    def code(self) -> int:
        """The rounding rule as a number, for kernels."""
        return _CODES[self.rounding]

    @property
    def day_divisor(self) -> int:
        """What balance x rate x weight is divided by; always even."""
        return _YEARS[self.year_days] * PPM_ONE

    def weight_until(self, days: Ints) -> Ints:
        """Weight of all days before each day (`date.toordinal`), counted from the year 1950."""
        if self.year_days in (360, 365):
            return days
        weights = _actual_weights() if self.year_days == "actual" else _thirty_weights()
        return weights[days - date(YEAR_MIN, 1, 1).toordinal()]


@lru_cache(maxsize=1)
def _actual_weights() -> Ints:
    years = np.arange(YEAR_MIN, YEAR_MAX + 1)
    leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    a_day = np.repeat(np.where(leap, 365, 366), np.where(leap, 366, 365))
    total: Ints = np.concatenate([[0], np.cumsum(a_day)]).astype(np.int64)
    return total


@lru_cache(maxsize=1)
def _thirty_weights() -> Ints:
    """Days before each day when every month has 30: the 31st counts as the 30th."""
    first, last = np.datetime64(f"{YEAR_MIN}-01-01"), np.datetime64(f"{YEAR_MAX + 1}-01-01")
    days = np.arange(first, last + 1)
    months = days.astype("datetime64[M]")
    of_month = (days - months).astype(np.int64) + 1
    total: Ints = (months - months[0]).astype(np.int64) * 30 + np.minimum(of_month, 30)
    return total


def rounded(quotient: Ints, remainder: Ints, divisor: int, code: int) -> Ints:
    """Quotients of non-negative floor divisions, rounded by rule. The divisor is even."""
    half = divisor // 2
    if code == HALF_UP:
        up: Ints = quotient + (remainder >= half)
        return up
    if code == HALF_EVEN:
        even: Ints = quotient + ((remainder > half) | ((remainder == half) & (quotient % 2 == 1)))
        return even
    return quotient


def divide_columns(numerator: Ints, divisor: int, code: int = HALF_UP) -> Ints:
    """Non-negative columns by one even divisor, rounded by rule, exact."""
    if code == HALF_UP:
        result: Ints = (numerator + divisor // 2) // divisor
        return result
    quotient = numerator // divisor
    return rounded(quotient, numerator - quotient * divisor, divisor, code)


def divide_weighted(balance: Ints, weight: Ints, divisor: int, code: int = HALF_UP) -> Ints:
    """balance x weight / divisor, rounded by rule, exact although the product may pass 63 bits.

    Balance at most FEN_MAX (< 2**37), weight below 2**33, divisor below 2**37: each product stays below 2**56.
    """
    high = (balance >> SPLIT_BITS) * weight
    quotient = high // divisor
    rest = ((high - quotient * divisor) << SPLIT_BITS) + (balance & ((1 << SPLIT_BITS) - 1)) * weight
    low = rest // divisor
    return rounded((quotient << SPLIT_BITS) + low, rest - low * divisor, divisor, code)
