"""Days are closed in order, once, and may be caught up."""

from datetime import date, timedelta

import pytest

from anju.dayend import close, digest, queries
from anju.dayend.errors import DayNotNext, NoLoans, TooManyDays
from anju.dayend.models import DayRun, DayStep
from anju.dayend.steps import STEPS
from anju.platform.journal import queries as journal
from anju.platform.work.operations import NewWork, open_many
from tests.dayend.book import Book

pytestmark = pytest.mark.django_db

FIRST = date(2026, 9, 1)


def test_without_loans_there_is_no_day(shipped_policy: list[str]) -> None:
    with pytest.raises(NoLoans):
        close.close_day(on=FIRST)
    assert not DayRun.objects.exists()


def test_the_first_day_follows_the_tape(book: Book) -> None:
    book.loan()
    report = close.close_day(on=FIRST)
    assert [step.name for step in report.steps] == [step.name for step in STEPS]
    assert len(report.digest) == 64
    assert not report.already_closed
    run = queries.run(FIRST)
    assert run is not None
    assert (run.state, run.digest) == ("closed", report.digest)
    assert [entry.kind for entry in journal.timeline([("day", 20260901)])] == ["dayend.day.closed"]


@pytest.mark.parametrize("off", [-1, 1, 30])
def test_a_day_out_of_order_is_refused_and_names_both(book: Book, off: int) -> None:
    book.loan()
    close.close_day(on=FIRST)
    on = FIRST + timedelta(days=1 + off) if off > 0 else FIRST - timedelta(days=1)
    before = (digest.of_book(), DayRun.objects.count())
    with pytest.raises(DayNotNext) as caught:
        close.close_day(on=on)
    assert str(on) in caught.value.message_en
    assert "2026-09-02" in caught.value.message_en
    assert "2026-09-01" in caught.value.message_zh
    assert (digest.of_book(), DayRun.objects.count()) == before


def test_closing_again_changes_nothing(book: Book) -> None:
    book.loan(due_day=3)
    book.loan(due_day=25, unpaid=1)
    first = close.close_day(on=FIRST)
    state = digest.lines_of_book()
    again = close.close_day(on=FIRST)
    assert again.already_closed
    assert again.digest == first.digest
    assert digest.lines_of_book() == state
    assert DayStep.objects.count() == len(STEPS)


def test_catching_up_equals_closing_day_by_day(book: Book) -> None:
    for due_day in (3, 9, 25, 28, 31):
        book.loan(due_day=due_day, unpaid=due_day % 2)
    reports = close.close_through(on=FIRST + timedelta(days=9))
    assert [report.on for report in reports] == [FIRST + timedelta(days=n) for n in range(10)]
    digests = [report.digest for report in reports]
    assert len(set(digests)) == 10
    again = close.close_through(on=FIRST + timedelta(days=9))
    assert [(report.already_closed, report.digest) for report in again] == [(True, digests[-1])]


def test_what_the_worker_opens_meanwhile_is_not_in_the_digest(book: Book) -> None:
    # Found by `anju drill kill`: an exception opened a second later by the worker made another digest.
    loan = book.loan(due_day=25, unpaid=1)
    report = close.close_day(on=FIRST)
    before = digest.of_day(on=FIRST, at=report.at, before="")
    later = report.at + timedelta(minutes=31, seconds=7)
    item = NewWork("exceptions", "notices.exception", ("loan", loan.pk), loan.branch_id, later, "notices:1")
    assert open_many([item], at=later) == 1
    assert digest.of_day(on=FIRST, at=report.at, before="") == before
    mine = NewWork("collections", "collections.call", ("loan", loan.pk), loan.branch_id, later, "call:1")
    assert open_many([mine], at=report.at) == 1
    assert digest.of_day(on=FIRST, at=report.at, before="") != before


def test_a_long_catch_up_must_be_asked_for(book: Book) -> None:
    book.loan()
    with pytest.raises(TooManyDays):
        close.close_through(on=FIRST + timedelta(days=400))
    assert not DayRun.objects.exists()


def test_a_failing_step_leaves_the_run_there_and_the_next_run_goes_on(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anju.dayend import reminders

    book.loan(due_day=6)
    healthy = reminders.owe

    def broken(**_: object) -> dict[str, int]:
        raise RuntimeError("no such table")

    monkeypatch.setattr(reminders, "owe", broken)
    with pytest.raises(RuntimeError):
        close.close_day(on=FIRST)
    monkeypatch.setattr(reminders, "owe", healthy)
    resumed = close.close_day(on=FIRST)
    assert resumed.resumed
    assert resumed.counts("reminders")["owed_5"] == 1
    assert DayStep.objects.count() == len(STEPS)


def test_a_deadlock_with_somebody_else_is_tried_again(
    book: Book, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg
    from django.db import OperationalError

    from anju.dayend import reminders

    book.loan(due_day=6)
    healthy, failures = reminders.owe, iter([True, True, False])

    def unlucky(**values: object) -> dict[str, int]:
        counts = healthy(**values)  # type: ignore[arg-type]
        if next(failures):
            raise OperationalError("deadlock") from psycopg.errors.DeadlockDetected("deadlock")
        return counts

    monkeypatch.setattr(reminders, "owe", unlucky)
    report = close.close_day(on=FIRST)
    assert not report.resumed
    assert report.counts("reminders")["owed_5"] == 1
    assert DayStep.objects.count() == len(STEPS)
