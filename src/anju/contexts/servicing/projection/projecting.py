"""Batches of a tape to cash flows after a day: by month over all loans, or one row a loan.

`flows` is the function that a cluster runs (`adapters.spark`): an iterator of Arrow batches in, an iterator of Arrow
batches out, nothing else. What comes out of several batches is added up by month.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from anju.contexts.servicing.projection.continuing import asked, stated_of, with_balances
from anju.contexts.servicing.projection.paths import Paths
from anju.contexts.servicing.projection.reading import ABSENT, Checked, Fault, checked, flag, of_products
from anju.core.engine.basis import YEAR_MIN
from anju.core.engine.book import Book
from anju.core.engine.calendar import DueColumns, rule_giving
from anju.core.engine.columns import LoanColumns
from anju.core.engine.digest import Digest
from anju.core.engine.stream import Kernel
from anju.core.rates import RateTables
from anju.core.schedule.terms import MONTHS_MAX

Ints = NDArray[np.int64]
Source = Literal["balance", "contract"]

_OTHER_PRODUCT = (
    "product",
    "该产品的还款频率、首段或计息惯例不是按月整期，组合预测尚不能计算；可为按月产品",
    "this product is not due monthly, or has a stub or conventions of its own; the portfolio computes the usual monthly ones",
)
WINDOW = MONTHS_MAX + 1
"""Months after which nothing is due any more: the longest term, and the month of the day itself."""
_FIRST_DUE_DAY = 1
"""Place of this rule in the column `first_due`; next_month is 0, and what counts where nothing stands."""
OPENING = -1
"""The month under which a batch tells its balance at the close of the day, and how many loans it had."""

BEGINNING = ("continued", "past_due_principal_fen", "past_due_interest_fen")
"""Loans continued from the tape's balance, and what fell due until the day and is not paid (no part of the flows)."""

FLOWS = pa.schema(
    [("month", pa.int64()), ("loans", pa.int64())]
    + [(name, pa.int64()) for name in ("principal_fen", "interest_fen", "balance_fen", *BEGINNING)]
)
LOANS = pa.schema(
    [("loan_no", pa.string())]
    + [(name, pa.int64()) for name in ("balance_fen", "interest_fen", "last_instalment_fen", "fen_months")]
    + [(name, pa.int64()) for name in BEGINNING]
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is asked of a tape. `on`: the close of this day; None in a row's as-of date means this day. Rows of another
    as-of date are faults unless `any_as_of`. `skip_bad`: faulty rows are left out instead of refusing the tape. `source`:
    a loan goes on from the balance that the tape states of this day (`continuing`), or as its contract says."""

    on: date
    tables: RateTables
    shift_bp: int = 0
    by: Literal["month", "loan"] = "month"
    any_as_of: bool = False
    skip_bad: bool = False
    kernel: Kernel = "auto"
    workers: int = 1
    source: Source = "balance"
    other_products: frozenset[str] = frozenset()
    """Codes of products that are not due monthly or count in other ways than the engine does: such rows are faults."""


class FaultyRows(Exception):
    """Rows of the tape cannot be projected, and leaving them out was not asked for."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        first = faults[0]
        self.message_zh = f"第 {first.row} 行 {first.column}：{first.zh}（可用 --skip-bad 略过有错误的行）"
        self.message_en = f"row {first.row}, {first.column}: {first.en} (--skip-bad leaves such rows out)"
        super().__init__(faults)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en}"

    def __reduce__(self) -> tuple[object, ...]:
        return (FaultyRows, (self.faults,))


@dataclass(slots=True)
class Projected:
    """One batch: its digest, by loan BEGINNING, loan numbers, and how many rows were left out."""

    digest: Digest
    beginning: Ints
    loan_no: pa.Array
    left_out: int
    faults: list[Fault]


