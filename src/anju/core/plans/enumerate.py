"""All plans worth looking at for a need: products x methods x terms x split, and why others are not possible."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from anju.core.costs.subsidy import SubsidyRule
from anju.core.eligibility.finding import years_text, yuan
from anju.core.errors import PolicyMissing
from anju.core.plans.figures import Method
from anju.core.plans.need import Need, subsidy_of
from anju.core.plans.plan import Plan, Spec, make_plan
from anju.core.plans.products import Product
from anju.core.policy import PolicyTable
from anju.core.ratios import exceeds, limit_text, ratio_text, ratio_to_ppm
from anju.core.verdict import Reason

_ALL = "commercial_mortgage"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A plan that is not possible, in one line, and the reason."""

    zh: str
    en: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Enumeration:
    """Feasible plans and rejected ones."""

    plans: tuple[Plan, ...]
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True)
class RatioLimits:
    """Debt ratio limits of a date in ppm, with their documents."""

    housing_ppm: int
    total_ppm: int
    document: str


def ratio_limits(policy: PolicyTable, on: date) -> RatioLimits:
    """Limits in force on a date. Raises PolicyMissing."""
    housing = policy.row("housing_debt_ratio_max", _ALL, on)
    total = policy.row("total_debt_ratio_max", _ALL, on)
    return RatioLimits(ratio_to_ppm(housing.value), ratio_to_ppm(total.value), housing.document)


def enumerate_plans(need: Need, products: Sequence[Product], policy: PolicyTable, on: date) -> Enumeration:
    """Every combination of product, split, term and method; those that miss a limit come back with the reason.

    Splits: all of one product; and both, with as much of the provident fund as it lends, or with the commercial
    part at the subsidised principal. Raises BadInput; ratios are not tested when the income or the rule of the
    date is not known.
    """
    rule = subsidy_of(need, policy, on).rule
    try:
        limits = ratio_limits(policy, on) if need.income_fen else None
    except PolicyMissing:
        limits = None
    plans: list[Plan] = []
    rejected: list[Rejected] = []
    seen: set[object] = set()
    for specs in _specs(need, products, rule):
        plan = make_plan(specs, rule)
        if plan.key in seen:
            continue
        seen.add(plan.key)
        reason = why_not(plan, need, limits)
        if reason is None:
            plans.append(plan)
        else:
            rejected.append(Rejected(plan.zh, plan.en, reason))
    rejected += _unable(need, products)
    return Enumeration(tuple(plans), tuple(rejected))


def _specs(need: Need, products: Sequence[Product], rule: SubsidyRule | None) -> Iterator[tuple[Spec, ...]]:
    for months in need.months:
        for split in splits(need.loan_fen, products, rule):
            for methods in _methods(need.methods, len(split)):
                yield tuple(
                    Spec(product, amount, min(months, product.months_max), method)
                    for (product, amount), method in zip(split, methods, strict=True)
                )


def splits(
    loan_fen: int, products: Sequence[Product], rule: SubsidyRule | None
) -> list[tuple[tuple[Product, int], ...]]:
    """Ways to spread a loan: each product alone if it lends that much; pairs provident + commercial."""
    found: list[tuple[tuple[Product, int], ...]] = [
        ((product, loan_fen),) for product in products if product.limit_fen >= loan_fen
    ]
    funds = [product for product in products if product.lending == "provident" and product.limit_fen]
    banks = [product for product in products if product.lending == "commercial"]
    for fund in funds:
        for bank in banks:
            for amount in split_points(loan_fen, fund, bank, rule):
                if 0 < amount < loan_fen:
                    found.append(((fund, amount), (bank, loan_fen - amount)))
    return found


def split_points(loan_fen: int, fund: Product, bank: Product, rule: SubsidyRule | None) -> tuple[int, ...]:
    """Provident amounts at which the cost can turn: least, most, and the commercial part at the subsidy's cap."""
    least, most = max(loan_fen - bank.limit_fen, 0), min(fund.limit_fen, loan_fen)
    points = {least, most}
    if rule is not None and least < loan_fen - rule.principal_cap_fen < most:
        points.add(loan_fen - rule.principal_cap_fen)
    return tuple(sorted(point for point in points if least <= point <= most))


def _methods(methods: Sequence[Method], parts: int) -> Iterator[tuple[Method, ...]]:
    """The same method for all parts; for two also level payment for the fund and level principal for the bank
    (S4-094)."""
    for method in methods:
        yield (method,) * parts
    if parts > 1 and len(methods) > 1:
        yield "level_payment", "level_principal"


def why_not(plan: Plan, need: Need, limits: RatioLimits | None) -> Reason | None:
    """Why a plan does not fit the household, or None."""
    if need.payment_max_fen is not None and plan.first_fen > need.payment_max_fen:
        most = yuan(need.payment_max_fen)
        return Reason(
            "payment_over_wish",
            f"首月月供 {yuan(plan.first_fen)} 元，超过期望的 {most} 元。",
            f"The first instalment of {yuan(plan.first_fen)} yuan is over the wish of {most}.",
        )
    if limits is None:
        return None
    housing = plan.first_fen + need.property_fee_fen
    for part, limit, code, name_zh, name_en in (
        (housing, limits.housing_ppm, "housing_ratio", "月房贷支出", "Housing payments"),
        (
            housing + need.debts_fen,
            limits.total_ppm,
            "total_debt_ratio",
            "月所有债务支出",
            "all debt payments",
        ),
    ):
        if exceeds(part, need.income_fen, limit):
            share = ratio_text(part, need.income_fen, over=True)
            return Reason(
                code,
                f"{name_zh}占收入 {share}，超过 {limit_text(limit)}。",
                f"{name_en} take {share} of income, over {limit_text(limit)}.",
            )
    return None


def _unable(need: Need, products: Sequence[Product]) -> Iterator[Rejected]:
    """Products that cannot lend the whole amount alone."""
    for product in products:
        if product.limit_fen < need.loan_fen:
            most = yuan(product.limit_fen)
            yield Rejected(
                product.zh,
                product.en,
                Reason(
                    "over_limit",
                    f"{product.zh}最多 {most} 元，不足以单独满足 {yuan(need.loan_fen)} 元。",
                    f"The {product.en} lends at most {most} yuan, not {yuan(need.loan_fen)} alone.",
                ),
            )
        if product.months_max < max(need.months):
            zh, en = years_text(product.months_max)
            yield Rejected(
                product.zh,
                product.en,
                Reason(
                    "term_capped",
                    f"{product.zh}最长 {zh}，更长的期限按此计算。",
                    f"The {product.en} runs at most {en}; longer wishes are cut to that.",
                ),
            )
