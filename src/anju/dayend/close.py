"""Closing business days: in order, resumable, one at a time.

Each step is one transaction together with its `DayStep` row, so a run that was killed goes on at the first
step without a
row. Everything a step writes carries the day's own instant `at`, never the wall clock, so the result does not
depend on
when or how often the run was interrupted.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from anju.core.lifecycles import DAY_RUN
from anju.core.working_time import BANK_ZONE
from anju.dayend import queries
from anju.dayend.errors import DayEndBusy, DayEndRefused, DayNotNext, NoLoans, TooManyDays
from anju.dayend.models import DayRun, DayStep
from anju.dayend.steps import STEPS, Day, Step

CLOSE_TIME = time_of_day(20, 0)
CATCH_UP_DAYS_MAX = 400
DEADLOCK_TRIES = 3
_TRY_AGAIN = ("40P01", "40001")
_LOCK_KEY = 0x616E6A75_00646179
_ONE_DAY = timedelta(days=1)

Progress = Callable[[date, str, int, int], None]
"""Called before each step with the day, the step's name, its number from 0, and the number of steps."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step: how long it took and what it did."""

    name: str
    seconds: float
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """One closed day. `already_closed` means that this call changed nothing."""

    on: date
    at: datetime
    digest: str
    steps: tuple[StepReport, ...]
    already_closed: bool = False
    resumed: bool = False
    seconds: float = field(default=0.0)

    def counts(self, step: str) -> dict[str, int]:
        """Counts of one step, empty when there is none. Shape: `{"name": n}`."""
        return next((found.counts for found in self.steps if found.name == step), {})

    def as_json(self) -> dict[str, Any]:
        """Plain values for `--json` and the run's row."""
        return {
            "on": self.on.isoformat(),
            "at": self.at.isoformat(),
            "digest": self.digest,
            "already_closed": self.already_closed,
            "resumed": self.resumed,
            "seconds": round(self.seconds, 3),
            "steps": [
                {"name": step.name, "seconds": round(step.seconds, 3), "counts": step.counts}
                for step in self.steps
            ],
        }


def closing_at(on: date) -> datetime:
    """The instant that stands for the close of a business day: 20:00 in Shanghai."""
    return datetime.combine(on, CLOSE_TIME, BANK_ZONE)


def next_day() -> date:
    """The day to be closed next: the one after the last closed day, or after the opening. Raises NoLoans."""
    last_on = queries.last_closed_on()
    if last_on is not None:
        return last_on + _ONE_DAY
    opening_on = queries.opening_on()
    if opening_on is None:
        raise NoLoans
    return opening_on + _ONE_DAY


def close_day(
    *, on: date, at: datetime | None = None, today: date | None = None, progress: Progress | None = None
) -> Report:
    """Close one business day. Closing a closed day again changes nothing and says so.

    `at` is the instant everything of this day is recorded at (20:00 unless given; a resumed run keeps its
    own).
    `today` is the bank's real date: reminders of days already past are recorded as moot, not sent.
    Raises, in this order: DayEndBusy, NoLoans, DayNotNext; an error inside a step leaves the run `failed` at
    that step.
    """
    with _alone():
        return _close(on, at, today, progress)


def close_through(
    *,
    on: date,
    at: datetime | None = None,
    today: date | None = None,
    progress: Progress | None = None,
    many_days: bool = False,
    done: Callable[[Report], None] | None = None,
) -> list[Report]:
    """Close every day that is still open up to and including `on`, one by one; `at` is for the last of them.

    A day closed before gives its report with `already_closed`. Raises DayEndBusy, NoLoans, TooManyDays (more
    than 400 days
    without `many_days`), DayNotNext for a day before the first one.
    """
    with _alone():
        first_on = next_day()
        days = (on - first_on).days + 1
        if days > CATCH_UP_DAYS_MAX and not many_days:
            raise TooManyDays(first_on, on, days, CATCH_UP_DAYS_MAX)
        reports: list[Report] = []
        for ahead in range(max(days, 1)):
            day = first_on + ahead * _ONE_DAY if days > 0 else on
            report = _close(day, at if day == on else None, today, progress)
            reports.append(report)
            if done is not None:
                done(report)
        return reports


