"""Schedules on `fractions.Fraction`, one loan at a time, from facts section 3 and the plan of issue 3.

What the facts leave open follows the text at the head of `core/schedule/conventions.py` (not its code): residue
first, and the regular interest of daily products.

Money is whole fen, rates are ppm a year. Every rounding in the file is `to_fen`, of an exact fraction.
"""

from calendar import isleap, monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from math import floor

ONE = 1_000_000
FORTNIGHT = 14


@dataclass(frozen=True)
class OracleStage:
    """`periods` None: to the end. `over`: amortise over so many periods of this stage (more than are left: balloon)."""

    method: str
    periods: int | None = None
    over: int | None = None
    step_every: int = 0
    step_fen: int = 0
    step_ppm: int = 0


@dataclass(frozen=True)
class OracleLoan:
    """`rates`: (from this day on, ppm), the first not after `start`. `months` counts instalments of a monthly loan."""

    principal: int
    months: int
    start: date
    due_day: int
    rates: tuple[tuple[date, int], ...]
    stages: tuple[OracleStage, ...]
    first_due: str = "next_month"
    rounding: str = "half_up"
    residue: str = "last"
    whole_period: str = "monthly"
    year_days: object = 360


@dataclass(frozen=True)
class OracleRow:
    """One instalment."""

    seq: int
    due: date
    principal: int
    interest: int
    balance: int


def to_fen(exact: Fraction, rounding: str) -> int:
    """A non-negative exact amount in whole fen."""
    below = floor(exact)
    rest = exact - below
    if rounding == "down":
        return below
    if rest == Fraction(1, 2):
        return below + 1 if rounding == "half_up" else below + below % 2
    return below + (rest > Fraction(1, 2))


