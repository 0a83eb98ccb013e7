"""What the borrower sets: fields on the left with their mistakes, sliders with their range and what they stand at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from anju.core.cities import City
from anju.core.errors import BadInput
from anju.core.money import yuan_to_fen
from anju.web import format as fmt
from anju.web.consult import words
from anju.web.consult.question import (
    BOTH,
    MONTHS_MAX,
    PREPAY_WAYS,
    TAX_BRACKETS,
    TEN_THOUSAND_FEN,
    Asked,
    Question,
)


@dataclass(frozen=True, slots=True)
class Control:
    """One field of the form."""

    name: str
    label: str
    value: str
    unit: str = ""
    help: str = ""
    error: str = ""
    options: list[tuple[str, str]] | None = None
    required: bool = False
    kind: str = "text"
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together; `folded` ones open on demand."""

    title: str
    controls: tuple[Control, ...]
    folded: bool = False

    @property
    def opened(self) -> bool:
        """A folded group opens by itself when something in it is wrong."""
        return any(control.error for control in self.controls)


@dataclass(frozen=True, slots=True)
class Slider:
    """One what-if. `said` is its value in words; `off`: it cannot move here, `why` says what is missing."""

    name: str
    label: str
    value: int
    least: int
    most: int
    step: int
    said: str
    off: bool = False
    why: str = ""


def groups(
    asked: Asked, settings: Mapping[str, Any], today: date, spread_bp: int | None, cities: Sequence[City] = ()
) -> list[Group]:
    """The form. `spread_bp`: the bank's offer of the date, told where the field is left empty."""
    make = _Maker(asked)
    offer = (
        "" if spread_bp is None else _("不填按我行当日报价 %(spread)s") % {"spread": fmt.points(spread_bp)}
    )
    months = [(str(each), fmt.term(each)) for each in settings["terms"]["months"]]
    return [
        Group(_("房子和贷款"), (
            make.yuan("price", _("房价"), required=True),
            make.yuan("down", _("首付"), required=True),
            make.choice("home", _("这是家里的"), [("first", _("首套住房")), ("second", _("第二套住房"))], "first"),
            make.choice("months", _("期限"), make.with_own("months", months), "360"),
            make.choice("method", _("还款方式"), [
                (BOTH, _("两种都看")), ("level", _("等额本息：每月相同")), ("equal-principal", _("等额本金：逐月减少")),
            ], BOTH),
            make.yuan("fund", _("公积金可贷额度"), _("没有就不填；额度以公积金中心核定为准")),
        )),
        Group(_("家庭收支（每月）"), (
            make.yuan("income", _("家庭月收入"), _("税后，共同借款人合计")),
            make.yuan("debts", _("其他债务月还款"), _("车贷、信用卡分期等")),
            make.plain("age", _("借款人年龄"), _("岁"), _("核对期限与退休年龄"), mode="numeric"),
            make.choice("group", _("退休类别"), [
                ("men", _("男")), ("women-55", _("女（原 55 岁退休）")), ("women-50", _("女（原 50 岁退休）")),
            ], "men"),
        )),
        Group(_("提前还款打算"), (
            make.yuan("prepay", _("提前还款金额")),
            make.whole("prepay_year", _("第几年末"), "5"),
            make.choice("prepay_then", _("还了以后"), [
                ("reduce", _("期限不变，月供减少")), ("shorten", _("月供不变，期限缩短")), ("relevel", _("缩短期限并重算月供")),
            ], next(iter(PREPAY_WAYS))),
        ), folded=True),
        Group(_("利率、费用和政策条件"), (
            make.plain("spread", _("LPR 加点"), _("基点"), offer, mode="text"),
            make.plain("rate", _("已约定的年利率"), "%", _("填了就不按 LPR 加点计算")),
            make.yuan("fees", _("一次性费用"), _("评估费、保险费等，放款时支付")),
            make.yuan("property_fee", _("每月物业费")),
            make.plain("area", _("建筑面积"), _("平方米"), _("判断贴息要用")),
            make.choice("tax", _("您适用的个税最高税率"),
                        [("", _("不填"))] + [(each, f"{each}%") for each in TAX_BRACKETS], ""),
            make.choice("city", _("城市"), [("", _("不填，按全国规定"))] + [
                (each.code, each.en if fmt.in_english() else each.zh) for each in cities
            ], ""),
            make.day("on", _("按哪一天的利率和规则"), _("不填就是今天（%(on)s）") % {"on": fmt.day(today)}, today),
        ), folded=True),
    ]  # fmt: skip