class Projector:
    """Projects batch after batch; remembers the rate paths it has made."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.paths = Paths(scenario.tables, scenario.on, scenario.shift_bp)
        self.unmoved = Paths(scenario.tables, scenario.on)
        self._row = 2

    def batch(self, batch: pa.RecordBatch) -> Projected:
        """Project one batch. Raises TapeRefused for a missing column, FaultyRows."""
        scenario, first = self.scenario, self._row
        self._row += batch.num_rows
        found = checked(batch, scenario.on, first, stated=scenario.source == "balance")
        self._across(found, first)
        if scenario.other_products:
            wrong = of_products(batch, scenario.other_products)
            flag(found.faults, found.good, wrong, _OTHER_PRODUCT, first)
        rows = np.flatnonzero(found.good)
        number, offset, without = self.paths.place(found.values, rows)
        for places, why in without:
            wrong = np.zeros(len(found.good), dtype=np.bool_)
            wrong[rows[places]] = True
            flag(found.faults, found.good, wrong, (why.column, why.zh, why.en), first)
        self._refuse(found)
        kept = number >= 0
        rows, number, offset = rows[kept], number[kept], offset[kept]
        months = WINDOW if scenario.by == "month" else 0
        book = self._book(found.values, rows, number, offset, self.paths)
        made, beginning, there = self._digests(found, rows, book, months, first)
        self._refuse(found)
        rows = rows[there]
        loan_no = found.loan_no.take(pa.array(rows))
        return Projected(made, beginning, loan_no, batch.num_rows - len(rows), found.faults)

    def _refuse(self, found: Checked) -> None:
        if found.faults and not self.scenario.skip_bad:
            raise FaultyRows(sorted(found.faults, key=lambda fault: fault.row))

    def _digests(
        self, found: Checked, rows: Ints, book: Book, months: int, first: int
    ) -> tuple[Digest, Ints, Ints]:
        """Digest and BEGINNING of the loans that can be projected, and their places among the rows."""
        scenario, values = self.scenario, found.values
        asking = asked(scenario.on, scenario.kernel, scenario.workers)
        made, kept = asking(book, months=months), np.arange(len(rows))
        if not (values["balance"][rows] != ABSENT).any():
            return made, np.zeros((len(BEGINNING), len(rows)), dtype=np.int64), kept
        stated = stated_of(values, rows, book, scenario.on)
        outcome = with_balances(book, self._known(values, rows, book), stated, made, months, asking)
        for places, told in outcome.reasons:
            wrong = np.zeros(len(found.good), dtype=np.bool_)
            wrong[rows[places]] = True
            flag(found.faults, found.good, wrong, told, first)
        kept = np.flatnonzero(~outcome.wrong)
        made = outcome.digest.take(kept)
        return made, np.vstack([outcome.continued, outcome.past_due])[:, kept], kept

    def _known(self, values: dict[str, Ints], rows: Ints, book: Book) -> Book:
        """The book at rates that the market has not moved."""
        if not self.scenario.shift_bp:
            return book
        number, offset, _ = self.unmoved.place(values, rows)
        return self._book(values, rows, number, offset, self.unmoved)

    def _across(self, found: Checked, first: int) -> None:
        """Rules between columns that the arithmetic stands on."""
        values, day = found.values, self.scenario.on.toordinal()
        late = values["start_date"] > day
        told = ("start_date", "放款日期晚于数据日期", "the loan starts after the as-of date")
        flag(found.faults, found.good, late, told, first)
        self._first_dues(found, first)
        as_of = values["as_of_date"]
        if not self.scenario.any_as_of:
            other = (as_of != ABSENT) & (as_of != day)
            zh, en = (
                "数据日期与其他行不同，请用 --as-of 指定",
                "another as-of date than other rows; give --as-of",
            )
            flag(found.faults, found.good, other, ("as_of_date", zh, en), first)

    def _first_dues(self, found: Checked, first: int) -> None:
        """A first due date becomes the rule that gives it; one that no rule gives is a fault, never computed by a rule."""
        values = found.values
        rows = np.flatnonzero(found.good & (values["first_due_date"] != ABSENT))
        if not len(rows):
            return
        dues = DueColumns(
            values["start_date"][rows], values["due_day"][rows], values["first_due"][rows] != _FIRST_DUE_DAY
        )
        rules = rule_giving(dues, values["first_due_date"][rows])
        values["first_due"][rows] = _FIRST_DUE_DAY - rules
        wrong = np.zeros(len(found.good), dtype=np.bool_)
        wrong[rows[rules < 0]] = True
        zh = "首期还款日期不合任一首期规则（next_month、first_due_day），组合预测尚不能计算"
        en = "no first-due rule (next_month, first_due_day) gives this date; the portfolio cannot compute it yet"
        flag(found.faults, found.good, wrong, ("first_due_date", zh, en), first)

    def _book(self, values: dict[str, Ints], rows: Ints, number: Ints, offset: Ints, paths: Paths) -> Book:
        level = values["method"][rows] == 0
        next_month = values["first_due"][rows] != _FIRST_DUE_DAY
        loans = LoanColumns(
            values["principal"][rows],
            values["months"][rows],
            level,
            values["start_date"][rows],
            values["due_day"][rows],
            next_month,
            number,
            offset,
        )
        return Book(loans, paths.columns(), np.where(level, 0, 1).astype(np.int64))


def flows(scenario: Scenario, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Arrow batches of a tape to Arrow batches of FLOWS (by month) or LOANS (by loan). Needs nothing but its arguments."""
    projector = Projector(scenario)
    for batch in batches:
        made = projector.batch(batch)
        yield loan_rows(made) if scenario.by == "loan" else month_rows(made)


