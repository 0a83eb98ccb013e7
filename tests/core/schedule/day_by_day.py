"""Another way to the same rows: one loan, one day after another, in fractions, with the default conventions.

It shares no code with `anju.core.schedule` but the plain data of terms and events, and none of its ideas of runs,
clocks or states: a list of the rates of the days gone by, a balance, and a calendar.
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import floor

from anju.core.schedule import (
    Capitalise,
    DueDayChange,
    Event,
    Extend,
    Holiday,
    InterestOnly,
    MethodChange,
    Prepay,
    RateChange,
    Terms,
)

Posted = tuple[date, str, int, int]
"""Day, kind, principal, interest."""


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def payment(balance: int, ppm: int, n: int) -> int:
    i = Fraction(ppm, 12_000_000)
    return half_up(Fraction(balance, n) if not i else balance * i * (1 + i) ** n / ((1 + i) ** n - 1))


@dataclass
class DayByDay:
    terms: Terms
    events: list[Event]
    posted: list[Posted] = field(default_factory=list)

    def rate(self, on: date) -> int:
        steps = {step.effective_on: step.rate_ppm for step in self.terms.rate_path}
        steps |= {event.on: event.rate_ppm for event in self.events if isinstance(event, RateChange)}
        return steps[max(day for day in steps if day <= on)]

    def month_day(self, year: int, month: int, day: int) -> date:
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
        return date(year, month, min(day, monthrange(year, month)[1]))

    def run(self) -> list[Posted]:
        terms, today = self.terms, self.terms.start_on
        self.balance, self.left, self.day = terms.principal_fen, terms.months, terms.due_day
        self.method, self.window, self.window_left, self.deferred = terms.method, "", 0, 0
        ahead = self.month_day(today.year, today.month, self.day)
        if terms.first_due == "next_month" or ahead <= today:
            ahead = self.month_day(today.year, today.month + 1, self.day)
        self.due = ahead
        self.broken = self.month_day(ahead.year, ahead.month - 1, self.day) != today
        self.rates: list[int] = []
        self.earned = Fraction(0)
        self.level(today)
        while True:
            for event in self.events:
                if event.on == today:
                    getattr(self, type(event).__name__.lower())(event)
            self.rates.append(self.rate(today))
            today += timedelta(days=1)
            if today == self.due:
                self.instalment(today)
                if not self.left:
                    return self.posted

    def level(self, today: date) -> None:
        self.ppm = self.rate(today)
        if self.window:
            self.fixed = 0
        elif self.method == "level_payment":
            self.fixed = payment(self.balance, self.ppm, self.left)
        else:
            self.fixed = half_up(Fraction(self.balance, self.left))

    def by_days(self, base: int) -> Fraction:
        return Fraction(base * sum(self.rates), 360_000_000)

    def regular(self, balance: int, fixed: int) -> int:
        if self.method == "level_payment":
            fixed -= half_up(Fraction(balance * self.ppm, 12_000_000))
        return min(max(fixed, 0), balance)

    def instalment(self, today: date) -> None:
        whole = not self.broken and len(set(self.rates)) == 1
        base = Fraction(self.balance * self.ppm, 12_000_000) if whole else self.by_days(self.balance)
        interest = half_up(max(base + self.earned, Fraction(0)))
        if self.window in ("capitalise", "defer", "waive"):
            self.posted.append((today, "holiday", 0, 0))
            self.balance += interest if self.window == "capitalise" else 0
            self.deferred += interest if self.window == "defer" else 0
        else:
            principal = 0 if self.window else self.regular(self.balance, self.fixed)
            principal = self.balance if self.left == 1 else principal
            self.posted.append((today, "instalment", principal, interest + self.deferred))
            self.balance, self.deferred = self.balance - principal, 0
        self.left -= 1
        self.due = self.month_day(today.year, today.month + 1, self.day)
        self.rates, self.earned, self.broken = [], Fraction(0), False
        was_window, old = self.window, self.ppm
        self.window_left -= 1 if self.window else 0
        self.window = self.window if self.window_left else ""
        self.ppm = self.rate(today)
        anew = was_window and not self.window
        if self.left and (anew or (self.ppm != old and self.method == "level_payment")):
            self.level(today)

    def prepay(self, event: Prepay) -> None:
        of_amount, interest = self.by_days(event.amount_fen), 0
        if event.interest == "on_prepaid":
            interest = half_up(of_amount)
        elif event.interest == "next_instalment":
            self.earned += of_amount
        elif self.rates or self.earned:
            interest = half_up(max(self.by_days(self.balance) + self.earned, Fraction(0)))
            self.rates, self.earned, self.broken = [], Fraction(0), True
        self.posted.append((event.on, "prepayment", event.amount_fen, interest))
        self.balance -= event.amount_fen
        if event.then == "reduce_payment":
            self.level(event.on)
            return
        balance, needed = self.balance, 0
        while balance and needed < self.left:
            balance -= self.regular(balance, self.fixed)
            needed += 1
        self.left = needed
        if event.then == "shorten_relevel":
            self.level(event.on)

    def ratechange(self, event: RateChange) -> None:
        """Nothing but the rate of the days."""

    def extend(self, event: Extend) -> None:
        self.left += event.months
        self.level(event.on)

    def methodchange(self, event: MethodChange) -> None:
        self.method, self.window, self.window_left = event.stages[0].method, "", 0
        self.level(event.on)

    def duedaychange(self, event: DueDayChange) -> None:
        self.day = event.due_day
        moved = self.month_day(self.due.year, self.due.month, self.day)
        self.due = moved if moved > event.on else self.month_day(moved.year, moved.month + 1, self.day)
        self.broken = True

    def interestonly(self, event: InterestOnly) -> None:
        self.window, self.window_left = "interest_only", event.periods
        self.level(event.on)

    def holiday(self, event: Holiday) -> None:
        self.window, self.window_left = event.interest, event.periods
        self.level(event.on)

    def capitalise(self, event: Capitalise) -> None:
        """Of arrears: the balance rises, and the running period counts by days from here."""
        self.posted.append((event.on, "capitalised", 0, 0))
        if self.rates:
            self.earned += self.by_days(self.balance)
            self.rates, self.broken = [], True
        self.balance += event.amount_fen
        self.level(event.on)
