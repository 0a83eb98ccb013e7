"""Texts to what a household needs: needs, products on offer, applications. Every error is a BadInput."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from anju.contexts.consulting import words
from anju.contexts.consulting.tables import Tables
from anju.contexts.consulting.values import Reader, day, whole, yuan
from anju.contexts.consulting.words import word, wrong
from anju.core.cities import City, Home
from anju.core.costs import Fee
from anju.core.eligibility import Account, Application, LoanRequest, Person, Property
from anju.core.errors import LprMissing
from anju.core.money import FEN_MAX, normalised, ppm_to_percent_text
from anju.core.plans import METHODS, Method, Need, Product, commercial, loan_figures, offered, provident
from anju.core.rates import RateTerms, ppm_to_bp, rate_path

_AREA = re.compile(r"([0-9]{1,5})(?:\.([0-9]{1,2}))?", re.ASCII)
_NAME = re.compile(r"[\w一-鿿 -]{1,40}")
_SHORT, _LONG = 60, 61
_PERSON_KEYS = ("role", "born", "income", "debts", "group", "checked", "household", "local_months")


@dataclass(frozen=True, slots=True)
class Offer:
    """A product and whether its rate rests on an LPR that is not loaded yet."""

    product: Product
    provisional: bool = False


def city_of(reader: Reader, tables: Tables) -> City | None:
    """The city named, if any. Raises BadInput naming the known ones."""
    code = reader.text("city")
    return None if code is None else tables.cities.city(code)


def home_of(reader: Reader) -> Home:
    """First or second home."""
    return cast(Home, reader.word("home", "first"))


def area_of(reader: Reader) -> int | None:
    """Floor area in hundredths of a square metre."""
    text = reader.text("area")
    if text is None:
        return None
    found = _AREA.fullmatch(normalised(text))
    hundredths = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else 0
    if not 1 <= hundredths <= 1_000_000:
        raise wrong("area", text, "0.01 .. 10000 m2, 2 decimals at most", "0.01 至 10000 平方米", "建筑面积")
    return hundredths


def bank_of(reader: Reader, tables: Tables, as_of: date, city: City | None) -> Offer | None:
    """The commercial loan: at the rate given, or LPR + spread as quoted on the day; None when neither is given."""
    given, spread = reader.percent("rate"), reader.bp_ppm("lpr_spread_bp")
    fees = [fee_of("fee", text) for text in reader.texts("fee")] if "fee" in reader.fields else []
    if given is not None and spread is not None:
        raise wrong(
            "rate",
            ppm_to_percent_text(given),
            "rate or lpr_spread_bp, one of them",
            "与 lpr_spread_bp 二选一",
        )
    if given is not None:
        return Offer(_fixed("commercial", given, tables, as_of, fees=fees))
    if spread is None:
        return None
    points = ppm_to_bp(spread)
    try:
        home = home_of(reader)
        return Offer(
            commercial(tables.policy, tables.rates, as_of, spread_bp=points, home=home, city=city, fees=fees)
        )
    except LprMissing:
        return Offer(_at_last_lpr(points, tables, as_of, fees), provisional=True)


def _fixed(lending: Any, ppm: int, tables: Tables, as_of: date, **more: Any) -> Product:
    return offered(lending, RateTerms("fixed", fixed_ppm=ppm), tables.policy, tables.rates, as_of, **more)


def _at_last_lpr(points: Any, tables: Tables, as_of: date, fees: Sequence[Any]) -> Product:
    """LPR + spread at the last LPR known."""
    terms = RateTerms("lpr", spread_bp=points)
    short, long = (
        rate_path(terms, as_of, months, tables.rates, as_of, allow_missing=True)[0]
        for months in (_SHORT, _LONG)
    )
    product = _fixed("commercial", long.rate_ppm, tables, as_of, fees=fees)
    return replace(product, short_ppm=short.rate_ppm, source=long.source)


def fund_of(reader: Reader, tables: Tables, as_of: date) -> Product | None:
    """The provident fund loan, when a limit is given."""
    reader.only_with(("fund_rate", "fund_months_max"), "fund_limit")
    limit = reader.yuan("fund_limit")
    if not limit:
        return None
    longest, ppm = reader.whole("fund_months_max") or 480, reader.percent("fund_rate")
    if ppm is not None:
        return _fixed("provident", ppm, tables, as_of, limit_fen=limit, months_max=longest)
    return provident(
        tables.policy, tables.rates, as_of, home=home_of(reader), limit_fen=limit, months_max=longest
    )


def plan_methods(reader: Reader, default: tuple[Method, ...] = METHODS) -> tuple[Method, ...]:
    """Methods of plans: level payment and level principal only."""
    asked = dict.fromkeys(reader.words("method"))
    for each in asked:
        if each not in METHODS:
            raise wrong("method", each, "level | equal-principal", "等额本息 | 等额本金", "还款方式")
    return tuple(cast(Method, each) for each in asked) or default


def need_of(reader: Reader, loan_fen: int, months: Sequence[int], methods: tuple[Method, ...]) -> Need:
    """What a household needs."""
    has = reader.fields
    return Need(
        loan_fen,
        tuple(dict.fromkeys(months)),
        home_of(reader),
        methods,
        reader.yuan("income") or 0,
        reader.yuan("debts") or 0,
        reader.yuan("property_fee") or 0,
        reader.yuan("payment_max") if "payment_max" in has else None,
        reader.yuan("price"),
        area_of(reader),
        reader.flag("refinancing", False) if "refinancing" in has else False,
    )


def people_of(reader: Reader) -> tuple[Person, ...]:
    """The borrower and the others."""
    born = reader.day("born")
    assert born is not None  # a required field
    borrower = Person(
        born,
        cast(Any, reader.word("group", "men")),
        _known(reader.yuan("income")),
        reader.yuan("debts") or 0,
        household=cast(Any, reader.word("household", "local")),
        local_months=reader.whole("local_months") or 0,
        residence_months=reader.whole("residence_months") or 0,
    )
    return (borrower, *(_person(text) for text in reader.texts("person")))


def _known(fen: int | None) -> int:
    assert fen is not None  # a required field
    return fen


def _person(text: str) -> Person:
    named = dict(part.partition("=")[::2] for part in re.split(r"[,，]", text))
    named = {key.strip(): value.strip() for key, value in named.items()}
    strange = [key for key in named if key not in _PERSON_KEYS]
    if strange or "born" not in named:
        raise wrong("person", text, ", ".join(f"{key}=" for key in _PERSON_KEYS), zh="其他申请人")
    checked = word("person.checked", named.get("checked", "yes"), words.FLAGS)
    return Person(
        day("person.born", named["born"], "出生日期"),
        cast(Any, word("person.group", named.get("group", "men"), words.GROUPS)),
        yuan("person.income", named.get("income", "0"), zh="月收入"),
        yuan("person.debts", named.get("debts", "0"), zh="债务"),
        role=cast(Any, word("person.role", named.get("role", "spouse"), words.ROLES)),
        income_checked=checked == "true",
    )


def accounts_of(reader: Reader, people: Sequence[Person]) -> tuple[Account, ...]:
    """Provident fund accounts, in the order of the people. Raises BadInput."""
    found = []
    for person, text in zip(people, reader.texts("fund_account"), strict=False):
        named = dict(part.partition("=")[::2] for part in re.split(r"[,，]", text))
        named = {key.strip(): value.strip() for key, value in named.items()}
        if set(named) - {"balance", "deposit", "months"} or "balance" not in named:
            raise wrong("fund_account", text, "balance=YUAN[,deposit=YUAN][,months=N]", zh="公积金账户")
        balance, deposit = (
            yuan(f"fund_account.{name}", named.get(name, "0"), zh=zh)
            for name, zh in (("balance", "账户余额"), ("deposit", "月缴存额"))
        )
        found.append(
            Account(
                person,
                balance,
                deposit,
                whole("fund_account.months", named.get("months", "0"), 0, 600, "缴存月数"),
            )
        )
    if len(reader.texts("fund_account")) > len(people):
        text = reader.texts("fund_account")[len(people)]
        raise wrong(
            "fund_account",
            text,
            f"at most {len(people)}, one a person",
            f"最多 {len(people)} 个，每人一个",
            "公积金账户",
        )
    return tuple(found)


def property_of(reader: Reader, price_fen: int) -> Property:
    """The home."""
    return Property(
        price_fen,
        reader.yuan("appraised"),
        home_of(reader),
        reader.whole("homes_owned") or 0,
        reader.flag("titled", True),
        reader.flag("self_use", True),
        reader.whole("building_age") or 0,
        area_of(reader),
    )


def request_of(
    reader: Reader, price_fen: int, product: Product, months: int, method: Method
) -> LoanRequest | None:
    """The loan asked for, when down payment or amount is given; the other is the rest of the price."""
    down, loan = reader.yuan("down"), reader.yuan("principal")
    if down is None and loan is None:
        return None
    down = price_fen - (loan or 0) if down is None else down
    loan = price_fen - down if loan is None else loan
    if down < 0 or not 0 < loan <= FEN_MAX:
        raise wrong(
            "down", reader.text("down") or reader.text("principal"), "less than the price", "小于房价", "首付"
        )
    borrowed = reader.yuan("borrowed_down") or 0
    if borrowed > down:
        raise wrong(
            "borrowed_down",
            reader.text("borrowed_down"),
            "at most the down payment",
            "不超过首付",
            "借来的首付",
        )
    payment = loan_figures(loan, product.rate_ppm(months), months, method).first_fen
    return LoanRequest(loan, months, payment, down, borrowed, reader.yuan("property_fee") or 0)


def application_of(reader: Reader, home: Property, request: LoanRequest) -> Application:
    """Everything the rules look at."""
    return Application(people_of(reader), home, request)


def plan_methods_in_order(reader: Reader) -> tuple[Method, Method]:
    """Methods of a combination loan: the fund's, then the bank's (the same unless given)."""
    asked = [cast(Method, each) for each in reader.words("method")] or ["level_payment"]
    plan_methods(reader)
    if len(asked) > 2:
        raise wrong("method", len(asked), "1 or 2 methods", "一种或两种", "还款方式")
    return asked[0], asked[-1]


def fee_of(name: str, text: str) -> Fee:
    """NAME:YUAN[:upfront|monthly|yearly]. Raises BadInput."""
    parts = [part.strip() for part in text.replace("：", ":").split(":")]
    form = "NAME:YUAN[:upfront|monthly|yearly]"
    if len(parts) not in (2, 3) or not _NAME.fullmatch(parts[0]):
        raise wrong(name, text, form, zh="费用")
    whens = {"upfront": "upfront", "monthly": "monthly", "yearly": "yearly"}
    when: Any = word(f"{name}.when", parts[2] if len(parts) == 3 else "upfront", whens)
    return Fee(parts[0], parts[0], parts[0], yuan(f"{name}.amount", parts[1], zh="费用"), when)
