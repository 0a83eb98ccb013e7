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
  of the month before (fortnightly: 14 days before). broken_instalment = kept: the instalment stays as it is
  instead, and the interest of the broken period is taken from it.

Residue: `last` (the rule): the last instalment takes the whole rest. `first`: each time an instalment A over
n periods is fixed for a balance B, the next instalment's principal is larger by

    level payment:    d = divide((B - PV(A)) x (1 + i), 1)   with PV(A) = A ((1+i)^n - 1) / (i (1+i)^n), i = annual/12
    level principal:  d = B - n x A

(d may be negative), so that the others are equal; the few fen that rounding of the interest still leaves stay
in the last instalment. Stepped and fortnightly instalments keep the residue last.

Fortnightly (双周供): due every 14 days from payout; instalment = half of the monthly one, rounded; interest by
days; ends when it is paid off, which is early.

Longer periods (quarterly 按季 and so on): a whole period is k months, i = annual x k / 12; due on the due day of
every k-th month. `once`: one period of the whole term, principal and interest at maturity (到期一次还本付息).

levelling = dates: a level payment is fixed so that the loan ends exactly with the days that its periods really
have, A = B x prod(1 + w_j) / sum_k prod_(j>k)(1 + w_j) with w_j = rate x time of period j (the running period counts
as broken only when its instalment is kept). Stepped and fortnightly instalments are nominal, level principal does
not depend on it.

instalment_unit_fen: level payments, principal parts and stepped bases are multiples of it (10: jiao, 100: yuan),
rounded by `instalment_rounding`; interest is always rounded to the fen. When the balance is paid before the last
period, because instalments were rounded up or fixed by the lender, the schedule ends there.

stub: when payout lies more than one period before the first due date, the interest up to one period before it is
`with_first` (the first instalment has it, the rule), `separate` (falls due alone one period before the first due
date) or `at_payout` (taken on the payout day; Civil Code Art. 670 forbids that here, other countries do it).
"""

from dataclasses import dataclass
from datetime import date
from math import lcm
from typing import Literal

from anju.core.checks import one_of, require
from anju.core.dates import add_months, is_leap, month_number
from anju.core.money import ROUNDINGS, UNIT_ROUNDINGS, Rounding, UnitRounding

Residue = Literal["last", "first"]
WholePeriod = Literal["monthly", "daily"]
YearDays = Literal[360, 365, "actual", "30/360"]
Frequency = Literal["monthly", "fortnightly", "quarterly", "half_yearly", "yearly", "once"]
Levelling = Literal["nominal", "dates"]
BrokenTime = Literal["days", "months_days"]
BrokenInstalment = Literal["regular", "kept"]
Stub = Literal["with_first", "separate", "at_payout"]

UNITS_FEN = (1, 10, 100, 1_000, 10_000)
MONTHS_OF: dict[str, int] = {
    "monthly": 1,
    "fortnightly": 1,
    "quarterly": 3,
    "half_yearly": 6,
    "yearly": 12,
    "once": 0,
}
"""Months from one due date to the next; `once`: the whole term."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Units of time: a year, a month, and a day of a common and of a leap year. `thirty`: every month has 30 days."""

    year: int
    month: int
    day: int
    leap_day: int
    thirty: bool = False

    def days(self, start: date, end: date) -> int:
        """Time from start (counted) to end (not counted), in units. Negative time is 0."""
        first, last = start.toordinal(), end.toordinal()
        if last <= first:
            return 0
        if self.thirty:
            return (thirty_days(end) - thirty_days(start)) * self.day
        if self.day == self.leap_day or start.year == end.year:
            return (last - first) * (self.leap_day if is_leap(start.year) else self.day)
        return sum(
            (min(last, date(year + 1, 1, 1).toordinal()) - max(first, date(year, 1, 1).toordinal()))
            * (self.leap_day if is_leap(year) else self.day)
            for year in range(start.year, end.year + 1)
        )

    @property
    def even_days(self) -> bool:
        """Whether every day of every year counts the same."""
        return self.day == self.leap_day and not self.thirty


