"""Chinese working days and working hours (S4-019; facts section 11).

A working day is Monday to Friday, changed by the State Council's special days: `holiday_off` and
`makeup_workday` (调休). A year without any special-day row is *not official*: it is computed from the week
alone and must be shown as provisional. Only aware datetimes are accepted. All sums of minutes are taken on
the time line (UTC), so daylight saving elsewhere is safe.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from anju.core.errors import BadInput

BANK_ZONE = ZoneInfo("Asia/Shanghai")
_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)
_DAYS_LIMIT = 20_000
_KINDS = {"holiday_off": False, "makeup_workday": True}


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Days that differ from Monday to Friday (date -> is it worked?), and the years that have a notice."""

    special: Mapping[date, bool]
    years: frozenset[int]

    @classmethod
    def parse(cls, rows: Iterable[Mapping[str, str]]) -> "WorkCalendar":
        """Rows of `special_days.csv` as dicts (`date`, `kind`). Raises BadInput for a bad row."""
        special: dict[date, bool] = {}
        for row in rows:
            text, kind = (row.get("date") or "").strip(), (row.get("kind") or "").strip()
            try:
                on = date.fromisoformat(text)
                worked = _KINDS[kind]
            except (ValueError, KeyError) as error:
                raise BadInput(
                    field="special_days",
                    value=f"{text} {kind}",
                    allowed="YYYY-MM-DD holiday_off | makeup_workday",
                    message_zh="特殊日期行须为日期加 holiday_off 或 makeup_workday",
                    message_en="a special day needs a date and holiday_off or makeup_workday",
                ) from error
            special[on] = worked
        return cls(special, frozenset(on.year for on in special))

    def is_working_day(self, on: date) -> bool:
        """Whether the day counts for working-day limits."""
        worked = self.special.get(on)
        return on.weekday() < 5 if worked is None else worked

    def is_official(self, on: date) -> bool:
        """False for a year without rows: its holidays are not known, its dates are provisional."""
        return on.year in self.years

    def working_day_on_or_after(self, on: date) -> date:
        """The day itself if it is worked, else the next working day."""
        return on if self.is_working_day(on) else self.add_working_days(on, 1)

    def next_working_day(self, on: date) -> date:
        """First working day strictly after the day."""
        return self.add_working_days(on, 1)

    def add_working_days(self, on: date, n: int) -> date:
        """The n-th working day after the day; the day itself never counts. n = 0 is
        `working_day_on_or_after`.

        Negative n counts back in the same way. Raises ValueError beyond 20,000 calendar days.
        """
        if n == 0:
            return self.working_day_on_or_after(on)
        step, left, day = (_ONE_DAY, n, on) if n > 0 else (-_ONE_DAY, -n, on)
        for _ in range(_DAYS_LIMIT):
            day += step
            left -= self.is_working_day(day)
            if left == 0:
                return day
        raise ValueError("working days reach too far")

    def working_days_between(self, start: date, end: date) -> int:
        """Working days d with start < d <= end (0 if end is not after start)."""
        days = (end - start).days
        if days > _DAYS_LIMIT:
            raise ValueError("working days reach too far")
        return sum(self.is_working_day(start + timedelta(days=n)) for n in range(1, days + 1))


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Shifts of a working day in local time, in order and without overlap; none crosses midnight."""

    shifts: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(17, 30)))
    zone: tzinfo = BANK_ZONE

    def __post_init__(self) -> None:
        edges = [edge for shift in self.shifts for edge in shift]
        if not edges or any(a >= b for a, b in itertools.pairwise(edges)):
            raise ValueError("shifts must be in order, without overlap, and none may cross midnight")

    def spans(self, on: date) -> tuple[tuple[datetime, datetime], ...]:
        """Start and end of each shift of a day, in UTC."""
        return tuple((self._utc(on, start), self._utc(on, end)) for start, end in self.shifts)

    def opening_at(self, on: date) -> datetime:
        """Start of the first shift, local."""
        return datetime.combine(on, self.shifts[0][0], self.zone)

    def closing_at(self, on: date) -> datetime:
        """End of the last shift, local."""
        return datetime.combine(on, self.shifts[-1][1], self.zone)

    @property
    def minutes_per_day(self) -> int:
        """Working minutes of one working day, whole minutes."""
        day = date(2001, 1, 1)
        spans = (datetime.combine(day, end) - datetime.combine(day, start) for start, end in self.shifts)
        return sum(spans, timedelta()) // _ONE_MINUTE

    def _utc(self, on: date, at: time) -> datetime:
        return datetime.combine(on, at, self.zone).astimezone(UTC)


def require_aware(at: datetime) -> datetime:
    """The instant in UTC. Raises ValueError for a naive datetime."""
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError("an aware datetime is needed")
    return at.astimezone(UTC)


def _spans_after(
    calendar: WorkCalendar, hours: WorkingHours, at: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Working spans (UTC) that end after `at`, the first one cut at `at`."""
    day = at.astimezone(hours.zone).date()
    for _ in range(_DAYS_LIMIT):
        if calendar.is_working_day(day):
            for start, end in hours.spans(day):
                if end > at:
                    yield max(start, at), end
        day += _ONE_DAY
    raise ValueError("working time reaches too far")


def add_working_time(
    calendar: WorkCalendar, hours: WorkingHours, at: datetime, amount: timedelta
) -> datetime:
    """Earliest instant, in the zone of the hours, by which `amount` of working time has passed since `at`.

    An amount that ends exactly at the close of a shift ends there, not at the next opening; zero returns `at`
    itself.
    """
    if amount < timedelta(0):
        raise ValueError("amount must not be negative")
    now = require_aware(at)
    if not amount:
        return now.astimezone(hours.zone)
    left = amount
    for start, end in _spans_after(calendar, hours, now):
        if left <= end - start:
            return (start + left).astimezone(hours.zone)
        left -= end - start
    raise ValueError("working time reaches too far")


def add_working_minutes(calendar: WorkCalendar, hours: WorkingHours, at: datetime, minutes: int) -> datetime:
    """`add_working_time` in whole minutes. `working_minutes_between(at, result) == minutes`."""
    return add_working_time(calendar, hours, at, timedelta(minutes=minutes))


def working_time_between(
    calendar: WorkCalendar, hours: WorkingHours, start_at: datetime, end_at: datetime
) -> timedelta:
    """Working time from one instant to another; negative when the second is earlier."""
    start, end = require_aware(start_at), require_aware(end_at)
    if end < start:
        return -working_time_between(calendar, hours, end, start)
    total = timedelta(0)
    if start == end:
        return total
    for span_start, span_end in _spans_after(calendar, hours, start):
        if span_start >= end:
            return total
        total += min(span_end, end) - span_start
    raise ValueError("working time reaches too far")


def working_minutes_between(
    calendar: WorkCalendar, hours: WorkingHours, start_at: datetime, end_at: datetime
) -> int:
    """Whole working minutes from one instant to another, rounded down."""
    return working_time_between(calendar, hours, start_at, end_at) // _ONE_MINUTE
