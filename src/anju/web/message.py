"""Texts of messages as screens show them: never with the link that confirms them (staff are not the borrower)."""

import re

from django.utils.translation import gettext as _

_LINK = re.compile(r"\s*https?://\S+/a/\S+\s*")
_STOP = re.compile(r"https?://\S+/a/\S+/stop\b")
_GAPS = re.compile(r"\n{3,}")


def without_link(body: str, *, button: bool) -> str:
    """The text without its confirmation link: on screen a button stands in its place.

    A line that is only the link points at the button, or goes when there is none (any more); inside a sentence (a
    text message) the link becomes three dots.
    """
    lines = []
    for line in body.splitlines():
        if _STOP.search(line):
            continue  # contact is ended by the person alone: on the portal, under their preferences
        if not _LINK.fullmatch(line):
            lines.append(_LINK.sub(" … ", line).rstrip())
        elif button:
            lines.append(_("请点下方的“我已收到”。"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()
