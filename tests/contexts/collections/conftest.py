"""An open case on the second rung: a loan four days late at the close of 2026-09-01."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest

from anju.contexts.collections.models import Case
from anju.contexts.servicing.models import Loan
from anju.dayend import close
from tests.dayend.book import Book, close_of

CLOSED_ON = date(2026, 9, 1)
NEXT_DAY = date(2026, 9, 2)
TEN_NEXT_DAY = close_of(NEXT_DAY, 10)


@dataclass
class Scene:
    """The case, its loan, who works it, and the hour of work: 10:00 on the next day."""

    book: Book
    loan: Loan
    case: Case
    staff_id: int
    at: datetime = TEN_NEXT_DAY


@pytest.fixture
def scene(branch: object, shipped_policy: list[str], staff: Callable[..., Any]) -> Scene:
    book = Book(branch, date(2026, 8, 31))
    loan = book.loan(due_day=28, unpaid=1)
    close.close_day(on=CLOSED_ON)
    return Scene(book, loan, Case.objects.get(), staff("adviser").pk)
