"""What the first oracle leaves out, on fractions again: other frequencies, stubs, units, fixed instalments, prepayments,
fortnightly loans. One level-payment or level-principal loan at one rate; no `anju` in it.

Written from facts sections 3 and 4 and the text at the head of `core/schedule/conventions.py` (not its code).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache

from .reference import FORTNIGHT, ONE, month_day, to_fen

EVERY = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}


@dataclass(frozen=True)
class Prepaid:
    """A partial prepayment. then: reduce_payment | shorten | shorten_relevel."""

    on: date
    amount: int
    then: str
    interest: str


@dataclass(frozen=True)
class Contract:
    """`first`: the first due date; `rounding` of interest, `unit_rounding` of instalments to `unit` fen."""

    principal: int
    months: int
    start: date
    first: date
    due_day: int
    rate: int
    method: str = "level_payment"
    frequency: str = "monthly"
    rounding: str = "half_up"
    year: object = 360
    daily: bool = False
    levelling: str = "nominal"
    months_days: bool = False
    kept: bool = False
    stub: str = "with_first"
    unit: int = 1
    unit_rounding: str = "half_up"
    fixed: int | None = None
    prepaid: Prepaid | None = None


Posted = tuple[date, str, int, int, int]
"""Day, kind, principal, interest, balance after."""


def in_units(contract: Contract, exact: Fraction) -> int:
    """An instalment in whole units."""
    in_unit = exact / contract.unit
    if contract.unit_rounding == "up":
        return -int(-in_unit // 1) * contract.unit
    return to_fen(in_unit, contract.unit_rounding) * contract.unit


UNITS = 360 * 365 * 366
"""Parts of a year in which a day of every kind of year is a whole number."""


def day_share(year: object, day: date) -> int:
    """What part of a year one day is; of 30-day months the 30th before a 31st is nothing, the last of February the rest."""
    if year == "30/360":
        tomorrow = day + timedelta(days=1)
        if tomorrow.month == day.month:
            return 0 if tomorrow.day == 31 else UNITS // 360
        return (31 - min(day.day, 30)) * UNITS // 360
    if year == "actual":
        return UNITS // (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    return UNITS // int(str(year))


def by_days(contract: Contract, since: date, until: date) -> Fraction:
    """Years between two days, day by day."""
    return _by_days(contract.year, since, until)


@cache
def _by_days(year: object, since: date, until: date) -> Fraction:
    total, day = 0, since
    while day < until:
        total += day_share(year, day)
        day += timedelta(days=1)
    return Fraction(total, UNITS)


def broken(contract: Contract, since: date, until: date) -> Fraction:
    """Years of a broken stretch: days, or whole months from its first day and the days over."""
    if not contract.months_days:
        return by_days(contract, since, until)
    months = 0
    while month_day(since.year, since.month + months + 1, since.day) <= until:
        months += 1
    return Fraction(months, 12) + by_days(
        contract, month_day(since.year, since.month + months, since.day), until
    )


class Life:
    """One contract walked from due date to due date."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.every = EVERY[contract.frequency]
        self.rate = Fraction(contract.rate, ONE)
        self.balance, self.rows = contract.principal, list[Posted]()
        self.left, self.seq = contract.months // self.every, 0
        self.since, self.extra = contract.start, Fraction(0)
        self.is_broken = self.due(-1) != contract.start
        self.stub()
        self.amount = self.level() if contract.fixed is None else contract.fixed

    def due(self, k: int) -> date:
        first = self.contract.first
        return month_day(first.year - 10, first.month + 120 + k * self.every, self.contract.due_day)

    def stub(self) -> None:
        contract, until = self.contract, self.due(-1)
        if contract.stub == "with_first" or contract.start >= until:
            return
        interest = to_fen(
            self.balance * self.rate * broken(contract, contract.start, until), contract.rounding
        )
        on = until if contract.stub == "separate" else contract.start
        self.rows.append((on, "stub", 0, interest, self.balance))
        self.since, self.is_broken = until, False

    def whole(self, k: int) -> Fraction:
        """Years of whole period k."""
        if self.contract.daily:
            return by_days(self.contract, self.due(k - 1), self.due(k))
        return Fraction(self.every, 12)

    def level(self) -> int:
        contract, n = self.contract, self.left
        if contract.method == "level_principal":
            return in_units(contract, Fraction(self.balance, n))
        times = [Fraction(self.every, 12)] * n
        if contract.levelling == "dates":
            times = [self.whole(self.seq + k) for k in range(n)]
            if contract.kept and self.is_broken:
                times[0] = broken(contract, self.since, self.due(self.seq))
        worth, discount = Fraction(0), Fraction(1)
        for time in times:
            discount /= 1 + self.rate * time
            worth += discount
        return in_units(contract, self.balance / worth)

    def regular(self, balance: int, k: int) -> int:
        """Principal of a whole period."""
        part = self.amount
        if self.contract.method == "level_payment":
            part -= to_fen(balance * self.rate * self.whole(k), self.contract.rounding)
        return min(max(part, 0), balance)

    def run(self) -> list[Posted]:
        event = self.contract.prepaid
        while self.left and self.balance:
            due = self.due(self.seq)
            if event and event.on < due:
                self.prepay(event)
                event = None
            self.instalment(due)
        return self.rows

    def instalment(self, due: date) -> None:
        contract = self.contract
        time = broken(contract, self.since, due) if self.is_broken else self.whole(self.seq)
        interest = to_fen(self.balance * self.rate * time + self.extra, contract.rounding)
        part = self.regular(self.balance, self.seq)
        if contract.kept and contract.method == "level_payment":
            part = min(max(self.amount - interest, 0), self.balance)
        part = self.balance if self.left == 1 else part
        self.balance -= part
        self.rows.append((due, "instalment", part, interest, self.balance))
        self.left, self.seq = self.left - 1, self.seq + 1
        self.since, self.extra, self.is_broken = due, Fraction(0), False

    def prepay(self, event: Prepaid) -> None:
        contract = self.contract
        time, interest = broken(contract, self.since, event.on), 0
        if event.interest == "on_prepaid":
            interest = to_fen(event.amount * self.rate * time, contract.rounding)
        elif event.interest == "next_instalment":
            self.extra = event.amount * self.rate * time
        elif event.on > self.since:
            interest = to_fen(self.balance * self.rate * time, contract.rounding)
            self.since, self.is_broken = event.on, True
        self.balance -= event.amount
        self.rows.append((event.on, "prepayment", event.amount, interest, self.balance))
        if event.then != "reduce_payment":
            balance, needed = self.balance, 0
            while balance and needed < self.left:
                balance -= self.regular(balance, self.seq + needed)
                needed += 1
            self.left = needed
        if event.then != "shorten":
            self.amount = self.level()


def life(contract: Contract) -> list[Posted]:
    """Everything that is posted."""
    return Life(contract).run()


def fortnightly(contract: Contract) -> list[Posted]:
    """双周供: half of the monthly instalment every 14 days, interest by days, until nothing is owed or the term is over."""
    amount = to_fen(Fraction(Life(contract).amount, 2), contract.rounding)
    rate, balance, since, rows = (
        Fraction(contract.rate, ONE),
        contract.principal,
        contract.start,
        list[Posted](),
    )
    last = month_day(contract.start.year, contract.start.month + contract.months, contract.start.day)
    while balance:
        due = since + timedelta(days=FORTNIGHT)
        interest = to_fen(balance * rate * by_days(contract, since, due), contract.rounding)
        part = amount if contract.method == "level_principal" else amount - interest
        part = min(max(part, 0), balance)
        if due + timedelta(days=FORTNIGHT) > last:
            part = balance
        balance -= part
        rows.append((due, "instalment", part, interest, balance))
        since = due
    return rows