@contextmanager
def _alone() -> Iterator[None]:
    """Only one day end at a time in the whole database; the lock ends with the session, also when it is
    killed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK_KEY])
        got = cursor.fetchone()[0]
    if not got:
        raise DayEndBusy
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK_KEY])


def _close(on: date, at: datetime | None, today: date | None, progress: Progress | None) -> Report:
    run = DayRun.objects.filter(business_on=on).first()
    if run is not None and run.state == "closed":
        return report_of(run, already_closed=True)
    expected_on = next_day()
    if on != expected_on:
        raise DayNotNext(on, expected_on, queries.last_closed_on())
    resumed = run is not None
    run = _begin(run, on, at or closing_at(on))
    started = time.perf_counter()
    day = Day(on=on, at=run.at, today=today or on, run_id=run.pk)
    finished = set(run.steps.values_list("name", flat=True))
    for ordinal, step in enumerate(STEPS):
        if step.name in finished:
            continue
        if progress is not None:
            progress(on, step.name, ordinal, len(STEPS))
        try:
            _run_step(run, ordinal, step, day)
        except (
            Exception
        ) as error:  # whatever a step raises, the run must say where it stopped; then it goes on up
            _mark_failed(run, step, error)
            raise
    run.refresh_from_db()
    return report_of(run, resumed=resumed, seconds=time.perf_counter() - started)


def _begin(run: DayRun | None, on: date, at: datetime) -> DayRun:
    if run is None:
        return DayRun.objects.create(business_on=on, at=at, state=DAY_RUN.initial, started_at=timezone.now())
    if run.state == "failed":
        DAY_RUN.require(run.state, "running")
        run.state, run.error = "running", ""
        run.save(update_fields=["state", "error"])
    return run


def _run_step(run: DayRun, ordinal: int, step: Step, day: Day) -> None:
    """One step in one transaction. PostgreSQL may end it to break a deadlock with a screen or the worker: then once more."""
    for tries_left in range(DEADLOCK_TRIES - 1, -1, -1):
        try:
            _try_step(run, ordinal, step, day)
            return
        except OperationalError as error:
            if not tries_left or connection.in_atomic_block or _sqlstate(error) not in _TRY_AGAIN:
                raise


def _try_step(run: DayRun, ordinal: int, step: Step, day: Day) -> None:
    started = time.perf_counter()
    if step.before is not None:
        step.before(day)
    with transaction.atomic():
        DayRun.objects.select_for_update().get(pk=run.pk)
        counts = step.work(day)
        DayStep.objects.create(
            run_id=run.pk,
            ordinal=ordinal,
            name=step.name,
            finished_at=timezone.now(),
            seconds=time.perf_counter() - started,
            counts=counts,
        )


def _sqlstate(error: OperationalError) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


def _mark_failed(run: DayRun, step: Step, error: Exception) -> None:
    """Say where the run stopped. A lost connection leaves the run `running`, which the next run takes up just
    the same.
    """
    if not connection.is_usable() or connection.in_atomic_block:
        return
    text = f"{step.name}: {type(error).__name__}: {error}"[:4000]
    DayRun.objects.filter(pk=run.pk, state="running").update(state="failed", error=text)


def report_of(
    run: DayRun, *, already_closed: bool = False, resumed: bool = False, seconds: float | None = None
) -> Report:
    """The report of a run's rows."""
    steps = tuple(StepReport(step.name, step.seconds, step.counts) for step in run.steps.order_by("ordinal"))
    total = sum(step.seconds for step in steps) if seconds is None else seconds
    return Report(run.business_on, run.at, run.digest, steps, already_closed, resumed, total)


__all__ = [
    "CATCH_UP_DAYS_MAX",
    "CLOSE_TIME",
    "DayEndBusy",
    "DayEndRefused",
    "DayNotNext",
    "NoLoans",
    "Progress",
    "Report",
    "StepReport",
    "TooManyDays",
    "close_day",
    "close_through",
    "closing_at",
    "next_day",
    "report_of",
]
