"""Whether a way of repaying is allowed for a new loan (金规〔2026〕5号 Art.14; 银发〔2026〕171号 Art.20; S4-008)."""

from collections.abc import Sequence
from datetime import date

from anju.core.checks import within
from anju.core.eligibility.finding import Finding
from anju.core.plans.figures import MONTHS_MAX
from anju.core.policy import PolicyTable
from anju.core.schedule import Stage
from anju.core.schedule.conventions import Frequency

_YEAR = 12
_PARAM = "repayment_frequency"
_LONG, _SHORT = "commercial_mortgage_term_over_1y", "commercial_mortgage_term_up_to_1y"
_MET_BY: dict[str, tuple[Frequency, ...]] = {
    "monthly_principal_and_interest": ("monthly", "fortnightly"),
    "single_payment_at_maturity": ("once",),
}
"""What the rule calls a way of repaying -> frequencies that keep it; every fortnight is more often than monthly."""
_ZH: dict[Frequency, str] = {
    "monthly": "按月",
    "fortnightly": "双周供",
    "quarterly": "按季",
    "half_yearly": "按半年",
    "yearly": "按年",
    "once": "到期一次还本付息",
}


def repayment_finding(stages: Sequence[Stage], months: int, policy: PolicyTable, on: date) -> Finding:
    """Monthly principal and interest for terms over a year: interest only to the end is refused; an interest-only
    window or a balloon (气球贷) goes to a person (legal review). Before the rule of 2026-08-28: no finding against.
    """
    within("months", months, 1, MONTHS_MAX)
    scope = _LONG if months > _YEAR else _SHORT
    if not policy.has(_PARAM, scope, on) or scope == _SHORT:
        document = policy.document(_PARAM, scope, on) if policy.has(_PARAM, scope, on) else ""
        return Finding(
            "repayment_method", "pass", "还款方式符合规定。", "The repayment method is allowed.", document
        )
    document = policy.document(_PARAM, scope, on)
    if all(stage.method == "interest_only" for stage in stages) and stages:
        zh = "期限超过 1 年的贷款须按月偿还本金和利息，不能只还利息到期还本。"
        en = (
            "Loans over a year repay principal and interest monthly; interest only to the end is not allowed."
        )
        return Finding("repayment_method", "refuse", zh, en, document)
    window = any(stage.method == "interest_only" for stage in stages)
    balloon = any(stage.amortise_over is not None and stage.amortise_over > months for stage in stages)
    if window or balloon:
        zh = "含有只还利息的阶段或期末大额还款，须经法律合规审核。"
        en = "An interest-only stage or a large last instalment needs legal review."
        return Finding("repayment_method", "review", zh, en, document)
    return Finding(
        "repayment_method", "pass", "还款方式符合规定。", "The repayment method is allowed.", document
    )


def frequency_finding(frequency: Frequency, months: int, policy: PolicyTable, on: date) -> Finding:
    """Whether a commercial mortgage paid out on a day may be due so seldom (金规〔2026〕5号 Art. 14). The refusal names the value and
    what is allowed. Before the rule of 2026-08-28: no finding against.
    """
    within("months", months, 1, MONTHS_MAX)
    scope = _LONG if months > _YEAR else _SHORT
    if not policy.has(_PARAM, scope, on):
        return Finding("frequency", "pass", "还款频率符合规定。", "The frequency is allowed.", "")
    document = policy.document(_PARAM, scope, on)
    allowed = [each for word in policy.words(_PARAM, scope, on) for each in _MET_BY.get(word, ())]
    if frequency in allowed:
        return Finding("frequency", "pass", "还款频率符合规定。", "The frequency is allowed.", document)
    zh = f"{months} 个月的商业性住房贷款不得{_ZH[frequency]}还款，可为：{'、'.join(_ZH[each] for each in allowed)}。"
    en = f"A commercial mortgage of {months} months may not be due {frequency}; allowed: {' | '.join(allowed)}."
    return Finding("frequency", "refuse", zh, en, document)
