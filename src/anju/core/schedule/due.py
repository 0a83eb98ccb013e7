"""Due dates (应还款日): the due day of each month, clamped at the month end without drift, or every 14 days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

from anju.core.dates import clamped, month_number

FirstDue = Literal["next_month", "first_due_day"]
FORTNIGHT = timedelta(days=14)


class HasDueRule(Protocol):
    """Anything that says when instalments fall due: `Terms`, or a bare `DueRule`."""

    @property
    def start_on(self) -> date: ...
    @property
    def due_day(self) -> int: ...
    @property
    def first_due(self) -> FirstDue: ...
    @property
    def first_due_on(self) -> date | None: ...
    @property
    def every(self) -> int: ...


@dataclass(frozen=True, slots=True)
class DueRule:
    """Payout date, due day 1..31, where the first due date lies, and `every` how many months one is due.

    next_month: the due day of the calendar month after payout, or so many months after it as a period has (41 days
    for 10 March and day 20; it may be as short as one day, 31 March and day 1). first_due_day: the first due day
    after payout (10 days in that example). `first_due_on`: that date itself instead.
    """

    start_on: date
    due_day: int
    first_due: FirstDue = "next_month"
    first_due_on: date | None = None
    every: int = 1


def first_month(rule: HasDueRule) -> int:
    """Month number of the first due date."""
    if rule.first_due_on is not None:
        return month_number(rule.first_due_on)
    month = month_number(rule.start_on)
    if rule.first_due == "first_due_day" and clamped(month, rule.due_day) > rule.start_on:
        return month
    return month + (1 if rule.first_due == "first_due_day" else rule.every)


def due_on(rule: HasDueRule, seq: int) -> date:
    """Due date of instalment `seq` (1, 2, ...); 0 is the payout date. 31 January, 28 February, 31 March."""
    if seq < 0:
        raise ValueError("seq must not be negative")
    return rule.start_on if seq == 0 else clamped(first_month(rule) + (seq - 1) * rule.every, rule.due_day)


class Monthly(NamedTuple):
    """The due dates to come: `day` of month number `month`, and of every month, or `every` so many, after it."""

    day: int
    month: int
    every: int = 1

    def at(self, k: int) -> date:
        """The k-th due date to come (0: the next one; -1: where the whole period that ends on it begins)."""
        return clamped(self.month + k * self.every, self.day)

    def first(self, n: int) -> Sequence[date]:
        """The next n due dates."""
        return _first(self, n)

    def up_to(self, on: date) -> int:
        """How many of them are not after a day."""
        periods = (month_number(on) - self.month) // self.every
        return max(periods + (self.at(periods) <= on), 0)

    def after(self, n: int) -> "Monthly":
        """The due dates when the next n have passed."""
        return Monthly(self.day, self.month + n * self.every, self.every)


@lru_cache(maxsize=64)
def _first(dues: Monthly, n: int) -> tuple[date, ...]:
    """Kept, because plans that are compared fall due on the same days."""
    months = range(dues.month, dues.month + n * dues.every, dues.every)
    if dues.day > 28:
        return tuple(clamped(month, dues.day) for month in months)
    return tuple(date(month // 12, month % 12 + 1, dues.day) for month in months)


class Fortnightly(NamedTuple):
    """The due dates to come: `next_on`, and every 14 days after it (双周供)."""

    next_on: date

    @property
    def every(self) -> int:
        """Months of the period of which the instalment is half."""
        return 1

    def at(self, k: int) -> date:
        """The k-th due date to come (0: the next one; -1: 14 days before it)."""
        return self.next_on + k * FORTNIGHT

    def first(self, n: int) -> Sequence[date]:
        """The next n due dates."""
        return [self.next_on + k * FORTNIGHT for k in range(n)]

    def up_to(self, on: date) -> int:
        """How many of them are not after a day."""
        return max((on - self.next_on) // FORTNIGHT + 1, 0)

    def after(self, n: int) -> "Fortnightly":
        """The due dates when the next n have passed."""
        return Fortnightly(self.next_on + n * FORTNIGHT)


Dues = Monthly | Fortnightly
