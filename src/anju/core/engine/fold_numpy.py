"""The fold over columns, period by period, in numpy: the kernel without numba, and the one that decides near ties.

Loans are sorted by length, so those still running are a prefix. All integer; every product is below 2**63 for
balances up to FEN_MAX and rates up to 36 % (balance x rate < 2**56, balance x weight by `divide_weighted`).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from anju.core.engine.basis import MONTH_DIVISOR, Basis, divide_columns, divide_weighted
from anju.core.engine.course import BROKEN, INSTALMENT, RATE, STAGE, Course, due_weights
from anju.core.engine.level import level_payments, straight_parts
from anju.core.engine.residue import level_residue
from anju.core.engine.stages import INTEREST_ONLY, LEVEL_PAYMENT, LEVEL_PRINCIPAL

Ints = NDArray[np.int64]


def fold_rows(
    course: Course, basis: Basis, residue_first: bool, principal: Ints, interest: Ints, balance: Ints
) -> None:
    """Write every instalment: arrays [periods, loans] in fen, zeros where a loan has ended."""
    state = _State(course, basis, residue_first)
    running = np.searchsorted(-course.months, -np.arange(1, course.periods + 2), side="right")
    before = course.principal
    for period, events in enumerate(_events_by_period(course)):
        count, after = int(running[period]), int(running[period + 1])
        state.balance = before
        state.obey(events, period)
        due = interest[period]
        due[count:] = 0
        state.interest(period, count, before, due)
        part = principal[period]
        part[count:] = 0
        state.principal(count, before, due, part)
        part[after:count] = before[after:count]
        state.broken(events, before, due)
        left = balance[period]
        np.subtract(before, part, out=left)
        before = left


class _State:
    """What is known of each loan at the beginning of a period."""

    def __init__(self, course: Course, basis: Basis, residue_first: bool) -> None:
        self.course, self.basis, self.residue_first = course, basis, residue_first
        n = len(course)
        self.rate, self.method, self.until = course.rate.copy(), course.method.copy(), course.until.copy()
        self.instalment = np.zeros(n, dtype=np.int64)
        self.residue = np.zeros(n, dtype=np.int64)
        self.balance = course.principal
        self.weights = due_weights(basis) if basis.daily else None
        self._level(np.arange(n), 0, fix_straight=True)

    def obey(self, events: tuple[Ints, Ints, Ints, Ints], period: int) -> None:
        """New rates, then new stages, then instalments that are fixed already."""
        row, kind, value, extra = events
        if not len(row):
            return
        changed = kind == RATE
        rows, rates = row[changed], value[changed]
        differs = rates != self.rate[rows]
        rows = rows[differs]
        self.rate[rows] = rates[differs]
        self._level(rows, period, fix_straight=False)
        begun = kind == STAGE
        rows = row[begun]
        self.method[rows], self.until[rows] = value[begun], extra[begun]
        self._level(rows, period, fix_straight=True)
        given = kind == INSTALMENT
        rows = row[given]
        self.instalment[rows], self.residue[rows] = value[given], 0

    def _level(self, rows: Ints, period: int, *, fix_straight: bool) -> None:
        """Fix the instalment of these loans for what is left; a rate change leaves level principal as it is."""
        code, balance, n = self.basis.code, self.balance[rows], self.until[rows] - period
        method = self.method[rows]
        level = method == LEVEL_PAYMENT
        at, amount, rate = rows[level], balance[level], self.rate[rows][level]
        self.instalment[at] = level_payments(amount, rate, n[level], code)
        if self.residue_first:
            self.residue[at] = level_residue(amount, self.instalment[at], rate, n[level], code)
        if not fix_straight:
            return
        straight = method == LEVEL_PRINCIPAL
        at, amount = rows[straight], balance[straight]
        self.instalment[at] = straight_parts(amount, n[straight], code)
        if self.residue_first:
            self.residue[at] = amount - n[straight] * self.instalment[at]
        at = rows[method == INTEREST_ONLY]
        self.instalment[at] = 0
        self.residue[at] = 0  # a rate change of the same day has levelled the stage that ends here

    def interest(self, period: int, count: int, before: Ints, out: Ints) -> None:
        """Interest of the regular period that ends with this instalment."""
        basis, balance, rate = self.basis, before[:count], self.rate[:count]
        if self.weights is None:
            out[:count] = divide_columns(balance * rate, MONTH_DIVISOR, basis.code)
            return
        month, day = self.course.first_month[:count] + period, self.course.due_day[:count]
        weight = rate * (self.weights[month, day] - self.weights[month - 1, day])
        out[:count] = divide_weighted(balance, weight, basis.day_divisor, basis.code)

    def principal(self, count: int, before: Ints, regular: Ints, out: Ints) -> None:
        """Principal of this instalment, kept within 0 and the balance; the last one is corrected by the caller."""
        part = out[:count]
        np.subtract(self.instalment[:count], regular[:count], out=part)
        np.copyto(part, self.instalment[:count], where=self.method[:count] != LEVEL_PAYMENT)
        if self.residue_first:
            part += self.residue[:count]
            self.residue[:] = 0
        np.clip(part, 0, before[:count], out=part)

    def broken(self, events: tuple[Ints, Ints, Ints, Ints], before: Ints, out: Ints) -> None:
        """Interest of broken periods, by days."""
        row, kind, value, _ = events
        broken = kind == BROKEN
        if broken.any():
            rows = row[broken]
            out[rows] = divide_weighted(before[rows], value[broken], self.basis.day_divisor, self.basis.code)


def _events_by_period(course: Course) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """For each period: rows, kinds, values, extras of its events."""
    counts = np.diff(course.event_first)
    row = np.repeat(np.arange(len(course), dtype=np.int64), counts)
    order = np.argsort(course.event_period, kind="stable")
    first = np.searchsorted(course.event_period[order], np.arange(course.periods + 1), side="left")
    columns = (row[order], course.event_kind[order], course.event_value[order], course.event_extra[order])
    for period in range(course.periods):
        begin, end = int(first[period]), int(first[period + 1])
        rows, kinds, values, extras = (column[begin:end] for column in columns)
        yield rows, kinds, values, extras
