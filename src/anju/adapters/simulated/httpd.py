"""A real HTTP server on this machine for simulated providers 本机模拟服务: it answers, answers late, or hangs up."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BODY_MAX = 4 * 1024 * 1024
IDLE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `headers`: names in lower case; `target`: path and query as they came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """Fields of the query; of several with one name the last."""
        return {key: values[-1] for key, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass(frozen=True, slots=True)
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Handle = Callable[[Request], Response | None]
"""What a server does with a request; None: it hangs up without a word."""


class Loopback:
    """Listens on a free port of 127.0.0.1 until `close`. Use as a context manager."""

    def __init__(self, handle: Handle, *, slow_seconds: float = 0.0) -> None:
        """`slow_seconds`: how long every answer waits; may be changed while it runs."""
        self.slow_seconds = slow_seconds
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(handle, self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; what waits is let go."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> "Loopback":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _handler(handle: Handle, server: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = IDLE_SECONDS
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > BODY_MAX:
                self.close_connection = True
                return
            heads = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, heads, self.rfile.read(length))
            response = handle(request)
            if server.slow_seconds:
                server.closing.wait(server.slow_seconds)
            if response is None:
                self.close_connection = True
                return
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = _answer
        do_POST = _answer

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler
