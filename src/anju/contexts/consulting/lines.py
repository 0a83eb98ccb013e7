"""The small languages of the long fields: stages, events, penalties, fees. docs/reference/loan.md lists them.

    stage    METHOD[:PERIODS][:over=N][:pay=YUAN][:every=N][:step=YUAN or PERCENT%]   interest-only:12   level:36:over=360
    event    KIND:DATE[:...]                                                  prepay:2028-05-20:100000:shorten
    penalty  MONTHS:PERCENT%[+Nm]                                             12:1%   36:2m   12:1%+1m

Inside an event the parts of a stage are separated by commas and stages by `+`:
`method:2028-01-20:interest-only,12+level`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

from anju.contexts.consulting import words
from anju.contexts.consulting.values import day, percent, whole, yuan
from anju.contexts.consulting.words import word, wrong
from anju.core.money import PPM_ONE, PPM_PER_PERCENT, normalised
from anju.core.schedule import (
    MONTHS_MAX,
    Capitalise,
    DueDayChange,
    Event,
    Extend,
    Holiday,
    InterestOnly,
    MethodChange,
    Payoff,
    PenaltyTier,
    Prepay,
    RateChange,
    Restructure,
    Stage,
    Waive,
)
from anju.core.schedule.terms import Method

_SHARE = re.compile(r"([+-]?)([0-9]{1,3})(?:\.([0-9]{1,4}))?[%％]", re.ASCII)
_TIER = re.compile(r"([0-9]{1,3}):(?:([0-9.]+)%)?\+?(?:([0-9]{1,2})m)?", re.ASCII)


def stage(name: str, text: str) -> Stage:
    """One stage. Raises BadInput."""
    head, *rest = re.split(r"[:,：，]", text)
    periods: int | None = None
    named: dict[str, str] = {}
    for part in rest:
        key, equals, value = part.partition("=")
        if equals:
            named[key.strip()] = value.strip()
        elif part.strip() and periods is None:
            periods = whole(f"{name}.periods", part, 1, MONTHS_MAX, "期数")
        else:
            raise wrong(name, text, "METHOD[:PERIODS][:over=N][:pay=YUAN][:every=N][:step=...]")
    unknown = set(named) - {"over", "every", "step", "pay"}
    if unknown:
        raise wrong(name, text, "over=, pay=, every=, step=")
    over = whole(f"{name}.over", named["over"], 1, MONTHS_MAX, "摊还期数") if "over" in named else None
    method = cast(Method, word(name, head, words.METHODS, "还款方式"))
    if "pay" in named:
        return fixed_by_lender(
            f"{name}.pay",
            method,
            periods,
            over,
            yuan(f"{name}.pay", named["pay"], least_fen=1, zh="约定月供"),
        )
    if method != "stepped" and ("every" in named or "step" in named):
        raise wrong(name, text, "every= and step= only with stepped", "every= 和 step= 只用于 stepped")
    if method != "stepped":
        return Stage(method, periods, over)
    return stepped(name, periods, over, named.get("every", "12"), named.get("step", ""))


def fixed_by_lender(name: str, method: Method, periods: int | None, over: int | None, fen: int) -> Stage:
    """A stage with the instalment that the lender fixed. Raises BadInput."""
    if method not in ("level_payment", "level_principal"):
        raise wrong(
            name, method, "only with level or equal-principal", "只用于等额本息或等额本金", "约定月供"
        )
    return Stage(method, periods, over, instalment_fen=fen)


def stepped(name: str, periods: int | None, over: int | None, every: str, step: str) -> Stage:
    """A stage whose instalment changes every so often. Raises BadInput."""
    after = whole(f"{name}.every", every, 1, MONTHS_MAX, "递变间隔")
    text = normalised(step)
    share = _SHARE.fullmatch(text)
    if share:
        ppm = int(share[2]) * PPM_PER_PERCENT + int((share[3] or "").ljust(4, "0"))
        if not 0 < ppm < PPM_ONE:
            raise wrong(
                f"{name}.step", step, "-100 .. 100 (%), not 0", "-100 至 100（%），不为 0", "递变比例"
            )
        return Stage("stepped", periods, over, after, 0, -ppm if share[1] == "-" else ppm)
    falls, size = text.startswith("-"), text.lstrip("+-")
    fen = yuan(f"{name}.step", size, least_fen=1, zh="递变金额")
    return Stage("stepped", periods, over, after, -fen if falls else fen)


def stages(name: str, text: str) -> tuple[Stage, ...]:
    """Stages inside an event, joined by `+` (a step that rises is written without its sign). Raises BadInput."""
    return tuple(stage(name, each) for each in text.split("+"))


class _Parts:
    """The parts of an event after its kind: the day, then values by position or `key=value`."""

    def __init__(self, text: str, kind: str, parts: list[str]) -> None:
        self.text, self.kind = text, kind
        self.name = f"event.{kind}"
        self.on = day(f"{self.name}.on", parts[0] if parts else "", "日期")
        self.named = dict(part.split("=", 1) for part in parts[1:] if "=" in part and "," not in part)
        self.rest = [part for part in parts[1:] if "=" not in part or "," in part]

    def next(self, default: str | None = None) -> str:
        if self.rest:
            return self.rest.pop(0)
        if default is None:
            raise wrong(self.name, self.text, FORMS[self.kind])
        return default

    def fee(self) -> int | None:
        text = self.named.pop("fee", None)
        return None if text is None else yuan(f"{self.name}.fee", text, zh="违约金")

    def money(self) -> int:
        return yuan(f"{self.name}.amount", self.next(), least_fen=1, zh="金额")

    def count(self, what: str, high: int = MONTHS_MAX) -> int:
        return whole(f"{self.name}.{what}", self.next(), 1, high)

    def word(self, what: str, choices: Mapping[str, str], default: str) -> Any:
        return word(f"{self.name}.{what}", self.next(default), choices)


def _prepay(parts: _Parts) -> Event:
    amount = parts.money()
    then = parts.word("then", words.PREPAY_THEN, "reduce")
    return Prepay(
        parts.on, amount, then, parts.word("interest", words.PREPAY_INTEREST, "on-prepaid"), parts.fee()
    )


def _restructure(parts: _Parts) -> Event:
    months = parts.count("months")
    plan = stages(f"{parts.name}.stages", parts.next("level"))
    rate = parts.next("")
    return Restructure(parts.on, plan, months, percent(f"{parts.name}.rate", rate) if rate else None)


def _holiday(parts: _Parts) -> Event:
    return Holiday(
        parts.on, parts.count("periods"), parts.word("interest", words.HOLIDAY_INTEREST, "capitalise")
    )


def _capitalise(parts: _Parts) -> Event:
    return Capitalise(parts.on, parts.money(), parts.word("of", words.CAPITALISE_OF, "plan"))


def _rate(parts: _Parts) -> Event:
    ppm = percent(f"{parts.name}.rate", parts.next(), "年利率")
    return RateChange(parts.on, ppm, parts.next("协商调整 by agreement"))


KINDS: Mapping[str, Callable[[_Parts], Event]] = {
    "prepay": _prepay,
    "payoff": lambda parts: Payoff(parts.on, parts.fee()),
    "method": lambda parts: MethodChange(parts.on, stages(f"{parts.name}.stages", parts.next())),
    "due-day": lambda parts: DueDayChange(parts.on, parts.count("due_day", 31)),
    "extend": lambda parts: Extend(parts.on, parts.count("months")),
    "holiday": _holiday,
    "interest-only": lambda parts: InterestOnly(parts.on, parts.count("periods")),
    "rate": _rate,
    "capitalise": _capitalise,
    "waive": lambda parts: Waive(parts.on, parts.money()),
    "restructure": _restructure,
}
FORMS: Mapping[str, str] = {
    "prepay": "prepay:DATE:YUAN[:reduce|shorten|relevel][:on-prepaid|whole-balance|next-instalment][:fee=YUAN]",
    "payoff": "payoff:DATE[:fee=YUAN]",
    "method": "method:DATE:STAGES",
    "due-day": "due-day:DATE:DAY",
    "extend": "extend:DATE:MONTHS",
    "holiday": "holiday:DATE:PERIODS[:capitalise|defer|waive]",
    "interest-only": "interest-only:DATE:PERIODS",
    "rate": "rate:DATE:PERCENT[:why]",
    "capitalise": "capitalise:DATE:YUAN[:plan|arrears]",
    "waive": "waive:DATE:YUAN",
    "restructure": "restructure:DATE:MONTHS:STAGES[:PERCENT]",
}


def event(name: str, text: str) -> Event:
    """One event. Raises BadInput naming the kinds, or the form of the kind."""
    kind, *parts = (part.strip() for part in text.replace("：", ":").split(":"))
    kind = kind.lower().replace("_", "-")
    if kind not in KINDS:
        raise wrong(name, text, " | ".join(KINDS), zh="事件")
    read = _Parts(text, kind, parts)
    found = KINDS[kind](read)
    if read.rest or read.named:
        raise wrong(read.name, text, FORMS[kind])
    return found


def dated(name: str, text: str, form: str) -> tuple[date, list[str]]:
    """DATE:REST[:REST]. Raises BadInput."""
    first, *rest = (part.strip() for part in text.replace("：", ":").split(":"))
    if not rest or not rest[0]:
        raise wrong(name, text, form)
    return day(f"{name}.on", first), rest


def penalty_tier(name: str, text: str) -> PenaltyTier:
    """One tier of a penalty rule. Raises BadInput."""
    found = _TIER.fullmatch(normalised(text).replace(" ", ""))
    if not found or not (found[2] or found[3]):
        raise wrong(name, text, "MONTHS:PERCENT%[+Nm], e.g. 12:1% or 36:2m", zh="违约金")
    share = percent(f"{name}.share", found[2]) if found[2] else 0
    return PenaltyTier(whole(f"{name}.months", found[1], 1, 600), share, int(found[3] or 0))
