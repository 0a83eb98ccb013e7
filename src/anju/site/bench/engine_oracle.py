"""An oracle in plain integers for volume: written from the facts and from nothing of the engine, tested against the one
on fractions (`tests/core/oracle`). Draws loans with ties forced, and counts loans of which any row differs."""

from __future__ import annotations

import random
from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

MONTHLY = 12_000_000
METHODS = ("level_payment", "level_principal", "interest_only_then_level", "balloon", "stages")


@dataclass(frozen=True, slots=True)
class Rules:
    """Rounding, residue, whole period, year."""

    rounding: str = "half_up"
    residue: str = "last"
    daily: bool = False
    year_days: int | str = 360


@dataclass(frozen=True, slots=True)
class Drawn:
    """One loan. `rates`: (ordinal of a day, ppm); `stages`: (method, periods or None, amortised over or None)."""

    principal: int
    months: int
    start: date
    due_day: int
    next_month: bool
    rates: tuple[tuple[int, int], ...]
    stages: tuple[tuple[str, int | None, int | None], ...]


def rounded(numerator: int, divisor: int, rounding: str) -> int:
    """A quotient in whole fen; below zero as above it."""
    if numerator < 0:
        return -rounded(-numerator, divisor, rounding)
    below, rest = divmod(numerator, divisor)
    if rounding == "down" or 2 * rest < divisor:
        return below
    return below + 1 if 2 * rest > divisor or rounding == "half_up" else below + below % 2


def _day(number: int, day: int) -> int:
    """Ordinal of the due day in a month, counted from the year 0."""
    year, month = number // 12, number % 12 + 1
    return date(year, month, day if day < 29 else min(day, monthrange(year, month)[1])).toordinal()


def first_month(loan: Drawn) -> int:
    """Month of the first due date."""
    month = loan.start.year * 12 + loan.start.month - 1
    return month + (loan.next_month or _day(month, loan.due_day) <= loan.start.toordinal())


def weight(since: int, until: int, rules: Rules) -> int:
    """Days, or in years of actual length 366ths and 365ths of them in the common unit."""
    if rules.year_days != "actual":
        return until - since
    total = 0
    for year in range(date.fromordinal(since).year, date.fromordinal(until).year + 1):
        low, high = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
        total += max(min(high, until) - max(low, since), 0) * (365 if isleap(year) else 366)
    return total


def level(balance: int, rate: int, n: int, rounding: str) -> int:
    """Level payment."""
    if rate == 0:
        return rounded(balance, n, rounding)
    grown = (MONTHLY + rate) ** n
    return rounded(balance * rate * grown, MONTHLY * (grown - MONTHLY**n), rounding)


def residue(balance: int, amount: int, rate: int, n: int, rounding: str) -> int:
    """What the first instalment after a levelling carries when the residue comes first."""
    if rate == 0:
        return balance - n * amount
    up, flat = (MONTHLY + rate) ** n, MONTHLY**n
    owed = balance * rate * up - amount * MONTHLY * (up - flat)
    return rounded(owed * (MONTHLY + rate), rate * up * MONTHLY, rounding)


def rows(loan: Drawn, rules: Rules) -> list[tuple[int, int]]:
    """(principal, interest) of every instalment."""
    first, plan = first_month(loan), _plan(loan)
    changes, broken = _changes(loan, first)
    stops = {1, loan.months, loan.months + 1, *plan, *changes, *broken, *(seq + 1 for seq in broken)}
    marks = sorted(seq for seq in stops if seq <= loan.months + 1)
    balance, found, rate, amount, method, until = loan.principal, list[tuple[int, int]](), -1, 0, "", 0
    for begin, end in pairwise(marks):
        extra, now = 0, changes.get(begin, rate)
        if begin in plan:
            method, until = plan[begin]
        if begin in plan or (now != rate and method == "level_payment"):
            amount, extra = _fix(method, balance, now, until - begin + 1, rules)
        rate = now
        for seq in range(begin, end):
            regular = _regular(balance, rate, first + seq - 1, loan.due_day, rules)
            part = amount + extra - regular if method == "level_payment" else amount + extra
            part = balance if seq == loan.months else min(part, balance) if part > 0 else 0
            if seq in broken:
                regular = _by_days(loan, rules, balance, rate, first + seq - 1, seq, broken[seq])
            found.append((part, regular))
            balance -= part
            extra = 0
    return found


def _changes(loan: Drawn, first: int) -> tuple[dict[int, int], dict[int, list[tuple[int, int]]]]:
    """Rate from the beginning of an instalment's period, and changes inside periods, with the first stub."""
    changes, broken = {1: loan.rates[0][1]}, dict[int, list[tuple[int, int]]]()
    if _day(first - 1, loan.due_day) != loan.start.toordinal():
        broken[1] = []
    for day, ppm in loan.rates[1:]:
        on = date.fromordinal(day)
        month = on.year * 12 + on.month - 1
        month += _day(month, loan.due_day) < day
        seq = max(month - first + 1, 1)
        if _day(first + seq - 1, loan.due_day) != day:
            broken.setdefault(seq, []).append((day, ppm))
        changes[seq + 1] = ppm
    return changes, broken


def _regular(balance: int, rate: int, month: int, due_day: int, rules: Rules) -> int:
    if rules.daily:
        days = weight(_day(month - 1, due_day), _day(month, due_day), rules)
        return rounded(balance * rate * days, _divisor(rules), rules.rounding)
    if rules.rounding == "half_up":
        return (2 * balance * rate + MONTHLY) // (2 * MONTHLY)
    return rounded(balance * rate, MONTHLY, rules.rounding)


