"""What fixes the rate of a loan: the published tables in force, and the clause of its contract."""

from datetime import date
from typing import Protocol, cast

from anju.core.basis_points import ppm_to_bp
from anju.core.rates import RateTables, RateTerms, Tenor
from anju.platform.policies import queries as policies


class LoanTerms(Protocol):
    """What is needed of a loan: a tape row has it, a loan of the book has it."""

    principal_fen: int
    months: int
    method: str
    start_on: date
    due_day: int
    rate_kind: str
    fixed_ppm: int | None
    tenor: str
    spread_ppm: int
    repricing: str
    cycle_months: int
    lpr_since: date | None
    home: str
    first_due: str
    first_due_on: date | None


def rate_tables() -> RateTables:
    """LPR, provident fund rates and calendar in force."""
    return RateTables(policies.lpr(), policies.provident(), policies.calendar())


def rate_terms(loan: LoanTerms, spread_ppm: int) -> RateTerms:
    """The core's rate terms of a loan with this spread. Raises BadInput."""
    kind = loan.rate_kind
    return RateTerms(
        kind=kind,  # type: ignore[arg-type]
        fixed_ppm=loan.fixed_ppm,
        tenor=cast("Tenor | None", loan.tenor or None),
        spread_bp=ppm_to_bp(spread_ppm),
        repricing=loan.repricing or "january_1",  # type: ignore[arg-type]
        cycle_months=loan.cycle_months,
        home=loan.home,  # type: ignore[arg-type]
        lpr_since=loan.lpr_since,
    )
