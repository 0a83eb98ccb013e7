"""Due dates over columns; the same rules as `anju.core.schedule.due`. Days count like `date.toordinal`."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anju.core.engine.basis import YEAR_MAX, YEAR_MIN

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@lru_cache(maxsize=1)
def _months() -> tuple[Ints, Ints, Ints]:
    """Day before the first of each month since January 1950, its length, and the month index of each day."""
    years = range(YEAR_MIN, YEAR_MAX + 1)
    firsts = np.array([date(y, m, 1).toordinal() for y in years for m in range(1, 13)], dtype=np.int64)
    lengths = np.diff(firsts)
    of_day = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
    return firsts[:-1] - 1, lengths, of_day


def _month_index(days: Ints) -> Ints:
    before, _, of_day = _months()
    offset = days - (before[0] + 1)
    if len(offset) and not (int(offset.min()) >= 0 and int(offset.max()) < len(of_day)):
        raise ValueError(f"dates must lie in {YEAR_MIN} .. {YEAR_MAX}")
    month: Ints = of_day[offset]
    return month


def _on(month: Ints, day: Ints) -> Ints:
    """The day of a month, or its last one if it is shorter."""
    before, lengths, _ = _months()
    if len(month) and not (int(month.min()) >= 0 and int(month.max()) < len(lengths)):
        raise ValueError(f"dates must lie in {YEAR_MIN} .. {YEAR_MAX}")
    days: Ints = before[month] + np.minimum(day, lengths[month])
    return days


@dataclass(frozen=True, slots=True)
class DueColumns:
    """Payout day, due day of the month and first-due rule of many loans."""

    start: Ints
    due_day: Ints
    next_month: Bools

    def take(self, rows: Ints) -> "DueColumns":
        """The loans at these row numbers."""
        return DueColumns(self.start[rows], self.due_day[rows], self.next_month[rows])

    def first_month(self) -> Ints:
        """Month index of the first due date."""
        month = _month_index(self.start)
        same_month = ~self.next_month & (_on(month, self.due_day) > self.start)
        return month + ~same_month

    def first_period_is_whole(self) -> Bools:
        """Whether payout fell on the due day of the month before the first due date."""
        whole: Bools = _on(self.first_month() - 1, self.due_day) == self.start
        return whole

    def period_ending_on_or_after(self, days: Ints) -> Ints:
        """Number (1, 2, ...) of the period whose due date is the first one not before a day after payout."""
        month = _month_index(days)
        passed = _on(month, self.due_day) < days
        period: Ints = np.maximum(month + passed - self.first_month() + 1, 1)
        return period


def rule_giving(dues: DueColumns, first: Ints) -> Ints:
    """The first-due rule by which each loan's instalment 1 falls due on day `first`: its own if that does, else the other;
    1 next_month, 0 first_due_day, -1 neither of them."""
    none = np.zeros(len(first), dtype=np.bool_)
    by_day, by_month = (
        due_ordinals(DueColumns(dues.start, dues.due_day, rule), np.ones_like(first)) == first
        for rule in (none, ~none)
    )
    own = np.where(dues.next_month, by_month, by_day)
    other: Ints = np.where(by_month, 1, np.where(by_day, 0, -1))
    return np.where(own, dues.next_month, other)


def month_index(days: Ints) -> Ints:
    """Months since January 1950 of each day. Raises ValueError outside 1950 .. 2200."""
    return _month_index(days)


def month_end_days(due_days: Ints) -> Ints:
    """Each due day (columns) in each month since January 1950 (rows), clamped; day 0 is the day before the first."""
    before, lengths, _ = _months()
    return before[:, None] + np.minimum(due_days[None, :], lengths[:, None])


def due_ordinals(dues: DueColumns, seq: Ints) -> Ints:
    """Due day of instalment `seq` of each loan; seq 0 is the payout day."""
    month = dues.first_month() + np.maximum(seq, 1) - 1
    return np.where(seq == 0, dues.start, _on(month, dues.due_day))
