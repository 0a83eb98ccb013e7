"""Positions and next instalments of many loans at once (design section 6, "schedule engine").

One row is one loan; columns are numpy arrays of one length. Money int64 fen, rates int64 ppm, days int64
counted like `date.toordinal`. The conventions are those of `anju.core.schedule.fold`, and the results equal
it fen for fen.

Rate paths are shared: many loans have the same base path (LPR, start month, repricing) and differ only in the
spread. A loan names its path by index into `RatePaths` and may add `offset_ppm` to every rate of it.

Method: loans are sorted by how many periods they have behind them, so that the loans still running are a
prefix and each period is five operations on it; rate changes are turned into (loan, period) events
beforehand. All products stay inside int64 for amounts up to FEN_MAX and rates up to 36 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anju.core.engine.calendar import DueColumns, due_ordinals
from anju.core.engine.level import divide_half_up_columns, level_payments
from anju.core.money import FEN_MAX, PPM_MAX, PPM_ONE
from anju.core.rates import RateStep
from anju.core.schedule.terms import MONTHS_MAX, Terms

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_MONTHLY = 12 * PPM_ONE
_DAILY = 360 * PPM_ONE
_FAR = np.int64(4_000_000)
"""A day after every due date (the year 10952), so that the last step of a path has an end."""


@dataclass(frozen=True, slots=True)
class RatePaths:
    """Rate paths end to end: path p has steps `first[p]` to `first[p + 1]`, equal neighbours joined."""

    first: Ints
    effective: Ints
    rate_ppm: Ints

    @classmethod
    def of(cls, paths: Sequence[Sequence[RateStep]]) -> "RatePaths":
        """Paths in the order in which loans will name them. Raises ValueError for an empty path."""
        first, effective, rates = [0], list[int](), list[int]()
        for path in paths:
            if not path:
                raise ValueError("a rate path has no step")
            last = None
            for step in path:
                if step.rate_ppm != last:
                    effective.append(step.effective_on.toordinal())
                    rates.append(step.rate_ppm)
                    last = step.rate_ppm
            first.append(len(effective))
        return cls(*(np.array(each, dtype=np.int64) for each in (first, effective, rates)))


@dataclass(frozen=True, slots=True)
class LoanColumns:
    """Terms of many loans. `level` is True for level payment, False for level principal; `next_month` is the
    first-due rule; `path` is an index into RatePaths; `offset_ppm` is added to every rate of the path."""

    principal_fen: Ints
    months: Ints
    level: Bools
    start: Ints
    due_day: Ints
    next_month: Bools
    path: Ints
    offset_ppm: Ints

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, name)) for name in self.__slots__}
        if len(lengths) != 1:
            raise ValueError("columns differ in length")
        within("principal_fen", self.principal_fen, 1, FEN_MAX)
        within("months", self.months, 1, MONTHS_MAX)
        within("due_day", self.due_day, 1, 31)

    def __len__(self) -> int:
        return len(self.principal_fen)

    @property
    def dues(self) -> DueColumns:
        """The due-date part of the terms."""
        return DueColumns(self.start, self.due_day, self.next_month)

    def take(self, rows: Ints) -> "LoanColumns":
        """The loans at these row numbers."""
        return LoanColumns(*(getattr(self, name)[rows] for name in self.__slots__))


def columns_of(terms: Sequence[Terms]) -> tuple[LoanColumns, RatePaths]:
    """Columns of scalar terms; equal rate paths are shared. For bulk work fill LoanColumns directly."""
    known: dict[tuple[RateStep, ...], int] = {}
    path = [known.setdefault(each.rate_path, len(known)) for each in terms]
    numbers = [(each.principal_fen, each.months, each.start_on.toordinal(), each.due_day) for each in terms]
    principal, months, start, due_day = np.array(numbers, dtype=np.int64).reshape(-1, 4).T
    loans = LoanColumns(
        principal,
        months,
        np.array([each.method == "level_payment" for each in terms], dtype=np.bool_),
        start,
        due_day,
        np.array([each.first_due == "next_month" for each in terms], dtype=np.bool_),
        np.array(path, dtype=np.int64),
        np.zeros(len(terms), dtype=np.int64),
    )
    return loans, RatePaths.of(list(known))


@dataclass(frozen=True, slots=True)
class PositionColumns:
    """Positions before instalment `seq_next`, as `schedule.Position`; `next_due` is 0 when finished."""

    seq_next: Ints
    balance_fen: Ints
    instalment_fen: Ints
    rate_ppm: Ints
    period_start: Ints
    next_due: Ints


@dataclass(frozen=True, slots=True)
class InstalmentColumns:
    """The coming instalment of each loan; zeros for a finished one."""

    due: Ints
    principal_fen: Ints
    interest_fen: Ints

    @property
    def amount_fen(self) -> Ints:
        """Principal and interest together."""
        return self.principal_fen + self.interest_fen


def open_positions(loans: LoanColumns, paths: RatePaths, paid_periods: Ints) -> PositionColumns:
    """Position of each loan after `paid_periods` instalments as scheduled. Raises ValueError."""
    if len(paid_periods) != len(loans) or (len(loans) and int(paid_periods.min()) < 0):
        raise ValueError("paid_periods must be one number >= 0 per loan")
    paid = np.minimum(paid_periods, loans.months)
    behind = np.minimum(paid, loans.months - 1)
    order = np.argsort(-behind, kind="stable")
    balance, instalment, rate = _run(loans.take(order), paths, behind[order])
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    finished = paid == loans.months
    period_start = due_ordinals(loans.dues, paid)
    rate = np.where(finished, rates_on(loans, paths, period_start), rate[back])
    zero = np.int64(0)
    return PositionColumns(
        seq_next=paid + 1,
        balance_fen=np.where(finished, zero, balance[back]),
        instalment_fen=np.where(finished, zero, instalment[back]),
        rate_ppm=rate,
        period_start=period_start,
        next_due=np.where(finished, zero, due_ordinals(loans.dues, paid + 1)),
    )


def next_instalments(loans: LoanColumns, paths: RatePaths, at: PositionColumns) -> InstalmentColumns:
    """Principal and interest due on each loan's next due date, with broken periods counted by days."""
    open_ = at.next_due > 0
    whole = divide_half_up_columns(at.balance_fen * at.rate_ppm, _MONTHLY)
    level = np.clip(at.instalment_fen - whole, 0, at.balance_fen)
    straight = np.minimum(at.instalment_fen, at.balance_fen)
    principal = np.where(loans.level, level, straight)
    principal = np.where(at.seq_next == loans.months, at.balance_fen, principal)
    rate_days, parts = _rate_days(loans, paths, at.period_start, at.next_due)
    broken = (parts > 1) | ((at.seq_next == 1) & ~loans.dues.first_period_is_whole())
    by_days = divide_half_up_columns(at.balance_fen * rate_days, _DAILY)
    interest = np.where(broken, by_days, whole)
    return InstalmentColumns(at.next_due, principal * open_, interest * open_)


