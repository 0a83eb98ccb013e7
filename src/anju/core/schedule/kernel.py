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
    half = 0 if rounding == "down" else denominator // 2
    loop = _to_even if rounding == "half_even" else _payments if rule == "payment" else _parts
    principals, interests, left = loop(rule, balance_fen, instalment_fen, weights, denominator, half)
    if closes:
        principals[-1] += left
        left = 0
    return principals, interests, left


Loop = tuple[list[int], list[int], int]


def _payments(
    rule: Rule, balance: int, payment: int, weights: Iterable[int], denominator: int, half: int
) -> Loop:
    """Level payments: three plans of 360 months are compared in this loop (design, section 6), so it is bare."""
    principals: list[int] = []
    interests: list[int] = []
    for weight in weights:
        interest = (balance * weight + half) // denominator
        principal = payment - interest
        if principal < 0:
            principal = 0
        elif principal > balance:
            principal = balance
        balance -= principal
        principals.append(principal)
        interests.append(interest)
    return principals, interests, balance


def _parts(rule: Rule, balance: int, part: int, weights: Iterable[int], denominator: int, half: int) -> Loop:
    """A fixed principal part; 0 of it where only interest is paid, or where the residue of a small loan takes it below 0."""
    principals: list[int] = []
    interests: list[int] = []
    part = max(part, 0)
    for weight in weights:
        interests.append((balance * weight + half) // denominator)
        if part > balance:
            part = balance
        balance -= part
        principals.append(part)
    return principals, interests, balance


def _to_even(
    rule: Rule, balance: int, instalment: int, weights: Iterable[int], denominator: int, half: int
) -> Loop:
    """Either, with halves of interest to the even fen."""
    principals: list[int] = []
    interests: list[int] = []
    for weight in weights:
        shifted = balance * weight + half
        interest = shifted // denominator
        if interest & 1 and shifted == interest * denominator:
            interest -= 1
        principal = instalment - interest if rule == "payment" else instalment
        principal = min(max(principal, 0), balance)
        balance -= principal
        principals.append(principal)
        interests.append(interest)
    return principals, interests, balance
