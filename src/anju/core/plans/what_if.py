"""What if: the rate moves, income falls, part is repaid early (S4-057, S4-061, S4-132)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from anju.core.basis_points import BasisPoints, bp_to_ppm
from anju.core.checks import bad, within
from anju.core.dates import add_months
from anju.core.eligibility.finding import yuan
from anju.core.money import PPM_MAX, PPM_ONE
from anju.core.plans.enumerate import RatioLimits, ratio_limits
from anju.core.plans.figures import LoanFigures, Method, loan_figures, staged_figures
from anju.core.plans.need import Need
from anju.core.plans.plan import Part, Plan
from anju.core.policy import PolicyTable
from anju.core.ratios import exceeds, ratio_text
from anju.core.schedule import NO_PENALTY, PenaltyRule, Quote, Terms, prepay_options
from anju.core.verdict import Reason


@dataclass(frozen=True, slots=True)
class RateWhatIf:
    """The plan if rates differ by `shift_bp` from the start: figures, and the difference to the plan, fen."""

    shift_bp: BasisPoints
    first_fen: int
    interest_fen: int
    first_change_fen: int
    interest_change_fen: int


def rate_shifts(
    plan: Plan, shifts_bp: Sequence[BasisPoints], *, commercial_only: bool = True
) -> tuple[RateWhatIf, ...]:
    """The plan at other rates (S4-061). By default only commercial parts move: the fund's rate is the state's.

    A rate is never taken below 0; raises BadInput above 36 %.
    """
    found = []
    for shift in shifts_bp:
        ppm = bp_to_ppm(shift, field="shift_bp")
        figures = [
            _shifted(part.figures, ppm)
            if part.product.lending == "commercial" or not commercial_only
            else part.figures
            for part in plan.parts
        ]
        first = sum(each.first_fen for each in figures)
        interest = sum(each.interest_fen for each in figures)
        found.append(RateWhatIf(shift, first, interest, first - plan.first_fen, interest - plan.interest_fen))
    return tuple(found)


def _shifted(figures: LoanFigures, ppm: int) -> LoanFigures:
    rate = max(figures.rate_ppm + ppm, 0)
    if rate > PPM_MAX:
        raise bad("rate_ppm", rate, f"0 .. {PPM_MAX}")
    if figures.stages:
        return staged_figures(figures.principal_fen, rate, figures.months, figures.stages)
    method = cast("Method", figures.method)
    return loan_figures(figures.principal_fen, rate, figures.months, method)


@dataclass(frozen=True, slots=True)
class IncomeWhatIf:
    """The plan on less income: whether it still fits, the shares, and the lowest income that carries it."""

    income_fen: int
    fits: bool
    housing_share: str
    total_share: str
    least_income_fen: int
    largest_drop_ppm: int
    reason: Reason


def income_drop(plan: Plan, need: Need, drop_ppm: int, policy: PolicyTable, on: date) -> IncomeWhatIf:
    """What is left of the ratios when income falls by a share (20 % = 200 000). Raises BadInput without income."""
    within("income_fen", need.income_fen, 1, 10**11)
    within("drop_ppm", drop_ppm, 0, PPM_ONE)
    limits = ratio_limits(policy, on)
    housing = plan.first_fen + need.property_fee_fen
    total = housing + need.debts_fen
    left = need.income_fen * (PPM_ONE - drop_ppm) // PPM_ONE
    least = least_income_fen(housing, total, limits)
    fits = left >= least
    drop = max((need.income_fen - least) * PPM_ONE // need.income_fen, 0)
    over_h, over_t = exceeds(housing, left, limits.housing_ppm), exceeds(total, left, limits.total_ppm)
    zh = (
        f"收入降到 {yuan(left)} 元时{'仍符合' if fits else '不再符合'}比例要求；"
        f"收入不低于 {yuan(least)} 元即可承受。"
    )
    en = f"On an income of {yuan(left)} yuan the ratios {'still hold' if fits else 'fail'}; {yuan(least)} is enough."
    return IncomeWhatIf(
        left,
        fits,
        ratio_text(housing, left, over=over_h),
        ratio_text(total, left, over=over_t),
        least,
        drop,
        Reason("income_drop_fits" if fits else "income_drop_fails", zh, en),
    )


def least_income_fen(housing_fen: int, total_fen: int, limits: RatioLimits) -> int:
    """Smallest monthly income at which both ratios hold, rounded up to the fen."""
    return max(
        -(-housing_fen * PPM_ONE // limits.housing_ppm),
        -(-total_fen * PPM_ONE // limits.total_ppm),
    )


def payment_room_fen(need: Need, limits: RatioLimits) -> int:
    """Largest loan payment the income carries under both ratios, after property fee and other debts."""
    housing = need.income_fen * limits.housing_ppm // PPM_ONE - need.property_fee_fen
    total = need.income_fen * limits.total_ppm // PPM_ONE - need.property_fee_fen - need.debts_fen
    return max(min(housing, total), 0)


def early_repayment(
    part: Part,
    on: date,
    after_months: int,
    amount_fen: int,
    *,
    penalty: PenaltyRule = NO_PENALTY,
) -> tuple[Quote, ...]:
    """Part of a loan repaid early, right after instalment `after_months`: the ways to go on, side by side (lower
    instalment, shorter with the same instalment, shorter re-levelled), by the ledger's own quote (S4-057).

    `on`: payout; instalments fall due on that day of each month. Raises BadInput.
    """
    figures = part.figures
    within("after_months", after_months, 0, figures.months - 1)
    within("amount_fen", amount_fen, 1, figures.balance_after_fen(after_months) - 1)
    terms = Terms.fixed(
        figures.principal_fen,
        figures.rate_ppm,
        figures.months,
        on,
        cast("Method", figures.method),
        stages=figures.stages,
        penalty=penalty,
    )
    return prepay_options(terms, (), add_months(on, after_months), amount_fen)
