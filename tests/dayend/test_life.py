"""Forty days of a small book against a plain calculation written here: dates, dicts and sets, no code of ours."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from anju.contexts.collections.models import Case, RungMove
from anju.contexts.servicing.models import Position
from anju.dayend import close
from anju.platform.notices.models import Obligation
from anju.platform.work.models import WorkItem
from tests.dayend.book import Book, close_of, dues_after, dues_until

pytestmark = pytest.mark.django_db

OPENED_ON = date(2026, 8, 31)
DAYS = 40
LEVEL = 500_000
ONE = timedelta(days=1)
WORK_OF = {
    1: [],
    2: ["collections.call"],
    3: ["risk.review"],
    4: ["collections.call", "collections.legal"],
}


@dataclass
class Plain:
    """One loan as somebody with a pencil keeps it."""

    dues: list[date]
    unpaid: dict[date, int]
    payments: dict[date, int]
    money: int = 0
    rung: int = 0
    moves: list[tuple[int, int, date, int, int]] = field(default_factory=list)
    cases: list[tuple[date, date | None]] = field(default_factory=list)
    reminders: dict[tuple[date, int], str] = field(default_factory=dict)

    def live(self, on: date) -> None:
        self.money += self.payments.get(on, 0)
        self._apply()
        if on in self.dues:
            self.unpaid[on] = LEVEL
            self._apply()
        late = sorted(due for due in self.unpaid if due < on)
        days = (on - late[0]).days if late else 0
        amount = sum(self.unpaid[due] for due in late)
        self._climb(on, days, amount)
        upcoming = min(due for due in self.dues if due > on)
        for distance in (5, 3):
            due = on + timedelta(days=distance)
            if due == upcoming and self.money < LEVEL:
                self.reminders[(due, distance)] = "owed"
        if self.payments.get(on):
            for due, distance in self.reminders:
                paid = due <= on and due not in self.unpaid
                if paid or (due == upcoming and self.money >= LEVEL):
                    self.reminders[(due, distance)] = "moot"

    def _apply(self) -> None:
        for due in sorted(self.unpaid):
            part = min(self.money, self.unpaid[due])
            self.money -= part
            self.unpaid[due] -= part
            if self.unpaid[due] == 0:
                del self.unpaid[due]

    def _climb(self, on: date, days: int, amount: int) -> None:
        if days == 0:
            rung = 0
        elif days <= 3:
            rung = 1
        elif days <= 7:
            rung = 2
        elif days <= 30:
            rung = 3
        else:
            rung = 4
        if rung and not self.rung:
            self.cases.append((on, None))
        if self.rung and not rung:
            self.cases[-1] = (self.cases[-1][0], on)
        if rung and rung != self.rung:
            self.moves.append((self.rung, rung, on, days, amount))
        self.rung = rung


def _book_of(book: Book, seed: int) -> dict[int, Plain]:
    """31 due days, some late at the start; payments on time, late, early, in part, twice, or never."""
    chance = random.Random(seed)
    found: dict[int, Plain] = {}
    for due_day in [*range(1, 32), 29, 30, 31, 5, 5]:
        unpaid = chance.choice([0, 0, 0, 1, 1, 2])
        loan = book.loan(due_day=due_day, unpaid=unpaid)
        past = dues_until(OPENED_ON, due_day, 2)[-unpaid:] if unpaid else []
        coming = dues_after(OPENED_ON, due_day, 4)
        payments: dict[date, int] = {}
        for due in [*past, *coming]:
            habit = chance.choice(["on_time", "early", "late", "very_late", "part", "never", "double"])
            delay = {"on_time": 0, "early": -chance.randint(1, 8), "late": chance.randint(1, 9)}.get(
                habit, chance.randint(1, 35)
            )
            amount = {"part": LEVEL // 2, "never": 0, "double": 2 * LEVEL}.get(habit, LEVEL)
            day = max(due + timedelta(days=delay), OPENED_ON + ONE)
            if amount and day <= OPENED_ON + DAYS * ONE:
                payments[day] = payments.get(day, 0) + amount
        for day, amount in payments.items():
            book.pay(loan, amount, day)
        found[loan.pk] = Plain(coming, dict.fromkeys(past, LEVEL), payments)
    return found


@pytest.mark.parametrize("seed", [1, 20260901])
def test_forty_days_agree_with_a_plain_calculation(book: Book, seed: int) -> None:
    """# S3-04 S3-05 S3-06 S3-07 S4-049 S4-053"""
    plain = _book_of(book, seed)
    for ahead in range(1, DAYS + 1):
        on = OPENED_ON + ahead * ONE
        for one in plain.values():
            one.live(on)
        report = close.close_day(on=on)
        assert report.counts("arrears")["overdue"] == sum(one.rung > 0 for one in plain.values())

    moves: dict[int, list[tuple[int, int, date, int, int]]] = {loan: [] for loan in plain}
    for loan, *move in RungMove.objects.order_by("id").values_list(
        "case__loan_id", "from_rung", "to_rung", "on", "days_past_due", "overdue_fen"
    ):
        moves[loan].append(tuple(move))
    assert moves == {loan: one.moves for loan, one in plain.items()}
    assert sum(map(len, moves.values())) > 20

    cases: dict[int, list[tuple[date, date | None]]] = {loan: [] for loan in plain}
    for loan, opened, closed in Case.objects.order_by("id").values_list("loan_id", "opened_on", "closed_on"):
        cases[loan].append((opened, closed))
    assert cases == {loan: one.cases for loan, one in plain.items()}

    owed = {
        key: (state, at)
        for key, state, at in Obligation.objects.filter(key__startswith="reminder:").values_list(
            "key", "state", "owed_at"
        )
    }
    wanted = {
        f"reminder:{loan}:{due}:{days}": (state, close_of(due - timedelta(days=days)))
        for loan, one in plain.items()
        for (due, days), state in one.reminders.items()
    }
    assert owed == wanted
    assert {state for state, _ in owed.values()} == {"owed", "moot"}

    for one in plain.values():
        assert len(one.moves) == len({(to, on) for _, to, on, *_ in one.moves})
    overdue_notices = Obligation.objects.filter(notice_type__startswith="overdue_").count()
    assert overdue_notices == sum(len(one.moves) for one in plain.values())

    work: dict[int, list[str]] = {loan: [] for loan in plain}
    for loan, kind in (
        WorkItem.objects.filter(state="open").order_by("kind").values_list("subject_id", "kind")
    ):
        work[loan].append(kind)
    assert work == {loan: WORK_OF.get(one.rung, []) for loan, one in plain.items()}
    unapplied = dict(Position.objects.values_list("loan_id", "unapplied_fen"))
    assert unapplied == {loan: one.money for loan, one in plain.items()}
