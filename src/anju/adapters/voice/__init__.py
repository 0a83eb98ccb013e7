"""Automated voice calls 自动语音电话 over SIP: a port (`port`), a book of calls on disk (`book`), the dialler beside the worker."""

import os

from anju.adapters import PROVIDERS, variable
from anju.adapters.voice.line import Line


def lines_from_environment() -> dict[str, Line]:
    """SIP lines by provider name, those of `ANJU_VOICE_PROVIDERS` or `ANJU_SIP_URL`. Raises ValueError naming the variable."""
    told = os.environ.get("ANJU_VOICE_PROVIDERS", "")
    names = [name.strip() for name in told.split(",") if name.strip()] or list(PROVIDERS["voice"])
    found = {}
    for name in names:
        url = os.environ.get(variable(name), "")
        if url.lower().startswith("sip:"):
            try:
                found[name] = Line.from_url(url)
            except ValueError as error:
                raise ValueError(f"{variable(name)}: {error}") from error
    return found
