"""What a household needs, and the terms and methods it would consider."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from anju.core.checks import bad, one_of, within
from anju.core.cities import HOMES, City, Home
from anju.core.costs.subsidy import SubsidyRule, subsidy_finding, subsidy_rule
from anju.core.eligibility.application import Application
from anju.core.eligibility.borrower import longest_by_age_months
from anju.core.eligibility.finding import Finding, Rules
from anju.core.eligibility.home import longest_by_rule_months
from anju.core.money import FEN_MAX
from anju.core.plans.figures import METHODS, MONTHS_MAX, Method
from anju.core.policy import PolicyTable


@dataclass(frozen=True, slots=True)
class Need:
    """A loan of `loan_fen` for a home. `months`: terms to look at, each capped by the product.

    `income_fen`, `debts_fen`, `property_fee_fen`: monthly; income 0 means not told, and ratios are not tested.
    `payment_max_fen`: what the household itself wants to pay at most in a month. Price, area and refinancing
    decide on the subsidy (not told: none). Raises BadInput.
    """

    loan_fen: int
    months: tuple[int, ...]
    home: Home = "first"
    methods: tuple[Method, ...] = METHODS
    income_fen: int = 0
    debts_fen: int = 0
    property_fee_fen: int = 0
    payment_max_fen: int | None = None
    price_fen: int | None = None
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
        if self.price_fen is not None:
            within("price_fen", self.price_fen, 1, FEN_MAX)


def need_of(
    application: Application,
    policy: PolicyTable,
    on: date,
    months: Sequence[int],
    *,
    city: City | None = None,
    methods: tuple[Method, ...] = METHODS,
) -> Need:
    """The need of an application: its loan, the household's income and debts, and terms no longer than age and
    rule allow (longer ones are cut to that). Raises PolicyMissing, BadInput (field `months`) when no term is left.
    """
    rules = Rules(policy, on, city)
    longest = min(
        longest_by_age_months(application.borrower, rules), longest_by_rule_months(rules), MONTHS_MAX
    )
    terms = tuple(sorted({min(each, longest) for each in months}))
    if not terms or terms[0] < 1:
        raise bad("months", ", ".join(map(str, months)), f"1 .. {longest}")
    home, counted = application.home, application.counted
    return Need(
        application.request.loan_fen,
        terms,
        home.home,
        methods,
        sum(person.income_fen for person in counted),
        sum(person.debts_fen for person in counted),
        application.request.property_fee_fen,
        None,
        home.price_fen,
        home.area_m2_x100,
    )


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