def month_rows(made: Projected) -> pa.RecordBatch:
    """The months of one batch in which something falls due, and a row OPENING with the balance and the number of loans."""
    told = made.digest
    due = (told.principal_by_month_fen != 0) | (told.interest_by_month_fen != 0)
    at = np.flatnonzero(due)
    loans, zeros = len(told.balance_fen), np.zeros(len(at), dtype=np.int64)
    beginning = made.beginning.sum(axis=1).tolist()
    columns = (
        np.concatenate([[OPENING], at + told.month]),
        np.concatenate([[loans], zeros]),
        np.concatenate([[0], told.principal_by_month_fen[at]]),
        np.concatenate([[0], told.interest_by_month_fen[at]]),
        np.concatenate([[int(told.balance_fen.sum())], zeros]),
        *(np.concatenate([[each], zeros]) for each in beginning),
    )
    return pa.RecordBatch.from_arrays([pa.array(each.astype(np.int64)) for each in columns], schema=FLOWS)


def loan_rows(made: Projected) -> pa.RecordBatch:
    """One row a loan, in the order of the tape."""
    told = made.digest
    columns = (told.balance_fen, told.interest_fen, told.last_fen, told.fen_periods, *made.beginning)
    return pa.RecordBatch.from_arrays([made.loan_no, *(pa.array(each) for each in columns)], schema=LOANS)


@dataclass(slots=True)
class Flows:
    """Cash flow by month, added up over batches."""

    month: int
    principal_fen: Ints
    interest_fen: Ints
    balance_fen: int = 0
    loans: int = 0
    beginning: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BEGINNING, 0))

    @classmethod
    def after(cls, on: date) -> "Flows":
        """Nothing yet, from the month of the day after `on`."""
        day_after = date.fromordinal(on.toordinal() + 1)
        month = (day_after.year - YEAR_MIN) * 12 + day_after.month - 1
        return cls(month, np.zeros(WINDOW, dtype=np.int64), np.zeros(WINDOW, dtype=np.int64))

    def add(self, rows: pa.RecordBatch) -> None:
        """Add a batch of FLOWS."""
        month, loans, principal, interest, balance, *beginning = (each.to_numpy() for each in rows.columns)
        opening = month == OPENING
        self.balance_fen += int(balance[opening].sum())
        self.loans += int(loans[opening].sum())
        for name, column in zip(BEGINNING, beginning, strict=True):
            self.beginning[name] += int(column[opening].sum())
        np.add.at(self.principal_fen, month[~opening] - self.month, principal[~opening])
        np.add.at(self.interest_fen, month[~opening] - self.month, interest[~opening])

    def by_month(self, months: int | None = None) -> list[tuple[str, int, int, int]]:
        """(YYYY-MM, principal, interest, balance at the end), to the last month in which something is due, or `months`."""
        due = np.flatnonzero(self.principal_fen + self.interest_fen)
        count = int(due[-1]) + 1 if len(due) else 0
        count = count if months is None else min(months, WINDOW)
        left = self.balance_fen - np.cumsum(self.principal_fen)
        return [
            (
                f"{YEAR_MIN + (self.month + at) // 12}-{(self.month + at) % 12 + 1:02d}",
                int(self.principal_fen[at]),
                int(self.interest_fen[at]),
                int(left[at]),
            )
            for at in range(count)
        ]

    def by_year(self, months: int | None = None) -> list[tuple[str, int, int, int]]:
        """The same added up by calendar year."""
        years: dict[str, tuple[int, int, int]] = {}
        for month, principal, interest, balance in self.by_month(months):
            before = years.get(month[:4], (0, 0, 0))
            years[month[:4]] = (before[0] + principal, before[1] + interest, balance)
        return [(year, *amounts) for year, amounts in years.items()]
