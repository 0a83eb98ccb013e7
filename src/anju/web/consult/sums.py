"""The figures of a question: plans compared, the same plans under the what-ifs, verdict, layers, early repayment.

Everything is the core's; here it is only asked. Whatever the page shows comes out of one `Sums`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from anju.core.cities import City
from anju.core.costs import CostStatement, TaxLayer, tax_layer
from anju.core.dates import add_months
from anju.core.eligibility import Application, Finding, Person, Property
from anju.core.eligibility import Rules as Dated
from anju.core.eligibility.ability import debt_ratios
from anju.core.eligibility.borrower import age, age_and_term
from anju.core.eligibility.home import down_payment, loan_to_value, term
from anju.core.errors import BadInput, PolicyMissing
from anju.core.money import fen_to_display
from anju.core.plans import (
    Comparison,
    Need,
    Part,
    Plan,
    Product,
    RatioLimits,
    Spec,
    choose,
    compare,
    make_plan,
    ratio_limits,
    subsidy_of,
)
from anju.core.schedule import Prepay, Quote, Terms, quote
from anju.core.verdict import Reason
from anju.web.consult.question import MONTHS_MAX, Question
from anju.web.consult.rules import Offer, Rules, bank_offer, fund_offer, settings

ANY_ADULT = date(1990, 1, 1)
"""Where the borrower's age was not told: no rule asked then looks at it, and the page says so."""


@dataclass(frozen=True, slots=True)
class Column:
    """One plan side by side: as asked, and under the what-ifs (the same when nothing is supposed).

    `now` None: under the what-ifs the plan is not possible, and `why_not` says why. `prepaid`: what the early
    repayment of the question does to the dearer part, None without one.
    """

    codes: tuple[str, ...]
    zh: str
    en: str
    asked: Plan
    now: Plan | None
    why_not: Reason | None
    statement: CostStatement | None
    prepaid: Quote | None
    prepay_problem: BadInput | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """All figures of a page. `question` is the one supposed; `considered` plans were looked at.

    `beside`: terms looked at because one term alone gives too few plans. `findings`: what the rules say of the plan
    with the lowest first instalment, or of the household alone when no plan fits.
    """

    question: Question
    asked: Question
    rules: Rules
    offer: Offer
    fund: Product | None
    comparison: Comparison
    columns: tuple[Column, ...]
    beside: tuple[int, ...]
    limits: RatioLimits | None
    findings: tuple[Finding, ...]
    tax: TaxLayer | None


def sums_of(asked: Question, rules: Rules) -> Sums:
    """The figures of a question under rules. Raises BadInput, RateMissing, PolicyMissing."""
    plain, supposed = asked.plain, asked.supposed
    offer = bank_offer(plain, rules)
    fund = fund_offer(plain, rules)
    comparison, beside = _compared(plain, _products(offer, fund), rules)
    moved = bank_offer(supposed, rules) if asked.supposes else offer
    columns = tuple(
        _column(each.codes, each.zh, each.en, each.plan, asked, (moved.product, fund), rules)
        for each in comparison.chosen
    )
    return Sums(
        supposed,
        plain,
        rules,
        moved,
        fund,
        comparison,
        columns,
        beside,
        _limits(rules),
        _findings(supposed, columns, moved.product, rules),
        _tax(supposed, rules),
    )


def _products(offer: Offer, fund: Product | None) -> list[Product]:
    return [offer.product] if fund is None else [offer.product, fund]


def _need(question: Question, months: Sequence[int]) -> Need:
    return Need(
        question.loan_fen, tuple(months), question.home, question.methods, question.income_fen, question.debts_fen,
        question.property_fee_fen, None, question.price_fen, question.area_m2_x100,
    )  # fmt: skip


def _compared(
    question: Question, products: list[Product], rules: Rules
) -> tuple[Comparison, tuple[int, ...]]:
    """The comparison at the term asked for; with terms beside it when that alone gives too few plans (S4-020).

    When the income carries none of them, they are shown all the same, with the shortage, so that one sees the gap.
    """
    policy, on = rules.tables.policy, rules.on
    found = compare(_need(question, [question.months]), products, policy, on)
    if found.shortage is None:
        return found, ()
    step = int(settings()["terms"]["beside_months"])
    beside = tuple(
        months for months in (question.months - step, question.months + step) if 1 <= months <= MONTHS_MAX
    )
    more = compare(_need(question, [question.months, *beside]), products, policy, on)
    if len(more.chosen) > len(found.chosen):
        return _joined(found, more), beside
    if found.chosen or not question.income_fen:
        return found, ()
    told = replace(question, income_fen=0)
    over = compare(_need(told, [question.months, *beside]), products, policy, on)
    return replace(over, shortage=found.shortage, rejected=found.rejected), beside


def _joined(found: Comparison, more: Comparison) -> Comparison:
    """The plans at the term asked for stay; as many others join them as the rule wants. Each is named anew by what
    it is best at among those shown.
    """
    known = {plan.key for plan in found.plans}
    others = [plan for plan in more.plans if plan.key not in known]
    shown = [*found.plans, *others[: len(more.plans) - len(found.plans)]]
    return replace(more, chosen=choose(shown, len(shown)))


def _column(
    codes: tuple[str, ...],
    zh: str,
    en: str,
    plan: Plan,
    asked: Question,
    products: tuple[Product, Product | None],
    rules: Rules,
) -> Column:
    supposed = asked.supposed
    now: Plan | None = plan
    why_not = None
    if asked.supposes:
        try:
            now = _moved(plan, asked, products, rules)
        except BadInput as problem:
            now, why_not = None, Reason("not_possible", problem.message_zh, problem.message_en)
    statement = now.statement(rules.tables.policy, rules.on) if now else None
    prepaid, problem_found = None, None
    if now and supposed.prepay_fen:
        try:
            prepaid = prepaid_of(dearer(now), supposed, rules.on)
        except BadInput as problem:
            problem_found = problem
    return Column(codes, zh, en, plan, now, why_not, statement, prepaid, problem_found)


