"""The question of the page: what stands in the address, read field by field; every mistake is told at its field.

The address is the whole state: no personal data, nothing stored. `link` writes it in one order and without what is
default, so equal questions have equal addresses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from anju.contexts.consulting import words
from anju.contexts.consulting.fields import Field
from anju.contexts.consulting.values import Reader
from anju.contexts.consulting.words import wrong
from anju.core.cities import Home
from anju.core.eligibility.application import RetirementGroup
from anju.core.errors import BadInput
from anju.core.money import divide_half_up, fen_to_text
from anju.core.plans import METHODS, Method

BOTH = "both"
PREPAY_WAYS = {"reduce": "reduce_payment", "shorten": "shorten", "relevel": "shorten_relevel"}
TAX_BRACKETS = ("0", "3", "10", "20", "25", "30", "35", "45")
"""Marginal rates of 综合所得, percent; an input of the borrower, not a rule that we apply."""

FIELDS: tuple[Field, ...] = (
    Field("price", "房价", "price", "yuan", "3000000", required=True, low=1),
    Field("down", "首付", "down payment", "yuan", "900000", required=True),
    Field("home", "首套或二套", "first or second home", "word", "first", "first", choices=words.HOMES),
    Field("months", "期限（月）", "term in months", "whole", "360", "360", low=1, high=480),
    Field("method", "还款方式", "repayment method", "word", "level", BOTH, choices={**words.METHODS, BOTH: BOTH}),
    Field("spread", "LPR 加点（基点）", "spread over the LPR, bp", "bp", "-45"),
    Field("rate", "约定年利率（%）", "agreed annual rate, percent", "percent", "3.05"),
    Field("fund", "公积金可贷额度", "limit of the provident fund", "yuan", "800000", "0"),
    Field("fees", "一次性费用", "one-off fees", "yuan", "3000", "0"),
    Field("income", "家庭月收入", "monthly income", "yuan", "30000", "0"),
    Field("debts", "其他债务月还款", "other monthly debt payments", "yuan", "2000", "0"),
    Field("property_fee", "每月物业费", "monthly property fee", "yuan", "300", "0"),
    Field("area", "建筑面积（平方米）", "floor area, square metres", "area", "89.5"),
    Field("tax", "个税最高税率（%）", "highest income-tax bracket, percent", "word", "10",
          choices={each: each for each in TAX_BRACKETS}),
    Field("age", "借款人年龄", "age of the borrower", "whole", "35", low=1, high=120),
    Field("group", "退休类别", "group for the retirement age", "word", "men", "men", choices=words.GROUPS),
    Field("city", "城市", "city", "text", "example_a"),
    Field("prepay", "提前还款金额", "early repayment", "yuan", "100000", "0"),
    Field("prepay_year", "第几年末提前还款", "early repayment after so many years", "whole", "5", "5", low=1, high=39),
    Field("prepay_then", "提前还款后", "after an early repayment", "word", "reduce", "reduce", choices=PREPAY_WAYS),
    Field("on", "计算日期", "as of", "date", "2026-09-30"),
    Field("w_rate", "如果利率变动（基点）", "what if rates move, bp", "signed", "25", "0", low=-2000, high=3600),
    Field("w_months", "如果期限增减（月）", "what if the term is longer, months", "signed", "-60", "0", low=-480, high=480),
    Field("w_down", "如果首付增减（万元）", "what if the down payment is more, 10,000 yuan", "signed", "20", "0",
          low=-100_000, high=100_000),
    Field("w_prepay", "如果再提前还款（万元）", "what if more is repaid early, 10,000 yuan", "signed", "10", "0",
          low=0, high=100_000),
    Field("w_drop", "如果收入减少（%）", "what if income falls by, percent", "signed", "20", "0", low=0, high=100),
    Field("see", "看哪个方案的明细", "plan to look at", "whole", "1", "1", low=1, high=9),
    Field("v", "规则版本", "version of the rules", "text"),
)  # fmt: skip
BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
WHAT_IFS = ("w_rate", "w_months", "w_down", "w_prepay", "w_drop")
AREA_MAX_X100 = 1_000_000
MONTHS_MAX = 480
TEN_THOUSAND_FEN = 1_000_000
_SIGNED = re.compile(r"[+-]?[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """One household's question, fen and ppm. `on` None: today. What-ifs are differences: 0 changes nothing.

    `rate_ppm` given means an agreed rate, else LPR + `spread_bp` (None: the offer of the date).
    """

    price_fen: int
    down_fen: int
    home: Home = "first"
    months: int = 360
    methods: tuple[Method, ...] = METHODS
    spread_bp: int | None = None
    rate_ppm: int | None = None
    fund_fen: int = 0
    fees_fen: int = 0
    income_fen: int = 0
    debts_fen: int = 0
    property_fee_fen: int = 0
    area_m2_x100: int | None = None
    tax_ppm: int | None = None
    prepay_fen: int = 0
    prepay_year: int = 5
    prepay_then: str = "reduce_payment"
    on: date | None = None
    w_rate_bp: int = 0
    w_months: int = 0
    w_down_fen: int = 0
    w_prepay_fen: int = 0
    w_drop: int = 0
    see: int = 1
    version: str = ""
    age: int | None = None
    group: RetirementGroup = "men"
    city: str = ""

    @property
    def loan_fen(self) -> int:
        """What is left of the price."""
        return self.price_fen - self.down_fen

    @property
    def supposes(self) -> bool:
        """Whether any slider stands elsewhere than at the question itself."""
        return self.supposed != self.plain

    @property
    def plain(self) -> Question:
        """The question without what-ifs."""
        return replace(self, w_rate_bp=0, w_months=0, w_down_fen=0, w_prepay_fen=0, w_drop=0)

    @property
    def supposed(self) -> Question:
        """The question with its what-ifs taken for true, kept within reason; the rate shift stays a shift."""
        return replace(
            self,
            months=min(max(self.months + self.w_months, 1), MONTHS_MAX),
            down_fen=min(max(self.down_fen + self.w_down_fen, 0), self.price_fen - 1),
            prepay_fen=self.prepay_fen + self.w_prepay_fen,
            income_fen=divide_half_up(self.income_fen * (100 - self.w_drop), 100),
            w_months=0,
            w_down_fen=0,
            w_prepay_fen=0,
            w_drop=0,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: the texts as typed, the mistakes by field, and the question when there is none.

    `blank`: nothing was asked yet.
    """

    texts: Mapping[str, str]
    errors: Mapping[str, BadInput]
    question: Question | None
    blank: bool = False


