"""Products on offer on a date: what they cost, how much and how long they lend, how long approval takes (S4-004,
S4-005, S4-088, S4-089).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from anju.core.basis_points import BasisPoints, signed_bp
from anju.core.checks import bad, one_of, within
from anju.core.cities import City, Home
from anju.core.costs.fees import Fee
from anju.core.eligibility.application import Lending
from anju.core.money import FEN_MAX, PPM_MAX, PPM_ONE, divide_half_up
from anju.core.plans.figures import MONTHS_MAX
from anju.core.policy import PolicyTable
from anju.core.rates import RateTables, RateTerms, rate_path, spread_floor
from anju.core.rates.state_rates import LONG_TERM_MONTHS_OVER

LENDINGS: tuple[Lending, ...] = ("commercial", "provident")
_SLA = {"commercial": "approval_total_commercial_mortgage", "provident": "approval_total_provident_fund_loan"}
_NAMES = {
    "commercial": ("商业贷款", "commercial mortgage"),
    "provident": ("公积金贷款", "provident fund loan"),
}


@dataclass(frozen=True, slots=True)
class Product:
    """A loan on offer. Rates by class of term: up to 5 years, over 5 years; `source` says where they come from.

    `limit_fen`: the most it lends here (provident limit; FEN_MAX: no limit of its own). `working_days`: shortest
    and longest approval, service targets.
    """

    code: str
    zh: str
    en: str
    lending: Lending
    short_ppm: int
    long_ppm: int
    source: str
    months_max: int = MONTHS_MAX
    limit_fen: int = FEN_MAX
    working_days: tuple[int, int] = (0, 0)
    fees: tuple[Fee, ...] = ()

    def __post_init__(self) -> None:
        one_of("lending", self.lending, LENDINGS)
        within("rate_ppm", self.short_ppm, 0, PPM_MAX)
        within("rate_ppm", self.long_ppm, 0, PPM_MAX)
        within("months_max", self.months_max, 1, MONTHS_MAX)
        within("limit_fen", self.limit_fen, 0, FEN_MAX)
        if not 0 <= self.working_days[0] <= self.working_days[1]:
            raise bad("working_days", self.working_days, "0 <= shortest <= longest")

    def rate_ppm(self, months: int) -> int:
        """Rate for a term."""
        return self.long_ppm if months > LONG_TERM_MONTHS_OVER else self.short_ppm


def commercial(
    policy: PolicyTable,
    tables: RateTables,
    on: date,
    *,
    spread_bp: BasisPoints,
    home: Home | None = None,
    city: City | None = None,
    months_max: int = MONTHS_MAX,
    fees: Sequence[Fee] = (),
) -> Product:
    """A commercial mortgage at LPR + spread as quoted on a date.

    With `home` the spread is held against the rate floor of date and city (facts section 1). Raises LprMissing,
    PolicyMissing, BadInput.
    """
    terms = RateTerms("lpr", spread_bp=spread_bp)
    if home is not None:
        floor = spread_floor(policy, home, on, city)
        if floor.spread_ppm is not None and terms.spread_ppm < floor.spread_ppm:
            raise bad("spread_bp", spread_bp, f">= {signed_bp(floor.spread_ppm)}")
    return offered("commercial", terms, policy, tables, on, months_max=months_max, fees=fees)


def provident(
    policy: PolicyTable,
    tables: RateTables,
    on: date,
    *,
    home: Home,
    limit_fen: int,
    spread_bp: BasisPoints = 0,
    months_max: int = MONTHS_MAX,
    fees: Sequence[Fee] = (),
) -> Product:
    """A provident fund loan at the state rate of a date, up to the limit found by `provident_limit`.

    Raises ProvidentRateMissing, PolicyMissing, BadInput.
    """
    terms = RateTerms("provident", home=home, spread_bp=spread_bp)
    return offered(
        "provident", terms, policy, tables, on, months_max=months_max, limit_fen=limit_fen, fees=fees
    )


def offered(
    lending: Lending,
    terms: RateTerms,
    policy: PolicyTable,
    tables: RateTables,
    on: date,
    *,
    code: str = "",
    zh: str = "",
    en: str = "",
    months_max: int = MONTHS_MAX,
    limit_fen: int = FEN_MAX,
    fees: Sequence[Fee] = (),
) -> Product:
    """Any rate terms as a product quoted on a date (S4-006: fixed, floating, staged), at the rate of its first day.

    Raises RateMissing, PolicyMissing, BadInput.
    """
    one_of("lending", lending, LENDINGS)
    short = rate_path(terms, on, LONG_TERM_MONTHS_OVER, tables, on)[0]
    long = rate_path(terms, on, LONG_TERM_MONTHS_OVER + 1, tables, on)[0]
    low, high = (policy.integer(f"sla_working_days_{end}", _SLA[lending], on) for end in ("min", "max"))
    return Product(
        code or lending,
        zh or _NAMES[lending][0],
        en or _NAMES[lending][1],
        lending,
        short.rate_ppm,
        long.rate_ppm,
        long.source,
        months_max,
        limit_fen,
        (low, high),
        tuple(fees),
    )


def marked_up(product: Product, factor_ppm: int) -> Product:
    """The product at its rates x factor, rounded half-up to ppm: a risk surcharge of 5 % of the rate is 1 050 000
    (S4-112: 3.50 -> 3.675, not + 5 points; S4-114). Raises BadInput.
    """
    within("factor_ppm", factor_ppm, 1, 3 * PPM_ONE)
    return replace(
        product,
        short_ppm=divide_half_up(product.short_ppm * factor_ppm, PPM_ONE),
        long_ppm=divide_half_up(product.long_ppm * factor_ppm, PPM_ONE),
    )
