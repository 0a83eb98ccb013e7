"""The four rungs, row by row (S3-04 S3-05 S3-06 S3-07 S3-08 and the gap 16-30)."""

from datetime import date, timedelta

import pytest

from anju.contexts.collections.models import Case, RungMove
from anju.contexts.servicing.models import Bill
from anju.dayend import close
from anju.platform.clocks.models import Clock
from anju.platform.notices.models import Obligation
from anju.platform.work.models import WorkItem
from tests.dayend.book import Book, close_of

pytestmark = pytest.mark.django_db

FIRST = date(2026, 9, 1)
AT = close_of(FIRST)

ROWS = [
    # days past due, rung, owner, notice, work (queue, kind), clock runs for days (wall or working)
    (1, 1, "system", "overdue_1", set(), timedelta(days=1)),
    (3, 1, "system", "overdue_1", set(), timedelta(days=1)),
    (4, 2, "adviser", "overdue_2", {("account_manager", "collections.call")}, date(2026, 9, 2)),
    (7, 2, "adviser", "overdue_2", {("account_manager", "collections.call")}, date(2026, 9, 2)),
    (8, 3, "risk_officer", "overdue_3", {("risk_review", "risk.review")}, date(2026, 9, 3)),
    (15, 3, "risk_officer", "overdue_3", {("risk_review", "risk.review")}, date(2026, 9, 3)),
    (16, 3, "risk_officer", "overdue_3", {("risk_review", "risk.review")}, date(2026, 9, 3)),
    (30, 3, "risk_officer", "overdue_3", {("risk_review", "risk.review")}, date(2026, 9, 3)),
    (
        31,
        4,
        "collector",
        "overdue_4",
        {("legal_preparation", "collections.legal"), ("collections", "collections.call")},
        date(2026, 9, 8),
    ),
]


@pytest.mark.parametrize(
    ("days", "rung", "owner", "notice", "work", "due"), ROWS, ids=[str(row[0]) for row in ROWS]
)
def test_each_boundary(
    book: Book,
    days: int,
    rung: int,
    owner: str,
    notice: str,
    work: set[tuple[str, str]],
    due: date | timedelta,
) -> None:
    loan = book.loan(due_day=(FIRST - timedelta(days=days)).day, unpaid=1)
    assert Bill.objects.get(loan=loan).due_on == FIRST - timedelta(days=days)
    close.close_day(on=FIRST)

    case = Case.objects.get(loan=loan)
    assert (case.state, case.rung, case.rung_since, case.opened_on) == ("open", rung, FIRST, FIRST)
    assert (case.days_past_due, case.overdue_fen, case.owner_role) == (days, 500_000, owner)
    moves = RungMove.objects.filter(case=case).values_list("from_rung", "to_rung", "on", "days_past_due")
    assert list(moves) == [(0, rung, FIRST, days)]
    owed = Obligation.objects.get(notice_type__startswith="overdue_")
    assert (owed.notice_type, owed.key, owed.state) == (notice, f"overdue:{case.pk}:{rung}:{FIRST}", "owed")
    assert owed.variables["overdue_fen"] == 500_000
    assert {(item.queue, item.kind) for item in WorkItem.objects.all()} == work
    clock = Clock.objects.get()
    assert clock.name == f"collections.rung_{rung}"
    if isinstance(due, timedelta):
        assert clock.due_at == AT + due
    else:
        assert clock.due_at == close_of(due, 17).replace(minute=30)


def test_due_today_is_not_overdue(book: Book) -> None:
    book.loan(due_day=1)
    close.close_day(on=FIRST)
    assert Bill.objects.get().due_on == FIRST
    assert not Case.objects.exists()
    close.close_day(on=FIRST + timedelta(days=1))
    assert Case.objects.get().days_past_due == 1


