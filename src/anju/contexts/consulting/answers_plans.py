"""Plans side by side, and the best split of a combination loan (S4-020, S4-092 .. S4-095, S4-135)."""

from __future__ import annotations

from datetime import date
from typing import cast

from anju.contexts.consulting import inputs_household as household
from anju.contexts.consulting import shapes as shape
from anju.contexts.consulting.fields import COMPARE, SPLIT
from anju.contexts.consulting.outward import outward
from anju.contexts.consulting.shapes import Json
from anju.contexts.consulting.tables import Tables
from anju.contexts.consulting.values import Reader, Values
from anju.contexts.consulting.words import wrong
from anju.core.costs import AnnualCost, CostStatement
from anju.core.plans import (
    Method,
    Need,
    Part,
    Plan,
    Product,
    best_split,
    compare,
    cost_layers,
    income_drop,
    rate_shifts,
)
from anju.core.plans.figures import method_words
from anju.core.plans.split import OBJECTIVES, Objective


def cost(each: AnnualCost | None) -> Json | None:
    """All-in annual cost, simple and compounded."""
    if each is None:
        return None
    return {**shape.rate(each.nominal_ppm, "nominal"), **shape.rate(each.effective_ppm, "effective")}


def part(each: Part) -> Json:
    """One loan of a plan."""
    figures, product = each.figures, each.product
    zh, en = method_words(figures)
    return {
        "product": product.code,
        "product_zh": product.zh,
        "product_en": product.en,
        "lending": product.lending,
        **shape.money(principal=figures.principal_fen),
        **shape.rate(figures.rate_ppm),
        "source": product.source,
        "months": figures.months,
        "method": figures.method,
        "method_zh": zh,
        "method_en": en,
        **shape.money(
            regular=figures.regular_fen,
            first=figures.first_fen,
            last=figures.last_fen,
            interest=figures.interest_fen,
        ),
    }


def statement(each: CostStatement) -> Json:
    """The all-in cost statement of a plan."""
    return {
        **shape.money(loan=each.loan_fen, received=each.received_fen, total_cost=each.total_cost_fen),
        "lines": [
            {"code": line.code, "zh": line.zh, "en": line.en, **shape.money(amount=line.amount_fen)}
            for line in each.lines
        ],
        "cost": cost(each.cost),
        "method_zh": each.method_zh,
        "method_en": each.method_en,
        "required": each.required,
        "confirmation": list(each.confirmation),
        "document": each.document,
    }


def plan(each: Plan, tables: Tables, as_of: date) -> Json:
    """A plan with its parts, its cost, and the subsidy as a layer apart."""
    return {
        "zh": each.zh,
        "en": each.en,
        "months": each.months,
        **shape.money(
            loan=each.loan_fen,
            provident=each.provident_fen,
            first=each.first_fen,
            last=each.last_fen,
            highest=each.highest_fen,
            interest=each.interest_fen,
            fees=each.fees_fen,
            subsidy=each.subsidy_fen,
            net_cost=each.net_cost_fen,
            net_first=each.net_first_fen,
        ),
        "cost": cost(each.cost),
        "cost_after_subsidy": cost(each.cost_after_subsidy),
        "working_days_min": each.working_days[0],
        "working_days_max": each.working_days[1],
        "parts": [part(one) for one in each.parts],
        "statement": statement(each.statement(tables.policy, as_of)),
    }


class _Asked:
    """What compare and split share: need, products, day."""

    def __init__(self, reader: Reader, tables: Tables, on: date, methods: tuple[Method, ...]) -> None:
        self.as_of = reader.day("as_of") or on
        principal = reader.yuan("principal")
        assert principal is not None  # a required field
        self.need: Need = household.need_of(reader, principal, reader.wholes("months"), methods)
        city = household.city_of(reader, tables)
        self.bank = household.bank_of(reader, tables, self.as_of, city)
        self.fund: Product | None = household.fund_of(reader, tables, self.as_of)

    def head(self, kind: str, tables: Tables) -> Json:
        notes = [PROVISIONAL_RATE] if self.bank is not None and self.bank.provisional else []
        need = self.need
        asked = shape.money(
            loan=need.loan_fen,
            income=need.income_fen,
            debts=need.debts_fen,
            property_fee=need.property_fee_fen,
        )
        return shape.merged(
            shape.answer(kind, self.as_of),
            {"policy_version": tables.policy.version, "notes": notes},
            {"need": asked | {"months": list(need.months), "methods": list(need.methods), "home": need.home}},
        )


PROVISIONAL_RATE: Json = {
    "code": "rate_provisional",
    "zh": "所需的 LPR 尚未录入，暂按最近一期计算，录入后须重新测算。",
    "en": "An LPR that this needs is not loaded; the last one known was used. Ask again once it is loaded.",
    "severity": "review",
    "source": "lpr.csv",
}


