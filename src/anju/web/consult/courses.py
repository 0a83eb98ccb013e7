"""A plan year by year: what is paid, what is left; early repayment included. For charts and the table by year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from anju.core.dates import month_number
from anju.core.plans import Part, Plan
from anju.core.schedule import schedule
from anju.web.consult.sums import Column, Sums, dearer, prepay_event, terms_of

YEAR = 12


@dataclass(frozen=True, slots=True)
class Year:
    """One loan year of a plan, fen. `extra_fen`: repaid early; `cost_fen`: interest, fees, less subsidy."""

    number: int
    principal_fen: int
    interest_fen: int
    extra_fen: int
    cost_fen: int
    balance_fen: int

    @property
    def paid_fen(self) -> int:
        """Everything paid to the lenders in the year."""
        return self.principal_fen + self.interest_fen + self.extra_fen


def course(column: Column, sums: Sums) -> tuple[Year, ...]:
    """The years of a plan under the what-ifs; () when it is not possible."""
    plan = column.now
    if plan is None:
        return ()
    years = -(-plan.months // YEAR)
    principal, interest, extra = [0] * years, [0] * years, [0] * years
    for part in plan.parts:
        prepaid = column.prepaid is not None and part is dearer(plan)
        for month, kind, repaid, paid in _flows(part, sums, prepaid=prepaid):
            year = (month - 1) // YEAR
            (extra if kind == "prepayment" else principal)[year] += repaid
            interest[year] += paid
    costs = _costs(plan, interest)
    lefts = accumulate(
        (repaid + more for repaid, more in zip(principal, extra, strict=True)),
        int.__sub__,
        initial=plan.loan_fen,
    )
    next(lefts)
    return tuple(
        Year(*each)
        for each in zip(range(1, years + 1), principal, interest, extra, costs, lefts, strict=True)
    )


def _flows(part: Part, sums: Sums, *, prepaid: bool) -> Iterator[tuple[int, str, int, int]]:
    """Month, kind, principal and interest of everything that is paid."""
    figures = part.figures
    if not prepaid:
        for month, flows in enumerate(zip(figures.principals_fen, figures.interests_fen, strict=True), 1):
            yield month, "instalment", *flows
        return
    start = sums.rules.on
    for row in schedule(terms_of(part, start), (prepay_event(sums.question, start),)):
        yield month_number(row.on) - month_number(start), row.kind, row.principal_fen, row.interest_fen


def _costs(plan: Plan, interest: list[int]) -> list[int]:
    """Interest and fees of each year less the subsidy; fees at payout stand in the first year."""
    costs = list(interest)
    costs[0] += plan.fees_fen
    if plan.subsidy is not None:
        for month, amount in enumerate(plan.subsidy.monthly_fen):
            costs[month // YEAR] -= amount
    return costs
