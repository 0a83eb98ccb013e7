"""Texts of messages as the portal shows them."""

import re

_LINK = re.compile(r"\s*https?://\S+/a/\S+\s*")
_GAPS = re.compile(r"\n{3,}")


def without_link(body: str) -> str:
    """The text without its confirmation link: on screen a button stands in its place.

    A line that is only the link goes; inside a sentence (a text message) the link becomes three dots.
    """
    lines = []
    for line in body.splitlines():
        if _LINK.fullmatch(line):
            continue
        lines.append(_LINK.sub(" … ", line).rstrip())
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()
