"""Length of a text message as the networks count it: UCS-2, as Chinese is sent (3GPP TS 23.040)."""

ALONE = 70
PER_PART = 67


def units(body: str) -> int:
    """Characters as the network counts them: one outside the basic plane counts twice."""
    return len(body.encode("utf-16-be")) // 2


def segments(body: str) -> int:
    """How many parts a text takes: 70 characters in one, 67 in each of several."""
    length = units(body)
    return 1 if length <= ALONE else -(-length // PER_PART)
