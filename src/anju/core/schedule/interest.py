"""Interest, level payments and stepped bases in exact integers (facts section 3). Rates ppm a year, money fen.

Every function multiplies first, divides once and rounds once.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import gcd

from anju.core.money import PPM_ONE, Rounding, divide

MONTHS = 12
DAYS = 360
_MONTHLY = MONTHS * PPM_ONE
_DAILY = DAYS * PPM_ONE


def period_interest_fen(balance_fen: int, rate_ppm: int, rounding: Rounding = "half_up") -> int:
    """Interest of a whole period: balance x annual / 12, whatever the month length."""
    return divide(balance_fen * rate_ppm, _MONTHLY, rounding)


def stub_interest_fen(balance_fen: int, rate_days: int, rounding: Rounding = "half_up") -> int:
    """Interest of a broken period: balance x annual / 360 x actual days (算头不算尾).

    `rate_days` is the sum of rate_ppm x days over the parts of the period, so that several rates round once.
    """
    return divide(balance_fen * rate_days, _DAILY, rounding)


def penalty_interest_fen(principal_fen: int, rate_ppm: int, uplift_ppm: int, days: int) -> int:
    """Penalty interest (罚息) on an overdue amount: contract rate x (1 + uplift) / 360 x days, rounded once.

    `uplift_ppm` is a share of the rate (+50 % = 500 000), from the day after the due date
    (银发〔2003〕251号). The same form gives compound interest (复利) with unpaid interest as the base.
    """
    if principal_fen < 0 or rate_ppm < 0 or uplift_ppm < 0 or days < 0:
        raise ValueError("penalty arguments must not be negative")
    return divide(principal_fen * rate_ppm * (PPM_ONE + uplift_ppm) * days, _DAILY * PPM_ONE)


def level_payment_fen(balance_fen: int, rate_ppm: int, n: int, rounding: Rounding = "half_up") -> int:
    """Level payment (等额本息) of a balance over n whole periods: A = B i (1+i)^n / ((1+i)^n - 1), exact.

    i = annual / 12 is never rounded. A rate of 0 is a rate: B / n. Raises ValueError for n < 1 or negative
    values.
    """
    if n < 1 or balance_fen < 0 or rate_ppm < 0:
        raise ValueError("level payment needs n >= 1 and no negative values")
    numerator, denominator = annuity(rate_ppm, n)
    return divide(balance_fen * numerator, denominator, rounding)


def residue_of(
    balance_fen: int, payment_fen: int, worth: tuple[int, int], once: tuple[int, int], rounding: Rounding
) -> int:
    """The same of payments worth `worth` each per unit of balance, with the first period's rate x time as a fraction."""
    (numerator, denominator), (weight, whole) = worth, once
    left = (balance_fen * numerator - payment_fen * denominator) * (whole + weight)
    return divide(left, numerator * whole, rounding)


def annuity_of(weights: Sequence[int], denominator: int) -> tuple[int, int]:
    """Payment per unit of balance over periods of these rates x times (over the denominator), as an exact fraction."""
    common = gcd(denominator, *weights)
    unit, grown, sums, whole = denominator // common, 1, 0, 1
    for weight in weights:
        up = unit + weight // common
        whole *= unit
        grown *= up
        sums = sums * up + whole
    return grown, sums


@lru_cache(maxsize=4096)
def annuity(rate_ppm: int, n: int) -> tuple[int, int]:
    """Payment per unit of balance as an exact fraction; rate over a year in lowest terms, so that its powers are short."""
    if rate_ppm == 0:
        return 1, n
    common = gcd(rate_ppm, _MONTHLY)
    rate, year = rate_ppm // common, _MONTHLY // common
    grown = (year + rate) ** n
    return rate * grown, year * (grown - year**n)


def stepped_base(
    balance_fen: int, rate_ppm: int, n: int, *, every: int, first: int, step_fen: int, step_ppm: int
) -> tuple[int, int]:
    """Base instalment of a stepped loan (等额递增/递减) as an exact fraction: the one with which the loan ends after n periods.

    The first step comes after `first` instalments, the others every `every`. May come out at 0 or below when
    the steps ask for too much.
    """
    grown, weights, sums = _stepped_sums(rate_ppm, n, every, first, step_ppm)
    scale = PPM_ONE ** _steps(n - 1, every, first) if step_ppm else 1
    return (balance_fen * grown - step_fen * sums) * scale, weights


def stepped_fen(base_fen: int, steps: int, step_fen: int, step_ppm: int, rounding: Rounding) -> int:
    """Instalment after so many steps: base + steps x step_fen, or base x (1 + step)^steps rounded once."""
    if not step_ppm:
        return base_fen + steps * step_fen
    return divide(base_fen * (PPM_ONE + step_ppm) ** steps, PPM_ONE**steps, rounding)


def _steps(t: int, every: int, first: int) -> int:
    """Steps made before instalment t (0, 1, ...)."""
    return 0 if t < first else 1 + (t - first) // every


@lru_cache(maxsize=256)
def _stepped_sums(rate_ppm: int, n: int, every: int, first: int, step_ppm: int) -> tuple[int, int, int]:
    """(1+i)^n, the final value of 1 growing by step_ppm a step, and of the number of steps; times 12e6^n.

    With step_ppm the second is also times PPM_ONE^steps.
    """
    up, last = _MONTHLY + rate_ppm, _steps(n - 1, every, first)
    weights = sums = 0
    unit = 1
    for t in range(n):
        unit *= _MONTHLY
        done = _steps(t, every, first)
        share = (PPM_ONE + step_ppm) ** done * PPM_ONE ** (last - done) if step_ppm else 1
        weights = weights * up + unit * share
        sums = sums * up + unit * done
    return up**n, weights, sums
