"""Why this number: the figures of the plan looked at, each with formula, inputs, rounding and source."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from anju.core.errors import BadInput
from anju.core.ratios import limit_text
from anju.core.schedule import Figure, explain
from anju.web import format as fmt
from anju.web.consult import words
from anju.web.consult.sums import Column, Sums, dearer, prepay_event, terms_of


@dataclass(frozen=True, slots=True)
class Why:
    """One figure explained. Empty texts are not shown."""

    name: str
    value: str
    formula: str
    worked: str
    inputs: tuple[tuple[str, str], ...]
    rounding: str
    source: str


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that belong together, under a title."""

    title: str
    figures: tuple[Why, ...]


def groups(column: Column, sums: Sums) -> list[Group]:
    """Rate, first instalment of each part, early repayment, cost rate, share of income."""
    plan = column.now
    if plan is None or column.statement is None:
        return []
    told = [_rate(sums)]
    for part in plan.parts:
        found = explain(terms_of(part, sums.rules.on), (), 1)
        title = _("%(loan)s：第 1 期") % {"loan": _(words.LENDINGS[part.product.lending])}
        told.append(Group(title, tuple(_why(figure) for figure in found.figures)))
    if column.prepaid:
        part = dearer(plan)
        try:
            found = explain(terms_of(part, sums.rules.on), (), prepay_event(sums.question, sums.rules.on))
            told.append(Group(_("提前还款"), tuple(_why(figure) for figure in found.figures)))
        except BadInput:
            pass
    method = column.statement.method_en if fmt.in_english() else column.statement.method_zh
    cost = Why(
        _("综合年化成本"), fmt.percent(plan.cost.nominal_ppm), method, "", (), _("四舍五入到 0.0001%"),
        words.basis(column.statement.document) if column.statement.document else "",
    )  # fmt: skip
    told.append(Group(_("综合融资成本"), (cost,)))
    if sums.question.income_fen and sums.limits:
        told.append(_share(column, sums))
    return told


def _why(figure: Figure) -> Why:
    english = fmt.in_english()
    return Why(
        words.said(figure.name),
        fmt.money(figure.value_fen),
        words.said(figure.formula),
        figure.worked,
        tuple((each.en if english else each.zh, each.value) for each in figure.inputs),
        words.said(figure.rounding) if figure.rounding else "",
        words.said(figure.source),
    )


def _rate(sums: Sums) -> Group:
    offer = sums.offer
    why = offer.why_en if fmt.in_english() else offer.why_zh
    rate = offer.product.rate_ppm(sums.question.months)
    if sums.asked != sums.question and rate != offer.product.rate_ppm(sums.asked.months):
        why = _("%(why)s；再加上您假设的变动。") % {"why": why}
    source = _("贷款市场报价利率（LPR）由全国银行间同业拆借中心公布")
    if sums.question.rate_ppm is not None:
        source = _("您填写的约定利率")
    return Group(_("商业贷款利率"), (Why(_("年利率"), fmt.percent(rate), why, "", (), "", source),))


def _share(column: Column, sums: Sums) -> Group:
    assert column.now is not None
    assert sums.limits is not None
    question = sums.question
    housing = column.now.first_fen + question.property_fee_fen
    worked = (
        f"({fmt.amount(column.now.first_fen)} + {fmt.amount(question.property_fee_fen)})"
        f" ÷ {fmt.amount(question.income_fen)}"
    )
    text = _("（首月月供 + 物业费）÷ 月收入，不得超过 %(limit)s") % {
        "limit": limit_text(sums.limits.housing_ppm)
    }
    why = Why(_("月房贷支出"), fmt.money(housing), text, worked, (), "", words.basis(sums.limits.document))
    return Group(_("月供收入比"), (why,))
