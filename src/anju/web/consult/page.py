"""Everything the templates show, as texts: one `Answer` from one `Sums`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from anju.core.ratios import exceeds
from anju.web import format as fmt
from anju.web.charts import Chart
from anju.web.consult import cards, pictures, verdict, why, words
from anju.web.consult.cards import Bar, Card
from anju.web.consult.courses import Year, course
from anju.web.consult.question import link, without_what_ifs
from anju.web.consult.sums import Sums, lightest, other_day


@dataclass(frozen=True, slots=True)
class Seen:
    """The plan looked at closely."""

    number: int
    name: str
    statement: list[tuple[str, str]]
    method: str
    document: str
    confirmation: str
    layers: list[verdict.Layer]
    years: list[tuple[str, ...]]
    why: list[why.Group]


@dataclass(frozen=True, slots=True)
class Answer:
    """The right side of the page."""

    loan: str
    rate_line: str
    rate_note: str
    shortage: str
    beside: str
    rejected: tuple[str, ...]
    cards: list[Card]
    verdict: verdict.Verdict
    bar: Bar | None
    lightest: str
    seen: Seen | None
    charts: list[Chart]
    supposes: bool
    plain_query: str
    query: str
    share_query: str
    on: str
    policy_version: str
    then: str
    then_tone: str
    today_query: str


def seen_index(sums: Sums, wanted: int) -> int | None:
    """Place of the plan to look at: the one wanted, else the first that is possible."""
    possible = [index for index, column in enumerate(sums.columns) if column.now]
    if wanted - 1 in possible:
        return wanted - 1
    return possible[0] if possible else None


def answer(sums: Sums, texts: Mapping[str, str], today: date) -> Answer:
    """All texts of an answer. `texts`: the fields as typed, for addresses."""
    seen = seen_index(sums, sums.question.see)
    version, on = sums.rules.mark, sums.rules.on
    see = {
        number: link({**texts, "see": str(number)}, on=sums.question.on, version=texts.get("v", ""))
        for number in range(1, len(sums.columns) + 1)
    }
    then, tone = _then(sums, today)
    courses = [course(column, sums) for column in sums.columns]
    return Answer(
        loan=fmt.money(sums.question.loan_fen),
        rate_line=_rate_line(sums),
        rate_note=_rate_note(sums),
        shortage=_shortage(sums),
        beside=_beside(sums),
        rejected=_rejected(sums),
        cards=cards.cards(sums, see, -1 if seen is None else seen),
        verdict=verdict.verdict(sums),
        bar=_bar(sums),
        lightest=_lightest(sums),
        seen=None if seen is None else _seen(sums, seen, courses[seen]),
        charts=_charts(sums, seen, courses),
        supposes=sums.asked != sums.question,
        plain_query=link(without_what_ifs(texts), on=sums.question.on, version=texts.get("v", "")),
        query=link(texts, on=sums.question.on, version=texts.get("v", "")),
        share_query=link(texts, on=on, version=version),
        on=fmt.day(on),
        policy_version=version,
        then=then,
        then_tone=tone,
        today_query=link(texts),
    )


def _bar(sums: Sums) -> Bar | None:
    plan = lightest(sums.columns)
    return cards.bar(plan.first_fen, sums) if plan else None


def _lightest(sums: Sums) -> str:
    """Name of the plan that the verdict is about, empty when none is possible."""
    plan = lightest(sums.columns)
    places = [index for index, column in enumerate(sums.columns) if plan is not None and column.now is plan]
    return words.plan_name(places[0]) if places else ""


def _rate_line(sums: Sums) -> str:
    """``商业贷款 3.05%（放款日：2026-09-20 LPR（5y）3.50% - 45 个基点 = 3.05%）；公积金贷款 2.60%``."""
    offer, months = sums.offer, sums.question.months
    why_text = offer.why_en if fmt.in_english() else offer.why_zh
    if sums.question.w_rate_bp:
        why_text = _("%(why)s，再加您假设的 %(bp)s") % {
            "why": why_text,
            "bp": fmt.points(sums.question.w_rate_bp),
        }
    bank = _("商业贷款 %(rate)s（%(why)s）") % {
        "rate": fmt.percent(offer.product.rate_ppm(months)),
        "why": why_text,
    }
    if sums.fund is None:
        return _("%(one)s。") % {"one": bank}
    fund = _("公积金贷款 %(rate)s") % {"rate": fmt.percent(sums.fund.rate_ppm(months))}
    return _("%(one)s；%(two)s。") % {"one": bank, "two": fund}


def _rate_note(sums: Sums) -> str:
    if not sums.offer.provisional:
        return ""
    last = sums.rules.tables.rates.lpr.dates[-1]
    return _(
        "最近应公布的 LPR 还没有录入系统，暂按 %(on)s 公布的一期试算；正式方案以放款时适用的 LPR 为准。"
    ) % {"on": fmt.day(last)}


def _beside(sums: Sums) -> str:
    if not sums.beside:
        return ""
    terms = _("和 ").join(fmt.term(months) for months in sums.beside)
    return _("只看 %(term)s凑不够三种方案，所以也看了 %(others)s。") % {
        "term": fmt.term(sums.asked.months),
        "others": terms,
    }


def _shortage(sums: Sums) -> str:
    """Why there are fewer plans than the rule asks for; when none fits, that those shown are for seeing the gap."""
    shortage = sums.comparison.shortage
    if shortage is None:
        return ""
    if not sums.asked.income_fen or not _none_fits(sums):
        return words.said(shortage)
    return _("按家庭收入，现在没有符合比例要求的方案。下面列出的只用来看差多少，办法写在后面。")


def _none_fits(sums: Sums) -> bool:
    payments = [each.asked.first_fen + sums.asked.property_fee_fen for each in sums.columns]
    limits = sums.limits
    if limits is None or not payments:
        return False
    income, debts = sums.asked.income_fen, sums.asked.debts_fen
    return all(
        exceeds(paid, income, limits.housing_ppm) or exceeds(paid + debts, income, limits.total_ppm)
        for paid in payments
    )


def _rejected(sums: Sums) -> tuple[str, ...]:
    """Why other plans do not stand here, each reason once."""
    return tuple(dict.fromkeys(words.said(each.reason) for each in sums.comparison.rejected))


def _then(sums: Sums, today: date) -> tuple[str, str]:
    """A link of another day: what would be different today."""
    rules = sums.rules
    if rules.lost:
        return _("链接里的规则版本系统已不再保存，下面按现行版本计算，数字可能与当时不同。"), "warn"
    if sums.question.on is None or (rules.on == today and not rules.pinned):
        return "", ""
    months = sums.asked.months
    then, now = sums.offer.product.rate_ppm(months) - sums.question.w_rate_bp * 100, other_day(sums, today)
    text = _("这是按 %(on)s 的利率和规则算的。") % {"on": fmt.day(rules.on)}
    if now is None:
        return text + _("今天的利率暂时无法比较。"), "info"
    new = now.product.rate_ppm(months)
    if new == then and not rules.pinned:
        return text + _("今天同样条件的商业贷款利率没有变化（%(rate)s）。") % {
            "rate": fmt.percent(new)
        }, "info"
    return text + _("今天同样条件的商业贷款利率是 %(new)s，当时是 %(then)s。") % {
        "new": fmt.percent(new),
        "then": fmt.percent(then),
    }, "warn"


def _seen(sums: Sums, index: int, years: Sequence[Year]) -> Seen:
    column = sums.columns[index]
    plan, statement = column.now, column.statement
    assert plan is not None
    assert statement is not None
    return Seen(
        index + 1,
        words.plan_name(index),
        verdict.statement_rows(statement),
        statement.method_en if fmt.in_english() else statement.method_zh,
        words.basis(statement.document) if statement.document else "",
        verdict.confirmations(statement),
        verdict.layers(sums, plan),
        [_year(year) for year in years],
        why.groups(column, sums),
    )


def _year(year: Year) -> tuple[str, ...]:
    return (
        str(year.number),
        fmt.amount(year.paid_fen),
        fmt.amount(year.principal_fen + year.extra_fen),
        fmt.amount(year.interest_fen),
        fmt.amount(year.balance_fen),
    )


def _charts(sums: Sums, seen: int | None, courses: Sequence[Sequence[Year]]) -> list[Chart]:
    if seen is None:
        return []
    possible = [(index, column.now) for index, column in enumerate(sums.columns) if column.now]
    places = [index for index, _plan in possible]
    return pictures.charts(
        [words.plan_name(index) for index in places],
        [courses[index] for index in places],
        [plan.loan_fen for _index, plan in possible],
        places.index(seen),
    )
