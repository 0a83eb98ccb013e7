"""Plans side by side: every figure of a card ready as text, with its difference when something is supposed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from anju.core.errors import PolicyMissing
from anju.core.money import PPM_ONE
from anju.core.plans import Plan
from anju.core.ratios import exceeds, limit_text, ratio_text, ratio_to_ppm
from anju.web import format as fmt
from anju.web.consult import words
from anju.web.consult.sums import Column, Sums

AMBER = ("affordability_amber_ratio", "tier_1_city")
SCALE_PPM = 800_000
"""The bar shows shares of income up to 80 %."""
BAR = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """Share of income that the home takes: a bar with marks, and the same in words. Whole numbers of 100."""

    width: str
    amber_at: str
    red_at: str
    tone: str
    share: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a card: label, figure, what it was before, a note; `best` marks the lowest of the plans."""

    label: str
    value: str
    change: str = ""
    note: str = ""
    best: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One plan as the template shows it."""

    number: int
    name: str
    best: tuple[tuple[str, str, str], ...]
    parts: tuple[tuple[str, str], ...]
    first: str
    first_change: str
    first_note: str
    lines: tuple[Line, ...]
    bar: Bar | None
    prepaid: tuple[str, ...]
    problem: str
    seen: bool
    see_query: str


def bar(payment_fen: int, sums: Sums) -> Bar | None:
    """The share of income that a payment takes, against the marks of the date; None without income or rule."""
    income, limits = sums.question.income_fen, sums.limits
    if not income or limits is None:
        return None
    housing = payment_fen + sums.question.property_fee_fen
    try:
        amber = ratio_to_ppm(sums.rules.tables.policy.row(*AMBER, sums.rules.on).value)
    except PolicyMissing:
        amber = limits.housing_ppm
    over = exceeds(housing, income, limits.housing_ppm)
    tone = "bad" if over else "warn" if exceeds(housing, income, amber) else "good"
    share = ratio_text(housing, income, over=over)
    text = {
        "bad": _("占月收入 %(share)s，超过 %(limit)s 的上限")
        % {"share": share, "limit": limit_text(limits.housing_ppm)},
        "warn": _("占月收入 %(share)s，高于多数家庭觉得轻松的 %(limit)s")
        % {"share": share, "limit": limit_text(amber)},
        "good": _("占月收入 %(share)s") % {"share": share},
    }[tone]
    width = min(housing * PPM_ONE // income, SCALE_PPM)
    return Bar(_place(width), _place(amber), _place(limits.housing_ppm), tone, share, text)


def _place(ppm: int) -> str:
    return str(Decimal(ppm * BAR * 10 // SCALE_PPM) / 10)


def cards(sums: Sums, query: dict[int, str], seen: int) -> list[Card]:
    """All cards in the order of the comparison; `query[number]` is the address that looks at one of them."""
    plans = [column.now for column in sums.columns if column.now]
    return [
        _card(index, column, sums, plans, query[index + 1], index == seen)
        for index, column in enumerate(sums.columns)
    ]


def _codes(column: Column, sums: Sums) -> list[str]:
    """What a plan is best at: balance only when nothing else, speed only where plans differ in it."""
    same = len({each.asked.working_days for each in sums.columns}) == 1
    idle = {"balance"} | ({"time"} if same else set())
    return [code for code in column.codes if code not in idle] or [
        "balance" if "balance" in column.codes else "also"
    ]


def _card(index: int, column: Column, sums: Sums, plans: list[Plan], see_query: str, seen: bool) -> Card:
    plan, asked = column.now, column.asked
    best = tuple(
        (_(words.BEST[code][0]), words.BEST[code][1], _(words.BEST[code][2])) for code in _codes(column, sums)
    )
    if plan is None:
        problem = words.said(column.why_not) if column.why_not else ""
        return Card(
            index + 1, words.plan_name(index), best, (), "", "", "", (), None, (), problem, seen, see_query
        )
    return Card(
        index + 1,
        words.plan_name(index),
        best,
        tuple(words.part_lines(part) for part in plan.parts),
        fmt.money(plan.first_fen),
        words.change(plan.first_fen, asked.first_fen),
        _payment_note(plan),
        tuple(_lines(plan, asked, plans)),
        bar(plan.first_fen, sums),
        _prepaid(column, sums),
        words.mistake(column.prepay_problem) if column.prepay_problem else "",
        seen,
        see_query,
    )


def _payment_note(plan: Plan) -> str:
    if plan.first_fen == plan.payment_fen(min(2, plan.parts[0].figures.months)):
        return _("之后每月相同，末月 %(last)s") % {"last": fmt.money(plan.last_fen)}
    return _("之后逐月减少，末月 %(last)s") % {"last": fmt.money(plan.last_fen)}


def _lines(plan: Plan, asked: Plan, plans: list[Plan]) -> list[Line]:
    lines = [
        Line(
            _("利息合计"), fmt.money(plan.interest_fen), words.change(plan.interest_fen, asked.interest_fen), "",
            plan.interest_fen == min(each.interest_fen for each in plans),
        ),
    ]  # fmt: skip
    if plan.fees_fen:
        lines.append(Line(_("费用"), fmt.money(plan.fees_fen)))
    if plan.subsidy_fen:
        lines.append(Line(_("财政贴息"), "−" + fmt.money(plan.subsidy_fen), "", _("另有条件，见下")))
    if plan.fees_fen or plan.subsidy_fen:
        lines.append(
            Line(_("净成本"), fmt.money(plan.net_cost_fen), words.change(plan.net_cost_fen, asked.net_cost_fen), "",
                 plan.net_cost_fen == min(each.net_cost_fen for each in plans))
        )  # fmt: skip
    lines.append(
        Line(_("综合年化成本"), fmt.percent(plan.cost.nominal_ppm), "",
             _("复利 %(rate)s") % {"rate": fmt.percent(plan.cost.effective_ppm)})
    )  # fmt: skip
    low, high = plan.working_days
    lines.append(
        Line(_("审批"), _("%(low)s 至 %(high)s 个工作日") % {"low": low, "high": high}, "", "",
             high == min(each.working_days[1] for each in plans) and len({p.working_days for p in plans}) > 1)
    )  # fmt: skip
    return lines


def _prepaid(column: Column, sums: Sums) -> tuple[str, ...]:
    """What the early repayment brings, in sentences."""
    quote, question = column.prepaid, sums.question
    if quote is None:
        return ()
    after = quote.after
    what = _("第 %(year)s 年末提前还 %(amount)s，可少付利息 %(saved)s。") % {
        "year": question.prepay_year,
        "amount": fmt.money(question.prepay_fen),
        "saved": fmt.money(quote.interest_saved_fen),
    }
    then = _("之后每期 %(amount)s，还剩 %(n)s 期。") % {
        "amount": fmt.money(after.next_amount_fen),
        "n": after.periods_left,
    }
    return what, then
