"""Positions of many loans at the close of a date, from terms and what the tape says is paid. Pure, over columns.

Rules (docs/reference/tape.md, "Opening"): periods due on or before the date count as paid, except those the tape says are not:
``paid_periods`` given: the later ones are open; else ``days_past_due`` above 0 given: those due on or after the date minus
that many days are open; else none is open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import cast

import numpy as np
from numpy.typing import NDArray

from anju.contexts.servicing.operations.repricing_rules import RateClause, next_repricing_on
from anju.contexts.servicing.plan.rates import LoanTerms, rate_terms
from anju.core.dates import add_months
from anju.core.engine import columns as engine
from anju.core.errors import BadInput, RateMissing
from anju.core.money import PPM_MAX
from anju.core.rates import RateStep, RateTables, rate_path
from anju.core.schedule import level_payment_fen

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Unrated:
    """Why no rate path could be made: column, code, and both texts."""

    column: str
    code: str
    zh: str
    en: str


@dataclass(slots=True)
class OpenBill:
    """An instalment that was due and is not paid."""

    seq: int
    due_on: date
    principal_fen: int
    interest_fen: int
    rate_ppm: int
    balance_after_fen: int
    kind: str = "instalment"


@dataclass(slots=True)
class Opening:
    """A loan at the close of a date. Names as in ``Position``; ``next_due_on`` None when all instalments fell due;
    ``provisional``: steps of its rate for which an LPR was missing."""

    on: date
    due_periods: int
    paid_periods: int
    balance_fen: int
    instalment_fen: int
    rate_ppm: int
    period_start_on: date
    period_rate_ppm: int
    rate_since_on: date
    rate_days: int
    instalment_after_fen: int
    next_reprice_on: date | None
    next_due_on: date | None
    next_principal_fen: int
    next_interest_fen: int
    provisional: tuple[RateStep, ...]
    bills: list[OpenBill] = field(default_factory=list)
    by_fold: bool = False

    @property
    def outstanding_fen(self) -> int:
        """Principal not yet repaid: what is not billed and what open bills hold."""
        return self.balance_fen + sum(bill.principal_fen for bill in self.bills)

    @property
    def oldest_unpaid_due_on(self) -> date | None:
        return self.bills[0].due_on if self.bills else None

    @property
    def days_past_due(self) -> int:
        return (self.on - self.bills[0].due_on).days if self.bills else 0

    @property
    def overdue_fen(self) -> int:
        return sum(bill.principal_fen + bill.interest_fen for bill in self.bills if bill.due_on < self.on)


def clause_of(loan: LoanTerms) -> RateClause:
    """The rate columns of a loan."""
    return RateClause(
        loan.rate_kind,
        loan.tenor,
        loan.repricing,
        loan.cycle_months,
        loan.home,
        loan.start_on,
        loan.months,
        loan.lpr_since,
    )


_LONG_AGO = date(1980, 1, 1)
"""Where the shared path of a fixed rate begins: before every loan."""


class PathBook:
    """Rate paths shared between loans: one per clause and start date; the spread is added per loan."""

    def __init__(self, tables: RateTables) -> None:
        self.tables = tables
        self.paths: list[tuple[RateStep, ...]] = []
        self._bounds: list[tuple[int, int]] = []
        self._known: dict[tuple[object, ...], int | Unrated] = {}

    def of(self, loan: LoanTerms, until: date) -> tuple[int, int] | Unrated:
        """(path number, offset in ppm) of a loan's rate path up to a date, or why there is none."""
        staged = loan.lpr_since is not None
        shared = loan.rate_kind != "fixed" and not staged
        offset = loan.spread_ppm if shared else 0
        spread = 0 if shared else loan.spread_ppm
        months = _class_months(loan, until)
        key: tuple[object, ...] = (
            loan.rate_kind, loan.fixed_ppm, loan.tenor, spread, loan.repricing, loan.cycle_months, loan.home,
            loan.lpr_since, loan.start_on, months, until,
        )  # fmt: skip
        if loan.rate_kind == "fixed":
            key = ("fixed", loan.fixed_ppm)
        if key not in self._known:
            self._known[key] = self._make(loan, spread, months, until)
        found = self._known[key]
        if isinstance(found, Unrated):
            return found
        low, high = self._bounds[found]
        if low + offset < 0 or high + offset > PPM_MAX:
            return Unrated(
                "spread_bp",
                "rate_out_of_range",
                "加点后的利率不在 0 至 36% 之间",
                "the rate with its spread leaves 0 .. 36 %",
            )
        return found, offset

    def _make(self, loan: LoanTerms, spread: int, months: int, until: date) -> int | Unrated:
        start_on = _LONG_AGO if loan.rate_kind == "fixed" else loan.start_on
        try:
            path = rate_path(
                rate_terms(loan, spread), start_on, months, self.tables, until, allow_missing=True
            )
        except RateMissing as problem:
            hint_zh, hint_en = "", ""
            if loan.rate_kind == "lpr":
                hint_zh = "；早于 LPR 的贷款请填写转LPR日期和原年利率"
                hint_en = "; for a loan older than the LPR give lpr_since and the rate before it"
            return Unrated(
                "start_date",
                "rate_history_missing",
                problem.message_zh + hint_zh,
                problem.message_en + hint_en,
            )
        except BadInput as problem:
            return Unrated("rate_type", "invalid_rate_terms", problem.message_zh, problem.message_en)
        self.paths.append(path)
        rates = [step.rate_ppm for step in path]
        self._bounds.append((min(rates), max(rates)))
        return len(self.paths) - 1


