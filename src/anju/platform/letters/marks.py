"""The reference of a letter 信函编号: `L` and its number with a check digit (Luhn), so that a slip of the pen is seen."""

import re

_FORM = re.compile(r"L(\d{7,18})(\d)\Z")


def reference(letter_id: int) -> str:
    """Reference of a letter, e.g. L00000018."""
    digits = f"{letter_id:07d}"
    return f"L{digits}{_check(digits)}"


def letter_id(text: str) -> int | None:
    """Number of a letter; None when this is no reference of ours."""
    found = _FORM.match(text.strip().upper())
    if found is None or _check(found[1]) != int(found[2]):
        return None
    return int(found[1])


def _check(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


_POSTCODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


def postcode_of(address: str) -> tuple[str, str]:
    """Postcode 邮编 and the rest of a Chinese address; "" when it names none."""
    found = _POSTCODE.findall(address)
    if not found:
        return "", address
    rest = _POSTCODE.sub(" ", address, count=1)
    return found[0], " ".join(rest.replace("邮编", " ").replace("：", " ").split())
