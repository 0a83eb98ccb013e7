"""Reminders: every due day, month ends too, in the window of 5 and 3 days (S4-049 S4-053)."""

from datetime import date, timedelta

import pytest

from anju.dayend import close, reminders
from anju.platform.notices.models import Obligation
from tests.contexts.servicing.book import load, row
from tests.dayend.book import Book, close_of

pytestmark = pytest.mark.django_db

FIRST = date(2026, 9, 1)


def _owed() -> list[tuple[str, str, str]]:
    rows = Obligation.objects.filter(notice_type__startswith="reminder").order_by("owed_at", "key")
    return [(row.notice_type, row.variables["due_on"], row.state) for row in rows]


@pytest.mark.parametrize(
    ("opened_on", "due_day", "due_on"),
    [
        (date(2026, 2, 20), 31, date(2026, 2, 28)),
        (date(2028, 2, 20), 30, date(2028, 2, 29)),
        (date(2026, 4, 20), 31, date(2026, 4, 30)),
        (date(2026, 12, 20), 31, date(2026, 12, 31)),
        (date(2026, 12, 30), 3, date(2027, 1, 3)),
    ],
)
def test_month_ends(
    branch: object, shipped_policy: list[str], connected: None, opened_on: date, due_day: int, due_on: date
) -> None:
    book = Book(branch, opened_on)
    loan = book.loan(due_day=due_day)
    close.close_through(on=due_on)
    rows = Obligation.objects.filter(notice_type__startswith="reminder").order_by("owed_at")
    wanted = [
        (f"reminder_{days}", f"reminder:{loan.pk}:{due_on}:{days}", close_of(due_on - timedelta(days=days)))
        for days in (5, 3)
        if due_on - timedelta(days=days) > opened_on
    ]
    assert [(row.notice_type, row.key, row.owed_at) for row in rows] == wanted
    assert all(row.variables["amount_fen"] == 500_000 for row in rows)


def test_what_is_covered_is_not_reminded_and_a_part_lowers_the_amount(book: Book) -> None:
    full, part = book.loan(due_day=6), book.loan(due_day=6)
    book.pay(full, 500_000, FIRST)
    book.pay(part, 200_000, FIRST)
    report = close.close_day(on=FIRST)
    assert report.counts("reminders") == {"covered": 1, "late": 0, "owed_5": 1, "owed_3": 0}
    owed = Obligation.objects.get(notice_type="reminder_5")
    assert (owed.subject_id, owed.variables["amount_fen"]) == (part.pk, 300_000)


def test_paying_early_makes_the_reminder_moot(book: Book) -> None:
    loan = book.loan(due_day=6)
    close.close_day(on=FIRST)
    assert _owed() == [("reminder_5", "2026-09-06", "owed")]
    book.pay(loan, 500_000, FIRST + timedelta(days=1))
    close.close_day(on=FIRST + timedelta(days=1))
    assert _owed() == [("reminder_5", "2026-09-06", "moot")]
    close.close_day(on=FIRST + timedelta(days=2))
    assert len(_owed()) == 1


def test_a_day_caught_up_too_late_says_so(book: Book) -> None:
    book.loan(due_day=6)
    close.close_through(on=FIRST + timedelta(days=2), today=date(2026, 9, 20))
    assert _owed() == [("reminder_5", "2026-09-06", "moot"), ("reminder_3", "2026-09-06", "moot")]
    reasons = set(Obligation.objects.values_list("end_reason", flat=True))
    assert reasons == {reminders.LATE_REASON}


def test_a_day_caught_up_in_time_still_owes(book: Book) -> None:
    book.loan(due_day=6)
    close.close_through(on=FIRST + timedelta(days=1), today=date(2026, 9, 6))
    assert _owed() == [("reminder_5", "2026-09-06", "owed")]


def test_a_fortnightly_loan_is_reminded_twice_before_each_due_day_and_not_more(
    branch: object, shipped_policy: list[str], connected: None
) -> None:  # S4-049
    opened_on = date(2026, 8, 31)
    terms = {"product": "CM1F", "start_date": "2026-08-03", "as_of_date": opened_on.isoformat()}
    assert load([row(1, **terms)], on=opened_on).rows_new == 1
    close.close_through(on=date(2026, 9, 26))
    rows = Obligation.objects.filter(notice_type__startswith="reminder").order_by("owed_at")
    days = [date(2026, 9, 14), date(2026, 9, 28)]
    assert [(each.notice_type, each.variables["due_on"], each.owed_at) for each in rows] == [
        (f"reminder_{before}", due.isoformat(), close_of(due - timedelta(days=before)))
        for due in days
        for before in (5, 3)
    ]  # so never more than two in a week, as a monthly loan has them
    assert not reminders.lacking(close_of(date(2026, 9, 26)))
