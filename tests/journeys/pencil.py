"""A loan book as somebody with a pencil keeps it: Decimal and dates, no code of ours. For checking what Anju says."""

import calendar
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

CENT = Decimal("0.01")
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def id_number(rnd: random.Random) -> str:
    born = f"{rnd.randint(1960, 2000)}{rnd.randint(1, 12):02d}{rnd.randint(1, 28):02d}"
    body = f"110101{born}{rnd.randint(0, 999):03d}"
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, ID_WEIGHTS, strict=True)) % 11]


def in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


@dataclass
class Loan:
    """Contract, instalments as (due, principal, interest), how many are paid at the opening, money to come."""

    loan_no: str
    id_number: str
    principal: Decimal
    months: int
    start_on: date
    due_day: int
    rate: Decimal
    level_payment: bool
    paid: int = 0
    payments: list[tuple[date, Decimal]] = field(default_factory=list)
    rows: list[tuple[date, Decimal, Decimal]] = field(default_factory=list)

    def dues(self) -> list[date]:
        months = range(self.start_on.month, self.start_on.month + self.months)
        return [in_month(self.start_on.year + month // 12, month % 12 + 1, self.due_day) for month in months]

    def calculate(self) -> None:
        with localcontext(prec=60):
            monthly = self.rate / 1200
            grown = (1 + monthly) ** self.months
            payment = cents(self.principal * monthly * grown / (grown - 1))
            balance = self.principal
            for number, due in enumerate(self.dues(), 1):
                whole = cents(balance * monthly)
                principal = payment - whole if self.level_payment else cents(self.principal / self.months)
                if number == self.months:
                    principal = balance
                interest = (
                    self._stub(due, balance) if number == 1 and not self._starts_on_due_day() else whole
                )
                self.rows.append((due, principal, interest))
                balance -= principal

    def _starts_on_due_day(self) -> bool:
        return in_month(self.start_on.year, self.start_on.month, self.due_day) == self.start_on

    def _stub(self, due: date, balance: Decimal) -> Decimal:
        return cents(balance * self.rate / 36000 * (due - self.start_on).days)


def rung(days: int) -> int:
    """3, 7, 15, 30; days 16 to 30 stay on the third."""
    return 0 if days <= 0 else 1 if days <= 3 else 2 if days <= 7 else 3 if days <= 30 else 4


@dataclass
class Life:
    """What must have happened to one loan."""

    moves: set[tuple[date, int]] = field(default_factory=set)
    reminders: set[tuple[date, int]] = field(default_factory=set)
    days_past_due: int = 0


def live(loan: Loan, as_of: date, days: int) -> Life:
    """Day by day from the day after `as_of`."""
    rows = loan.rows[loan.paid :]
    open_bills = [[due, interest, principal] for due, principal, interest in rows if due <= as_of]
    coming = [(due, principal, interest) for due, principal, interest in rows if due > as_of]
    life, money, standing = Life(), Decimal(0), 0
    for on in (as_of + timedelta(days=number) for number in range(1, days + 1)):
        money += sum(amount for paid_on, amount in loan.payments if paid_on == on)
        open_bills += [[due, interest, principal] for due, principal, interest in coming if due == on]
        money = _apply(open_bills, money)
        late = open_bills[0][0] if open_bills and open_bills[0][0] < on else on
        life.days_past_due = (on - late).days
        if rung(life.days_past_due) not in (standing, 0):
            life.moves.add((on, rung(life.days_past_due)))
        standing = rung(life.days_past_due)
        for due, principal, interest in coming:
            if (due - on).days in (3, 5) and money < principal + interest:
                life.reminders.add((due, (due - on).days))
    return life


def _apply(open_bills: list[list], money: Decimal) -> Decimal:
    """Oldest first, interest before principal; what is left stays."""
    while open_bills and money:
        for part in (1, 2):
            covered = min(money, open_bills[0][part])
            open_bills[0][part] -= covered
            money -= covered
        if open_bills[0][1] or open_bills[0][2]:
            break
        open_bills.pop(0)
    return money
