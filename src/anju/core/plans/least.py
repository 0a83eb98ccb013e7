"""The smallest down payment and the shortest term that keep the ratios (S4-036, S4-037)."""

from dataclasses import dataclass
from datetime import date

from anju.core.checks import bad, within
from anju.core.cities import City
from anju.core.eligibility.ability import largest_loan_fen
from anju.core.eligibility.application import Property
from anju.core.eligibility.finding import Rules, years_text, yuan
from anju.core.eligibility.home import down_payment_rule
from anju.core.money import PPM_ONE
from anju.core.plans.enumerate import ratio_limits
from anju.core.plans.figures import Method, loan_figures
from anju.core.plans.need import Need
from anju.core.plans.products import Product
from anju.core.plans.what_if import payment_room_fen
from anju.core.policy import PolicyTable
from anju.core.rates.state_rates import LONG_TERM_MONTHS_OVER
from anju.core.ratios import limit_text, ratio_text
from anju.core.verdict import Reason


@dataclass(frozen=True, slots=True)
class DownPaymentAnswer:
    """The smallest down payment that keeps the rule of the date and the ratios; its loan and first instalment."""

    down_fen: int
    loan_fen: int
    payment_fen: int
    share: str
    reason: Reason


def least_down_payment(
    home: Property,
    need: Need,
    product: Product,
    months: int,
    method: Method,
    policy: PolicyTable,
    on: date,
    city: City | None = None,
) -> DownPaymentAnswer:
    """Smallest down payment for a home with this term and method (S4-037), exact to the fen.

    It is the larger of the minimum of date and city and of what the ratios demand; the collateral value bounds
    the loan. Raises BadInput (field `income_fen`) when the income carries no loan at all.
    """
    rules = Rules(policy, on, city)
    rule = down_payment_rule(home.home, rules)
    room = payment_room_fen(need, ratio_limits(policy, on))
    carried = largest_loan_fen(room, product.rate_ppm(months), months, method)
    if room < 1 or carried < 1:
        zh, en = "收入不足以承担任何贷款", "the income carries no loan at all"
        raise bad("income_fen", need.income_fen, "enough to carry a payment", zh, en)
    value = min(home.price_fen, home.appraised_fen or home.price_fen)
    most = min(home.price_fen - rule.least_fen(home.price_fen), value * (PPM_ONE - rule.ratio_ppm) // PPM_ONE)
    loan = min(carried, most, product.limit_fen)
    by_rule = loan == most
    down = home.price_fen - loan
    figures = loan_figures(loan, product.rate_ppm(months), months, method)
    share = ratio_text(down, home.price_fen, over=True)
    zh = (
        f"首付至少 {yuan(down)} 元（房价的 {share}），贷款 {yuan(loan)} 元，首月月供 {yuan(figures.first_fen)} 元；"
        f"{'由最低首付比例决定' if by_rule else '由月供收入比决定'}。"
    )
    en = (
        f"At least {yuan(down)} yuan down ({share} of the price), a loan of {yuan(loan)}, first instalment"
        f" {yuan(figures.first_fen)}; set by the {'down-payment rule' if by_rule else 'debt ratios'}."
    )
    code = "least_down_by_rule" if by_rule else "least_down_by_ratio"
    return DownPaymentAnswer(down, loan, figures.first_fen, share, Reason(code, zh, en))


@dataclass(frozen=True, slots=True)
class TermAnswer:
    """The shortest term that keeps the ratios; months None when even the longest allowed one does not."""

    months: int | None
    payment_fen: int
    reason: Reason


def least_term(
    need: Need, product: Product, method: Method, policy: PolicyTable, on: date, *, months_max: int
) -> TermAnswer:
    """Shortest term in months for `need.loan_fen` under the ratios (S4-037), at most `months_max` (age, rule,
    product).
    """
    cap = min(months_max, product.months_max)
    within("months_max", cap, 1, product.months_max)
    limits = ratio_limits(policy, on)
    room = payment_room_fen(need, limits)
    for low, high in ((1, min(LONG_TERM_MONTHS_OVER, cap)), (LONG_TERM_MONTHS_OVER + 1, cap)):
        months = _shortest(need.loan_fen, product, method, room, low, high)
        if months is not None:
            payment = _first(need.loan_fen, product, method, months)
            zh, en = years_text(months)
            return TermAnswer(
                months,
                payment,
                Reason(
                    "least_term",
                    f"期限至少 {zh}，首月月供 {yuan(payment)} 元。",
                    f"At least {en}; first instalment {yuan(payment)} yuan.",
                ),
            )
    payment = _first(need.loan_fen, product, method, cap)
    zh, en = years_text(cap)
    reason = Reason(
        "no_term_fits",
        f"最长 {zh} 时首月月供仍为 {yuan(payment)} 元，超过 {limit_text(limits.housing_ppm)} 的比例要求；请提高首付。",
        f"Even at {en} the first instalment is {yuan(payment)} yuan and misses the ratios; pay more down.",
    )
    return TermAnswer(None, payment, reason)


def _first(loan_fen: int, product: Product, method: Method, months: int) -> int:
    return loan_figures(loan_fen, product.rate_ppm(months), months, method).first_fen


def _shortest(
    loan_fen: int, product: Product, method: Method, room_fen: int, low: int, high: int
) -> int | None:
    """Within one class of term the first instalment falls with the term: halve the interval."""
    if low > high or _first(loan_fen, product, method, high) > room_fen:
        return None
    while low < high:
        middle = (low + high) // 2
        if _first(loan_fen, product, method, middle) <= room_fen:
            high = middle
        else:
            low = middle + 1
    return low
