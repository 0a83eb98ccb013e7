"""A loan in plain words: what the loan page shows, made from rows of servicing. Pure; texts in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from anju.contexts.servicing.queries import LoanRow, ScheduleRow
from anju.core.basis_points import ppm_to_bp
from anju.core.rates import RateStep
from anju.web import format as fmt
from anju.web import often
from anju.web.charts import Chart, Series

PAID = ("paid", "paid_before")
NUMBERED = ("instalment", "holiday")


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the rate, told."""

    on_text: str
    rate_text: str
    why: str


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """One instalment as a row of the table."""

    due: str
    amount: str
    principal: str
    interest: str
    balance: str
    state: str
    tone: str
    css: str


@dataclass(frozen=True, slots=True)
class YearPage:
    """One year of the schedule, and which years there are."""

    year: int
    years: tuple[int, ...]
    before: int | None
    after: int | None
    rows: tuple[ScheduleLine, ...]


def product_name(row: LoanRow) -> str:
    """The product in the reader's language."""
    return row.product_en if fmt.in_english() else row.product_zh


def _method(method: str) -> str:
    if method == "level_principal":
        return _("等额本金：每期还的本金相同，利息逐期减少，所以越还越少")
    return _("等额本息：每期还款总额相同；利率调整后会重新计算")


def facts(row: LoanRow, rows: Sequence[ScheduleRow]) -> list[tuple[str, str]]:
    """What was agreed, as label and sentence; how many instalments there are and are left is told by the schedule."""
    due = [each for each in rows if each.kind in NUMBERED]
    counts = {"n": len(due) or fmt.NOTHING, "left": sum(each.state not in PAID for each in due)}
    return [
        (_("借了多少"), _("%(amount)s，%(on)s 发放") % {"amount": fmt.money(row.principal_fen), "on": fmt.day(row.start_on)}),
        (_("借多久"), _("%(term)s，共 %(n)s 期，还剩 %(left)s 期") % {"term": fmt.term(row.months), **counts}),
        (_("怎么还"), _method(row.method)),
        (_("多久还一次"), often.name(row.frequency)),
        (_("哪天还"), _("%(when)s，从约定的还款账户自动扣款") % {"when": often.when(row)}),
    ]  # fmt: skip


def _how_often(months: int) -> str:
    if months % 12 == 0:
        return _("每年") if months == 12 else _("每 %(n)s 年") % {"n": months // 12}
    return _("每 %(n)s 个月") % {"n": months}


def rate_plain(row: LoanRow) -> str:
    """Why the rate is what it is, and when it changes next, in one breath."""
    if row.rate_kind == "fixed":
        return _("这是固定利率，合同期内不变。")
    if row.rate_kind == "provident":
        return _("公积金贷款利率由国家统一规定；规定调整后，已发放的贷款从下一年 1 月 1 日起按新利率计息。")
    day = _("1 月 1 日") if row.repricing == "january_1" else _("贷款发放日的对应日")
    words = _(
        "您的利率 = 贷款市场报价利率（LPR）+ 合同约定的加点。加点是 %(points)s，合同期内不变；LPR 每月公布，"
        "您的利率%(often)s在%(day)s按最近一次公布的 LPR 重新计算。"
    )
    return words % {
        "points": fmt.points(ppm_to_bp(row.spread_ppm)),
        "often": _how_often(row.cycle_months),
        "day": day,
    }


def step_view(step: RateStep) -> StepView:
    """A step of the rate with its reason."""
    why = step.why_en if fmt.in_english() else step.why_zh
    if step.provisional:
        why += _("（暂定，等新的 LPR 公布）")
    return StepView(fmt.day(step.effective_on), fmt.percent(step.rate_ppm), why)


def _state(row: ScheduleRow, today: date) -> tuple[str, str, str]:
    """Word, tone and class of a row's state. Told by colour and word both."""
    kind = fmt.row_kind(row.kind)
    if kind:
        return kind, "info", "is-past" if row.state in PAID else ""
    if row.state in PAID:
        return _("已还清"), "good", "is-past"
    if row.state == "overdue":
        return _("已过还款日"), "warn", ""
    if row.due_on == today:
        return _("今天到期"), "info", ""
    if row.state == "open":
        return _("待还款"), "info", ""
    return _("未到期"), "calm", ""


def _line(row: ScheduleRow, today: date) -> ScheduleLine:
    state, tone, css = _state(row, today)
    return ScheduleLine(
        due=fmt.day(row.due_on),
        amount=fmt.amount(row.amount_fen),
        principal=fmt.amount(row.principal_fen),
        interest=fmt.amount(row.interest_fen),
        balance=fmt.amount(row.balance_after_fen),
        state=state,
        tone=tone,
        css=css,
    )


def year_page(rows: Sequence[ScheduleRow], wanted: str, today: date) -> YearPage:
    """The wanted year of the schedule; without one, or an unknown one, the year that matters now."""
    years = tuple(sorted({row.due_on.year for row in rows}))
    if not years:
        return YearPage(today.year, (), None, None, ())
    year = int(wanted) if wanted.isdecimal() and int(wanted) in years else 0
    if not year:
        unpaid = [row.due_on.year for row in rows if row.state not in PAID]
        year = min(unpaid, default=years[-1])
    at = years.index(year)
    return YearPage(
        year=year,
        years=years,
        before=years[at - 1] if at else None,
        after=years[at + 1] if at + 1 < len(years) else None,
        rows=tuple(_line(row, today) for row in rows if row.due_on.year == year),
    )


def charts(rows: Sequence[ScheduleRow], frequency: str, today: date) -> list[Chart]:
    """What is left over time, and what goes to interest and to principal each year."""
    if len(rows) < 2:
        return []
    name = fmt.day if frequency == "fortnightly" else fmt.year_month
    labels = [name(row.due_on) for row in rows]
    mark = next((label for label, row in zip(labels, rows, strict=True) if row.due_on >= today), None)
    left = Chart(
        id="balance",
        title=_("还剩多少本金，什么时候还完？"),
        kind="area",
        x_label=_("到期日") if frequency == "fortnightly" else _("月份"),
        x=labels,
        series=[Series(_("剩余本金"), [row.balance_after_fen for row in rows])],
        mark=mark,
        mark_label=_("现在"),
        table_every=often.PERIODS_A_YEAR[frequency],
    )
    years = sorted({row.due_on.year for row in rows})
    principal = dict.fromkeys(years, 0)
    interest = dict.fromkeys(years, 0)
    for row in rows:
        principal[row.due_on.year] += row.principal_fen
        interest[row.due_on.year] += row.interest_fen
    shares = Chart(
        id="shares",
        title=_("每年还的钱，多少是本金，多少是利息？"),
        kind="stack",
        x_label=_("年份"),
        x=[str(year) for year in years],
        series=[
            Series(_("本金"), [principal[year] for year in years]),
            Series(_("利息"), [interest[year] for year in years]),
        ],
        mark=str(today.year) if today.year in principal else None,
        mark_label=_("今年"),
    )
    return [left, shares]


def rate_chart(steps: Sequence[RateStep], today: date) -> Chart | None:
    """The course of the rate up to today, when it had one."""
    if len({step.rate_ppm for step in steps}) < 2:
        return None
    return Chart(
        id="rates",
        title=_("利率怎么变过来的？"),
        kind="line",
        x_label=_("从哪天起"),
        x=[*(fmt.day(step.effective_on) for step in steps), _("今天")],
        series=[Series(_("年利率"), [*(step.rate_ppm for step in steps), steps[-1].rate_ppm], step=True)],
        unit="ppm",
    )