def _class_months(loan: LoanTerms, until: date) -> int:
    """Months that give the same path: the term matters to it only by its class and, near maturity, by its end."""
    if add_months(loan.start_on, loan.months) <= until:
        return loan.months
    return next(limit for limit in (12, 60, 480) if loan.months <= limit)


@dataclass(slots=True)
class Stated:
    """What a tape says of one loan at a date. ``open_from``: what the ledger knows instead: nothing due from this day on is billed."""

    on: date
    paid_periods: int | None
    days_past_due: int | None
    open_from: date | None = None


def openings(
    loans: Sequence[LoanTerms], stated: Sequence[Stated], tables: RateTables
) -> list["Opening | Unrated"]:
    """One opening per loan, in order, or why there is none. Money and dates equal the scalar fold."""
    book = PathBook(tables)
    placed = [book.of(loan, said.on) for loan, said in zip(loans, stated, strict=True)]
    result: list[Opening | Unrated] = [place if isinstance(place, Unrated) else _NOT_YET for place in placed]
    rows = [index for index, place in enumerate(placed) if not isinstance(place, Unrated)]
    if not rows:
        return result
    columns = _columns([loans[i] for i in rows], [cast("tuple[int, int]", placed[i]) for i in rows])
    paths = engine.RatePaths.of(book.paths)
    due, paid = _periods(columns, [stated[i] for i in rows])
    made = _positions(
        columns, paths, due, [loans[i] for i in rows], [stated[i].on for i in rows], book, placed, rows
    )
    for offset, index in enumerate(rows):
        opening = made[offset]
        opening.paid_periods = int(paid[offset])
        said = stated[index].paid_periods
        if said is not None and said > int(due[offset]):
            zh, en = (
                f"已还期数 {said} 多于已到期的 {due[offset]} 期",
                f"{said} periods paid but only {due[offset]} fell due",
            )
            result[index] = Unrated("paid_periods", "paid_periods_ahead", zh, en)
        else:
            result[index] = opening
    _open_bills(columns, paths, due, paid, made)
    return result


_NOT_YET = Unrated("", "", "", "")


def _columns(loans: Sequence[LoanTerms], placed: Sequence[tuple[int, int]]) -> engine.LoanColumns:
    numbers = np.array(
        [
            (loan.principal_fen, loan.months, loan.start_on.toordinal(), loan.due_day, path, offset)
            for loan, (path, offset) in zip(loans, placed, strict=True)
        ],
        dtype=np.int64,
    ).reshape(-1, 6)
    principal, months, start, due_day, path, offset_ppm = (np.ascontiguousarray(each) for each in numbers.T)
    return engine.LoanColumns(
        principal,
        months,
        np.array([loan.method == "level_payment" for loan in loans], dtype=np.bool_),
        start,
        due_day,
        np.array([loan.first_due == "next_month" for loan in loans], dtype=np.bool_),
        path,
        offset_ppm,
    )