def month_day(year: int, month: int, day: int) -> date:
    """The day of a month, or its last one; `month` may run past 12."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(day, monthrange(year, month)[1]))


def due(loan: OracleLoan, seq: int) -> date:
    """Due date of instalment `seq`; 0 is the payout."""
    if seq == 0:
        return loan.start
    first = loan.start.month
    in_same_month = month_day(loan.start.year, first, loan.due_day)
    if loan.first_due == "next_month" or in_same_month <= loan.start:
        first += 1
    return month_day(loan.start.year, first + seq - 1, loan.due_day)


def rate_on(loan: OracleLoan, day: date) -> int:
    """Rate of the day, ppm."""
    return [ppm for since, ppm in loan.rates if since <= day][-1]


def year_share(loan: OracleLoan, day: date) -> Fraction:
    """The part of a year that one day is."""
    if loan.year_days == "30/360":
        after = day + timedelta(days=1)
        return Fraction(after.month * 30 + min(after.day, 30) - day.month * 30 - min(day.day, 30), 360) % 1
    if loan.year_days == "actual":
        return Fraction(1, 366 if isleap(day.year) else 365)
    return Fraction(1, int(str(loan.year_days)))


def by_days(loan: OracleLoan, balance: int, since: date, until: date) -> Fraction:
    """Interest day by day: first day counted, last not (算头不算尾)."""
    total = Fraction(0)
    day = since
    while day < until:
        total += balance * Fraction(rate_on(loan, day), ONE) * year_share(loan, day)
        day += timedelta(days=1)
    return total


def due_before(loan: OracleLoan, seq: int) -> date:
    """The due day one month before instalment `seq`, also for the first one."""
    until = due(loan, seq)
    return month_day(until.year - 1, until.month + 11, loan.due_day)


def period_is_whole(loan: OracleLoan, seq: int) -> bool:
    """No change of rate inside, and for the first period: payout on a due day, one month before."""
    since, until = due(loan, seq - 1), due(loan, seq)
    same_rate = all(not (since < day < until and _changes(loan, day)) for day, _ in loan.rates)
    return same_rate and (seq > 1 or due_before(loan, seq) == since)


def _changes(loan: OracleLoan, day: date) -> bool:
    return rate_on(loan, day) != rate_on(loan, day - timedelta(days=1))


def whole_interest(loan: OracleLoan, balance: int, rate: int) -> Fraction:
    """balance x annual / 12, whatever the month length."""
    return Fraction(balance * rate, 12 * ONE)


def interest_of(loan: OracleLoan, balance: int, seq: int) -> int:
    """What falls due as interest with instalment `seq`, rounded once."""
    since, until = due(loan, seq - 1), due(loan, seq)
    if loan.whole_period == "monthly" and period_is_whole(loan, seq):
        return to_fen(whole_interest(loan, balance, rate_on(loan, since)), loan.rounding)
    return to_fen(by_days(loan, balance, since, until), loan.rounding)


def regular_interest(loan: OracleLoan, balance: int, seq: int) -> int:
    """Interest of the whole period that ends with instalment `seq`, at the rate of the first day of its real period."""
    rate = rate_on(loan, due(loan, seq - 1))
    if loan.whole_period == "monthly":
        return to_fen(whole_interest(loan, balance, rate), loan.rounding)
    steady = replace(loan, rates=((date.min, rate),))
    return to_fen(by_days(steady, balance, due_before(loan, seq), due(loan, seq)), loan.rounding)


def level_payment(balance: int, rate: int, n: int) -> Fraction:
    """A = P i (1+i)^n / ((1+i)^n - 1); at 0 % P / n."""
    if rate == 0:
        return Fraction(balance, n)
    i = Fraction(rate, 12 * ONE)
    return balance * i * (1 + i) ** n / ((1 + i) ** n - 1)


def stepped_first(stage: OracleStage, balance: int, rate: int, n: int) -> Fraction:
    """The first instalment of a stepped stage: all its instalments, discounted, are worth the balance."""
    i = Fraction(rate, 12 * ONE)
    units = steps = Fraction(0)
    for k in range(n):
        worth = 1 / (1 + i) ** (k + 1)
        rise = k // stage.step_every
        units += (1 + Fraction(stage.step_ppm, ONE)) ** rise * worth
        steps += stage.step_fen * rise * worth
    return (balance - steps) / units


def spans(loan: OracleLoan) -> list[tuple[OracleStage, int, int]]:
    """Stages with the periods they cover: (stage, first, last)."""
    found, at = [], 1
    for stage in loan.stages:
        last = loan.months if stage.periods is None else at + stage.periods - 1
        found.append((stage, at, last))
        at = last + 1
    assert at == loan.months + 1
    return found


def rows(loan: OracleLoan) -> list[OracleRow]:
    """The schedule; the last instalment takes the rest, so the balance ends at 0."""
    balance, found = loan.principal, []
    for stage, first, last in spans(loan):
        over = stage.over or loan.months - first + 1
        opening = balance
        levelled_at, rate, base = first, rate_on(loan, due(loan, first - 1)), balance
        for seq in range(first, last + 1):
            now = rate_on(loan, due(loan, seq - 1))
            if now != rate:  # re-amortise what is left over what is left, from the next period
                rate, levelled_at, base = now, seq, balance
            left = over - (levelled_at - first)
            regular = regular_interest(loan, balance, seq)
            if stage.method == "interest_only":
                part = 0
            elif stage.method == "level_principal":
                fixed = to_fen(Fraction(opening, over), loan.rounding)
                part = fixed + (_straight_residue(loan, opening, fixed, over) if seq == first else 0)
            elif stage.method == "level_payment":
                amount = to_fen(level_payment(base, rate, left), loan.rounding)
                part = amount - regular
                part += _level_residue(loan, base, amount, rate, left) if seq == levelled_at else 0
            else:
                part = _stepped(loan, stage, seq - first, base, rate, left) - regular
            part = balance if seq == loan.months else min(max(part, 0), balance)
            interest = interest_of(loan, balance, seq)
            balance -= part
            found.append(OracleRow(seq, due(loan, seq), part, interest, balance))
    return found


def _straight_residue(loan: OracleLoan, balance: int, part: int, n: int) -> int:
    return balance - n * part if loan.residue == "first" else 0


def _level_residue(loan: OracleLoan, balance: int, amount: int, rate: int, n: int) -> int:
    """What n instalments are worth less than the balance, one period later."""
    if loan.residue == "last":
        return 0
    i = Fraction(rate, 12 * ONE)
    worth = sum((amount / (1 + i) ** k for k in range(1, n + 1)), Fraction(0))
    exact = (balance - worth) * (1 + i)
    return to_fen(exact, loan.rounding) if exact >= 0 else -to_fen(-exact, loan.rounding)


def _stepped(loan: OracleLoan, stage: OracleStage, at: int, base: int, rate: int, left: int) -> int:
    assert len({ppm for _, ppm in loan.rates}) == 1, "stepped with a moving rate: not in the facts"
    rise = at // stage.step_every
    start = to_fen(stepped_first(stage, base, rate, left), loan.rounding)
    return to_fen(start * (1 + Fraction(stage.step_ppm, ONE)) ** rise, loan.rounding) + stage.step_fen * rise