def test_the_call_goes_to_the_account_manager(book: Book, staff: object) -> None:
    """# S3-05"""
    manager = staff("adviser")  # type: ignore[operator]
    mine = book.loan(due_day=28, unpaid=1, manager=manager)
    anybodys = book.loan(due_day=28, unpaid=1)
    close.close_day(on=FIRST)
    assert WorkItem.objects.get(subject_id=mine.pk).assignee_id == manager.pk
    assert WorkItem.objects.get(subject_id=anybodys.pk).assignee_id is None


def test_a_rung_left_takes_its_work_notice_and_clock_with_it(book: Book) -> None:
    loan = book.loan(due_day=25, unpaid=1)
    close.close_day(on=FIRST)
    assert Case.objects.get().rung == 2
    close.close_day(on=FIRST + timedelta(days=1))

    assert Case.objects.get().rung == 3
    assert list(WorkItem.objects.order_by("id").values_list("kind", "state")) == [
        ("collections.call", "cancelled"),
        ("risk.review", "open"),
    ]
    assert list(
        Obligation.objects.filter(subject_id=loan.pk, notice_type__startswith="overdue")
        .order_by("id")
        .values_list("notice_type", "state")
    ) == [("overdue_2", "moot"), ("overdue_3", "owed")]
    states = dict(Clock.objects.values_list("name", "state"))
    assert states["collections.rung_3"] == "running"
    assert states["collections.rung_2"] in ("cancelled", "breached")


def test_a_partial_payment_can_move_a_case_down(book: Book) -> None:
    """Two instalments late: paying the older one brings the oldest unpaid date forward."""
    loan = book.loan(due_day=31, unpaid=2)
    close.close_day(on=FIRST)
    case = Case.objects.get()
    assert (case.rung, case.days_past_due) == (4, 32)
    book.pay(loan, 500_000, FIRST + timedelta(days=1))
    close.close_day(on=FIRST + timedelta(days=1))

    case.refresh_from_db()
    assert (case.state, case.rung, case.days_past_due, case.overdue_fen) == ("open", 1, 2, 500_000)
    moves = (
        RungMove.objects.filter(case=case).order_by("id").values_list("from_rung", "to_rung", "days_past_due")
    )
    assert list(moves) == [(0, 4, 32), (4, 1, 2)]
    assert not WorkItem.objects.filter(state="open").exists()


def test_each_rung_is_entered_once_in_a_long_stretch(book: Book) -> None:
    """# S3-06: the review is opened once although days 16 to 30 follow."""
    loan = book.loan(due_day=31, unpaid=1)
    close.close_through(on=FIRST + timedelta(days=34))
    case = Case.objects.get(loan=loan)
    moves = RungMove.objects.filter(case=case).order_by("id").values_list("to_rung", "days_past_due")
    assert list(moves) == [(1, 1), (2, 4), (3, 8), (4, 31)]
    assert WorkItem.objects.filter(kind="risk.review").count() == 1
    assert set(WorkItem.objects.filter(state="open", subject_id=loan.pk).values_list("queue", flat=True)) == {
        "legal_preparation",
        "collections",
    }


def test_a_tape_of_a_later_day_opens_its_cases_on_that_day(book: Book) -> None:
    """Caught up from September 1, while a second tape stands at the close of the 3rd: no case before the 3rd."""
    book.loan(due_day=20)
    later = Book.__new__(Book)
    later.branch, later.opened_on, later.numbers = book.branch, FIRST + timedelta(days=2), book.numbers
    later.product, later.tape, later.at = book.product, book.tape, book.at
    loan = later.loan(due_day=28, unpaid=1)
    close.close_day(on=FIRST + timedelta(days=0))
    close.close_day(on=FIRST + timedelta(days=1))
    assert not Case.objects.exists()
    close.close_day(on=FIRST + timedelta(days=2))
    case = Case.objects.get(loan=loan)
    assert (case.opened_on, case.days_past_due, case.rung) == (FIRST + timedelta(days=2), 6, 2)
