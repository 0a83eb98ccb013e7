"""The loan prime rate (LPR, 贷款市场报价利率): published rows, publication days, which row counts on a date."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from anju.core.checks import bad, iso_date
from anju.core.errors import LprMissing
from anju.core.money import percent_to_ppm
from anju.core.working_time import WorkCalendar

Tenor = Literal["1y", "5y"]
LprSelection = Literal["last_published_before", "last_published_on_or_before"]
PUBLICATION_DAY = 20


@dataclass(frozen=True, slots=True)
class LprTable:
    """Published LPR rows in order of date: publication dates, 1-year and 5-year rates in ppm."""

    dates: tuple[date, ...]
    lpr_1y_ppm: tuple[int, ...]
    lpr_5y_ppm: tuple[int, ...]

    @classmethod
    def parse(cls, rows: Iterable[Mapping[str, str]]) -> "LprTable":
        """Rows of `lpr.csv` as dicts (`date`, `lpr_1y`, `lpr_5y` in percent). Raises BadInput."""
        parsed = sorted(
            (iso_date(row["date"]), percent_to_ppm(row["lpr_1y"]), percent_to_ppm(row["lpr_5y"]))
            for row in rows
        )
        dates = tuple(row[0] for row in parsed)
        if len({(on.year, on.month) for on in dates}) != len(dates):
            raise bad("lpr", "two rows in one month", "one row a month")
        return cls(dates, tuple(row[1] for row in parsed), tuple(row[2] for row in parsed))

    def selected(
        self, on: date, selection: LprSelection, calendar: WorkCalendar | None = None
    ) -> tuple[int, bool]:
        """Index of the row that counts on a date, and whether a later publication is due but not loaded.

        Raises LprMissing before the first publication (2019-08-20).
        """
        same_day = selection == "last_published_on_or_before"
        index = (bisect_right(self.dates, on) if same_day else bisect_left(self.dates, on)) - 1
        if index < 0:
            raise LprMissing("lpr", on, f"{on} 之前没有 LPR", f"no LPR was published before {on}")
        expected = last_publication_on(on if same_day else on - timedelta(days=1), calendar)
        found = self.dates[index]
        return index, (found.year, found.month) < (expected.year, expected.month)

    def of_month(self, year: int, month: int) -> int:
        """Index of the row of a month. Raises LprMissing."""
        for index, on in enumerate(self.dates):
            if (on.year, on.month) == (year, month):
                return index
        wanted = f"{year}-{month:02d}"
        raise LprMissing("lpr", wanted, f"{wanted} 的 LPR 尚未录入", f"the LPR of {wanted} is not loaded")

    def rate_ppm(self, index: int, tenor: Tenor) -> int:
        """Rate of a row."""
        return (self.lpr_1y_ppm if tenor == "1y" else self.lpr_5y_ppm)[index]


def publication_on(year: int, month: int, calendar: WorkCalendar | None = None) -> date:
    """Publication day of a month: the 20th, else the next working day (make-up workdays count)."""
    return (calendar or _WEEKDAYS).working_day_on_or_after(date(year, month, PUBLICATION_DAY))


def last_publication_on(on: date, calendar: WorkCalendar | None = None) -> date:
    """The latest publication day not after a date, by the rule."""
    this_month = publication_on(on.year, on.month, calendar)
    if this_month <= on:
        return this_month
    before = on.replace(day=1) - timedelta(days=1)
    return publication_on(before.year, before.month, calendar)


_WEEKDAYS = WorkCalendar({}, frozenset())
