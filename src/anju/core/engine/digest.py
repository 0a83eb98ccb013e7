"""Digests of a book without storing schedules: totals of each loan, cash flow by month, interest by year, sensitivity.

Everything is counted after a day `on`: what fell due on or before it is past. Money int64 fen; months count from
January 1950 (`calendar.month_index`), so month m is in year 1950 + m // 12.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
from numpy.typing import NDArray

from anju.core.engine.basis import YEAR_MIN
from anju.core.engine.book import Book
from anju.core.engine.calendar import DueColumns, month_index
from anju.core.engine.columns import LoanColumns
from anju.core.engine.course import Course, course_of
from anju.core.engine.fold_numpy import fold_rows
from anju.core.engine.stream import Kernel, kernel_for
from anju.core.money import PPM_PER_BP

Ints = NDArray[np.int64]

CHUNK = {"numba": 16_384, "numpy": 2_048}
_CELLS = 4_096
"""Cells (periods x loans) that are added up in one step."""
BALANCE, INTEREST, LAST, PERIODS = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Digest:
    """What a book still pays after `on`.

    By loan, in book order: `balance_fen` at the close of the day (the whole amount before payout), `interest_fen` to
    the end, `last_fen` the last instalment, `fen_periods` principal x periods until it is paid. By month from month
    index `month` on: `principal_by_month_fen`, `interest_by_month_fen`. A loan that its running instalment pays off before
    its last period ends with that one.
    """

    balance_fen: Ints
    interest_fen: Ints
    last_fen: Ints
    fen_periods: Ints
    month: int
    principal_by_month_fen: Ints
    interest_by_month_fen: Ints

    @property
    def weighted_life_months(self) -> NDArray[np.float64]:
        """Average time until principal is paid, in periods, by loan; 0 for a loan that is paid. For show, not for money."""
        return self.fen_periods / np.maximum(self.balance_fen, 1)

    def take(self, rows: Ints) -> "Digest":
        """The digest with these loans only; its months stay those of all."""
        names = ("balance_fen", "interest_fen", "last_fen", "fen_periods")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def by_year(self) -> list[tuple[int, int, int]]:
        """(year, principal, interest) of each calendar year in the window, in fen."""
        years = YEAR_MIN + (self.month + np.arange(len(self.principal_by_month_fen))) // 12
        principal, interest = self.principal_by_month_fen, self.interest_by_month_fen
        return [
            (year, int(principal[years == year].sum()), int(interest[years == year].sum()))
            for year in np.unique(years).tolist()
        ]

    def by_month(self) -> list[tuple[date, int, int, int]]:
        """(first of month, principal, interest, balance at its end) of each month in the window, in fen."""
        left = int(self.balance_fen.sum()) - np.cumsum(self.principal_by_month_fen)
        months = [divmod(self.month + at, 12) for at in range(len(left))]
        firsts = [date(YEAR_MIN + year, month + 1, 1) for year, month in months]
        flows = (self.principal_by_month_fen.tolist(), self.interest_by_month_fen.tolist(), left.tolist())
        return list(zip(firsts, *flows, strict=True))


def digest(
    book: Book,
    *,
    on: date | None = None,
    months: int = 0,
    kernel: Kernel = "auto",
    workers: int = 1,
    past: Ints | None = None,
) -> Digest:
    """Digest of a book after the close of `on` (None: from payout on), with `months` calendar months of cash flow.

    `past`: how many instalments of each loan are past, whatever fell due on or before `on`.
    The window begins with the month after payout of the first loan, or with the month of the day after `on`. With
    `workers` above 1 chunks run side by side in threads (numba only). Raises ValueError, KernelMissing.
    """
    used = kernel_for(kernel, len(book))
    size, n = CHUNK[used], len(book)
    base = _window(book, on)
    totals = np.zeros((4, n), dtype=np.int64)
    jobs = [np.arange(begin, min(begin + size, n), dtype=np.int64) for begin in range(0, n, size)]
    since = partial(_since, book.loans, on, past)
    work = partial(_chunk, _summing(used), book, since, base, months, totals)
    flows = np.zeros((2, months), dtype=np.int64)
    for part in _spread(work, jobs, workers if used == "numba" else 1):
        flows += part
    return Digest(totals[BALANCE], totals[INTEREST], totals[LAST], totals[PERIODS], base, flows[0], flows[1])


def digests(
    books: Iterable[Book], *, on: date, months: int, kernel: Kernel = "auto", workers: int = 1
) -> Digest:
    """Cash flow of books that come one after the other, none kept: by loan there is one row, the sum of each book."""
    parts = [digest(book, on=on, months=months, kernel=kernel, workers=workers) for book in books]
    if not parts:
        raise ValueError("no book")
    if len({part.month for part in parts}) != 1:
        raise ValueError("books with different windows")

    def sums(name: str) -> Ints:
        return np.array([int(getattr(part, name).sum()) for part in parts], dtype=np.int64)

    def flow(name: str) -> Ints:
        total: Ints = np.sum([getattr(part, name) for part in parts], axis=0, dtype=np.int64)
        return total

    return Digest(
        sums("balance_fen"),
        sums("interest_fen"),
        sums("last_fen"),
        sums("fen_periods"),
        parts[0].month,
        flow("principal_by_month_fen"),
        flow("interest_by_month_fen"),
    )


def sensitivity(
    book: Book, shifts_bp: Sequence[int], *, on: date | None = None, kernel: Kernel = "auto", workers: int = 1
) -> dict[int, Digest]:
    """Digest of the book with every rate of every loan moved by so many basis points, exact, not by approximation.

    Running instalments of level payment are levelled at the moved rate, as any new rate does.
    Raises ValueError when a rate would leave 0 .. 36 %.
    """
    moved = {}
    for shift in shifts_bp:
        there = book.levelled_anew() if shift else book
        loans = replace(book.loans, offset_ppm=book.loans.offset_ppm + shift * PPM_PER_BP)
        moved[shift] = digest(replace(there, loans=loans), on=on, kernel=kernel, workers=workers)
    return moved


Summing = Callable[[Book, Course, Ints, Ints, Ints, int], None]


def _chunk(
    summing: Summing,
    book: Book,
    of: Callable[[Ints], Ints],
    base: int,
    months: int,
    totals: Ints,
    rows: Ints,
) -> Ints:
    """Totals of some loans into their places; their flows as the answer."""
    course = course_of(book, rows)
    since = of(course.rows)
    sums = np.zeros((4, len(course)), dtype=np.int64)
    flows = np.zeros((2, months), dtype=np.int64)
    summing(book, course, since, sums, flows, base)
    if book.instalment is not None:
        _end_early(book, course, sums[LAST])
    totals[:, course.rows] = sums
    return flows


def _end_early(book: Book, course: Course, last: Ints) -> None:
    """The last instalment of loans that their instalment pays off before the last period."""
    early = np.flatnonzero(last == 0)
    if not len(early):
        return
    part = course.take(early)
    parts = np.empty((3, part.periods, len(part)), dtype=np.int64)
    fold_rows(part, book.basis, book.residue_first, *parts)
    amount = parts[0] + parts[1]
    at = part.periods - 1 - np.argmax(amount[::-1] > 0, axis=0)
    last[early] = amount[at, np.arange(len(part))]


def instalments_past(dues: DueColumns, months: Ints, on: date | None) -> Ints:
    """How many instalments of each loan fell due on or before the day (None: none)."""
    if on is None:
        return np.zeros(len(months), dtype=np.int64)
    day_after = np.maximum(np.full(len(months), on.toordinal() + 1, dtype=np.int64), dues.start + 1)
    past: Ints = np.minimum(dues.period_ending_on_or_after(day_after) - 1, months)
    return past


def _since(loans: LoanColumns, on: date | None, past: Ints | None, rows: Ints) -> Ints:
    """How many instalments of these loans are past."""
    months = loans.months[rows]
    if past is None:
        return instalments_past(loans.dues.take(rows), months, on)
    told: Ints = np.minimum(past[rows], months)
    return told


def _window(book: Book, on: date | None) -> int:
    if on is not None:
        return int(month_index(np.array([on.toordinal() + 1], dtype=np.int64))[0])
    return int(book.loans.dues.first_month().min()) if len(book) else 0


def _spread(work: Callable[[Ints], Ints], jobs: Sequence[Ints], workers: int) -> Iterator[Ints]:
    if workers <= 1 or len(jobs) <= 1:
        yield from map(work, jobs)
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(work, jobs)


def _summing(kernel: str) -> Summing:
    if kernel == "numba":
        from anju.core.engine.fold_numba import sum_numba

        return sum_numba
    return sum_numpy


def sum_numpy(book: Book, course: Course, since: Ints, totals: Ints, flows: Ints, base: int) -> None:
    """Add totals and flows of a course by numpy."""
    parts = np.empty((3, course.periods, len(course)), dtype=np.int64)
    fold_rows(course, book.basis, book.residue_first, *parts)
    add_rows(course, since, parts[0], parts[1], totals, flows, base)


def add_rows(
    course: Course, since: Ints, principal: Ints, interest: Ints, totals: Ints, flows: Ints, base: int
) -> None:
    """Add rows [periods, loans] to totals [4, loans] and flows [2, months].

    Some periods at a time, so many that their cells stay in the cache: one loan takes one step, not one for each period.
    """
    places = np.arange(len(course))
    totals[LAST] += principal[course.months - 1, places] + interest[course.months - 1, places]
    step = max(4, _CELLS // max(len(course), 1))
    for begin in range(0, course.periods, step):
        period = np.arange(begin, min(begin + step, course.periods), dtype=np.int64)[:, None]
        counts = period >= since
        part, due = principal[begin : begin + step] * counts, interest[begin : begin + step] * counts
        totals[BALANCE] += part.sum(axis=0)
        totals[INTEREST] += due.sum(axis=0)
        totals[PERIODS] += (part * (period + 1 - since)).sum(axis=0)
        month = course.first_month + (period - base)
        inside = counts & (month >= 0) & (month < flows.shape[1])
        if inside.any():
            np.add.at(flows[0], month[inside], part[inside])
            np.add.at(flows[1], month[inside], due[inside])