def thirty_days(on: date) -> int:
    """Days since year 0 when every month has 30 of them: the 31st counts as the 30th (30E/360)."""
    return month_number(on) * 30 + min(on.day, 30)


def _clock(common: int, leap: int, thirty: bool = False) -> Clock:
    year = lcm(12, common, leap)
    return Clock(year, year // 12, year // common, year // leap, thirty)


_CLOCKS = {
    360: _clock(360, 360),
    365: _clock(365, 365),
    "actual": _clock(365, 366),
    "30/360": _clock(360, 360, True),
}


@dataclass(frozen=True, slots=True)
class Conventions:
    """Product data: rounding rule, who takes the residue, how whole periods and days count, how often is due.

    `year_days`: 360 (银发〔1999〕77号 and most contracts), 365, "actual": days in a leap year count 1/366, others
    1/365; "30/360": 360 days, and every month has 30. `broken_time` = months_days: a broken period counts its whole
    months as twelfths and only the days over by days (银发〔2005〕129号: 整月加零头天数). The others: module text. The
    default is the one of facts section 3. Raises BadInput.
    """

    rounding: Rounding = "half_up"
    residue: Residue = "last"
    whole_period: WholePeriod = "monthly"
    year_days: YearDays = 360
    frequency: Frequency = "monthly"
    levelling: Levelling = "nominal"
    broken_time: BrokenTime = "days"
    broken_instalment: BrokenInstalment = "regular"
    stub: Stub = "with_first"
    instalment_unit_fen: int = 1
    instalment_rounding: UnitRounding | None = None
    """None: as `rounding`."""

    def __post_init__(self) -> None:
        one_of("rounding", self.rounding, ROUNDINGS)
        one_of("residue", self.residue, ("last", "first"))
        one_of("whole_period", self.whole_period, ("monthly", "daily"))
        require("year_days", self.year_days, self.year_days in _CLOCKS, "360 | 365 | actual | 30/360")
        one_of("frequency", self.frequency, tuple(MONTHS_OF))
        one_of("levelling", self.levelling, ("nominal", "dates"))
        one_of("broken_time", self.broken_time, ("days", "months_days"))
        one_of("broken_instalment", self.broken_instalment, ("regular", "kept"))
        one_of("stub", self.stub, ("with_first", "separate", "at_payout"))
        units = " | ".join(map(str, UNITS_FEN))
        require("instalment_unit_fen", self.instalment_unit_fen, self.instalment_unit_fen in UNITS_FEN, units)
        if self.instalment_rounding is not None:
            one_of("instalment_rounding", self.instalment_rounding, UNIT_ROUNDINGS)
        if self.by_days:
            allowed, zh = "days where every period counts days", "按日计息时只能为 days"
            require("broken_time", self.broken_time, self.broken_time == "days", allowed, zh)
        if self.frequency == "fortnightly":
            allowed, zh = "with_first for fortnightly", "双周供只能为 with_first"
            require("stub", self.stub, self.stub == "with_first", allowed, zh)

    @property
    def clock(self) -> Clock:
        """The units in which this product counts time."""
        return _CLOCKS[self.year_days]

    @property
    def by_days(self) -> bool:
        """Whether whole periods count actual days."""
        return self.whole_period == "daily" or self.frequency == "fortnightly"

    @property
    def plain_instalments(self) -> bool:
        """Whether instalments are rounded to the fen like interest, so that none of them pays a loan off early."""
        return self.instalment_unit_fen == 1 and self.instalment_rounding is None

    def time(self, start: date, end: date) -> int:
        """Time of a broken stretch from start (counted) to end (not counted), in units of the clock."""
        clock = self.clock
        if self.broken_time == "days" or end <= start:
            return clock.days(start, end)
        months = month_number(end) - month_number(start)
        months -= add_months(start, months) > end
        return months * clock.month + clock.days(add_months(start, months), end)


DEFAULT = Conventions()
"""Half-up, residue last, whole months, 360 days: what most contracts say (facts section 3)."""