def _by_days(
    loan: Drawn, rules: Rules, balance: int, rate: int, month: int, seq: int, inside: list[tuple[int, int]]
) -> int:
    since = loan.start.toordinal() if seq == 1 else _day(month - 1, loan.due_day)
    marks = [(since, rate), *inside, (_day(month, loan.due_day), 0)]
    exact = sum(ppm * weight(day, marks[at + 1][0], rules) for at, (day, ppm) in enumerate(marks[:-1]))
    return rounded(balance * exact, _divisor(rules), rules.rounding)


def _divisor(rules: Rules) -> int:
    return (365 * 366 if rules.year_days == "actual" else int(rules.year_days)) * 1_000_000


def _plan(loan: Drawn) -> dict[int, tuple[str, int]]:
    """Which method begins with which instalment, and with which instalment it would be paid off."""
    plan, at = {}, 1
    for method, periods, over in loan.stages:
        plan[at] = (method, at + over - 1 if over else loan.months)
        at += periods or 0
    return plan


def _fix(method: str, balance: int, rate: int, n: int, rules: Rules) -> tuple[int, int]:
    """Instalment (or principal part), and what the first one carries besides."""
    if method == "interest_only":
        return 0, 0
    if method == "level_principal":
        amount = rounded(balance, n, rules.rounding)
        return amount, balance - n * amount if rules.residue == "first" else 0
    amount = level(balance, rate, n, rules.rounding)
    if rules.residue == "last":
        return amount, 0
    return amount, residue(balance, amount, rate, n, rules.rounding)


def draw(rnd: random.Random, method: str) -> Drawn:
    """A random loan: terms and rates from 0 to the limits; one in five has a tie, or what is nearest to one."""
    start = date.fromordinal(date(2000, 1, 1).toordinal() + rnd.randrange(9_000))
    due_day = start.day if rnd.random() < 0.5 else rnd.randrange(1, 32)
    months = rnd.randrange(1, 121) if rnd.random() < 0.75 else rnd.randrange(121, 481)
    rate = rnd.choice((rnd.randrange(360_001), rnd.randrange(20_000, 60_000), rnd.randrange(0, 37) * 10_000))
    rates, day = [(start.toordinal(), rate)], start.toordinal()
    for _ in range(rnd.choice((0, 0, 0, 1, 3))):
        day += rnd.randrange(1, 900)
        rate = rnd.choice((rnd.randrange(360_001), rnd.randrange(20_000, 60_000)))
        if rate != rates[-1][1]:
            rates.append((day, rate))
    principal = rnd.choice(
        (rnd.randrange(1, 10**11 + 1), rnd.randrange(10**6, 10**9), rnd.randrange(1, 10**4))
    )
    if rnd.random() < 0.2:
        principal = tied(rnd, rates[0][1], months) or principal
    return Drawn(
        principal, months, start, due_day, rnd.random() < 0.7, tuple(rates), stages(rnd, method, months)
    )


def stages(rnd: random.Random, method: str, months: int) -> tuple[tuple[str, int | None, int | None], ...]:
    """Stages of one of METHODS; a term too short for several has one."""
    last = rnd.choice(("level_payment", "level_principal"))
    if method in ("level_payment", "level_principal"):
        return ((method, None, None),)
    if method == "balloon":
        return ((last, None, months + rnd.randrange(1, 361)),)
    if months < 3:
        return ((last, None, None),)
    if method == "interest_only_then_level":
        return (("interest_only", rnd.randrange(1, months), None), ("level_payment", None, None))
    first = rnd.randrange(1, months - 1)
    second = rnd.randrange(1, months - first)
    names = [rnd.choice(("level_payment", "level_principal", "interest_only")) for _ in range(2)]
    overs = [None if name == "interest_only" else months + rnd.randrange(120) for name in names]
    return ((names[0], first, overs[0]), (names[1], second, overs[1]), (last, None, None))


def tied(rnd: random.Random, rate: int, months: int) -> int | None:
    """An amount whose level payment, first interest or principal part lies on half a fen, or as near as one can."""
    kind = rnd.randrange(3)
    if kind == 0 and rate:  # interest of the first month: balance x rate = 6e6 more than a multiple of 12e6
        step = MONTHLY // _gcd(MONTHLY, rate)
        return step // 2 * rnd.randrange(1, 2 * 10**9 // step + 2) if step % 2 == 0 else None
    if kind == 1 and months % 2 == 0:  # P / n
        return months // 2 * rnd.randrange(1, 10**8, 2)
    return _near_half(rate, months) if rate else None


def _near_half(rate: int, n: int) -> int | None:
    """By continued fraction of payment per fen: an even convergent's half lies next to half a fen."""
    grown = (MONTHLY + rate) ** n
    above, below = rate * grown, MONTHLY * (grown - MONTHLY**n)
    before, now = (0, 1), (1, 0)
    best = None
    while below:
        whole, rest = divmod(above, below)
        before, now = now, (whole * now[0] + before[0], whole * now[1] + before[1])
        if now[1] > 2 * 10**11:
            break
        if now[1] % 2 == 0 and now[0] % 2:
            best = now[1] // 2
        above, below = below, rest
    return best


def _gcd(one: int, other: int) -> int:
    while other:
        one, other = other, one % other
    return one
