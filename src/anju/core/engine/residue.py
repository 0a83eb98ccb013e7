"""What the first instalment after a levelling carries when the residue is taken first (`schedule.conventions`)."""

import numpy as np
from numpy.typing import NDArray

from anju.core.engine.basis import DOWN
from anju.core.engine.level import TIE_FEN, TIE_SHARE
from anju.core.money import PPM_ONE, ROUNDINGS, divide

Ints = NDArray[np.int64]
_MONTHLY = 12 * PPM_ONE
RESIDUE_SHARE = 10 * TIE_SHARE
"""Two nearly equal amounts are subtracted here, so the error is a share of the balance, not of the residue."""


def level_residue(balance_fen: Ints, instalment_fen: Ints, rate_ppm: Ints, n: Ints, code: int) -> Ints:
    """divide((B - PV(A)) (1 + i), 1) of each row, the worth of what the instalment's rounding left; may be negative.

    A float candidate is trusted away from rounding boundaries only; the others are computed in exact integers.
    """
    monthly = rate_ppm / (12.0 * PPM_ONE)
    safe = np.where(rate_ppm == 0, 1.0, monthly)
    worth = np.where(rate_ppm == 0, n, -np.expm1(-n * np.log1p(monthly)) / safe)
    exact = (balance_fen - instalment_fen * worth) * (1.0 + monthly)
    size = np.abs(exact)
    shift = 0.0 if code == DOWN else 0.5
    below = np.floor(size + shift)
    away = size + shift - below
    result: Ints = np.where(exact < 0, -below, below).astype(np.int64)
    near = np.minimum(away, 1.0 - away) <= TIE_FEN + RESIDUE_SHARE * balance_fen
    for row in np.flatnonzero(near).tolist():
        balance, instalment = int(balance_fen[row]), int(instalment_fen[row])
        result[row] = exact_residue(balance, instalment, int(rate_ppm[row]), int(n[row]), code)
    return result


def exact_residue(balance_fen: int, instalment_fen: int, rate_ppm: int, n: int, code: int) -> int:
    """The same of one loan, in integers of any length."""
    rounding = ROUNDINGS[code]
    if rate_ppm == 0:
        return balance_fen - n * instalment_fen
    grown, whole = (_MONTHLY + rate_ppm) ** n, _MONTHLY**n
    # PV(A) = A (1 - D^n / q^n) D / r with q = D + r; times (1 + i) = q / D.
    numerator = balance_fen * rate_ppm * grown - instalment_fen * _MONTHLY * (grown - whole)
    return divide(numerator * (_MONTHLY + rate_ppm), rate_ppm * grown * _MONTHLY, rounding)
