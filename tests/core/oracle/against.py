"""The engine's rows of loans drawn for the oracle."""

from collections.abc import Sequence

import numpy as np

from anju.core.engine.basis import Basis
from anju.core.engine.book import Book
from anju.core.engine.columns import LoanColumns, RatePaths
from anju.core.engine.stages import StagePlans
from anju.core.engine.stream import Kernel, schedules

from ..data import steps
from .reference import OracleLoan, rows

Instalments = list[tuple[int, int, int]]


def book(loans: Sequence[OracleLoan]) -> Book:
    """A book of loans that have the same conventions."""
    first = loans[0]
    stages = [tuple((stage.method, stage.periods, stage.over) for stage in loan.stages) for loan in loans]
    known = list(dict.fromkeys(stages))
    columns = LoanColumns(
        np.array([loan.principal for loan in loans]),
        np.array([loan.months for loan in loans]),
        np.array([loan.stages[0].method == "level_payment" for loan in loans]),
        np.array([loan.start.toordinal() for loan in loans]),
        np.array([loan.due_day for loan in loans]),
        np.array([loan.first_due == "next_month" for loan in loans]),
        np.arange(len(loans)),
        np.zeros(len(loans), dtype=np.int64),
    )
    paths = RatePaths.of([steps(*loan.rates) for loan in loans])
    basis = Basis(first.rounding, first.whole_period == "daily", first.year_days)  # type: ignore[arg-type]
    plan = np.array([known.index(each) for each in stages])
    return Book(columns, paths, plan, StagePlans.of(known), basis, first.residue == "first")


def engine_rows(of: Book, kernel: Kernel, chunk: int = 256) -> dict[int, Instalments]:
    """Principal, interest and balance of every instalment, by row of the book."""
    found: dict[int, Instalments] = {}
    for rows_ in schedules(of, kernel=kernel, chunk=chunk):
        for column, (loan, months) in enumerate(zip(rows_.loans, rows_.months, strict=True)):
            parts = (rows_.principal_fen, rows_.interest_fen, rows_.balance_fen)
            assert all(not part[months:, column].any() for part in parts)
            found[int(loan)] = list(zip(*(part[:months, column].tolist() for part in parts), strict=True))
    return found


def expected(loan: OracleLoan) -> Instalments:
    """The same of the oracle."""
    return [(row.principal, row.interest, row.balance) for row in rows(loan)]
