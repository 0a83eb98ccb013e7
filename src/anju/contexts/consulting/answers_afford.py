"""What a household may borrow: verdict with reasons, limits, smallest down payment, shortest term (S4-036, S4-037)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from anju.contexts.consulting import inputs_household as household
from anju.contexts.consulting import shapes as shape
from anju.contexts.consulting.fields import AFFORD
from anju.contexts.consulting.outward import outward
from anju.contexts.consulting.shapes import Json
from anju.contexts.consulting.tables import Tables
from anju.contexts.consulting.values import Reader, Values
from anju.contexts.consulting.words import wrong
from anju.core.cities import City
from anju.core.eligibility import (
    Account,
    LoanRequest,
    Person,
    Property,
    Rules,
    check,
    down_payment_rule,
    largest_loan_fen,
    longest_by_age_months,
    longest_by_rule_months,
    longest_provident_months,
    next_steps,
    provident_eligibility,
    provident_limit,
    statutory_retirement,
)
from anju.core.errors import PolicyMissing
from anju.core.plans import (
    Method,
    Need,
    Product,
    affordable,
    least_down_payment,
    least_term,
    payment_room_fen,
    ratio_limits,
)

OF_THE_HOME = (
    "down",
    "borrowed_down",
    "appraised",
    "homes_owned",
    "building_age",
    "titled",
    "self_use",
    "area",
)


class _Asked:
    """The question, read once."""

    def __init__(self, reader: Reader, tables: Tables, on: date) -> None:
        self.reader, self.tables = reader, tables
        self.on = reader.day("as_of") or on
        self.city: City | None = household.city_of(reader, tables)
        self.people = household.people_of(reader)
        self.rules = Rules(tables.policy, self.on, self.city)
        offer = household.bank_of(reader, tables, self.on, self.city)
        if offer is None:
            raise wrong("rate", "", "rate or lpr_spread_bp", "rate 或 lpr_spread_bp", "商业贷款年利率")
        self.product: Product = offer.product
        self.provisional = offer.provisional
        self.months = reader.whole("months") or 360
        by_age = longest_by_age_months(self.people[0], self.rules)
        self.longest = max(min(by_age, longest_by_rule_months(self.rules), 480), 0)
        self.lawful = min(self.months, self.longest)
        self.method: Method = household.plan_methods(reader, ("level_payment",))[0]
        reader.only_with(OF_THE_HOME, "price")
        price = reader.yuan("price")
        self.home: Property | None = None if price is None else household.property_of(reader, price)
        self.request: LoanRequest | None = None
        if price is not None:
            self.request = household.request_of(reader, price, self.product, self.months, self.method)

    def city_term(self, accounts: Sequence[Account]) -> int:
        """Longest term of the city's fund for these contributors, months. Raises PolicyMissing."""
        local = self.city.provident(self.on) if self.city else None
        if local is None:
            raise PolicyMissing("provident", self.city.code if self.city else "city", self.on)
        return max(min(local.term_max_years * 12, longest_provident_months(accounts, local, self.rules)), 0)

    @property
    def need(self) -> Need:
        """The household's income and debts as those of a need."""
        counted = [each for each in self.people if each.role != "spouse" or each.income_checked]
        asked = self.reader.yuan("principal")
        return Need(
            self.request.loan_fen if self.request else asked or 1,
            (self.months,),
            household.home_of(self.reader),
            (self.method,),
            sum(each.income_fen for each in counted),
            sum(each.debts_fen for each in counted),
            self.reader.yuan("property_fee") or 0,
        )


@outward
def afford_answer(values: Values, tables: Tables, on: date) -> Json:
    """What a household may borrow under the rules of a day.

    Always: limits of term, ratio and amount, for the term asked for or, if that is longer than age and rule allow,
    the longest allowed. With `savings`: the dearest home. With `price`: the smallest down
    payment. With `price` and `down` or `principal`: the verdict with every finding and what can be done.
    """
    asked = _Asked(Reader(values, AFFORD), tables, on)
    need, borrower = asked.need, asked.people[0]
    return shape.merged(
        shape.answer("afford", asked.on),
        {
            "policy_version": tables.policy.version,
            "provisional": asked.provisional,
            "method": asked.method,
            "months": asked.months,
            **shape.rate(asked.product.rate_ppm(asked.months)),
            "household": _household(asked, need),
            "limits": _limits(asked, need, borrower),
            "provident": _provident(asked),
            "verdict": _verdict(asked),
            "affordable": _affordable(asked, need),
            "least_down_payment": _least_down(asked, need),
            "least_term": _least_term(asked, need),
        },
    )


def _household(asked: _Asked, need: Need) -> Json:
    return {
        "people": len(asked.people),
        **shape.money(income=need.income_fen, debts=need.debts_fen, property_fee=need.property_fee_fen),
    }


