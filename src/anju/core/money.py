"""Fen, ppm and the one family of rounding functions (design, house rule 2).

Money is integer fen (1 yuan = 100 fen), rates are integer ppm a year. Multiply first, divide once, round once,
half-up unless the product says otherwise.
"""

import re
from typing import Literal

from anju.core.errors import BadInput

FEN_MAX = 1_000_000_000 * 100
"""Largest amount handled: one thousand million yuan, in fen. Keeps the engine's products inside int64."""

PPM_MAX = 360_000
"""Largest annual rate handled: 36 %, in ppm."""

PPM_PER_PERCENT = 10_000
PPM_PER_BP = 100
PPM_ONE = 1_000_000

_YUAN = re.compile(r"(-?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]{1,2}))?", re.ASCII)
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?%?", re.ASCII)


def normalised(text: str) -> str:
    """Text with full-width forms made ordinary (NFKC) and outer white space removed."""
    if text.isascii():
        return text.strip()
    import unicodedata  # a table of its own, needed for text from people only

    return unicodedata.normalize("NFKC", text).strip()


Rounding = Literal["half_up", "half_even", "down"]
ROUNDINGS: tuple[Rounding, ...] = ("half_up", "half_even", "down")
UnitRounding = Literal["half_up", "half_even", "down", "up"]
UNIT_ROUNDINGS: tuple[UnitRounding, ...] = ("half_up", "half_even", "down", "up")
"""What an instalment may be rounded by: interest is never rounded up."""


def divide(numerator: int, denominator: int, rounding: UnitRounding = "half_up") -> int:
    """Exact quotient rounded to a whole number by the product's rule. The only rounding in the code base.

    half_up: to the nearest, halves away from zero (`instalment_rounding` = half_up_0.01). half_even: to the
    nearest, halves to the even one. down: towards zero. up: away from zero. Raises ValueError when the denominator is not positive
    or the rule is unknown.
    """
    if denominator <= 0:
        raise ValueError("denominator must be positive")
    size = abs(numerator)
    if rounding == "half_up":
        rounded = (2 * size + denominator) // (2 * denominator)
    elif rounding == "half_even":
        rounded, rest = divmod(size, denominator)
        rounded += 2 * rest > denominator or (2 * rest == denominator and rounded % 2)
    elif rounding == "down":
        rounded = size // denominator
    elif rounding == "up":
        rounded = -(-size // denominator)
    else:
        raise ValueError(f"unknown rounding: {rounding}")
    return rounded if numerator >= 0 else -rounded


def divide_half_up(numerator: int, denominator: int) -> int:
    """`divide` with halves away from zero."""
    return divide(numerator, denominator)


def yuan_to_fen(text: str, *, field: str = "amount", allow_negative: bool = False) -> int:
    """Yuan as written by people or files ("1,234.5", "１２３.40") to fen.

    Optional thousands commas (in threes), at most 2 decimals, full-width forms accepted, never a float.
    Raises BadInput for any other form, for a minus sign unless allowed, and above FEN_MAX.
    """
    found = _YUAN.fullmatch(normalised(text))
    if not found or (found[1] and not allow_negative):
        raise _bad_amount(field, text)
    fen = int(found[2].replace(",", "")) * 100 + int((found[3] or "").ljust(2, "0"))
    if fen > FEN_MAX:
        raise _bad_amount(field, text)
    return -fen if found[1] else fen


def _bad_amount(field: str, text: str) -> BadInput:
    return BadInput(
        field=field,
        value=text,
        allowed="0.00 .. 1,000,000,000.00",
        message_zh="金额须为以元为单位的数字，最多两位小数，不超过 10 亿元",
        message_en="amount must be a number in yuan with at most 2 decimals, not above 1,000,000,000",
    )


def fen_to_text(fen: int) -> str:
    """Fen as plain yuan for files: 123456 -> "1234.56"."""
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{cents:02d}"


def fen_to_display(fen: int) -> str:
    """Fen as yuan for people: 123456 -> "1,234.56"."""
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{cents:02d}"


def percent_to_ppm(text: str, *, field: str = "rate") -> int:
    """Annual rate in percent to ppm: "3.95" -> 39500. At most 4 decimals, 0 to 36; a trailing % is
    accepted."""
    found = _PERCENT.fullmatch(normalised(text))
    ppm = int(found[1]) * PPM_PER_PERCENT + int((found[2] or "").ljust(4, "0")) if found else -1
    if not 0 <= ppm <= PPM_MAX:
        raise BadInput(
            field=field,
            value=text,
            allowed="0 .. 36 (%)",
            message_zh="年利率须为百分数，0 至 36，最多四位小数",
            message_en="annual rate must be a percentage from 0 to 36 with at most 4 decimals",
        )
    return ppm


def ppm_to_percent_text(ppm: int) -> str:
    """Rate in ppm as percent with 2 to 4 decimals: 39500 -> "3.95", 41650 -> "4.165"."""
    whole, rest = divmod(abs(ppm), PPM_PER_PERCENT)
    decimals = f"{rest:04d}"
    decimals = decimals[:2] + decimals[2:].rstrip("0")
    return f"{'-' if ppm < 0 else ''}{whole}.{decimals}"