def _moved(plan: Plan, asked: Question, products: tuple[Product, Product | None], rules: Rules) -> Plan:
    """The same kind of plan under the what-ifs: its fund part stays as large as the loan allows. Raises BadInput."""
    supposed, (bank, fund) = asked.supposed, products
    longer = supposed.months - asked.months
    left = supposed.loan_fen
    specs = []
    for part in plan.parts:
        product = fund if part.product.lending == "provident" else bank
        assert product is not None  # a plan has a fund part only when there is a fund
        amount = left if part is plan.parts[-1] else min(part.figures.principal_fen, left)
        left -= amount
        months = min(max(part.figures.months + longer, 1), product.months_max)
        if amount:
            specs.append(Spec(product, amount, months, part.figures.method))  # type: ignore[arg-type]
    rule = subsidy_of(_need(supposed, [supposed.months]), rules.tables.policy, rules.on).rule
    return make_plan(specs, rule)


def dearer(plan: Plan) -> Part:
    """The part with the higher rate: there an early repayment saves most."""
    return max(plan.parts, key=lambda part: part.figures.rate_ppm)


def prepay_event(question: Question, on: date) -> Prepay:
    """The early repayment of a question, on a due day."""
    then = question.prepay_then
    return Prepay(add_months(on, 12 * question.prepay_year), question.prepay_fen, then)  # type: ignore[arg-type]


def terms_of(part: Part, on: date) -> Terms:
    """The contract of a part, paid out on a day; instalments fall due on that day of each month."""
    figures = part.figures
    return Terms.fixed(figures.principal_fen, figures.rate_ppm, figures.months, on, figures.method)  # type: ignore[arg-type]


def prepaid_of(part: Part, question: Question, on: date) -> Quote:
    """What the early repayment would post and change, by the ledger's own quote (S4-057). Raises BadInput."""
    months = part.figures.months
    after = 12 * question.prepay_year
    if after >= months:
        raise BadInput(
            field="prepay_year",
            value=question.prepay_year,
            allowed=f"1 .. {(months - 1) // 12}",
            message_zh=f"第 {question.prepay_year} 年末这笔贷款已经还清，请选第 {max((months - 1) // 12, 1)} 年或更早。",
            message_en=f"The loan is repaid by the end of year {question.prepay_year}; choose an earlier year.",
        )
    left = part.figures.balance_after_fen(after)
    if question.prepay_fen >= left:
        raise BadInput(
            field="prepay",
            value=question.prepay_fen,
            allowed=f"< {left}",
            message_zh=f"到时剩余本金 {fen_to_display(left)} 元，提前还款达到这个数就是全部结清；请填少一些。",
            message_en=f"The balance will be {fen_to_display(left)} yuan by then; that much settles the loan. Enter less.",
        )
    return quote(terms_of(part, on), (), prepay_event(question, on))


def _limits(rules: Rules) -> RatioLimits | None:
    try:
        return ratio_limits(rules.tables.policy, rules.on)
    except PolicyMissing:
        return None


def lightest(columns: Sequence[Column]) -> Plan | None:
    """The plan with the lowest first instalment under the what-ifs."""
    return min((each.now for each in columns if each.now), key=lambda plan: plan.net_first_fen, default=None)


def _findings(
    question: Question, columns: Sequence[Column], bank: Product, rules: Rules
) -> tuple[Finding, ...]:
    """What the rules of the date say of down payment, loan, term and burden (S4-001, S4-002)."""
    plan = lightest(columns)
    if plan is None:
        need = _need(question, [min(question.months, bank.months_max)])
        plan = make_plan([Spec(bank, need.loan_fen, need.months[0], need.methods[0])])
    born_on = ANY_ADULT if question.age is None else add_months(rules.on, -12 * question.age)
    who = Person(born_on, question.group, income_fen=question.income_fen, debts_fen=question.debts_fen)
    home = Property(question.price_fen, home=question.home, area_m2_x100=question.area_m2_x100)
    request = plan.request(question.down_fen, property_fee_fen=question.property_fee_fen)
    application, dated = (
        Application((who,), home, request),
        Dated(rules.tables.policy, rules.on, city_of(question, rules)),
    )
    checks = [down_payment, loan_to_value, term]
    if question.age is not None:
        checks += [age, age_and_term]
    if question.income_fen:
        checks.insert(0, debt_ratios)
    found: list[Finding] = []
    for check in checks:
        try:
            found += check(application, dated)
        except PolicyMissing as missing:
            found.append(
                Finding("policy_missing", "review", f"{missing.message_zh}。", f"{missing.message_en}.", "")
            )
    return tuple(found)


def city_of(question: Question, rules: Rules) -> City | None:
    """The city named. Raises BadInput naming those there are."""
    return rules.tables.cities.city(question.city) if question.city else None


def _tax(question: Question, rules: Rules) -> TaxLayer | None:
    """The deduction from income tax; None before the rule began."""
    months = question.months
    try:
        return tax_layer(rules.tables.policy, rules.on, question.home, months, question.tax_ppm or 0)
    except PolicyMissing:
        return None


def other_day(sums: Sums, today: date) -> Offer | None:
    """Today's offer for the same question under the rules in force, None when nothing can be said."""
    try:
        return bank_offer(replace(sums.asked, on=today), replace(sums.rules.in_force(), on=today))
    except (BadInput, PolicyMissing, LookupError):
        return None
