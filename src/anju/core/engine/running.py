"""Loans in the midst of their lives as rows of a book: what the scalar fold still has before it, in columns.

A running loan begins on a due date, with its balance, its running instalment, and what is left of its term, its stages and
its rates. Only whole and plain periods can follow: `obstacle` says what stands in the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from anju.core.engine.basis import Basis
from anju.core.engine.book import Book, not_computed
from anju.core.engine.columns import LoanColumns, RatePaths
from anju.core.engine.stages import METHODS, StagePlans
from anju.core.rates import RateStep
from anju.core.schedule.conventions import Conventions
from anju.core.schedule.due import Monthly
from anju.core.schedule.run import single
from anju.core.schedule.state import Loan, State

Stages = tuple[tuple[str, int | None, int | None], ...]


@dataclass(frozen=True, slots=True)
class Running:
    """One such loan: `rates` from the first day on, `stages` as `StagePlans.of` takes them, `instalment_fen` 0 for interest
    only. `left` instalments are to come, the next one a month after `start_on`, which is a due date."""

    start_on: date
    due_day: int
    balance_fen: int
    left: int
    rates: tuple[tuple[date, int], ...]
    stages: Stages
    instalment_fen: int


def obstacle(loan: Loan, state: State) -> str | None:
    """Why what follows this state cannot be a row of a book; None: it can.

    ended · frequency · deferred (interest to be collected) · paused (payment holiday) · residue (the next instalment takes
    it) · stage (stepped, or fixed by the lender later) · broken (the running period counts by days, or has interest earned
    otherwise, or its instalment was fixed at a rate that came inside it).
    """
    dues, accrual = state.dues, state.accrual
    if not state.left or not state.balance_fen:
        return "ended"
    if not isinstance(dues, Monthly) or not_computed(loan.conventions):
        return "frequency"
    if state.deferred_fen:
        return "deferred"
    if state.residue_fen:
        return "residue"
    if any(stage.method == "pause" for stage in state.plan):
        return "paused"
    if any(stage.method not in METHODS or getattr(stage, "instalment_fen", None) for stage in state.plan):
        return "stage"
    start = state.period_start_on
    whole = accrual.since_on == start == dues.at(-1) and not (
        accrual.broken or accrual.earned or state.stub_on
    )
    return None if whole and state.rate_ppm == loan.rates.on(start) else "broken"


def plain_from(loan: Loan, state: State) -> tuple[State, str | None]:
    """The first state from this one on that can be a row of a book, None beside it; else the first obstacle that was met."""
    first = why = obstacle(loan, state)
    while why and state.left:
        state = single(loan, state)[1]
        why = obstacle(loan, state)
    return state, why and first


def running_of(loan: Loan, state: State) -> Running:
    """A state as a row. Raises ValueError, naming the obstacle."""
    why = obstacle(loan, state)
    if why:
        raise ValueError(f"a running loan cannot be a row of a book: {why}")
    assert isinstance(state.dues, Monthly)
    start, line = state.period_start_on, loan.rates
    later = [(day, ppm) for day, ppm in zip(line.days, line.rates_ppm, strict=True) if day > start]
    *first, last = state.plan
    stages = [(stage.method, stage.periods, stage.amortise_over) for stage in first]
    return Running(
        start,
        state.dues.day,
        state.balance_fen,
        state.left,
        ((start, line.on(start)), *later),
        (*stages, (last.method, None, last.amortise_over)),
        state.instalment_fen,
    )


def running_book(loans: Sequence[Running], rules: Conventions) -> Book:
    """A book of running loans with one set of conventions, which the engine computes."""
    known: dict[Stages, int] = {}
    plan = [known.setdefault(each.stages, len(known)) for each in loans]
    columns = LoanColumns(
        np.array([each.balance_fen for each in loans], dtype=np.int64),
        np.array([each.left for each in loans], dtype=np.int64),
        np.array([each.stages[0][0] == "level_payment" for each in loans], dtype=np.bool_),
        np.array([each.start_on.toordinal() for each in loans], dtype=np.int64),
        np.array([each.due_day for each in loans], dtype=np.int64),
        np.ones(len(loans), dtype=np.bool_),
        np.arange(len(loans), dtype=np.int64),
        np.zeros(len(loans), dtype=np.int64),
    )
    paths = RatePaths.of([[RateStep(day, ppm, "", "", "") for day, ppm in each.rates] for each in loans])
    basis = Basis(rules.rounding, rules.whole_period == "daily", rules.year_days)
    instalment = np.array([each.instalment_fen for each in loans], dtype=np.int64)
    return Book(
        columns,
        paths,
        np.array(plan, dtype=np.int64),
        StagePlans.of(list(known)),
        basis,
        rules.residue == "first",
        instalment,
    )
