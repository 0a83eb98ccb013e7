"""The closing report in words, Chinese first. Figures come from the steps' counts; nothing is counted again
here.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from anju.dayend.close import Report
from anju.dayend.steps import STEPS

STEPS_TOTAL = len(STEPS)
_NAMES = {step.name: (step.zh, step.en) for step in STEPS}
DAYS_IN_FULL = 3

COUNT_WORDS: dict[str, tuple[str, str]] = {
    "payments": ("还款笔数", "payments"),
    "amount_fen": ("金额", "amount"),
    "allocations": ("冲抵", "allocations"),
    "settled": ("结清贷款", "loans settled"),
    "for_settled_loans": ("已结清贷款的来款", "payments for settled loans"),
    "examined": ("检查", "examined"),
    "repriced": ("重定价", "repriced"),
    "provisional": ("暂定利率", "provisional"),
    "confirmed": ("暂定利率已确认", "provisional rates confirmed"),
    "corrected": ("暂定利率已更正", "provisional rates corrected"),
    "added_fen": ("补计利息", "interest added"),
    "credited_fen": ("退还利息", "interest credited"),
    "unclaimed_fen": ("未补收利息", "interest not claimed"),
    "bills": ("账单", "bills"),
    "aged": ("更新逾期", "aged"),
    "started": ("新逾期", "arrears started"),
    "cleared": ("逾期解除", "arrears cleared"),
    "overdue": ("逾期贷款", "loans overdue"),
    "kept": ("承诺兑现", "promises kept"),
    "broken": ("承诺未兑现", "promises broken"),
    "open": ("未了结", "open"),
    "opened": ("立案", "cases opened"),
    "closed": ("结案", "cases closed"),
    "moved": ("级别变动", "rung moves"),
    "entered_1": ("进入一级", "into rung 1"),
    "entered_2": ("进入二级", "into rung 2"),
    "entered_3": ("进入三级", "into rung 3"),
    "entered_4": ("进入四级", "into rung 4"),
    "notices": ("应通知", "notices owed"),
    "clocks": ("时限", "clocks started"),
    "work_opened": ("新工作", "work opened"),
    "work_cancelled": ("撤销工作", "work cancelled"),
    "owed_5": ("提前5天提醒", "reminders 5 days before"),
    "owed_3": ("提前3天提醒", "reminders 3 days before"),
    "covered": ("已备足，不提醒", "covered, not reminded"),
    "late": ("补跑时已过还款日", "due date passed"),
    "planned": ("计划回访", "visits planned"),
    "missed": ("未访成", "visits missed"),
}
"""Words for the counts of all steps; a count without words is shown by its name."""


def step_label(name: str) -> str:
    """`出账 Bills issued`."""
    return " ".join(_NAMES.get(name, (name, name)))


def count_words(name: str) -> tuple[str, str]:
    """Chinese and English words of a count."""
    return COUNT_WORDS.get(name, (name, name))


def nothing_yet(first_on: date) -> str:
    """Said when the first day has not come yet."""
    return f"第一个可日终的营业日是 {first_on}。/ The first day that can be closed is {first_on}."


def closing(reports: Sequence[Report]) -> str:
    """The closing report: the last days in full, those before in one line each."""
    lines: list[str] = []
    for number, report in enumerate(reports):
        if report.already_closed:
            lines.append(
                f"{report.on} 已完成日终，没有改动。/ {report.on} is closed already, nothing changed."
                f" [{report.digest[:12]}]"
            )
        elif number < len(reports) - DAYS_IN_FULL:
            lines.append(f"{report.on}  {_in_short(report)}  {report.seconds:.2f} s")
        else:
            lines += _in_full(report)
    fresh = [report for report in reports if not report.already_closed]
    if len(fresh) > 1:
        seconds = sum(report.seconds for report in fresh)
        lines.append(
            f"共 {len(fresh)} 天，{seconds:.1f} 秒。/ {len(fresh)} days in {seconds:.1f} s"
            f" ({seconds / len(fresh):.2f} s a day)."
        )
    return "\n".join(lines)


def _in_full(report: Report) -> list[str]:
    state = "(续跑 resumed)" if report.resumed else ""
    lines = [f"{report.on} 日终完成 / day closed {state} {report.seconds:.2f} s  [{report.digest[:12]}]"]
    for step in report.steps:
        said = _counts(step.counts)
        if said:
            lines.append(f"  {step_label(step.name):<24} {step.seconds:7.3f} s  {said}")
    return lines


def _in_short(report: Report) -> str:
    cases, reminders = report.counts("cases"), report.counts("reminders")
    bills, payments = report.counts("bills").get("bills", 0), report.counts("payments").get("payments", 0)
    owed = sum(value for name, value in reminders.items() if name.startswith("owed_"))
    return (
        f"还款 {payments} · 账单 {bills} · 提醒 {owed} · 立案 {cases.get('opened', 0)} · 结案 {cases.get('closed', 0)}"
        f" / payments {payments}, bills {bills}, reminders {owed}, cases +{cases.get('opened', 0)}"
        f" -{cases.get('closed', 0)}"
    )


def _counts(counts: Mapping[str, int]) -> str:
    parts = []
    for name, value in counts.items():
        if value:
            zh, en = count_words(name)
            figure = f"{value // 100:,}.{value % 100:02d}" if name.endswith("_fen") else f"{value:,}"
            parts.append(f"{zh} {en} {figure}")
    return " · ".join(parts)