def _periods(loans: engine.LoanColumns, stated: Sequence[Stated]) -> tuple[Ints, Ints]:
    """Periods due at the close of each date, and how many of them count as paid."""
    on = np.array([said.on.toordinal() for said in stated], dtype=np.int64)
    dues = loans.dues
    due = np.minimum(dues.period_ending_on_or_after(on + 1) - 1, loans.months)
    dpd = np.array([said.days_past_due or 0 for said in stated], dtype=np.int64)
    from_dpd = np.minimum(dues.period_ending_on_or_after(np.maximum(on - dpd, loans.start + 1)) - 1, due)
    told = np.array(
        [-1 if said.paid_periods is None else said.paid_periods for said in stated], dtype=np.int64
    )
    paid = np.where(told >= 0, np.minimum(told, due), np.where(dpd > 0, from_dpd, due))
    return due, paid


def _positions(
    columns: engine.LoanColumns,
    paths: engine.RatePaths,
    due: Ints,
    loans: Sequence[LoanTerms],
    dates: Sequence[date],
    book: PathBook,
    placed: Sequence[tuple[int, int] | Unrated],
    rows: Sequence[int],
) -> list[Opening]:
    at = engine.open_positions(columns, paths, due)
    coming = engine.next_instalments(columns, paths, at)
    on = np.array([day.toordinal() for day in dates], dtype=np.int64)
    now = engine.rates_on(columns, paths, on)
    numbers = zip(
        *(each.tolist() for each in (
            due, at.seq_next, at.balance_fen, at.instalment_fen, at.rate_ppm, at.period_start, at.next_due,
            coming.principal_fen, coming.interest_fen, now,
        )), strict=True,
    )  # fmt: skip
    made = []
    for index, (
        periods,
        seq,
        balance,
        instalment,
        period_rate,
        start,
        next_due,
        principal,
        interest,
        rate,
    ) in enumerate(numbers):
        loan, place = loans[index], cast("tuple[int, int]", placed[rows[index]])
        path, offset = book.paths[place[0]], place[1]
        since, rate_days = _running(path, offset, date.fromordinal(start), period_rate)
        after = instalment
        left = loan.months - seq
        if rate != period_rate and loan.method == "level_payment" and next_due and left > 0:
            after = level_payment_fen(balance - principal, rate, left)
        made.append(
            Opening(
                on=dates[index],
                due_periods=periods,
                paid_periods=periods,
                balance_fen=balance,
                instalment_fen=instalment,
                rate_ppm=rate,
                period_start_on=date.fromordinal(start),
                period_rate_ppm=period_rate,
                rate_since_on=since,
                rate_days=rate_days,
                instalment_after_fen=after,
                next_reprice_on=next_repricing_on(clause_of(loan), dates[index]) if next_due else None,
                next_due_on=date.fromordinal(next_due) if next_due else None,
                next_principal_fen=principal,
                next_interest_fen=interest,
                provisional=provisional_steps(path, offset),
            )
        )
    return made


def provisional_steps(path: Sequence[RateStep], offset: int) -> tuple[RateStep, ...]:
    """The steps of a path for which an LPR was missing, at the loan's own rate."""
    return tuple(replace(step, rate_ppm=step.rate_ppm + offset) for step in path if step.provisional)


def _running(path: Sequence[RateStep], offset: int, start: date, rate: int) -> tuple[date, int]:
    """Since when the last rate of the path runs inside the period begun on ``start``, and the rate-days before it."""
    since, total = start, 0
    for step in path:
        if step.effective_on > start and step.rate_ppm + offset != rate:
            total += rate * (step.effective_on - since).days
            since, rate = step.effective_on, step.rate_ppm + offset
    return since, total


def _open_bills(
    columns: engine.LoanColumns, paths: engine.RatePaths, due: Ints, paid: Ints, made: Sequence[Opening]
) -> None:
    """Add the bills of periods paid + 1 to due, all first ones together, then all second ones."""
    rows = np.nonzero(paid < due)[0].astype(np.int64)
    step = 0
    while len(rows):
        some = columns.take(rows)
        at = engine.open_positions(some, paths, paid[rows] + step)
        coming = engine.next_instalments(some, paths, at)
        for offset, row in enumerate(rows.tolist()):
            principal = int(coming.principal_fen[offset])
            made[row].bills.append(
                OpenBill(
                    int(at.seq_next[offset]),
                    date.fromordinal(int(coming.due[offset])),
                    principal,
                    int(coming.interest_fen[offset]),
                    int(at.rate_ppm[offset]),
                    int(at.balance_fen[offset]) - principal,
                )
            )
        step += 1
        rows = rows[paid[rows] + step < due[rows]]
