"""Exact division and exact level payments over columns."""

import numpy as np
from numpy.typing import NDArray

from anju.core.engine.basis import DOWN, HALF_UP, rounded
from anju.core.money import PPM_ONE, ROUNDINGS, divide

Ints = NDArray[np.int64]

TIE_FEN = 1e-9
"""How near to a rounding boundary a float candidate may lie before it is computed anew in exact integers: for amounts of a
few fen, where the half that is added before the floor is the larger part (its rounding is below 1e-15)."""
TIE_SHARE = 1e-13
"""The same as a share of a large payment: fifty times the error of the float formula.

B i / -expm1(-n log1p(i)) has nine roundings, none of them magnified (x e^-x / (1 - e^-x) <= 1 for x = n log1p(i)),
and each library function is good to 2 units in the last place: below 2e-15 in all.
"""
_MONTHLY = 12 * PPM_ONE


def divide_half_up_columns(numerator: Ints, denominator: int) -> Ints:
    """`divide_half_up` of non-negative columns by one even denominator, in one floor division."""
    result: Ints = (numerator + denominator // 2) // denominator
    return result


def straight_parts(balance_fen: Ints, n: Ints, code: int = HALF_UP) -> Ints:
    """Principal part of level principal, balance / n, rounded by rule."""
    return rounded(2 * balance_fen // (2 * n), 2 * balance_fen % (2 * n), 2 * n, code)  # type: ignore[arg-type]


def level_payments(balance_fen: Ints, rate_ppm: Ints, n: Ints, code: int = HALF_UP) -> Ints:
    """`level_payment_fen` of each row, rounded by rule.

    A float candidate is trusted only when it is farther from a rounding boundary than its error can be; the few
    others are computed again in exact integers. So the result is exact in every row.
    """
    monthly = rate_ppm / (12.0 * PPM_ONE)
    zero = rate_ppm == 0
    shrunk = -np.expm1(-n * np.log1p(monthly))
    exact = balance_fen * monthly / np.where(zero, 1.0, shrunk)
    below = np.floor(exact if code == DOWN else exact + 0.5)
    result: Ints = below.astype(np.int64)
    np.copyto(result, straight_parts(balance_fen, n, code), where=zero)
    away = exact - below + (0.0 if code == DOWN else 0.5)
    doubtful = ~zero & (np.minimum(away, 1.0 - away) <= TIE_FEN + TIE_SHARE * exact)
    for row in np.flatnonzero(doubtful).tolist():
        result[row] = exact_level_payment(int(balance_fen[row]), int(rate_ppm[row]), int(n[row]), code)
    return result


def exact_level_payment(balance_fen: int, rate_ppm: int, n: int, code: int) -> int:
    """A = B i (1+i)^n / ((1+i)^n - 1) of one loan at a rate above 0, in integers of any length."""
    grown = (_MONTHLY + rate_ppm) ** n
    return divide(balance_fen * rate_ppm * grown, _MONTHLY * (grown - _MONTHLY**n), ROUNDINGS[code])
