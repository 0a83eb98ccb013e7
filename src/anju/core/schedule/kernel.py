"""The rule of an instalment, in one loop: what a single period does and what a whole schedule is made of."""

from collections.abc import Iterable
from typing import Literal

from anju.core.money import Rounding

Rule = Literal["payment", "principal", "interest"]
"""What is fixed: the whole instalment, its principal part, or neither (interest only)."""


def amortise(
    rule: Rule,
    balance_fen: int,
    instalment_fen: int,
    weights: Iterable[int],
    denominator: int,
    rounding: Rounding,
    closes: bool = False,
) -> tuple[list[int], list[int], int]:
    """Principal and interest of consecutive periods, and the balance after them, fen.

    One weight a period: rate x time; interest = balance x weight / denominator, rounded once. principal =
    instalment - interest (or the instalment itself), never below 0 or above the balance; with `closes` the last
    one takes all that is left. The denominator is
    even (a year in units x a million), so adding half of it before the floor division rounds half-up.
    """
    principals: list[int] = []
    interests: list[int] = []
    half = 0 if rounding == "down" else denominator // 2
    ties_to_even = rounding == "half_even"
    is_payment = rule == "payment"
    for weight in weights:
        shifted = balance_fen * weight + half
        interest = shifted // denominator
        if ties_to_even and interest & 1 and shifted == interest * denominator:
            interest -= 1
        principal = instalment_fen - interest if is_payment else instalment_fen
        if principal < 0:
            principal = 0
        elif principal > balance_fen:
            principal = balance_fen
        balance_fen -= principal
        principals.append(principal)
        interests.append(interest)
    if closes:
        principals[-1] += balance_fen
        balance_fen = 0
    return principals, interests, balance_fen
