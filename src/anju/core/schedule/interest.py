"""Interest and level payments in exact integers (facts section 3). Rates ppm a year, money fen."""

from functools import lru_cache

from anju.core.money import PPM_ONE, divide_half_up

MONTHS = 12
DAYS = 360
_MONTHLY = MONTHS * PPM_ONE
_DAILY = DAYS * PPM_ONE


def period_interest_fen(balance_fen: int, rate_ppm: int) -> int:
    """Interest of a whole period: balance x annual / 12, whatever the month length."""
    return divide_half_up(balance_fen * rate_ppm, _MONTHLY)


def stub_interest_fen(balance_fen: int, rate_days: int) -> int:
    """Interest of a broken period: balance x annual / 360 x actual days (算头不算尾).

    `rate_days` is the sum of rate_ppm x days over the parts of the period, so that several rates round once.
    """
    return divide_half_up(balance_fen * rate_days, _DAILY)


def penalty_interest_fen(principal_fen: int, rate_ppm: int, uplift_ppm: int, days: int) -> int:
    """Penalty interest (罚息) on an overdue amount: contract rate x (1 + uplift) / 360 x days, rounded once.

    `uplift_ppm` is a share of the rate (+50 % = 500 000), from the day after the due date
    (银发〔2003〕251号). The same form gives compound interest (复利) with unpaid interest as the base.
    """
    if principal_fen < 0 or rate_ppm < 0 or uplift_ppm < 0 or days < 0:
        raise ValueError("penalty arguments must not be negative")
    return divide_half_up(principal_fen * rate_ppm * (PPM_ONE + uplift_ppm) * days, _DAILY * PPM_ONE)


def level_payment_fen(balance_fen: int, rate_ppm: int, n: int) -> int:
    """Level payment (等额本息) of a balance over n whole periods: A = B i (1+i)^n / ((1+i)^n - 1), exact,
    half-up.

    i = annual / 12 is never rounded. A rate of 0 is a rate: B / n. Raises ValueError for n < 1 or negative
    values.
    """
    if n < 1 or balance_fen < 0 or rate_ppm < 0:
        raise ValueError("level payment needs n >= 1 and no negative values")
    if rate_ppm == 0:
        return divide_half_up(balance_fen, n)
    numerator, denominator = _annuity(rate_ppm, n)
    return divide_half_up(balance_fen * numerator, denominator)


@lru_cache(maxsize=4096)
def _annuity(rate_ppm: int, n: int) -> tuple[int, int]:
    """Payment per unit of balance as an exact fraction."""
    grown = (_MONTHLY + rate_ppm) ** n
    return rate_ppm * grown, _MONTHLY * (grown - _MONTHLY**n)