@outward
def compare_answer(values: Values, tables: Tables, on: date) -> Json:
    """At least three plans side by side, or the stated shortage; why others are not possible (S4-020)."""
    reader = Reader(values, COMPARE)
    asked = _Asked(reader, tables, on, household.plan_methods(reader))
    products = [each for each in (asked.fund, asked.bank.product if asked.bank else None) if each]
    if not products:
        raise wrong(
            "rate",
            "",
            "rate, lpr_spread_bp or fund_limit",
            "rate、lpr_spread_bp、fund_limit 至少一个",
            "利率",
        )
    found = compare(asked.need, products, tables.policy, asked.as_of)
    return shape.merged(
        asked.head("compare", tables),
        {
            "plans": [
                {"codes": list(each.codes), "why_zh": each.zh, "why_en": each.en}
                | plan(each.plan, tables, asked.as_of)
                | {
                    "rate_shifts": _shifts(each.plan, reader),
                    "income_drops": _drops(each.plan, asked, reader, tables),
                    "layers": _layers(each.plan, asked, reader, tables),
                }
                for each in found.chosen
            ],
            "considered": found.considered,
            "rejected": [
                {"zh": each.zh, "en": each.en, "reason": shape.texts(each.reason)} for each in found.rejected
            ],
            "shortage": None if found.shortage is None else shape.texts(found.shortage),
            "subsidy": shape.texts(found.subsidy),
        },
    )


def _shifts(each: Plan, reader: Reader) -> list[Json]:
    """The plan at other commercial rates (S4-061)."""
    return [
        {"shift_bp": str(found.shift_bp)}
        | shape.money(
            first=found.first_fen,
            interest=found.interest_fen,
            first_change=found.first_change_fen,
            interest_change=found.interest_change_fen,
        )
        for found in rate_shifts(each, reader.points("shift_bp"))
    ]


def _drops(each: Plan, asked: _Asked, reader: Reader, tables: Tables) -> list[Json]:
    """The plan on less income: shares, whether it still fits, the least income that carries it (S4-061)."""
    reader.only_with(("income_drop",), "income")
    drops = (
        (drop, income_drop(each, asked.need, drop * 10_000, tables.policy, asked.as_of))
        for drop in reader.wholes("income_drop")
    )
    return [
        {
            "drop_percent": drop,
            "fits": found.fits,
            "housing_share": found.housing_share,
            "total_share": found.total_share,
        }
        | shape.money(income=found.income_fen, least_income=found.least_income_fen)
        | shape.rate(found.largest_drop_ppm, "largest_drop")
        | {"reason": shape.texts(found.reason)}
        for drop, found in drops
    ]


def _layers(each: Plan, asked: _Asked, reader: Reader, tables: Tables) -> list[Json]:
    """Contract, subsidy, tax deduction, net: each a layer of its own (S4-134). Empty where no rule of the day names one."""
    marginal = reader.whole("marginal_rate")
    if marginal is None:
        reader.only_with(("rent_deducted",), "marginal_rate")
        return []
    found = cost_layers(
        each, asked.need, tables.policy, asked.as_of, marginal_ppm=marginal * 10_000,
        rent_deducted=reader.flag("rent_deducted", False),
    )  # fmt: skip
    return [
        {"code": layer.code, "zh": layer.zh, "en": layer.en}
        | shape.money(total=layer.total_fen, first_month=layer.first_month_fen)
        | {"finding": None if layer.finding is None else shape.texts(layer.finding)}
        for layer in found
    ]


@outward
def split_answer(values: Values, tables: Tables, on: date) -> Json:
    """The best split between the fund and the bank by cost, by burden and by time (S4-092 .. S4-095)."""
    reader = Reader(values, SPLIT)
    methods = household.plan_methods_in_order(reader)
    asked = _Asked(reader, tables, on, tuple(dict.fromkeys(methods)))
    if asked.fund is None:
        raise wrong("fund_limit", reader.text("fund_limit") or "", "> 0 yuan", "大于 0 元", "公积金可贷额度")
    if asked.bank is None:
        raise wrong("rate", "", "rate or lpr_spread_bp", "rate 或 lpr_spread_bp", "商业贷款年利率")
    wanted = [reader.word("objective")] if reader.given("objective") else list(OBJECTIVES)
    answers = []
    for objective in wanted:
        found = best_split(
            asked.need,
            asked.fund,
            asked.bank.product,
            tables.policy,
            asked.as_of,
            objective=cast(Objective, objective),
            methods=methods,
        )
        answers.append(
            {
                "objective": objective,
                "regime": found.regime,
                "why": shape.texts(found.why),
                "best": plan(found.best, tables, asked.as_of),
                "tried": [_tried(each) for each in found.tried],
                "against": shape.all_texts(found.against),
            }
        )
    return shape.merged(asked.head("split", tables), {"answers": answers})


def _tried(each: Plan) -> Json:
    return {
        **shape.money(
            provident=each.provident_fen,
            commercial=each.loan_fen - each.provident_fen,
            first=each.first_fen,
            net_cost=each.net_cost_fen,
            net_first=each.net_first_fen,
        ),
        "working_days_max": each.working_days[1],
    }
