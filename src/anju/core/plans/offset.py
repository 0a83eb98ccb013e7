"""Offset deposit (存抵贷): interest runs on the balance less the deposit (S4-124)."""

from collections.abc import Sequence
from dataclasses import dataclass

from anju.core.checks import bad, within
from anju.core.money import FEN_MAX, PPM_ONE
from anju.core.plans.figures import LoanFigures

_YEAR = 12 * PPM_ONE


@dataclass(frozen=True, slots=True)
class OffsetMonth:
    """One month: the loan's interest, interest on balance less deposit, and the difference credited, fen."""

    month: int
    interest_fen: int
    reduced_fen: int

    @property
    def saved_fen(self) -> int:
        """What the deposit saves this month."""
        return self.interest_fen - self.reduced_fen


def offset_months(
    figures: LoanFigures, deposits_fen: Sequence[int], *, share_ppm: int = PPM_ONE
) -> tuple[OffsetMonth, ...]:
    """Interest month by month with these deposits, one a month from month 1; the schedule itself stays.

    `share_ppm`: the share of the deposit that counts (a product may count 80 %). A deposit above the balance
    saves no more than the interest. Raises BadInput.
    """
    within("share_ppm", share_ppm, 0, PPM_ONE)
    if len(deposits_fen) > figures.months:
        raise bad("deposits_fen", len(deposits_fen), f"0 .. {figures.months} months")
    found = []
    balances = figures.balances_fen(len(deposits_fen)) if deposits_fen else ()
    for month, (balance, deposit) in enumerate(zip(balances, deposits_fen, strict=True), 1):
        within("deposit_fen", deposit, 0, FEN_MAX)
        left = max(balance - deposit * share_ppm // PPM_ONE, 0)
        reduced = (left * figures.rate_ppm + _YEAR // 2) // _YEAR
        found.append(OffsetMonth(month, figures.interests_fen[month - 1], reduced))
    return tuple(found)
