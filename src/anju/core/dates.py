"""Month arithmetic: whole months are added to the original date, so clamping at a month end never drifts."""

from datetime import date

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    """Whether a year has 366 days (`calendar` costs more to import than this)."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_number(on: date) -> int:
    """Months since year 0, so that differences count months."""
    return on.year * 12 + on.month - 1


def clamped(number: int, day: int) -> date:
    """The day of month number `number`, or the month's last day if it is shorter."""
    year, month = divmod(number, 12)
    if day > 28:
        day = min(day, 29 if month == 1 and is_leap(year) else _LENGTHS[month])
    return date(year, month + 1, day)


def add_months(on: date, months: int) -> date:
    """The date so many months later, clamped at the month end (31 January + 1 month = 28 or 29 February)."""
    return clamped(month_number(on) + months, on.day)
