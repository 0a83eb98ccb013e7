"""Full schedules of a book, chunk by chunk over reused buffers.

Which kernel: numba when it is installed and the book is large enough to repay its import, else numpy. Both give the
same fen in every row; instalments that lie near a rounding tie are always decided in exact integers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anju.core.engine.book import Book
from anju.core.engine.course import Course, course_of
from anju.core.engine.fold_numpy import fold_rows

Ints = NDArray[np.int64]
Kernel = Literal["auto", "numba", "numpy"]

CHUNK = {"numba": 128, "numpy": 2_048}
"""Loans at a time: for numba so few that the three buffers stay in the second cache (about 1 MiB for 30 years)."""
COURSE = 16_384
NUMBA_FROM = 50_000
"""Loans from which on the import of numba and its first call (2 to 7 s, cached later) are worth it."""


class KernelMissing(ValueError):
    """numba was asked for and is not installed (extra `fast`)."""


def kernel_for(kernel: Kernel, loans: int) -> Literal["numba", "numpy"]:
    """The kernel that will be used. Raises KernelMissing, ValueError."""
    if kernel not in ("auto", "numba", "numpy"):
        raise ValueError(f"no such kernel: {kernel}")
    installed = find_spec("numba") is not None
    if kernel == "numba" and not installed:
        raise KernelMissing("numba is not installed; install the extra fast: pip install anju[fast]")
    if kernel == "auto":
        return "numba" if installed and loans >= NUMBA_FROM else "numpy"
    return kernel


@dataclass(frozen=True, slots=True)
class Rows:
    """Schedules of some loans, in fen, each array [periods, loans]; zeros after a loan's end.

    `loans[j]` is the row in the book of column j, `months[j]` its number of instalments (falling). The arrays are views
    of buffers that the next chunk overwrites: copy what you keep.
    """

    loans: Ints
    months: Ints
    principal_fen: Ints
    interest_fen: Ints
    balance_fen: Ints


def schedules(book: Book, *, kernel: Kernel = "auto", chunk: int | None = None) -> Iterator[Rows]:
    """Every instalment of every loan, `chunk` loans at a time (default: what the kernel likes).

    Raises ValueError (see `course_of`), KernelMissing.
    """
    used = kernel_for(kernel, len(book))
    size = max(chunk or CHUNK[used], 1)
    longest = int(book.loans.months.max(initial=0))
    buffers = np.empty((3, longest * min(size, max(len(book), 1))), dtype=np.int64)
    several = size * max(COURSE // size, 1)  # worked out for many at once: each numpy call has its price
    for start in range(0, len(book), several):
        course = course_of(book, np.arange(start, min(start + several, len(book)), dtype=np.int64))
        fold = _folding(used, book, course)
        for begin in range(0, len(course), size):
            end = min(begin + size, len(course))
            shape = (int(course.months[begin]), end - begin)
            principal, interest, balance = (each[: shape[0] * shape[1]].reshape(shape) for each in buffers)
            fold(begin, end, principal, interest, balance)
            yield Rows(course.rows[begin:end], course.months[begin:end], principal, interest, balance)


Fold = Callable[[int, int, Ints, Ints, Ints], None]
"""Write principal, interest and balance of the loans begin to end of a course."""


def _folding(kernel: Literal["numba", "numpy"], book: Book, course: Course) -> Fold:
    if kernel == "numba":
        from anju.core.engine.fold_numba import folding

        return folding(book, course)

    def fold(begin: int, end: int, principal: Ints, interest: Ints, balance: Ints) -> None:
        part = course.part(begin, end)
        fold_rows(part, book.basis, book.residue_first, principal, interest, balance)

    return fold