def rates_on(loans: LoanColumns, paths: RatePaths, days: Ints) -> Ints:
    """Rate of each loan on its own day, ppm."""
    row, effective, _ = rate_steps(loans, paths)
    counted = np.bincount(row, weights=effective <= days[row], minlength=len(loans)).astype(np.int64)
    if len(loans) and int(counted.min()) == 0:
        raise ValueError("a rate path does not reach back to the day asked for")
    at = paths.first[loans.path] + counted - 1
    rate: Ints = paths.rate_ppm[at] + loans.offset_ppm
    return rate


def _run(loans: LoanColumns, paths: RatePaths, behind: Ints) -> tuple[Ints, Ints, Ints]:
    """Balance, instalment and rate after `behind` periods (falling, each below `months`)."""
    rate = rates_on(loans, paths, loans.start)
    within("rate", rate, 0, PPM_MAX)
    balance = loans.principal_fen.copy()
    instalment = np.where(
        loans.level,
        level_payments(balance, rate, loans.months),
        (2 * balance + loans.months) // (2 * loans.months),
    )
    event_row, event_rate, event_first = _events(loans, paths, behind)
    running = np.searchsorted(-behind, -np.arange(1, len(event_first)), side="right")
    zero = np.int64(0)
    for period, count in enumerate(running.tolist(), start=1):
        some = balance[:count]
        principal = divide_half_up_columns(some * rate[:count], _MONTHLY)
        np.subtract(instalment[:count], principal, out=principal)
        np.maximum(principal, zero, out=principal)
        np.copyto(principal, instalment[:count], where=~loans.level[:count])
        np.minimum(principal, some, out=principal)
        some -= principal
        begin, end = event_first[period - 1], event_first[period]
        if begin < end:
            _change(loans, balance, instalment, rate, event_row[begin:end], event_rate[begin:end], period)
    return balance, instalment, rate


