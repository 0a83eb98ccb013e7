"""A change of the plan on a screen (变更还款计划): what was asked for, and each choice with its figures; desk and portal."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anju.contexts.consulting.values import whole, yuan
from anju.contexts.servicing.queries import ChangeOption
from anju.core.schedule import (
    DueDayChange,
    Event,
    Extend,
    Holiday,
    InterestOnly,
    MethodChange,
    Outlook,
    Payoff,
    Prepay,
    Quote,
    Stage,
)
from anju.core.schedule.events import PREPAY_THEN, HolidayInterest
from anju.core.schedule.terms import Method
from anju.web import format as fmt

KINDS = ("prepay", "payoff", "due_day", "extend", "holiday", "interest_only", "method")
PORTAL_KINDS = ("prepay", "payoff")
_FORTNIGHTLY_KINDS = ("prepay", "payoff", "extend")
"""What the plan of a fortnightly loan (双周供) can follow: it has one method, no due day, no months to pause."""
NAMES = {
    "prepay": gettext_lazy("部分提前还款"),
    "payoff": gettext_lazy("提前结清"),
    "due_day": gettext_lazy("变更还款日"),
    "extend": gettext_lazy("展期"),
    "holiday": gettext_lazy("延期还款"),
    "interest_only": gettext_lazy("一段时间只还利息"),
    "method": gettext_lazy("变更还款方式"),
}
FIELDS = ("amount", "due_day", "months", "periods", "interest", "method")
_NEEDS = {
    "prepay": ("amount",), "payoff": (), "due_day": ("due_day",), "extend": ("months",), "holiday": ("periods", "interest"),
    "interest_only": ("periods",), "method": ("method",),
}  # fmt: skip
_INTERESTS = ("capitalise", "defer", "waive")
_METHODS = ("level_payment", "level_principal")


def kinds_of(frequency: str) -> tuple[str, ...]:
    """Kinds of change that a loan due so often can have."""
    return _FORTNIGHTLY_KINDS if frequency == "fortnightly" else KINDS


def wanted(data: Mapping[str, str], kinds: Sequence[str]) -> str:
    """The kind of change asked for; "" when none, or one that is not offered."""
    kind = data.get("kind", "")
    return kind if kind in kinds else ""


def fields_of(kind: str) -> tuple[str, ...]:
    """Fields that a kind of change needs."""
    return _NEEDS.get(kind, ())


def events_of(kind: str, data: Mapping[str, str], on: date) -> list[Event]:
    """The changes to choose from: a prepayment in its three ways, anything else once. Raises BadInput."""

    def number(name: str, low: int, high: int, zh: str) -> int:
        return whole(name, data.get(name, ""), low, high, zh)

    if kind == "prepay":
        fen = yuan("amount", data.get("amount", ""), least_fen=1, zh=_("提前归还的本金"))
        return [Prepay(on, fen, then) for then in PREPAY_THEN]
    if kind == "payoff":
        return [Payoff(on)]
    if kind == "due_day":
        return [DueDayChange(on, number("due_day", 1, 31, _("新的还款日")))]
    if kind == "extend":
        return [Extend(on, number("months", 1, 480, _("延长几个月")))]
    if kind == "interest_only":
        return [InterestOnly(on, number("periods", 1, 480, _("几期")))]
    if kind == "holiday":
        interest = cast("HolidayInterest", data.get("interest") or "capitalise")  # the event checks it
        return [Holiday(on, number("periods", 1, 480, _("几期")), interest)]
    method = cast("Method", data.get("method") or "level_principal")  # so does the stage
    return [MethodChange(on, (Stage(method),))]


def choice(events: Sequence[Event], data: Mapping[str, str]) -> Event | None:
    """The one of several changes that was accepted; None when the form names none of them."""
    then = data.get("then", "")
    return next((event for event in events if getattr(event, "then", "") == then), None)


def accepted(data: Mapping[str, str]) -> dict[str, Any] | None:
    """What the person saw and accepted, for ``change_post``; None when it is not there or not whole."""
    total, instalment, end_on = (data.get(name, "") for name in ("total_fen", "instalment_fen", "end_on"))
    try:
        return {
            "accepted_total_fen": int(total),
            "accepted_instalment_fen": int(instalment),
            "accepted_end_on": date.fromisoformat(end_on) if end_on else None,
        }
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Card:
    """One choice as the template wants it."""

    title: str
    then: str
    allowed: bool
    self_service: bool
    reasons: list[str]
    figures: list[tuple[str, str]]
    course: list[tuple[str, str, str]]
    why: list[str]
    hidden: list[tuple[str, str]]
    total: str


def card(option: ChangeOption) -> Card:
    """A choice with its figures, before and after, its reasons, and what accepting it sends."""
    then, quote = getattr(option.event, "then", ""), option.quote
    english = fmt.in_english()
    reasons = [reason.en if english else reason.zh for reason in option.verdict.reasons]
    why = (
        []
        if option.explanation is None
        else (option.explanation.en if english else option.explanation.zh).split("\n")
    )
    hidden = [("then", then)]
    if quote is not None:
        end_on = quote.after.end_on
        hidden += [
            ("total_fen", str(quote.total_fen)),
            ("instalment_fen", str(quote.after.instalment_fen)),
            ("end_on", end_on.isoformat() if end_on else ""),
        ]
    return Card(
        title=_then(then), then=then, allowed=option.verdict.ok and quote is not None, self_service=option.self_service,
        reasons=reasons, figures=_figures(quote), course=_course(quote), why=why, hidden=hidden,
        total=fmt.money(quote.total_fen) if quote else fmt.NOTHING,
    )  # fmt: skip


def _then(then: str) -> str:
    names = {
        "reduce_payment": _("期限不变，减少每期还款"),
        "shorten": _("每期还款不变，缩短期限"),
        "shorten_relevel": _("缩短期限，重算每期还款"),
    }
    return names.get(then, _("试算结果"))


def _figures(quote: Quote | None) -> list[tuple[str, str]]:
    if quote is None:
        return []
    return [
        (_("当日应付"), fmt.money(quote.total_fen)),
        (_("其中本金"), fmt.money(quote.principal_fen)),
        (_("其中利息"), fmt.money(quote.interest_fen)),
        (_("其中违约金"), fmt.money(quote.fee_fen)),
        (
            _("节省利息") if quote.interest_saved_fen >= 0 else _("多付利息"),
            fmt.money(abs(quote.interest_saved_fen)),
        ),
        (_("每晚一天多付利息"), fmt.money(quote.per_day_fen)),
    ]


def _course(quote: Quote | None) -> list[tuple[str, str, str]]:
    if quote is None:
        return []
    before, after = _outlook(quote.before), _outlook(quote.after)
    labels = (_("剩余本金"), _("下期应还"), _("下期还款日"), _("剩余期数"), _("最后还款日"), _("剩余利息"))
    return list(zip(labels, before, after, strict=True))


def _outlook(each: Outlook) -> list[str]:
    return [
        fmt.money(each.balance_fen),
        fmt.money(each.next_amount_fen),
        fmt.day(each.next_due_on) if each.next_due_on else fmt.NOTHING,
        str(each.periods_left),
        fmt.day(each.end_on) if each.end_on else fmt.NOTHING,
        fmt.money(each.interest_left_fen),
    ]


def form(kind: str, data: Mapping[str, str], kinds: Sequence[str]) -> dict[str, Any]:
    """Kinds to choose from, fields of the one chosen with what was typed."""
    typed = {name: data.get(name, "")[:40] for name in FIELDS}
    return {
        "kinds": [(code, str(NAMES[code])) for code in kinds],
        "kind": kind,
        "needs": fields_of(kind),
        "typed": typed,
        "sent": [("kind", kind), *((name, typed[name]) for name in fields_of(kind))],
        "interests": list(zip(_INTERESTS, (_("计入本金"), _("递延到之后一次付"), _("免除")), strict=True)),
        "methods": list(zip(_METHODS, (_("等额本息"), _("等额本金")), strict=True)),
    }


def told(error: Any) -> str:
    """A refusal in the reader's language."""
    return str(error.message_en if fmt.in_english() else error.message_zh)


def fresh_key() -> str:
    """An idempotency key for one showing of a form."""
    return uuid.uuid4().hex
