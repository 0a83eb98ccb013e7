"""The telephone line 语音线路: which SIP trunk is used, under which number, with how much patience."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from anju.adapters.line_url import line_url

NUMBER = re.compile(r"\+?[0-9]{3,20}\Z")
LINES_MAX = 32
_FORM = "sip://user:password@host:port?from=number"


@dataclass(frozen=True, slots=True)
class Line:
    """A SIP trunk over UDP. `caller`: the number shown; `lines`: calls at once; seconds: ringing, one call, a key press."""

    host: str
    port: int
    user: str
    password: str
    caller: str
    domain: str
    lines: int = 1
    ring_seconds: float = 30.0
    call_seconds: float = 120.0
    key_seconds: float = 6.0
    rounds: int = 2
    first_resend: float = 0.5
    media_ports: tuple[int, int] = (0, 0)

    @classmethod
    def from_url(cls, url: str) -> "Line":
        """`sip://user:password@host:5060?from=4000000000&domain=bank.example&lines=2&ring=30&call=120&key=6&rounds=2`

        and `&media=20000-20100`: UDP ports for the sound (default: any). Raises ValueError naming the field.
        """
        where = line_url(url, schemes=("sip",), form=_FORM)
        query = where.query
        caller = query.get("from", where.user)
        if not re.fullmatch(r"[A-Za-z0-9+._-]{1,40}", caller):
            raise ValueError(f"from={caller!r}: 1 to 40 letters and digits; {_FORM} is needed")
        return cls(
            where.host,
            where.port or 5060,
            where.user,
            where.password,
            caller,
            query.get("domain", where.host),
            lines=int(_number(query, "lines", 1, 1, LINES_MAX)),
            ring_seconds=_number(query, "ring", 30, 1, 120),
            call_seconds=_number(query, "call", 120, 1, 600),
            key_seconds=_number(query, "key", 6, 0.1, 60),
            rounds=int(_number(query, "rounds", 2, 1, 5)),
            media_ports=_ports(query.get("media", "")),
        )


def _number(query: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    try:
        value = float(query.get(name, default))
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise ValueError(f"{name}={query.get(name)!r}: {low:g} to {high:g}")
    return value


def _ports(text: str) -> tuple[int, int]:
    if not text:
        return (0, 0)
    found = re.fullmatch(r"(\d{4,5})-(\d{4,5})", text)
    if not found or not 1024 <= int(found[1]) < int(found[2]) <= 65535:
        raise ValueError(f"media={text!r}: two ports, 1024-65535, low-high")
    return int(found[1]), int(found[2])
