"""The running instalment behind the next instalment that a tape states, and how many periods it leaves.

The next instalment is principal and interest of the first one due after the day. Its interest is that of our own count (by
days where the period is broken: a first stub, a rate change inside), so its principal is what is over, and the running
instalment is that principal with the interest of a whole period (level payment) or without (level principal).

- An instalment that pays the balance within the contract's term goes on running; the term ends when it is paid, as after a
  prepayment that shortens it. A rest that is no more than what rounding leaves belongs to the last instalment.
- One that does not pay it (interest settled in the middle of the period, interest only for a time) is due as it was told, and
  what is left is levelled from the next one on.
- None told: levelled over what is left.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anju.contexts.servicing.projection.reading import ABSENT
from anju.core.engine.basis import MONTH_DIVISOR, divide_columns
from anju.core.engine.calendar import due_ordinals
from anju.core.engine.columns import LoanColumns, PositionColumns, RatePaths, next_instalments, rates_on
from anju.core.engine.level import level_payments, straight_parts

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

RUNS, ONCE, NO_PRINCIPAL = 0, 1, 2
"""Forms: the instalment runs on (or is levelled); it is due once; it is due once and holds interest only."""


@dataclass(frozen=True, slots=True)
class Coming:
    """Of each loan: its balance at the close of the day, how many instalments are paid and fell due, and the next instalment
    (ABSENT: not told)."""

    balance: Ints
    paid: Ints
    due: Ints
    told: Ints


@dataclass(frozen=True, slots=True)
class LevelledAs:
    """Instalment (0: levelled), form, and periods left since the last paid one; `too_much`: more was told than is owed."""

    instalment: Ints
    form: Ints
    left: Ints
    too_much: Bools


def levelled_as(loans: LoanColumns, paths: RatePaths, coming: Coming) -> LevelledAs:
    """How each loan goes on; `loans` are the contracts."""
    left = loans.months - coming.paid
    given = coming.told != ABSENT
    rows = np.flatnonzero(given)
    instalment, form, too_much = np.zeros_like(left), np.zeros_like(left), np.zeros(len(left), dtype=np.bool_)
    if len(rows):
        part = Coming(*(column[rows] for column in (coming.balance, coming.paid, coming.due, coming.told)))
        found = _of_told(loans.take(rows), paths, part)
        instalment[rows], form[rows], left[rows], too_much[rows] = found
    return LevelledAs(instalment, form, left, too_much)


def _of_told(loans: LoanColumns, paths: RatePaths, coming: Coming) -> tuple[Ints, Ints, Ints, Bools]:
    due, start = coming.due, due_ordinals(loans.dues, coming.due)
    rate, unpaid, term = rates_on(loans, paths, start), coming.due - coming.paid, loans.months - coming.due
    balance = _scheduled(coming, loans.level, rate / MONTH_DIVISOR, unpaid)
    zero = np.zeros_like(due)
    then = due_ordinals(loans.dues, due + 1)
    at = PositionColumns(due + 1, balance, zero, rate, start, then)
    interest = next_instalments(loans, paths, at).interest_fen
    whole = divide_columns(balance * rate, MONTH_DIVISOR)
    principal = coming.told - interest
    too_much = principal > balance + interest
    amount = np.where(loans.level, principal + whole, principal)
    needed = _periods(loans, balance, amount, rate / MONTH_DIVISOR)
    level = np.where(loans.level, level_payments(balance, rate, term), straight_parts(balance, term))
    pays = (amount > 0) & (principal > 0) & (amount >= level - _slack(loans, rate / MONTH_DIVISOR, term))
    form = np.where(pays, RUNS, np.where(principal > 0, ONCE, NO_PRINCIPAL))
    form = np.where((term == 1) | (unpaid > 0), RUNS, form)
    keeps = (pays | ((form == ONCE) & (principal > 0))) & (amount > 0)
    left = np.where(pays, unpaid + np.minimum(needed, term), unpaid + term)
    return np.where(keeps & ~too_much, amount, 0), form, left, too_much


def _scheduled(coming: Coming, level: Bools, monthly: Floats, unpaid: Ints) -> Ints:
    """The balance as it would be if the unpaid instalments had been paid: the coming one is counted on it. Near enough, only
    for loans in arrears; else it is the balance."""
    grown = (1.0 + monthly) ** unpaid
    paid = coming.told * _future(monthly, unpaid)
    by_payment = coming.balance * grown - paid
    part = (coming.told - monthly * coming.balance) / np.maximum(1.0 - monthly * unpaid, 0.1)
    by_part = coming.balance - unpaid * part
    found = np.clip(np.rint(np.where(level, by_payment, by_part)), 0, coming.balance).astype(np.int64)
    return np.where(unpaid > 0, found, coming.balance)


def _future(monthly: Floats, periods: Ints) -> Floats:
    """What 1 a period is worth at the end of so many."""
    safe = np.where(monthly == 0, 1.0, monthly)
    worth: Floats = np.where(monthly == 0, periods, ((1.0 + monthly) ** periods - 1.0) / safe)
    return worth


def _slack(loans: LoanColumns, monthly: Floats, term: Ints) -> Floats:
    """How far an instalment may lie below the levelled one because instalments and interest were rounded to the fen since
    the loan began: a fen a period, grown to the end of the term, over what is left."""
    slack: Floats = 2.0 * _future(monthly, loans.months) / _future(monthly, np.maximum(term, 1))
    return slack


def _periods(loans: LoanColumns, balance: Ints, amount: Ints, monthly: Floats) -> Ints:
    """Periods until the balance is paid by this amount; a rest within rounding needs none of its own."""
    paying = np.maximum(amount, 1).astype(np.float64)
    safe = np.where(monthly == 0, 1.0, monthly)
    share = np.clip(1.0 - balance * monthly / paying, 1e-12, 1.0)
    level = np.where(monthly == 0, balance / paying, -np.log(share) / np.log1p(safe))
    exact = np.where(loans.level, level, balance / paying)
    below = np.maximum(np.floor(exact + 1e-9), 1.0).astype(np.int64)
    rest = np.where(
        loans.level,
        balance * (1.0 + monthly) ** below - paying * _future(monthly, below),
        balance - paying * below,
    )
    rounding = np.where(loans.level, _future(monthly, loans.months), loans.months)
    found: Ints = np.where(rest <= rounding, below, below + 1)
    return found
