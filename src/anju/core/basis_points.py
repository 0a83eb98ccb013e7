"""Spreads (加点) in basis points, exact to a hundredth of one: 4.90 x 0.85 - 4.80 = -63.5 bp."""

import re
from decimal import Decimal

from anju.core.checks import bad
from anju.core.money import PPM_MAX, PPM_PER_BP, normalised

BasisPoints = int | Decimal
"""Whole basis points as an int, parts of one as a Decimal: -30, Decimal("-63.5")."""

_POINTS = re.compile(r"[+-]?[0-9]{1,4}(?:\.[0-9]{1,2})?", re.ASCII)


def bp_to_ppm(points: BasisPoints, *, field: str = "spread_bp") -> int:
    """Basis points to ppm, exact. Raises BadInput for a part finer than 0.01 bp, or beyond +-3600 bp."""
    scaled = Decimal(points) * PPM_PER_BP
    if scaled != int(scaled) or abs(scaled) > PPM_MAX:
        raise bad(field, points, "-3600 .. 3600 bp, at most 2 decimals")
    return int(scaled)


def ppm_to_bp(ppm: int) -> BasisPoints:
    """ppm to basis points: an int when whole, else a Decimal."""
    whole, rest = divmod(ppm, PPM_PER_BP)
    return Decimal(ppm) / PPM_PER_BP if rest else whole


def bp_from_text(text: str, *, field: str = "spread_bp") -> BasisPoints:
    """Basis points as people write them: "-30", "+55", "-63.5", "−20". Raises BadInput."""
    value = normalised(text).replace("−", "-")
    if not _POINTS.fullmatch(value):
        raise bad(field, text, "-3600 .. 3600 bp, at most 2 decimals")
    return ppm_to_bp(bp_to_ppm(Decimal(value), field=field))


def bp_text(ppm: int) -> str:
    """A spread in ppm as unsigned basis points for a sentence: -6350 -> "63.5"."""
    whole, rest = divmod(abs(ppm), PPM_PER_BP)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def signed_bp(ppm: int) -> str:
    """A spread in ppm with its sign: "+55", "-63.5", "+0"."""
    return f"{'-' if ppm < 0 else '+'}{bp_text(ppm)}"
