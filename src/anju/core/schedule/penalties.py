"""Prepayment penalties (提前还款违约金) as contract data (facts section 4; S4-041).

A clause the borrower was not told about does not bind (民法典 496), so the rule is part of the terms, with its
numbers, and `explain` can say it aloud.
"""

from dataclasses import dataclass
from datetime import date

from anju.core.checks import require, within
from anju.core.dates import add_months
from anju.core.money import FEN_MAX, PPM_ONE, Rounding, divide

MONTHS_OF_INTEREST_MAX = 24


@dataclass(frozen=True, slots=True)
class PenaltyTier:
    """What a prepayment costs while the loan is younger than `before_month` months (12: in the first year).

    `share_ppm` of the amount (1 % = 10 000), or `interest_months` months of interest on it, or both. A
    prepayment on the day the loan becomes `before_month` months old is past this tier. Raises BadInput.
    """

    before_month: int
    share_ppm: int = 0
    interest_months: int = 0

    def __post_init__(self) -> None:
        within("before_month", self.before_month, 1, 600)
        within("share_ppm", self.share_ppm, 0, PPM_ONE)
        within("interest_months", self.interest_months, 0, MONTHS_OF_INTEREST_MAX)


@dataclass(frozen=True, slots=True)
class PenaltyRule:
    """Tiers by age of the loan, youngest first; no tier means no penalty.

    `free_per_year_fen` of principal a loan year is free of penalty (loan years run from anniversary to
    anniversary of payout); the allowance is used up in the order of the prepayments. Raises BadInput.
    """

    tiers: tuple[PenaltyTier, ...] = ()
    free_per_year_fen: int = 0

    def __post_init__(self) -> None:
        months = [tier.before_month for tier in self.tiers]
        require(
            "penalty.tiers", months, months == sorted(set(months)), "rising before_month", "按贷款月龄递增"
        )
        within("free_per_year_fen", self.free_per_year_fen, 0, FEN_MAX)

    def tier_on(self, start_on: date, on: date) -> PenaltyTier | None:
        """The tier that applies on a day, None when the loan is past all of them."""
        return next((tier for tier in self.tiers if on < add_months(start_on, tier.before_month)), None)


NO_PENALTY = PenaltyRule()


def loan_year_start(start_on: date, on: date) -> date:
    """First day of the loan year a day lies in; anniversaries are clamped at month ends without drift."""
    years = on.year - start_on.year
    anniversary = add_months(start_on, 12 * years)
    return anniversary if anniversary <= on else add_months(start_on, 12 * (years - 1))


def chargeable_fen(
    rule: PenaltyRule, start_on: date, on: date, amount_fen: int, earlier: tuple[tuple[date, int], ...]
) -> int:
    """Part of a prepaid amount above what is left of the year's free allowance.

    `earlier`: days and principal amounts of the prepayments before this one.
    """
    since = loan_year_start(start_on, on)
    used = sum(fen for day, fen in earlier if since <= day <= on)
    free = max(rule.free_per_year_fen - used, 0)
    return max(amount_fen - free, 0)


def penalty_fen(
    rule: PenaltyRule,
    start_on: date,
    on: date,
    amount_fen: int,
    rate_ppm: int,
    earlier: tuple[tuple[date, int], ...] = (),
    rounding: Rounding = "half_up",
) -> int:
    """Penalty on prepaying so many fen of principal: (share + months x annual / 12) x chargeable, rounded once."""
    tier = rule.tier_on(start_on, on)
    if tier is None:
        return 0
    charged = chargeable_fen(rule, start_on, on, amount_fen, earlier)
    return divide(charged * (12 * tier.share_ppm + tier.interest_months * rate_ppm), 12 * PPM_ONE, rounding)
