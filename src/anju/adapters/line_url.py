"""The URL that configures a line 线路: where it is, who we are there, and its options."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class LineUrl:
    """`scheme://user:password@host:port/path?query`; user and password in clear, the last of equal options counts.

    `place`: host and port as they were written, without user and password.
    """

    scheme: str
    host: str
    port: int | None
    place: str
    path: str
    user: str
    password: str
    query: Mapping[str, str]

    def seconds(self, name: str, default: float) -> float:
        """An option in seconds. Raises ValueError."""
        return float(self.query.get(name, default))


def line_url(url: str, *, schemes: tuple[str, ...] = (), form: str = "") -> LineUrl:
    """The parts of a line's URL. Raises ValueError, which names the wanted `form`: another scheme, or no host."""
    parts = urlsplit(url)
    if schemes and (parts.scheme not in schemes or not parts.hostname):
        raise ValueError(f"{form} is needed")
    return LineUrl(
        parts.scheme,
        parts.hostname or "",
        parts.port,
        parts.netloc.rpartition("@")[2],
        parts.path,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        {key: values[-1] for key, values in parse_qs(parts.query).items()},
    )