class _Maker:
    """Makes controls with what was typed and the mistake found there."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    def _of(self, name: str) -> tuple[str, str]:
        error = self.asked.errors.get(name)
        return self.asked.texts.get(name, ""), words.mistake(error) if error else ""

    def yuan(self, name: str, label: str, help: str = "", *, required: bool = False) -> Control:
        """An amount; from ten thousand on it is told in 万 as well."""
        value, error = self._of(name)
        return Control(
            name, label, value, _("元"), _in_wan(value) or help, error, required=required, mode="decimal"
        )

    def plain(self, name: str, label: str, unit: str, help: str = "", mode: str = "decimal") -> Control:
        """A number with its unit."""
        value, error = self._of(name)
        return Control(name, label, value, unit, help, error, mode=mode)

    def whole(self, name: str, label: str, default: str) -> Control:
        """A whole number."""
        value, error = self._of(name)
        return Control(name, label, value or default, _("年"), "", error, mode="numeric", required=True)

    def day(self, name: str, label: str, help: str, today: date) -> Control:
        """A date."""
        value, error = self._of(name)
        return Control(name, label, value, "", help, error, kind="date")

    def choice(self, name: str, label: str, options: list[tuple[str, str]], default: str) -> Control:
        """One of several."""
        value, error = self._of(name)
        return Control(name, label, value or default, "", "", error, options, required=True)

    def with_own(self, name: str, options: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The usual terms, and the one in the address when it is another."""
        own = self.asked.texts.get(name, "")
        if own.isascii() and own.isdigit() and own not in dict(options) and 1 <= int(own[:4]) <= MONTHS_MAX:
            return sorted([*options, (own, fmt.term(int(own)))], key=lambda each: int(each[0]))
        return options


def _in_wan(text: str) -> str:
    """``= 300 万元``: ten thousands are how people here speak of a home's price."""
    try:
        fen = yuan_to_fen(text) if text else 0
    except BadInput:
        return ""
    if fen < TEN_THOUSAND_FEN or fmt.in_english():
        return ""
    whole, rest = divmod(fen, TEN_THOUSAND_FEN)
    parts = f"{rest:06d}".rstrip("0")
    return _("= %(n)s 万元") % {"n": f"{whole:,}" + (f".{parts}" if parts else "")}


def sliders(question: Question | None, settings: Mapping[str, Any], rate_ppm: int) -> list[Slider]:
    """The what-ifs. Without a question they stand still."""
    if question is None:
        return []
    what_if = settings["what_if"]
    rate, drop = what_if["rate_bp"], what_if["income_drop_percent"]
    shown = question.supposed
    less, more = question.down_fen // TEN_THOUSAND_FEN, (question.loan_fen - 1) // TEN_THOUSAND_FEN
    now = max(rate_ppm + question.w_rate_bp * 100, 0)
    longest = MONTHS_MAX - question.months
    return [
        Slider("w_rate", _("利率"), question.w_rate_bp, rate["least"], rate["most"], rate["step"],
               _moved(question.w_rate_bp, fmt.points(question.w_rate_bp), fmt.percent(now))),
        Slider("w_months", _("期限"), question.w_months, -(question.months - 1) // 12 * 12, longest // 12 * 12, 12,
               _moved(question.w_months, _signed_term(question.w_months), fmt.term(shown.months))),
        Slider("w_down", _("首付"), question.w_down_fen // TEN_THOUSAND_FEN, -less, more, 1,
               _moved(question.w_down_fen, words.change(question.w_down_fen, 0), fmt.money(shown.down_fen))),
        Slider("w_prepay", _("再提前还款"), question.w_prepay_fen // TEN_THOUSAND_FEN, 0, more, 1,
               _prepay_said(shown)),
        Slider("w_drop", _("收入减少"), question.w_drop, 0, drop["most"], drop["step"],
               _moved(question.w_drop, f"{question.w_drop}%", fmt.money(shown.income_fen)),
               off=not question.income_fen, why=_("先填家庭月收入")),
    ]  # fmt: skip


def _moved(value: int, by: str, to: str) -> str:
    return _("%(by)s，即 %(to)s") % {"by": by, "to": to} if value else _("不变")


def _prepay_said(question: Question) -> str:
    if not question.prepay_fen:
        return _("不变")
    return _("第 %(n)s 年末，%(amount)s") % {
        "n": question.prepay_year,
        "amount": fmt.money(question.prepay_fen),
    }


def _signed_term(months: int) -> str:
    return f"{'+' if months > 0 else '−'}{fmt.term(abs(months))}"