def _limits(asked: _Asked, need: Need, borrower: Person) -> Json:
    ratios = ratio_limits(asked.tables.policy, asked.on)
    room = payment_room_fen(need, ratios)
    rate = asked.product.rate_ppm(asked.lawful)
    retirement = statutory_retirement(
        borrower.born_on, borrower.retirement_group, asked.tables.policy, asked.on
    )
    rule = down_payment_rule(need.home, asked.rules)
    return {
        "months": asked.lawful,
        "months_by_age": longest_by_age_months(borrower, asked.rules),
        "months_by_rule": longest_by_rule_months(asked.rules),
        "retires_on": retirement.on.isoformat(),
        **shape.rate(ratios.housing_ppm, "housing_ratio"),
        **shape.rate(ratios.total_ppm, "total_ratio"),
        **shape.rate(rule.ratio_ppm, "down_payment"),
        "ratio_document": ratios.document,
        "down_payment_document": rule.document,
        **shape.money(
            payment_room=room,
            largest_loan=largest_loan_fen(room, rate, asked.lawful, asked.method)
            if room and asked.lawful
            else 0,
        ),
    }


def _provident(asked: _Asked) -> Json | None:
    """What the fund of the city lends on these accounts, every part of the limit, and whether it lends (S4-091)."""
    asked.reader.only_with(("uplift",), "fund_account")
    accounts = household.accounts_of(asked.reader, asked.people)
    if not accounts:
        return None
    if asked.home is None or asked.city is None:
        raise wrong(
            "fund_account",
            asked.reader.texts("fund_account")[0],
            "city and price with it",
            "须同时填写城市和房价",
            "公积金账户",
        )
    months = min(asked.months, asked.city_term(accounts))
    rate = asked.tables.rates.provident.in_force(asked.home.home, asked.on).rate_ppm(max(months, 1))
    ends = provident_eligibility(accounts, asked.home, asked.months, asked.rules)
    found = provident_limit(
        accounts, asked.home, rate, max(months, 1), asked.rules, uplifts=asked.reader.texts("uplift")
    )
    return {
        **shape.money(limit=found.amount_fen),
        **shape.rate(rate),
        "months": months,
        "binding": found.binding,
        "document": found.document,
        "parts": [
            {"code": each.code, "zh": each.zh, "en": each.en, **shape.money(amount=each.amount_fen)}
            for each in found.parts
        ],
        "ok": ends.ok,
        "findings": shape.all_texts(ends.findings),
    }


def _verdict(asked: _Asked) -> Json | None:
    if asked.home is None or asked.request is None:
        return None
    application = household.application_of(asked.reader, asked.home, asked.request)
    found = check(application, asked.tables.policy, asked.on, asked.city)
    return {
        "ok": found.ok,
        "outcome": found.outcome,
        **shape.money(
            loan=asked.request.loan_fen, down=asked.request.down_fen, payment=asked.request.payment_fen
        ),
        "findings": shape.all_texts(found.findings),
        "next_steps": shape.all_texts(next_steps(found)),
    }


def _affordable(asked: _Asked, need: Need) -> Json | None:
    savings = asked.reader.yuan("savings")
    if savings is None or not asked.lawful:
        return None
    found = affordable(
        need, savings, asked.product, asked.lawful, asked.method, asked.tables.policy, asked.on, asked.city
    )
    return {
        **shape.money(
            price=found.price_fen,
            loan=found.loan_fen,
            down=found.down_fen,
            payment=found.payment_fen,
            carried=found.carried_fen,
        ),
        "months": asked.lawful,
        "binding": found.binding,
        "reason": shape.texts(found.reason),
    }


def _least_down(asked: _Asked, need: Need) -> Json | None:
    room = payment_room_fen(need, ratio_limits(asked.tables.policy, asked.on))
    if asked.home is None or not room or not asked.lawful:
        return None
    found = least_down_payment(
        asked.home, need, asked.product, asked.lawful, asked.method, asked.tables.policy, asked.on, asked.city
    )
    return {
        **shape.money(down=found.down_fen, loan=found.loan_fen, payment=found.payment_fen),
        "months": asked.lawful,
        "share": found.share,
        "reason": shape.texts(found.reason),
    }


def _least_term(asked: _Asked, need: Need) -> Json | None:
    if not asked.longest or (asked.request is None and not asked.reader.given("principal")):
        return None
    found = least_term(
        need, asked.product, asked.method, asked.tables.policy, asked.on, months_max=asked.longest
    )
    return {
        "months": found.months,
        **shape.money(payment=found.payment_fen),
        "reason": shape.texts(found.reason),
    }
