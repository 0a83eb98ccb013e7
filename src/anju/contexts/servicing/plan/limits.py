"""May this change be made? The dated policy of a product as ``core.schedule.EventLimits``, and the rules of the due day."""

from datetime import date

from anju.contexts.servicing.models import Loan
from anju.contexts.servicing.plan.contract import Contract
from anju.core.errors import PolicyMissing
from anju.core.money import PPM_ONE
from anju.core.policy import PolicyTable
from anju.core.schedule import (
    DueDayChange,
    Event,
    EventLimits,
    Extend,
    Holiday,
    InterestOnly,
    Restructure,
    allowed,
)
from anju.core.schedule.penalties import loan_year_start
from anju.core.verdict import Reason, Verdict

FEN_PER_YUAN = 100
RELIEF_SCOPE = "existing_mortgage_income_temporarily_lost"
RELIEF: dict[type[Event], tuple[str, ...]] = {
    Extend: ("loan_extension",),
    Holiday: ("postponed_payment",),
    DueDayChange: ("postponed_payment",),
    InterestOnly: ("deferred_principal",),
    Restructure: ("loan_extension", "postponed_payment", "deferred_principal"),
}
"""What relief (纾困) an event gives, in the words of the policy ``relief_options`` (银发〔2026〕171号 Art. 26)."""
_NEEDED = {Holiday: "payment_holiday_periods_max", InterestOnly: "interest_only_periods_max"}
"""Events that are not allowed where no policy says how long they may last."""
MONTHS_PER_YEAR = 12
_DUE_DAY = "due_day_change"


def limits_of(policy: PolicyTable, loan_type: str, on: date, every: int = 1) -> EventLimits:
    """What the policy in force on a day allows a kind of loan; what it does not name has no limit (S4-054, S4-055, S4-066).

    ``every``: months of a period; the policy counts monthly instalments, so a window of a quarterly loan has a third as many.
    """

    def number(param: str) -> int | None:
        return policy.integer(param, loan_type, on) if policy.has(param, loan_type, on) else None

    def periods(param: str) -> int | None:
        months = number(param)
        return None if months is None else months // every

    share, years = "extension_total_max_share_of_original_term", number("original_plus_extension_max_years")
    share_max = policy.decimal(share, loan_type, on) if policy.has(share, loan_type, on) else None
    return EventLimits(
        prepay_min_fen=(number("partial_prepayment_min_cny") or 0) * FEN_PER_YUAN,
        prepay_notice_days=number("partial_prepayment_notice_days") or 0,
        payoff_notice_days=number("full_prepayment_notice_days") or 0,
        prepayments_per_year_max=number("partial_prepayments_per_year_max"),
        extension_share_max_ppm=None if share_max is None else int(share_max * PPM_ONE),
        term_months_max=None if years is None else years * MONTHS_PER_YEAR,
        holiday_periods_max=periods("payment_holiday_periods_max"),
        interest_only_periods_max=periods("interest_only_periods_max"),
    )


def is_relief(policy: PolicyTable, event: Event) -> bool:
    """Whether the policy of its day offers the event as relief, so that arrears do not stand in its way."""
    if not policy.has("relief_options", RELIEF_SCOPE, event.on):
        return False
    offered = policy.words("relief_options", RELIEF_SCOPE, event.on)
    return any(option in offered for option in RELIEF.get(type(event), ()))


def self_service(policy: PolicyTable, loan_type: str, kind: str, on: date) -> bool:
    """Whether a borrower may accept this kind of change on the portal without a person of the bank."""
    param = "self_service_plan_changes"
    return policy.has(param, loan_type, on) and kind in policy.words(param, loan_type, on)


def verdict(loan: Loan, contract: Contract, event: Event, *, policy: PolicyTable, asked_on: date) -> Verdict:
    """Whether the policy of its day allows the change, with every reason against it."""
    limits = limits_of(policy, loan.product.loan_type, event.on, contract.terms.every)
    found = allowed(
        contract.terms, contract.events, event, limits, asked_on=asked_on, policy_version=policy.version
    )
    reasons = found.reasons
    if isinstance(event, DueDayChange):
        reasons += _due_day(contract, event, policy)
    needed = _NEEDED.get(type(event))
    if needed and not policy.has(needed, loan.product.loan_type, event.on):
        missing = PolicyMissing(needed, loan.product.loan_type, event.on)
        reasons += (Reason("policy_missing", missing.message_zh, missing.message_en),)
    new_rate = getattr(event, "rate_ppm", None) is not None
    if new_rate and any(each.on == event.on for each in contract.events):
        # a rate counts for its whole day, so it would alter what the day's earlier changes have posted
        zh, en = (
            "当日已有计划变更，利率调整须另日办理。",
            "The plan changed on this day already: change the rate on another.",
        )
        reasons += (Reason("rate_after_change", zh, en),)
    return Verdict(not reasons, reasons, policy.version)


def _due_day(contract: Contract, event: DueDayChange, policy: PolicyTable) -> tuple[Reason, ...]:
    """Day 1 to 28, so many changes in a loan year (S4-063)."""
    on = event.on
    reasons = []
    least, most = (policy.integer(f"due_day_{end}", _DUE_DAY, on) for end in ("min", "max"))
    if not least <= event.due_day <= most:
        zh, en = f"还款日可选每月 {least} 日至 {most} 日。", f"The due day may be {least} to {most}."
        reasons.append(Reason("due_day_out_of_range", zh, en))
    times = policy.integer("due_day_changes_per_year_max", _DUE_DAY, on)
    since = loan_year_start(contract.terms.start_on, on)
    if sum(isinstance(each, DueDayChange) and each.on >= since for each in contract.events) >= times:
        zh, en = f"每年最多变更还款日 {times} 次。", f"The due day changes at most {times} times a year."
        reasons.append(Reason("due_day_too_often", zh, en))
    return tuple(reasons)
