"""Advice to change the spread or to replace the loan (再融资建议; S4-121; 银发〔2026〕171号 Art.24)."""

from dataclasses import dataclass
from datetime import date

from anju.core.basis_points import bp_text
from anju.core.checks import within
from anju.core.eligibility.finding import yuan
from anju.core.money import FEN_MAX, PPM_MAX, PPM_PER_BP
from anju.core.plans.figures import Method, loan_figures
from anju.core.policy import PolicyTable
from anju.core.verdict import Reason, Verdict

_EXISTING = "existing_mortgage"


@dataclass(frozen=True, slots=True)
class RefinanceAdvice:
    """Whether to speak to the borrower, and what there is to gain, fen.

    `first_saved_fen`: first instalment now less then; `interest_saved_fen`: over the months left, before
    `costs_fen`; `break_even_months`: instalments after which the interest saved has paid the costs, None: never.
    """

    verdict: Verdict
    gap_ppm: int
    first_saved_fen: int
    interest_saved_fen: int
    costs_fen: int
    break_even_months: int | None

    @property
    def net_saved_fen(self) -> int:
        """Interest saved less costs."""
        return self.interest_saved_fen - self.costs_fen


def refinance_advice(
    balance_fen: int,
    rate_ppm: int,
    months_left: int,
    market_ppm: int,
    policy: PolicyTable,
    on: date,
    *,
    method: Method = "level_payment",
    costs_fen: int = 0,
) -> RefinanceAdvice:
    """Advice when the loan's rate is at least the threshold above the market's and the change pays. `costs_fen`:
    what a replacement costs (0 for a change of the spread). Raises BadInput, PolicyMissing.
    """
    within("market_ppm", market_ppm, 0, PPM_MAX)
    within("costs_fen", costs_fen, 0, FEN_MAX)
    threshold = policy.row("refinancing_advice_threshold_bp", _EXISTING, on)
    now = loan_figures(balance_fen, rate_ppm, months_left, method)
    then = loan_figures(balance_fen, market_ppm, months_left, method)
    gap = rate_ppm - market_ppm
    saved = now.interest_fen - then.interest_fen
    advised = gap >= int(threshold.value) * PPM_PER_BP and saved > costs_fen
    zh = (
        f"现利率比市场高 {'-' if gap < 0 else ''}{bp_text(gap)} 个基点，剩余期限可省利息 {yuan(saved)} 元，"
        f"费用 {yuan(costs_fen)} 元；{'建议申请变更利率或置换' if advised else '暂不建议变更'}。"
    )
    en = (
        f"The rate is {'-' if gap < 0 else ''}{bp_text(gap)} bp above the market; {yuan(saved)} yuan of interest"
        f" can be saved at a cost of {yuan(costs_fen)}: {'ask for a change' if advised else 'no change advised'}."
    )
    reason = Reason("refinance" if advised else "stay", zh, en)
    return RefinanceAdvice(
        Verdict(advised, (reason,), policy.version),
        gap,
        now.first_fen - then.first_fen,
        saved,
        costs_fen,
        _break_even(now.interests_fen, then.interests_fen, costs_fen),
    )


def _break_even(now: tuple[int, ...], then: tuple[int, ...], costs_fen: int) -> int | None:
    gained = 0
    for month, (a, b) in enumerate(zip(now, then, strict=True), 1):
        if gained >= costs_fen:
            return month - 1
        gained += a - b
    return len(now) if gained >= costs_fen else None
