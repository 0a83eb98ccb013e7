"""A book of loans: columns of terms, the rate paths and stage plans they share, and one set of conventions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from anju.core.engine.basis import Basis
from anju.core.engine.columns import LoanColumns, RatePaths, columns_of, within
from anju.core.engine.stages import INTEREST_ONLY, LEVEL_PAYMENT, WHOLE_TERM, StagePlans
from anju.core.money import FEN_MAX, PPM_MAX
from anju.core.rates import RateStep
from anju.core.schedule.conventions import Conventions
from anju.core.schedule.fold import opening
from anju.core.schedule.terms import Stage, Terms

Ints = NDArray[np.int64]
_ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Book:
    """Loans with one set of conventions; `plan` names each loan's stages in `plans`.

    `residue_first`: the first instalment after each levelling takes what rounding leaves (`schedule.conventions`).
    `instalment`: of a loan that is already running (or whose lender fixed it) the instalment with which it begins, of level
    principal the principal part; 0 or None: levelled. It holds until a rate or a stage fixes it anew; the loan ends when
    it is paid, and the last instalment of the term takes the rest. A running loan is a loan that starts on a due date with
    its balance and what is left of its term and stages.
    Raises ValueError when columns differ in length, a plan is unknown, or an instalment has no method that keeps it.
    """

    loans: LoanColumns
    paths: RatePaths
    plan: Ints
    plans: StagePlans = WHOLE_TERM
    basis: Basis = Basis()  # noqa: RUF009 -- frozen, and it has no parts that change
    residue_first: bool = False
    instalment: Ints | None = None

    def __post_init__(self) -> None:
        if len(self.plan) != len(self.loans):
            raise ValueError("columns differ in length")
        if len(self.plan) and not 0 <= int(self.plan.min()) <= int(self.plan.max()) < len(self.plans):
            raise ValueError("a loan names a plan that is not there")
        if self.instalment is not None:
            self._check_instalments(self.instalment)

    def _check_instalments(self, instalment: Ints) -> None:
        if len(instalment) != len(self.loans):
            raise ValueError("columns differ in length")
        within("instalment", instalment, 0, FEN_MAX)
        if bool((instalment[self.first_method == INTEREST_ONLY] != 0).any()):
            raise ValueError("an instalment is fixed of level payment and level principal only")

    def __len__(self) -> int:
        return len(self.loans)

    @property
    def first_method(self) -> Ints:
        """Method of each loan's first stage (`stages.METHODS`)."""
        method: Ints = self.plans.method[self.plans.first[self.plan]]
        return method

    def take(self, rows: Ints) -> "Book":
        """The loans at these row numbers."""
        instalment = None if self.instalment is None else self.instalment[rows]
        return replace(self, loans=self.loans.take(rows), plan=self.plan[rows], instalment=instalment)

    def levelled_anew(self) -> "Book":
        """The book as a new rate from the first day would find it: level payments are fixed anew, principal parts stay."""
        if self.instalment is None:
            return self
        kept = np.where(self.first_method == LEVEL_PAYMENT, 0, self.instalment)
        return replace(self, instalment=kept)

    @property
    def has_stages(self) -> bool:
        """Whether any plan has more than one stage."""
        return len(self.plans.method) > len(self.plans)


def book_of(terms: Sequence[Terms]) -> Book:
    """A book of scalar terms, all with the same conventions. For bulk work fill `Book` directly.

    Raises ValueError for what the engine does not compute (`_check_computed`, stepped stages), an instalment below its
    interest, or several conventions in one book.
    """
    loans, paths = columns_of(terms)
    conventions = {each.conventions for each in terms} or {Conventions()}
    if len(conventions) != 1:
        raise ValueError("one book has one set of conventions: make a book of each")
    rules = conventions.pop()
    _check_computed(terms, rules)
    known: dict[tuple[tuple[str, int | None, int | None], ...], int] = {}
    plan = [known.setdefault(_stages(each.plan), len(known)) for each in terms]
    return Book(
        loans,
        paths,
        np.array(plan, dtype=np.int64),
        StagePlans.of(list(known)) if known else WHOLE_TERM,
        Basis(rules.rounding, rules.whole_period == "daily", rules.year_days),
        rules.residue == "first",
        _instalments(terms),
    )


_COMPUTED = {
    "frequency": ("monthly", "monthly loans only"),
    "levelling": ("nominal", "nominal levelling only"),
    "broken_time": ("days", "broken periods by days only"),
    "broken_instalment": ("regular", "broken periods with regular principal only"),
    "stub": ("with_first", "a stub with the first instalment only"),
    "instalment_unit_fen": (1, "instalments in fen only"),
    "instalment_rounding": (None, "instalments rounded like interest only"),
}
"""Conventions that the engine has in one form only, whichever kernel it uses."""


def not_computed(rules: Conventions) -> str | None:
    """What the engine computes where these conventions ask for something else; None: it computes them."""
    return next((text for name, (only, text) in _COMPUTED.items() if getattr(rules, name) != only), None)


def _check_computed(terms: Sequence[Terms], rules: Conventions) -> None:
    """Raises ValueError, naming it, for what the scalar arithmetic has and the engine does not."""
    text = not_computed(rules)
    if text:
        raise ValueError(f"the engine computes {text}")
    if any(each.first_due_on is not None for each in terms):
        raise ValueError("the engine computes first due dates by rule only")
    if any(stage.instalment_fen is not None for each in terms for stage in each.stages[1:]):
        raise ValueError("the engine computes instalments that the lender fixed in the first stage only")


def _instalments(terms: Sequence[Terms]) -> Ints | None:
    """Instalments that the lender fixed, None if there is none. Raises ValueError for one below its interest."""
    fixed = [each.plan[0].instalment_fen or 0 for each in terms]
    for each in (each for each, fen in zip(terms, fixed, strict=True) if fen):
        opening(each)  # the scalar fold refuses it
    return np.array(fixed, dtype=np.int64) if any(fixed) else None


def _stages(plan: Sequence[Stage]) -> tuple[tuple[str, int | None, int | None], ...]:
    *first, last = plan
    rows = [(stage.method, stage.periods, stage.amortise_over) for stage in first]
    return (*rows, (last.method, None, last.amortise_over))


def plain_book(
    principal_fen: Ints,
    months: Ints,
    rate_ppm: Ints,
    *,
    level: bool = True,
    start_on: date = _ANY_DAY,
    basis: Basis | None = None,
) -> Book:
    """Loans at fixed rates, whole periods from one payout day: for someone who wants only the mathematics."""
    n = len(principal_fen)
    if n and not 0 <= int(rate_ppm.min()) <= int(rate_ppm.max()) <= PPM_MAX:
        raise ValueError(f"column rate_ppm must lie in 0 .. {PPM_MAX}")
    loans = LoanColumns(
        principal_fen.astype(np.int64),
        months.astype(np.int64),
        np.full(n, level),
        np.full(n, start_on.toordinal(), dtype=np.int64),
        np.full(n, start_on.day, dtype=np.int64),
        np.ones(n, dtype=np.bool_),
        np.zeros(n, dtype=np.int64),
        rate_ppm.astype(np.int64),
    )
    paths = RatePaths.of([[RateStep(start_on, 0, "", "", "")]])
    plan = np.full(n, 0 if level else 1, dtype=np.int64)
    return Book(loans, paths, plan, basis=basis or Basis())
