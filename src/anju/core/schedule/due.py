"""Due dates (应还款日): the due day of each month, clamped at the month end without drift."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from anju.core.dates import clamped, month_number

FirstDue = Literal["next_month", "first_due_day"]


class HasDueRule(Protocol):
    """Anything that says when instalments fall due: `Terms`, or a bare `DueRule`."""

    @property
    def start_on(self) -> date: ...
    @property
    def due_day(self) -> int: ...
    @property
    def first_due(self) -> FirstDue: ...


@dataclass(frozen=True, slots=True)
class DueRule:
    """Payout date, due day 1..31, and where the first due date lies.

    next_month: the due day of the calendar month after payout (41 days for 10 March and day 20; it may be as
    short as one day, 31 March and day 1). first_due_day: the first due day after payout (10 days in that
    example).
    """

    start_on: date
    due_day: int
    first_due: FirstDue = "next_month"


def first_month(rule: HasDueRule) -> int:
    """Month number of the first due date."""
    month = month_number(rule.start_on)
    if rule.first_due == "first_due_day" and clamped(month, rule.due_day) > rule.start_on:
        return month
    return month + 1


def due_on(rule: HasDueRule, seq: int) -> date:
    """Due date of instalment `seq` (1, 2, ...); 0 is the payout date. 31 January, 28 February, 31 March."""
    if seq < 0:
        raise ValueError("seq must not be negative")
    return rule.start_on if seq == 0 else clamped(first_month(rule) + seq - 1, rule.due_day)


def first_period_is_whole(rule: HasDueRule) -> bool:
    """Whether payout fell on the (clamped) due day of the month before the first due date."""
    return clamped(first_month(rule) - 1, rule.due_day) == rule.start_on
