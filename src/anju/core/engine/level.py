"""Exact division and exact level payments over columns."""

import numpy as np
from numpy.typing import NDArray

from anju.core.money import PPM_ONE
from anju.core.schedule.interest import level_payment_fen

Ints = NDArray[np.int64]

TIE_FEN = 1e-3
"""How near to a half fen a float candidate may lie before it is computed anew in exact integers."""
TIE_SHARE = 1e-13
"""The same as a share of a large payment: a hundred times the error of the float formula (about 1e-15)."""


def divide_half_up_columns(numerator: Ints, denominator: int) -> Ints:
    """`divide_half_up` of non-negative columns by one even denominator, in one floor division."""
    result: Ints = (numerator + denominator // 2) // denominator
    return result


def level_payments(balance_fen: Ints, rate_ppm: Ints, n: Ints) -> Ints:
    """`level_payment_fen` of each row.

    A float candidate is trusted only when it is farther from a half fen than its error can be; the few
    others, about one in 500, are computed again in exact integers. So the result is exact in every row.
    """
    monthly = rate_ppm / (12.0 * PPM_ONE)
    zero = rate_ppm == 0
    shrunk = -np.expm1(-n * np.log1p(monthly))
    exact = balance_fen * monthly / np.where(zero, 1.0, shrunk)
    below = np.floor(exact)
    result = below.astype(np.int64) + (exact - below >= 0.5)
    np.copyto(result, (2 * balance_fen + n) // (2 * n), where=zero)
    doubtful = ~zero & (np.abs(exact - below - 0.5) <= TIE_FEN + TIE_SHARE * exact)
    for row in np.flatnonzero(doubtful).tolist():
        result[row] = level_payment_fen(int(balance_fen[row]), int(rate_ppm[row]), int(n[row]))
    return result