def read(given: Mapping[str, str]) -> Asked:
    """The question in an address. Fields that are none of ours are left alone: links get decorated on their way."""
    texts = {name: given.get(name, "").strip() for name in BY_NAME}
    if not any(texts[name] for name in ("price", "down")):
        return Asked(texts, {}, None, blank=True)
    found: dict[str, Any] = {}
    errors: dict[str, BadInput] = {}
    for name, field in BY_NAME.items():
        try:
            found[name] = _FORMS[field.form](Reader({name: texts[name]}, (field,)), name)
        except BadInput as error:
            errors[name] = error
    if not errors:
        errors |= _together(found)
    return Asked(texts, errors, None if errors else _question(found))


def _area(reader: Reader, name: str) -> int | None:
    """Square metres with two decimals at most, as hundredths."""
    text = reader.text(name)
    if text is None:
        return None
    whole, _, rest = text.partition(".")
    if not (whole + rest).isascii() or not (whole + rest).isdigit() or len(whole) > 5 or len(rest) > 2:
        raise wrong(name, text, "0.01 .. 10000.00", "0.01 至 10,000.00", BY_NAME[name].zh)
    hundredths = int(whole or "0") * 100 + int(rest.ljust(2, "0"))
    if not 1 <= hundredths <= AREA_MAX_X100:
        raise wrong(name, text, "0.01 .. 10000.00", "0.01 至 10,000.00", BY_NAME[name].zh)
    return hundredths


def _bp(reader: Reader, name: str) -> int | None:
    """Whole basis points."""
    ppm = reader.bp_ppm(name)
    if ppm is None:
        return None
    if ppm % 100 or not -2_000 <= ppm // 100 <= 3_600:
        raise wrong(name, reader.text(name), "-2000 .. 3600", "-2000 至 3600 的整数", BY_NAME[name].zh)
    return ppm // 100


def _signed(reader: Reader, name: str) -> int | None:
    """A whole number with or without a sign, within its field's range."""
    text, field = reader.text(name), BY_NAME[name]
    if text is None:
        return None
    number = int(text) if _SIGNED.fullmatch(text) else field.high + 1
    if not field.low <= number <= field.high:
        allowed = f"{field.low} .. {field.high}"
        raise wrong(name, text, allowed, f"{field.low} 至 {field.high} 的整数", field.zh)
    return number


_FORMS: Mapping[str, Callable[[Reader, str], Any]] = {
    "yuan": Reader.yuan,
    "percent": Reader.percent,
    "whole": Reader.whole,
    "word": Reader.word,
    "date": Reader.day,
    "text": Reader.text,
    "bp": _bp,
    "signed": _signed,
    "area": _area,
}


def _together(found: Mapping[str, Any]) -> dict[str, BadInput]:
    """Mistakes that two fields make together."""
    errors = {}
    price, down = found["price"], found["down"]
    if down >= price:
        most = fen_to_text(price - 1)
        errors["down"] = wrong(
            "down",
            fen_to_text(down),
            f"0 .. {most}, less than the price",
            f"0 至 {most} 元，少于房价",
            BY_NAME["down"].zh,
        )
    return errors


def _question(found: Mapping[str, Any]) -> Question:
    method = found["method"]
    methods = METHODS if method in ("", BOTH) else (cast(Method, method),)
    return Question(
        found["price"], found["down"], found["home"] or "first", found["months"] or 360, methods,
        found["spread"], found["rate"], found["fund"] or 0, found["fees"] or 0, found["income"] or 0,
        found["debts"] or 0, found["property_fee"] or 0, found["area"],
        int(found["tax"]) * 10_000 if found["tax"] else None,
        found["prepay"] or 0, found["prepay_year"] or 5, found["prepay_then"] or "reduce_payment", found["on"],
        found["w_rate"] or 0, found["w_months"] or 0, (found["w_down"] or 0) * TEN_THOUSAND_FEN,
        (found["w_prepay"] or 0) * TEN_THOUSAND_FEN, found["w_drop"] or 0,
        found["see"] or 1, found["v"] or "", found["age"], found["group"] or "men", found["city"] or "",
    )  # fmt: skip


def link(texts: Mapping[str, str], *, on: date | None = None, version: str = "", **changes: str) -> str:
    """The query of an address: fields in one order, without empty ones and those at their default.

    With `on` and `version` it is the link to share: the same figures on any later day.
    """
    wanted = {**texts, **changes, "on": on.isoformat() if on else "", "v": version}
    pairs = [
        (name, text)
        for name, field in BY_NAME.items()
        if (text := wanted.get(name, "").strip()) and text != field.default
    ]
    return urlencode(pairs, safe=",")


def without_what_ifs(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts with every slider back at the question."""
    return {name: "" if name in WHAT_IFS else text for name, text in texts.items()}
