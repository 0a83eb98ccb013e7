"""The numba kernel behind the engine's functions: what it is given, and the repair of what it left in doubt."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anju.core.engine import digest_numba, kernel_numba
from anju.core.engine.basis import MONTH_DIVISOR
from anju.core.engine.book import Book
from anju.core.engine.course import RATE, Course, due_weights
from anju.core.engine.digest import add_rows
from anju.core.engine.fold_numpy import fold_rows
from anju.core.engine.stream import Fold

Ints = NDArray[np.int64]
_NO_CLOCK = np.zeros((1, 1), dtype=np.int64)


def arguments(book: Book, course: Course) -> tuple[Any, ...]:
    """Loans, first months, due days, events, rules and clock as the kernels want them."""
    loans = (course.principal, course.months, course.rate, course.method, course.until)
    events = (course.event_period, course.event_kind, course.event_value, course.event_extra)
    fast = not book.basis.daily and book.basis.rounding != "half_even" and _small(course)
    rules = (book.basis.code, fast, book.residue_first, book.basis.daily, book.basis.day_divisor)
    clock = due_weights(book.basis) if book.basis.daily else _NO_CLOCK
    return loans, course.first_month, course.due_day, course.event_first, events, rules, clock


def _small(course: Course) -> bool:
    """Whether no loan can ever bear more interest a month than the fast loop is proved for."""
    rates = course.event_value[course.event_kind == RATE]
    rate = max(int(course.rate.max(initial=0)), int(rates.max(initial=0)))
    return int(course.principal.max(initial=0)) * rate <= kernel_numba.FAST_INTEREST_FEN * MONTH_DIVISOR


def folding(book: Book, course: Course) -> Fold:
    """What writes every instalment of a stretch of the course, as `fold_numpy.fold_rows`."""
    given = arguments(book, course)
    doubt = np.zeros(len(course), dtype=np.bool_)

    def fold(begin: int, end: int, principal: Ints, interest: Ints, balance: Ints) -> None:
        parts = (principal, interest, balance)
        kernel_numba.rows_kernel(*given, doubt, begin, end, tuple(part.reshape(-1) for part in parts))
        places = np.flatnonzero(doubt[begin:end])
        if not len(places):
            return
        again, exact = _exact(book, course, begin + places)
        for whole, part in zip(parts, exact, strict=True):
            whole[: again.periods, places] = part
            whole[again.periods :, places] = 0

    return fold


def sum_numba(book: Book, course: Course, since: Ints, totals: Ints, flows: Ints, base: int) -> None:
    """Add totals and flows of a course, as `digest.sum_numpy`."""
    doubt = np.zeros(len(course), dtype=np.bool_)
    digest_numba.digest_kernel(*arguments(book, course), doubt, since, totals, flows, base)
    places = np.flatnonzero(doubt)
    if not len(places):
        return
    again, exact = _exact(book, course, places)
    added = np.empty_like(exact)
    flat = tuple(part.reshape(-1) for part in added)
    kernel_numba.rows_kernel(
        *arguments(book, again), np.zeros(len(again), dtype=np.bool_), 0, len(again), flat
    )
    sums = np.zeros((4, len(places)), dtype=np.int64)
    add_rows(again, since[places], exact[0] - added[0], exact[1] - added[1], sums, flows, base)
    totals[:, places] += sums


def _exact(book: Book, course: Course, places: Ints) -> tuple[Course, Ints]:
    """Rows [3, periods, loans] of a few loans by the kernel that decides in whole numbers."""
    again = course.take(places)
    parts = np.empty((3, again.periods, len(places)), dtype=np.int64)
    fold_rows(again, book.basis, book.residue_first, *parts)
    return again, parts
