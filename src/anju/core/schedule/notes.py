"""What a lawyer must see about a repayment plan, as data (facts section 3, "Frequency"; S4-008)."""

from dataclasses import dataclass
from typing import Literal

from anju.core.schedule.terms import Terms

SHORT_LOAN_MONTHS = 12
"""Up to one year a loan may also be repaid at maturity (金规〔2026〕5号 Art. 14)."""


@dataclass(frozen=True, slots=True)
class ComplianceNote:
    """A remark on terms. refused: new loans may not have them; review: a lawyer decides."""

    code: str
    severity: Literal["refused", "review"]
    zh: str
    en: str
    source: str


def compliance_notes(terms: Terms, *, interest_only_months_max: int = 12) -> tuple[ComplianceNote, ...]:
    """Remarks on the plan of these terms; none for ordinary ones.

    `interest_only_months_max` is policy: how long an interest-only start may last before it is "long".
    """
    notes = [_IN_ADVANCE] if terms.conventions.stub == "at_payout" else []
    if terms.months <= SHORT_LOAN_MONTHS:
        return tuple(notes)
    if terms.every > 1:
        notes.append(_NOT_MONTHLY)
    plan, last = terms.plan, terms.plan[-1]
    idle = sum(stage.periods or terms.months for stage in plan if stage.method == "interest_only")
    if last.method == "interest_only":
        notes.append(_BULLET)
    elif idle > interest_only_months_max:
        notes.append(_LONG_INTEREST_ONLY)
    before = sum(stage.periods or 0 for stage in plan[:-1])
    if last.amortise_over is not None and last.amortise_over > terms.months - before:
        notes.append(_BALLOON)
    return tuple(notes)


_SOURCE = "金规〔2026〕5号 Art. 14"
_BULLET = ComplianceNote(
    "bullet",
    "refused",
    "一年期以上个人住房贷款须按月归还本金和利息，不得到期一次还本。",
    "Mortgages over one year must repay principal and interest every month; a bullet is not allowed.",
    _SOURCE,
)
_LONG_INTEREST_ONLY = ComplianceNote(
    "long_interest_only",
    "refused",
    "一年期以上个人住房贷款须按月归还本金和利息，只还利息的阶段过长。",
    "Mortgages over one year must repay principal and interest every month; the interest-only stage is too long.",
    _SOURCE,
)
_NOT_MONTHLY = ComplianceNote(
    "not_monthly",
    "refused",
    "一年期以上个人住房贷款须按月归还本金和利息，不得按季、按年或到期一次归还。",
    "Mortgages over one year must repay principal and interest every month, not at longer intervals.",
    _SOURCE,
)
_IN_ADVANCE = ComplianceNote(
    "interest_in_advance",
    "refused",
    "利息不得预先在本金中扣除。",
    "Interest must not be taken from the principal in advance.",
    "民法典 Art. 670",
)
_BALLOON = ComplianceNote(
    "balloon",
    "review",
    "气球贷：末期须一次归还较大金额，风险须提示借款人，并经法律审查。",
    "Balloon: a large amount falls due at the end; warn the borrower of the risk and have it reviewed by legal.",
    _SOURCE,
)
