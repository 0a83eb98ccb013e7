"""Interest subsidy (财政贴息) for new first-home commercial loans, 财金〔2026〕95号, from 2026-10-01: a dated layer.

1.00 pp a year, up to 5 years, on principal up to 1,000,000 yuan, area <= 120 m2, price <= 1,500,000 yuan, not for
refinancing; one-year programme. All figures are policy rows. Conventions to be confirmed in the original text
(facts section 15): the subsidised principal of a month is min(balance, cap); the monthly subsidy is that x rate /
12, rounded half-up; it never exceeds the interest rate itself; the contract date decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from anju.core.cities import Home
from anju.core.costs.streams import Flows
from anju.core.dates import add_months
from anju.core.eligibility.finding import Finding, yuan
from anju.core.money import PPM_ONE, yuan_to_fen
from anju.core.policy import PolicyTable
from anju.core.ratios import limit_text, ratio_to_ppm

_SCOPE = "new_first_home_commercial_mortgage"
_HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class SubsidyRule:
    """The programme as it stands on a date; `closes_on` is the first day on which no new contract counts."""

    rate_ppm: int
    months: int
    principal_cap_fen: int
    price_cap_fen: int
    area_cap_m2_x100: int
    refinancing: bool
    opens_on: date
    closes_on: date
    document: str


def subsidy_rule(policy: PolicyTable, on: date) -> SubsidyRule | None:
    """The programme open for contracts of a date, or None."""
    if not policy.has("interest_subsidy_rate_pp", _SCOPE, on):
        return None
    row = policy.row("interest_subsidy_rate_pp", _SCOPE, on)
    years = policy.integer("interest_subsidy_programme_years", _SCOPE, on)
    closes = add_months(row.effective_date, 12 * years)
    if on >= closes:
        return None
    return SubsidyRule(
        ratio_to_ppm(policy.decimal("interest_subsidy_rate_pp", _SCOPE, on) / 100),
        12 * policy.integer("interest_subsidy_max_years", _SCOPE, on),
        yuan_to_fen(policy.text("interest_subsidy_principal_cap_cny", _SCOPE, on)),
        yuan_to_fen(policy.text("interest_subsidy_price_max_cny", _SCOPE, on)),
        _HUNDREDTHS * policy.integer("interest_subsidy_floor_area_max_m2", _SCOPE, on),
        policy.flag("interest_subsidy_refinancing_eligible", _SCOPE, on),
        row.effective_date,
        closes,
        row.document,
    )


def subsidy_finding(
    rule: SubsidyRule | None,
    home: Home,
    price_fen: int | None,
    area_m2_x100: int | None,
    *,
    refinancing: bool = False,
) -> Finding:
    """Whether a commercial loan gets the subsidy, with the first condition that fails or is not known."""
    if rule is None:
        zh, en = "签约日没有可以适用的贴息政策。", "No subsidy programme is open on the contract date."
        return Finding("subsidy_closed", "refuse", zh, en, "")
    against = _against(rule, home, price_fen, area_m2_x100, refinancing)
    if against is not None:
        return Finding(against[0], "refuse", against[1], against[2], rule.document)
    years = rule.months // 12
    zh = f"可享受贴息 {limit_text(rule.rate_ppm)}，最长 {years} 年，贴息本金不超过 {yuan(rule.principal_cap_fen)} 元。"
    en = (
        f"A subsidy of {limit_text(rule.rate_ppm)} for up to {years} years on at most"
        f" {yuan(rule.principal_cap_fen)} yuan."
    )
    return Finding("subsidy", "pass", zh, en, rule.document)


def _against(
    rule: SubsidyRule, home: Home, price_fen: int | None, area_m2_x100: int | None, refinancing: bool
) -> tuple[str, str, str] | None:
    if home != "first":
        return "subsidy_first_home", "贴息只适用于首套住房。", "The subsidy is for first homes only."
    if refinancing and not rule.refinancing:
        return "subsidy_refinancing", "置换存量贷款不享受贴息。", "Refinancing gets no subsidy."
    if price_fen is None:
        return "subsidy_price_unknown", "房价未填写，无法判断贴息。", "The price is not given."
    if price_fen > rule.price_cap_fen:
        most = yuan(rule.price_cap_fen)
        return "subsidy_price", f"房价超过 {most} 元，不享受贴息。", f"The price is over {most} yuan."
    if area_m2_x100 is None:
        return "subsidy_area_unknown", "建筑面积未填写，无法判断贴息。", "The floor area is not given."
    if area_m2_x100 > rule.area_cap_m2_x100:
        most = str(rule.area_cap_m2_x100 // _HUNDREDTHS)
        return (
            "subsidy_area",
            f"建筑面积超过 {most} 平方米，不享受贴息。",
            f"The floor area is over {most} m2.",
        )
    return None


@dataclass(frozen=True, slots=True)
class SubsidyLayer:
    """The subsidy month by month from the first instalment, and its sum, fen."""

    monthly_fen: tuple[int, ...]
    document: str

    @property
    def total_fen(self) -> int:
        """Sum over its months."""
        return sum(self.monthly_fen)

    @property
    def first_fen(self) -> int:
        """What the first instalment falls by."""
        return self.monthly_fen[0] if self.monthly_fen else 0

    def stream(self) -> Flows:
        """The subsidy as money the borrower does not pay, for the cost rate."""
        return Flows(tuple(-amount for amount in self.monthly_fen))


def subsidy_layer(rule: SubsidyRule, rate_ppm: int, balances_fen: Sequence[int]) -> SubsidyLayer:
    """The subsidy of a loan; `balances_fen[k]` bears interest in month k + 1 (at least the months of the rule,
    or all of the loan).
    """
    rate = min(rule.rate_ppm, rate_ppm)
    year, half = 12 * PPM_ONE, 6 * PPM_ONE
    cap = rule.principal_cap_fen
    monthly = tuple((min(balance, cap) * rate + half) // year for balance in balances_fen[: rule.months])
    return SubsidyLayer(monthly, rule.document)
