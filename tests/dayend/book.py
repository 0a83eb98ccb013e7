"""A small book made by hand: loans with a fixed rate, their bills, money that comes in. For tests of the day end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from anju.contexts.catalogue.models import Product
from anju.contexts.parties.models import Person
from anju.contexts.servicing.models import Bill, ImportFile, Loan, LoanParty, Payment, Position

BANK = ZoneInfo("Asia/Shanghai")
PPM = 42_000
INTEREST_PART = 12_000_000


def close_of(on: date, hour: int = 20) -> datetime:
    return datetime(on.year, on.month, on.day, hour, tzinfo=BANK)


def month_day(year: int, month: int, day: int) -> date:
    """The due day in a month, the month's last day when it has no such day. Deliberately not core code."""
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month, min(day, last))


def dues_after(on: date, due_day: int, number: int) -> list[date]:
    """The next due dates after a day."""
    found: list[date] = []
    year, month = on.year, on.month
    while len(found) < number:
        due = month_day(year, month, due_day)
        if due > on:
            found.append(due)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found


def dues_until(on: date, due_day: int, number: int) -> list[date]:
    """The last due dates on or before a day, oldest first."""
    found: list[date] = []
    year, month = on.year, on.month
    while len(found) < number:
        due = month_day(year, month, due_day)
        if due <= on:
            found.append(due)
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return found[::-1]


@dataclass
class Book:
    """Makes rows as an import would leave them at the close of `opened_on`."""

    branch: object
    opened_on: date
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.at = close_of(self.opened_on, 9)
        self.product = Product.objects.create(
            code="T1", name_zh="测试按揭", name_en="Test mortgage", loan_type="commercial_mortgage",
            first_due="next_month", penalty_uplift_ppm=500_000, active_from=date(2000, 1, 1),
        )  # fmt: skip
        self.tape = ImportFile.objects.create(
            kind="loans", name="t.csv", sha256="0" * 64, as_of_on=self.opened_on, received_at=self.at,
            loaded_at=self.at, by="test", state="loaded",
        )  # fmt: skip

    def person(self, name: str = "") -> Person:
        number = next(self.numbers)
        return Person.objects.create(
            name=name or f"借款人{number}", id_number=f"11010119900101{number:04d}",
            id_number_index=number.to_bytes(32, "big"), created_at=self.at,
        )  # fmt: skip

    def loan(
        self,
        *,
        due_day: int = 10,
        start_on: date = date(2020, 1, 5),
        unpaid: int = 0,
        manager: object = None,
        level_fen: int = 500_000,
        balance_fen: int = 80_000_000,
    ) -> Loan:
        """A loan of 300 months; its last `unpaid` bills due on or before the opening day are open."""
        number = next(self.numbers)
        person = self.person()
        loan = Loan.objects.create(
            loan_no=f"L{number:09d}", branch=self.branch, product=self.product, borrower=person, account_manager=manager,
            principal_fen=100_000_000, months=300, method="level_payment", start_on=start_on, due_day=due_day,
            rate_kind="fixed", fixed_ppm=PPM, imported_by=self.tape, created_at=self.at,
        )  # fmt: skip
        LoanParty.objects.create(loan=loan, person=person, role="borrower")
        past = dues_until(self.opened_on, due_day, max(unpaid, 1))
        self._position(loan, past, unpaid, level_fen, balance_fen)
        return loan

    def _position(
        self, loan: Loan, past: Sequence[date], unpaid: int, level_fen: int, balance_fen: int
    ) -> None:
        interest = round(balance_fen * PPM / INTEREST_PART)
        next_due = dues_after(self.opened_on, loan.due_day, 1)[0]
        open_dues = list(past[-unpaid:]) if unpaid else []
        for back, due_on in enumerate(reversed(open_dues)):
            Bill.objects.create(
                loan=loan, seq=60 - back, due_on=due_on, principal_fen=level_fen - interest, interest_fen=interest,
                rate_ppm=PPM, balance_after_fen=balance_fen,
            )  # fmt: skip
        oldest = open_dues[0] if open_dues else None
        overdue = [due for due in open_dues if due < self.opened_on]
        Position.objects.create(
            loan=loan, seq_next=61, balance_fen=balance_fen, instalment_fen=level_fen, rate_ppm=PPM,
            opened_on=self.opened_on, period_start_on=past[-1], period_rate_ppm=PPM, rate_since_on=past[-1],
            instalment_after_fen=level_fen, next_due_on=next_due, next_principal_fen=level_fen - interest,
            next_interest_fen=interest, oldest_unpaid_due_on=oldest, overdue_fen=level_fen * len(overdue),
            days_past_due=max((self.opened_on - oldest).days, 0) if oldest else 0, as_of_on=self.opened_on,
        )  # fmt: skip

    def pay(self, loan: Loan, amount_fen: int, paid_on: date, at: datetime | None = None) -> Payment:
        """Money received and not posted yet: the next day end posts it."""
        return Payment.objects.create(
            external_ref=f"P{next(self.numbers):09d}", loan=loan, amount_fen=amount_fen, paid_on=paid_on,
            received_at=at or close_of(paid_on, 18), channel="debit",
        )  # fmt: skip