def _change(
    loans: LoanColumns, balance: Ints, instalment: Ints, rate: Ints, rows: Ints, rates: Ints, period: int
) -> None:
    """Give these loans a new rate after a period and level their payment over the rest of the term."""
    differs = rates != rate[rows]
    rows, rates = rows[differs], rates[differs]
    rate[rows] = rates
    levelled = loans.level[rows]
    rows, rates = rows[levelled], rates[levelled]
    instalment[rows] = level_payments(balance[rows], rates, loans.months[rows] - period)


def rate_steps(loans: LoanColumns, paths: RatePaths) -> tuple[Ints, Ints, Ints]:
    """All steps of all loans, loan by loan: row number, effective day, base rate."""
    if len(paths.effective) == len(paths.first) - 1:  # one step each: a book of fixed rates
        return np.arange(len(loans), dtype=np.int64), paths.effective[loans.path], paths.rate_ppm[loans.path]
    counts = paths.first[loans.path + 1] - paths.first[loans.path]
    row = np.repeat(np.arange(len(loans), dtype=np.int64), counts)
    ends = np.cumsum(counts)
    within = np.arange(len(row), dtype=np.int64) - np.repeat(ends - counts, counts)
    at = paths.first[loans.path][row] + within
    return row, paths.effective[at], paths.rate_ppm[at]


def _events(loans: LoanColumns, paths: RatePaths, behind: Ints) -> tuple[Ints, Ints, list[int]]:
    """Rate changes by the period after which they count: rows, new rates, and where each period begins.

    A change on day c counts from the first due date not before c. Of several in one period the last one
    counts.
    """
    row, effective, base = rate_steps(loans, paths)
    later = effective > loans.start[row]
    row, effective, base = row[later], effective[later], base[later]
    period = loans.dues.take(row).period_ending_on_or_after(effective)
    superseded = np.zeros(len(row), dtype=np.bool_)
    superseded[:-1] = (row[1:] == row[:-1]) & (period[1:] == period[:-1])
    kept = ~superseded & (period <= behind[row])
    row, period, rate = row[kept], period[kept], base[kept] + loans.offset_ppm[row[kept]]
    if len(rate):
        within("rate", rate, 0, PPM_MAX)
    order = np.argsort(period, kind="stable")
    last = int(behind.max(initial=0))
    first = np.searchsorted(period[order], np.arange(1, last + 2), side="left")
    return row[order], rate[order], first.tolist()


def _rate_days(loans: LoanColumns, paths: RatePaths, start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Sum of rate x days over [start, end) of each loan, and in how many parts of different rate."""
    row, effective, base = rate_steps(loans, paths)
    until = np.full(len(row), _FAR, dtype=np.int64)
    same = row[1:] == row[:-1]
    until[:-1][same] = effective[1:][same]
    days = np.minimum(until, end[row]) - np.maximum(effective, start[row])
    np.maximum(days, 0, out=days)
    rate_days = np.zeros(len(loans), dtype=np.int64)
    np.add.at(rate_days, row, (base + loans.offset_ppm[row]) * days)
    parts = np.bincount(row, weights=days > 0, minlength=len(loans)).astype(np.int64)
    return rate_days, parts


def within(name: str, column: Ints, low: int, high: int) -> None:
    """Raises ValueError when a column leaves low .. high."""
    if len(column) and not (low <= int(column.min()) and int(column.max()) <= high):
        raise ValueError(f"column {name} must lie in {low} .. {high}")
