"""What a household needs, and the terms and methods it would consider."""

from dataclasses import dataclass
from datetime import date

from anju.core.checks import bad, one_of, within
from anju.core.cities import HOMES, Home
from anju.core.costs.subsidy import SubsidyRule, subsidy_finding, subsidy_rule
from anju.core.eligibility.finding import Finding
from anju.core.money import FEN_MAX
from anju.core.plans.figures import METHODS, MONTHS_MAX, Method
from anju.core.policy import PolicyTable


@dataclass(frozen=True, slots=True)
class Need:
    """A loan of `loan_fen` for a home. `months`: terms to look at, each capped by the product.

    `income_fen`, `debts_fen`, `property_fee_fen`: monthly; income 0 means not told, and ratios are not tested.
    `payment_max_fen`: what the household itself wants to pay at most in a month. Price, area and refinancing
    decide on the subsidy. Raises BadInput.
    """

    loan_fen: int
    months: tuple[int, ...]
    home: Home = "first"
    methods: tuple[Method, ...] = METHODS
    income_fen: int = 0
    debts_fen: int = 0
    property_fee_fen: int = 0
    payment_max_fen: int | None = None
    price_fen: int = FEN_MAX
    area_m2_x100: int | None = None
    refinancing: bool = False

    def __post_init__(self) -> None:
        within("loan_fen", self.loan_fen, 1, FEN_MAX)
        one_of("home", self.home, HOMES)
        if not self.months or not self.methods:
            raise bad("months", self.months, "at least one term and one method")
        for months in self.months:
            within("months", months, 1, MONTHS_MAX)
        for method in self.methods:
            one_of("method", method, METHODS)
        for field in ("income_fen", "debts_fen", "property_fee_fen"):
            within(field, getattr(self, field), 0, FEN_MAX)
        if self.payment_max_fen is not None:
            within("payment_max_fen", self.payment_max_fen, 1, FEN_MAX)
        within("price_fen", self.price_fen, 1, FEN_MAX)


@dataclass(frozen=True, slots=True)
class Subsidy:
    """Whether the commercial part gets the subsidy, the finding to tell, and the rule if it does."""

    finding: Finding
    rule: SubsidyRule | None


def subsidy_of(need: Need, policy: PolicyTable, on: date) -> Subsidy:
    """The subsidy for a contract signed on a date."""
    rule = subsidy_rule(policy, on)
    finding = subsidy_finding(
        rule, need.home, need.price_fen, need.area_m2_x100, refinancing=need.refinancing
    )
    return Subsidy(finding, rule if finding.outcome == "pass" else None)
