"""Ratios (payment to income, down payment to price) compared exactly and shown with two decimals of a percent.

A ratio is a pair of integers; it is never divided before it is compared. A policy limit is ppm (50 % = 500 000).
"""

from decimal import Decimal, InvalidOperation

from anju.core.checks import bad
from anju.core.money import PPM_ONE


def ratio_to_ppm(value: str | Decimal, *, field: str = "ratio") -> int:
    """A share written as a decimal fraction ("0.15") to ppm, exact. Raises BadInput outside 0 .. 10."""
    try:
        scaled = Decimal(value) * PPM_ONE
    except InvalidOperation as error:
        raise bad(field, value, "0 .. 10") from error
    if not scaled.is_finite() or scaled != int(scaled) or not 0 <= scaled <= 10 * PPM_ONE:
        raise bad(field, value, "0 .. 10, at most 6 decimals")
    return int(scaled)


def exceeds(part: int, whole: int, limit_ppm: int) -> bool:
    """Whether part / whole > limit, exactly. A part of nothing (whole 0) exceeds every limit unless it is 0."""
    return part * PPM_ONE > limit_ppm * whole


def ratio_text(part: int, whole: int, *, over: bool = False) -> str:
    """part / whole as percent with two decimals: "43.28%". `over`: rounded up, so that 50.001 % that fails a
    limit of 50 % reads 50.01 %; otherwise rounded down, so that what passes never reads as failing.
    """
    if whole <= 0:
        return "∞" if part else "0.00%"
    scaled = part * 10_000
    hundredths = -(-scaled // whole) if over else scaled // whole
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def limit_text(ppm: int) -> str:
    """A limit in ppm as percent without idle zeros: 500 000 -> "50%", 153 000 -> "15.3%"."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0") + "%" if rest else f"{whole}%"
