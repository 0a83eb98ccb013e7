"""Words of the page for the core's codes, and small helpers for texts in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from anju.core.basis import basis_en, basis_zh
from anju.core.errors import BadInput
from anju.core.plans import Part
from anju.web import format as fmt

LETTERS = ("一", "二", "三", "四", "五", "六", "七", "八", "九")
BEST = {
    "cost": (gettext_noop("总成本最低"), "coin", gettext_noop("利息和费用加起来最少。")),
    "burden": (gettext_noop("月供最轻"), "scale", gettext_noop("首月要还的最少，眼下手头宽松些。")),
    "time": (gettext_noop("审批最快"), "clock", gettext_noop("从受理到批准需要的工作日最少。")),
    "balance": (
        gettext_noop("成本月供兼顾"),
        "star",
        gettext_noop("成本不是最低，月供也不是最轻，但两样都不差。"),
    ),
    "also": (gettext_noop("其他可行方案"), "list", gettext_noop("同样可行，供您对照。")),
}
METHODS = {
    "level_payment": (gettext_noop("等额本息"), gettext_noop("每月还款相同")),
    "level_principal": (gettext_noop("等额本金"), gettext_noop("每月还款逐月减少")),
}
LENDINGS = {"commercial": gettext_noop("商业贷款"), "provident": gettext_noop("公积金贷款")}
CONFIRMATIONS = {
    "signature": gettext_noop("本人签字"),
    "popup_with_forced_reading_time": gettext_noop("弹窗展示并达到规定的阅读时间"),
}
OUTCOMES: Mapping[str, tuple[str, str]] = {
    "pass": ("good", gettext_noop("符合")),
    "amber": ("warn", gettext_noop("符合，请留意")),
    "review": ("info", gettext_noop("需人工核对")),
    "refuse": ("bad", gettext_noop("不符合")),
}


class Spoken(Protocol):
    """Anything with a Chinese and an English text."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


def said(text: Spoken) -> str:
    """The text in the reader's language."""
    return text.en if fmt.in_english() else text.zh


def basis(document: str) -> str:
    """A document as a sentence names it."""
    return basis_en(document) if fmt.in_english() else basis_zh(document)


def plan_name(index: int) -> str:
    """``方案一`` (English ``Plan 1``)."""
    return _("方案%(n)s") % {"n": index + 1 if fmt.in_english() else LETTERS[index]}


def mistake(error: BadInput) -> str:
    """The mistake in the reader's language, without the field's name of the machine: it stands under the field."""
    if fmt.in_english():
        return error.message_en
    return error.message_zh.replace(f"（{error.field}）", "")


def part_lines(part: Part) -> tuple[str, str]:
    """``商业贷款 1,300,000.00 元`` and ``30 年 · 等额本息 · 3.05%``."""
    figures = part.figures
    method = _(METHODS[figures.method][0])
    lending = _(LENDINGS[part.product.lending])
    way = " · ".join((fmt.term(figures.months), method, fmt.percent(figures.rate_ppm)))
    return f"{lending} {fmt.money(figures.principal_fen)}", way


def change(now_fen: int, before_fen: int) -> str:
    """A difference with its sign, ``+1,234.00 元``; empty when there is none."""
    more = now_fen - before_fen
    return "" if not more else f"{'+' if more > 0 else '−'}{fmt.money(abs(more))}"
