"""Calls to one configured server over HTTP: pooled, timed, bounded, TLS verified, no redirects.

The address comes from the configuration only. What matters to a sender is where a call broke: before the server could
have taken it (`NotSent`), or after (`NoAnswer`).
"""

import http.client
import select
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

ANSWER_MAX = 1024 * 1024
IDLE_MAX = 4
TIMEOUT_SECONDS = 10.0


class NotSent(Exception):
    """The server was not reached: it has certainly taken nothing."""


class NoAnswer(Exception):
    """It was given the request, or part of it, and did not answer: nobody knows whether it took it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. `headers`: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Server:
    """One server: `https://host[:port][/base]`. `http` is allowed to this machine only. Safe for several threads."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise ValueError(f"https://host is needed, not {parts.scheme}://{parts.hostname or ''}")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError(f"http is allowed to this machine only, not to {parts.hostname}: use https")
        self.host = parts.hostname
        self.port = parts.port or (443 if parts.scheme == "https" else 80)
        self.base = parts.path.rstrip("/")
        self.secure = parts.scheme == "https"
        self.timeout = timeout
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def ask(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One call; `path` begins with / and is added to the base. Raises NotSent, NoAnswer."""
        connection = self._connected()
        try:
            connection.request(method, self.base + path, body=body or None, headers=dict(headers or {}))
            response = connection.getresponse()
            data = response.read(ANSWER_MAX + 1)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise NoAnswer(_named(error)) from error
        if len(data) > ANSWER_MAX or response.will_close:
            connection.close()
        else:
            self._put_back(connection)
        if len(data) > ANSWER_MAX:
            raise NoAnswer(f"an answer of more than {ANSWER_MAX} bytes")
        heads = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, heads, data)

    def close(self) -> None:
        """End every idle connection."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _connected(self) -> http.client.HTTPConnection:
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if not _stale(connection):
                    return connection
                connection.close()
        connection = self._fresh()
        try:
            connection.connect()
        except OSError as error:  # refused, unknown host, time-out, a certificate that is not believed
            connection.close()
            raise NotSent(_named(error)) from error
        return connection

    def _fresh(self) -> http.client.HTTPConnection:
        if self.secure:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self.host, self.port, timeout=self.timeout, context=context)
        return http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)

    def _put_back(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if len(self._idle) < IDLE_MAX:
                self._idle.append(connection)
                return
        connection.close()


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _stale(connection: http.client.HTTPConnection) -> bool:
    """An idle connection on which something lies was closed by the server."""
    sock = connection.sock
    return sock is None or bool(select.select([sock], [], [], 0)[0])


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
