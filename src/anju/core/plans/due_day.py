"""A due day that follows payday (S4-040, S4-063): 2 to 3 days after it, within the days that may be chosen."""

from dataclasses import dataclass
from datetime import date

from anju.core.checks import within
from anju.core.policy import PolicyTable
from anju.core.verdict import Reason

_SCOPE = "due_day_change"


@dataclass(frozen=True, slots=True)
class DueDays:
    """Due days to suggest, the best first, with the reason."""

    days: tuple[int, ...]
    reason: Reason


def suggest_due_days(payday: int, policy: PolicyTable, on: date) -> DueDays:
    """Days of the month so many days after payday that may be chosen as due days under the rules of a date.

    After the last day allowed the first one of the next month is suggested. Raises BadInput for a payday outside
    1..31, PolicyMissing.
    """
    within("payday", payday, 1, 31)
    first = policy.integer("due_day_after_payday_days_min", _SCOPE, on)
    last = policy.integer("due_day_after_payday_days_max", _SCOPE, on)
    low, high = policy.integer("due_day_min", _SCOPE, on), policy.integer("due_day_max", _SCOPE, on)
    days = tuple(payday + gap for gap in range(first, last + 1) if low <= payday + gap <= high) or (low,)
    names = "、".join(str(day) for day in days)
    if payday + first > high:
        zh = f"工资每月 {payday} 日发放，建议次月 {names} 日还款（可选 {low} 至 {high} 日）。"
        en = f"Payday is the {payday}.: the {names}. of the next month is suggested ({low} to {high} may be chosen)."
    else:
        zh = f"工资每月 {payday} 日发放，建议每月 {names} 日还款（发薪后 {first} 至 {last} 天）。"
        en = f"Payday is the {payday}.: due day {', '.join(map(str, days))} is suggested, {first} to {last} days after."
    return DueDays(days, Reason("due_day", zh, en))
