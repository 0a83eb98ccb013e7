"""``anju dayend``: which day, what it says, what it refuses."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.db import connections
from django.test import override_settings

from anju.dayend import close, queries
from anju.dayend.errors import DayEndBusy, DayInFuture, NoLoans, TooManyDays
from anju.dayend.models import DayRun
from anju.site import clock
from anju.site.cli.base import exit_code_of, json_option
from anju.site.cli.dayend import dayend
from tests.dayend.book import Book, close_of

pytestmark = pytest.mark.django_db

FIRST = date(2026, 9, 1)
TODAY = date(2026, 9, 3)


@contextmanager
def _clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: at)
        patch.setattr(clock, "today", lambda: at.date())
        yield


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str, at: datetime) -> str:
    with _clock(monkeypatch, at):
        done = CliRunner().invoke(dayend, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(("hour", "last"), [(19, TODAY - timedelta(days=1)), (20, TODAY)])
def test_without_a_date_the_hour_decides(
    book: Book, monkeypatch: pytest.MonkeyPatch, hour: int, last: date
) -> None:
    book.loan(due_day=6)
    said = _run(monkeypatch, at=close_of(TODAY, hour))
    assert queries.last_closed_on() == last
    assert f"{last} 日终完成 / day closed" in said
    assert "提前5天提醒" in said


def test_run_again_it_says_so_and_changes_nothing(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    book.loan()
    _run(monkeypatch, at=close_of(TODAY, 21))
    before = list(DayRun.objects.values_list("business_on", "digest"))
    said = _run(monkeypatch, at=close_of(TODAY, 21))
    assert f"{TODAY} 已完成日终，没有改动。/ {TODAY} is closed already" in said
    assert list(DayRun.objects.values_list("business_on", "digest")) == before


def test_a_day_ahead_warns_and_production_refuses(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    book.loan()
    ahead = TODAY + timedelta(days=2)
    with override_settings(PRODUCTION=True), pytest.raises(DayInFuture) as caught:
        _run(monkeypatch, "--date", str(ahead), at=close_of(TODAY))
    assert exit_code_of(caught.value) == 1
    assert not DayRun.objects.exists()
    said = _run(monkeypatch, "--date", str(ahead), at=close_of(TODAY))
    assert "之后，仅供演示和测试" in said
    assert queries.last_closed_on() == ahead


def test_no_loans_and_too_many_days_are_refused(
    shipped_policy: list[str], branch: object, connected: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoLoans) as caught:
        _run(monkeypatch, at=close_of(TODAY))
    assert exit_code_of(caught.value) == 1
    Book(branch, date(2025, 1, 1)).loan()
    with pytest.raises(TooManyDays) as many:
        _run(monkeypatch, at=close_of(TODAY))
    assert "--yes-many-days" in many.value.message_en
    assert not DayRun.objects.exists()


def test_json_has_every_step_of_every_day(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    book.loan(due_day=6)
    command = dayend
    if not any(parameter.name == "json" for parameter in command.params):
        command.params.append(json_option())
    said = _run(monkeypatch, "--json", at=close_of(FIRST, 20))
    (day,) = json.loads(said)["days"]
    assert (day["on"], day["already_closed"]) == ("2026-09-01", False)
    assert {step["name"]: step["counts"] for step in day["steps"]}["reminders"]["owed_5"] == 1


def test_a_bad_date_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    with _clock(monkeypatch, close_of(TODAY)):
        done = CliRunner().invoke(dayend, ["--date", "2026-13-01"])
    assert done.exit_code == 2


@pytest.mark.django_db(transaction=True)
def test_two_day_ends_never_overlap(book: Book) -> None:
    book.loan()
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [close._LOCK_KEY])
        with pytest.raises(DayEndBusy):
            close.close_day(on=FIRST)
        assert not DayRun.objects.exists()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [close._LOCK_KEY])
        assert not close.close_day(on=FIRST).already_closed
    finally:
        other.close()
