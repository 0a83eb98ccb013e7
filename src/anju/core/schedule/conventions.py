"""Conventions of interest as product data (facts section 3), and the clock they count time with.

Interest of any stretch of time is one exact product and one rounding:

    interest = divide(balance_fen x rate_ppm x time, PPM_ONE x year, rounding)

`year` and `time` are whole numbers of a unit small enough for the convention: with 360 days the unit is a day
and a month is 30 of them, so balance x annual / 12 and balance x annual / 360 x days are the same formula.

Whole and broken periods:

- A *whole* period runs from one due date to the next (the first one: from payout, when payout falls on the due
  day of the month before). whole_period = monthly: it counts one month, whatever its days. daily: it counts its
  actual days. first day counted, last not (算头不算尾).
- A *broken* period counts actual days: a first stub, a rate change inside, a moved due day, an event that
  settles or capitalises inside. Parts at different rates or balances are summed exactly and rounded once.
- The principal of a period is found with the interest of the whole period that ends on its due date (the
  *regular* interest), broken or not, at the rate of its first day: only the interest of a broken period
  differs, not its principal. For daily products the whole period that ends on a due date starts on the due day
  of the month before (fortnightly: 14 days before).

Residue: `last` (the rule): the last instalment takes the whole rest. `first`: each time an instalment A over
n periods is fixed for a balance B, the next instalment's principal is larger by

    level payment:    d = divide((B - PV(A)) x (1 + i), 1)   with PV(A) = A ((1+i)^n - 1) / (i (1+i)^n), i = annual/12
    level principal:  d = B - n x A

(d may be negative), so that the others are equal; the few fen that rounding of the interest still leaves stay
in the last instalment. Stepped and fortnightly instalments keep the residue last.

Fortnightly (双周供): due every 14 days from payout; instalment = half of the monthly one, rounded; interest by
days; ends when it is paid off, which is early.
"""

from dataclasses import dataclass
from datetime import date
from math import lcm
from typing import Literal

from anju.core.checks import one_of, require
from anju.core.money import ROUNDINGS, Rounding

Residue = Literal["last", "first"]
WholePeriod = Literal["monthly", "daily"]
YearDays = Literal[360, 365, "actual"]
Frequency = Literal["monthly", "fortnightly"]

FORTNIGHT_DAYS = 14


@dataclass(frozen=True, slots=True)
class Clock:
    """Units of time: a year, a month, and a day of a common and of a leap year."""

    year: int
    month: int
    day: int
    leap_day: int

    def days(self, start: date, end: date) -> int:
        """Time from start (counted) to end (not counted), in units. Negative time is 0."""
        first, last = start.toordinal(), end.toordinal()
        if last <= first:
            return 0
        if self.day == self.leap_day:
            return (last - first) * self.day
        return sum(
            (min(last, date(year + 1, 1, 1).toordinal()) - max(first, date(year, 1, 1).toordinal()))
            * (self.leap_day if _leap(year) else self.day)
            for year in range(start.year, end.year + 1)
        )


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _clock(common: int, leap: int) -> Clock:
    year = lcm(12, common, leap)
    return Clock(year, year // 12, year // common, year // leap)


_CLOCKS = {360: _clock(360, 360), 365: _clock(365, 365), "actual": _clock(365, 366)}


@dataclass(frozen=True, slots=True)
class Conventions:
    """Product data: rounding rule, who takes the residue, how whole periods and days count, how often is due.

    `year_days`: 360 (银发〔1999〕77号 and most contracts), 365, or "actual": days in a leap year count 1/366,
    others 1/365. The default is the one of facts section 3. Raises BadInput.
    """

    rounding: Rounding = "half_up"
    residue: Residue = "last"
    whole_period: WholePeriod = "monthly"
    year_days: YearDays = 360
    frequency: Frequency = "monthly"

    def __post_init__(self) -> None:
        one_of("rounding", self.rounding, ROUNDINGS)
        one_of("residue", self.residue, ("last", "first"))
        one_of("whole_period", self.whole_period, ("monthly", "daily"))
        require("year_days", self.year_days, self.year_days in (360, 365, "actual"), "360 | 365 | actual")
        one_of("frequency", self.frequency, ("monthly", "fortnightly"))

    @property
    def clock(self) -> Clock:
        """The units in which this product counts time."""
        return _CLOCKS[self.year_days]

    @property
    def by_days(self) -> bool:
        """Whether whole periods count actual days."""
        return self.whole_period == "daily" or self.frequency == "fortnightly"


DEFAULT = Conventions()
"""Half-up, residue last, whole months, 360 days: what most contracts say (facts section 3)."""
