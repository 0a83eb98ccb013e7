"""Working days and hours on the Chinese calendar, deadlines, pauses."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anju.core.errors import BadInput
from anju.core.sla import Deadline, deadline_at, is_met, remaining, remaining_minutes, resumed_deadline_at
from anju.core.working_time import (
    BANK_ZONE,
    WorkCalendar,
    WorkingHours,
    add_working_minutes,
    working_minutes_between,
)

from .data import calendar

HOURS = WorkingHours()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BANK_ZONE)


@pytest.mark.parametrize(
    ("on", "worked"),
    [
        (date(2026, 2, 13), True),
        (date(2026, 2, 14), True),  # Saturday, make-up workday
        (date(2026, 2, 15), False),
        (date(2026, 2, 17), False),  # Tuesday, Spring Festival
        (date(2026, 2, 24), True),
        (date(2026, 10, 7), False),
        (date(2026, 10, 10), True),  # Saturday, make-up workday
        (date(2026, 10, 11), False),
        (date(2027, 1, 1), True),  # no notice is loaded for 2027: the week alone counts
    ],
)
def test_working_days(on: date, worked: bool) -> None:  # S4-019
    assert calendar().is_working_day(on) is worked


def test_working_days_of_2026_by_month() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    counts = [
        sum(calendar().is_working_day(on) for on in days if on.month == month) for month in range(1, 13)
    ]
    assert counts == [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]


def test_a_year_without_a_notice_is_not_official() -> None:
    assert calendar().is_official(date(2026, 12, 31))
    assert not calendar().is_official(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("on", "n", "expected"),
    [
        (date(2026, 9, 30), 0, date(2026, 9, 30)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 10, 3), 0, date(2026, 10, 8)),
        (date(2026, 10, 8), 3, date(2026, 10, 12)),  # Thursday; Friday, make-up Saturday, Monday
        (date(2026, 2, 14), 1, date(2026, 2, 24)),
        (date(2026, 10, 8), -1, date(2026, 9, 30)),
    ],
)
def test_add_working_days(on: date, n: int, expected: date) -> None:  # S4-023
    assert calendar().add_working_days(on, n) == expected


def test_next_working_day_is_after_the_day() -> None:
    assert calendar().next_working_day(date(2026, 9, 1)) == date(2026, 9, 2)
    assert calendar().working_days_between(date(2026, 9, 30), date(2026, 10, 12)) == 4


@given(st.dates(date(2019, 1, 1), date(2026, 12, 1)), st.integers(1, 60))
def test_counting_back_undoes_counting(on: date, n: int) -> None:
    later = calendar().add_working_days(on, n)
    assert calendar().is_working_day(later)
    assert calendar().working_days_between(on, later) == n
    assert calendar().add_working_days(later + timedelta(days=1), -n) > on


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-09-01 10:00", 15, "2026-09-01 10:15"),
        ("2026-09-01 09:00", 180, "2026-09-01 12:00"),  # ends at the close of the shift, not at 13:30
        ("2026-09-01 09:00", 181, "2026-09-01 13:31"),
        ("2026-09-01 11:00", 180, "2026-09-01 15:30"),  # across lunch
        ("2026-09-01 12:10", 60, "2026-09-01 14:30"),
        ("2026-09-01 16:30", 180, "2026-09-02 11:00"),  # overnight
        ("2026-09-04 17:00", 180, "2026-09-07 11:30"),  # across a weekend
        ("2026-09-30 17:00", 180, "2026-10-08 11:30"),  # across the National Day holiday
        ("2026-10-09 17:00", 180, "2026-10-10 11:30"),  # into a make-up Saturday
        ("2026-02-14 17:29", 2, "2026-02-24 09:01"),
        ("2026-09-01 08:00", 1, "2026-09-01 09:01"),
        ("2026-09-01 20:00", 420, "2026-09-02 17:30"),
        ("2026-09-05 03:00", 0, "2026-09-05 03:00"),
        ("2026-09-01 11:59:30", 1, "2026-09-01 13:30:30"),
    ],
)
def test_three_working_hours(start: str, minutes: int, end: str) -> None:  # S4-019
    found = add_working_minutes(calendar(), HOURS, at(start), minutes)
    assert found == at(end)
    assert found.utcoffset() == timedelta(hours=8)
    assert working_minutes_between(calendar(), HOURS, at(start), at(end)) == minutes


INSTANTS = st.datetimes(datetime(2019, 1, 1), datetime(2026, 12, 1), timezones=st.just(BANK_ZONE))


@settings(deadline=None)
@given(INSTANTS, st.integers(0, 10_000))
def test_adding_and_measuring_are_inverse(start: datetime, minutes: int) -> None:  # S4-019
    end = add_working_minutes(calendar(), HOURS, start, minutes)
    assert end >= start
    assert working_minutes_between(calendar(), HOURS, start, end) == minutes
    assert working_minutes_between(calendar(), HOURS, end, start) == -minutes


@settings(deadline=None)
@given(INSTANTS, st.integers(0, 3_000), st.integers(0, 3_000))
def test_amounts_add_up(start: datetime, first: int, second: int) -> None:
    middle = add_working_minutes(calendar(), HOURS, start, first)
    end = add_working_minutes(calendar(), HOURS, middle, second)
    assert end == add_working_minutes(calendar(), HOURS, start, first + second) or first + second == 0


def test_daylight_saving_elsewhere_neither_gives_nor_takes_an_hour() -> None:
    day = WorkingHours(((time(0), time(23)),), ZoneInfo("Europe/Berlin"))
    start = datetime(2026, 10, 25, 0, 0, tzinfo=day.zone)  # this Sunday has 25 hours
    always = WorkCalendar({start.date(): True}, frozenset({2026}))
    end = add_working_minutes(always, day, start, 24 * 60)
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=24)


def test_naive_instants_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        add_working_minutes(calendar(), HOURS, datetime(2026, 9, 1, 9), 5)


@pytest.mark.parametrize(
    "shifts",
    [
        (),
        ((time(12), time(9)),),
        ((time(9), time(12)), (time(11), time(13))),
        ((time(13), time(14)), (time(9), time(10))),
    ],
)
def test_bad_shifts_are_refused(shifts: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="shifts"):
        WorkingHours(shifts)


def test_a_calendar_of_unknown_kinds_is_refused() -> None:
    with pytest.raises(BadInput):
        WorkCalendar.parse([{"date": "2027-01-01", "kind": "half_day"}])


def test_minutes_of_a_working_day() -> None:
    assert HOURS.minutes_per_day == 420


@pytest.mark.parametrize(
    ("rule", "start", "deadline"),
    [
        (Deadline("wall", 15), "2026-09-01 23:50", "2026-09-02 00:05"),
        (Deadline("wall", 24 * 60), "2026-09-30 10:00", "2026-10-01 10:00"),
        (Deadline("working_minutes", 180), "2026-09-30 17:00", "2026-10-08 11:30"),
        (Deadline("working_days", 1), "2026-09-30 08:00", "2026-10-08 17:30"),
        (Deadline("working_days", 0), "2026-09-30 08:00", "2026-09-30 17:30"),
        (Deadline("working_days", 15), "2026-09-01 10:00", "2026-09-21 17:30"),  # one make-up Sunday, 09-20
    ],
)
def test_deadlines(rule: Deadline, start: str, deadline: str) -> None:  # S4-017, S4-019
    assert deadline_at(rule, at(start), calendar(), HOURS) == at(deadline)


def test_the_deadline_itself_is_in_time() -> None:  # S4-017
    deadline = deadline_at(Deadline("wall", 15), at("2026-09-01 10:00"), calendar(), HOURS)
    assert is_met(deadline, at("2026-09-01 10:14:59"))
    assert is_met(deadline, at("2026-09-01 10:15"))
    assert not is_met(deadline, at("2026-09-01 10:15:01"))


@pytest.mark.parametrize(
    ("rule", "start", "paused", "left", "resumed", "deadline"),
    [
        (
            Deadline("wall", 60),
            "2026-09-01 10:00",
            "2026-09-01 10:20",
            40,
            "2026-09-03 09:00",
            "2026-09-03 09:40",
        ),
        (
            Deadline("working_minutes", 180),
            "2026-09-01 10:00",
            "2026-09-01 11:00",
            120,
            "2026-09-30 17:00",
            "2026-10-08 10:30",
        ),
        (
            Deadline("working_days", 2),
            "2026-09-01 10:00",
            "2026-09-02 13:30",
            240 + 420,
            "2026-09-07 13:30",
            "2026-09-08 17:30",
        ),
    ],
)
def test_pause_and_resume(
    rule: Deadline, start: str, paused: str, left: int, resumed: str, deadline: str
) -> None:  # S0-02
    first = deadline_at(rule, at(start), calendar(), HOURS)
    assert remaining_minutes(rule, first, at(paused), calendar(), HOURS) == left
    assert resumed_deadline_at(rule, at(resumed), left, calendar(), HOURS) == at(deadline)


@settings(deadline=None)
@given(
    st.sampled_from([Deadline("wall", 900), Deadline("working_minutes", 500), Deadline("working_days", 3)]),
    INSTANTS,
    st.integers(0, 400),
)
def test_a_pause_of_no_length_changes_nothing(rule: Deadline, start: datetime, after: int) -> None:  # S0-02
    deadline = deadline_at(rule, start, calendar(), HOURS)
    pause = start + timedelta(minutes=after)
    left = remaining(rule, deadline, pause, calendar(), HOURS)
    if left > timedelta(0):
        assert resumed_deadline_at(rule, pause, left, calendar(), HOURS) == deadline


def test_an_overdue_clock_stays_overdue_after_a_pause() -> None:
    rule, late = Deadline("wall", 10), at("2026-09-01 11:00")
    deadline = deadline_at(rule, at("2026-09-01 10:00"), calendar(), HOURS)
    left = remaining_minutes(rule, deadline, late, calendar(), HOURS)
    assert left == -50
    assert resumed_deadline_at(rule, at("2026-09-02 10:00"), left, calendar(), HOURS) == at(
        "2026-09-02 10:00"
    )


@pytest.mark.parametrize(("kind", "amount"), [("hours", 1), ("wall", -1)])
def test_bad_rules_are_refused(kind: str, amount: int) -> None:
    with pytest.raises(ValueError, match="deadline"):
        Deadline(kind, amount)  # type: ignore[arg-type]
