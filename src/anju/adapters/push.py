"""Web push 网页推送 to the browser a borrower allowed it in. The service worker tells when it showed and opened it.

The address is a subscription that a browser gave us, so its host is not trusted: only the push services named in the
configuration are called. Not idempotent: the notification's tag makes a second one replace the first, if it still stands.
"""

import hmac
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac

from anju.adapters import push_crypt, web
from anju.adapters.line_url import line_url
from anju.platform.notices.hooks import Heard, HookRefused
from anju.platform.notices.ports import Answer, InDoubt, Message, Rejected, Submitted
from anju.platform.notices.rows import ReceiptIn

TIMEOUT_SECONDS = 10.0
LIVES = timedelta(days=2)
TOKEN_LIVES = timedelta(hours=12)
HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    ".notify.windows.com",
)
"""Push services of the browsers; a name that begins with a point stands for every host below it."""
SERVERS_MAX = 32
MARK_CHARACTERS = 32
WORDS = {"shown": "device_delivered", "opened": "opened"}
"""What the service worker says, in our words."""


class PushPort:
    """Channel `push`. `public_key`: what a browser needs to subscribe."""

    channel = "push"
    idempotent = False
    can_poll = False

    def __init__(
        self,
        key: str,
        *,
        contact: str,
        hosts: Sequence[str] = HOSTS,
        timeout: float = TIMEOUT_SECONDS,
        name: str = "push",
    ) -> None:
        """`key`: our VAPID key (`push_crypt.private_key`); `contact`: whom a push service may write to."""
        self.name = name
        self.contact = contact
        self.hosts = tuple(hosts)
        self.timeout = timeout
        self._key = push_crypt.private_key(key)
        self.public_key = push_crypt.b64(push_crypt.public_bytes(self._key))
        self._servers: dict[str, web.Server] = {}
        self._lock = threading.Lock()

    @classmethod
    def from_url(cls, url: str, *, name: str = "push", hook_secret: str = "") -> "PushPort":
        """`push:?key=…&contact=ops@bank.example&hosts=fcm.googleapis.com,.notify.windows.com`; hosts: those of the browsers."""
        where = line_url(url)
        query = where.query
        if not query.get("key") or "@" not in query.get("contact", ""):
            raise ValueError("push:?key=…&contact=mail address is needed (a key: anju channels push-key)")
        hosts = tuple(host.strip() for host in query.get("hosts", "").split(",") if host.strip()) or HOSTS
        timeout = where.seconds("timeout", TIMEOUT_SECONDS)
        return cls(query["key"], contact=query["contact"], hosts=hosts, timeout=timeout, name=name)

    def send(self, message: Message) -> Submitted:
        """Hand one notification to the push service of its browser. Raises Rejected, InDoubt."""
        endpoint, keys = self._subscription(message.to)
        told = {
            "key": message.key, "title": message.subject, "body": message.body, "seen": seen_token(message.key),
            "hook": f"/hooks/receipts/{self.name}/",
        }  # fmt: skip
        try:
            text = json.dumps(told, ensure_ascii=False).encode()
            body = push_crypt.seal(text, p256dh=keys["p256dh"], auth=keys["auth"])
        except ValueError as error:
            long = len(message.body.encode()) > push_crypt.TEXT_BYTES_MAX // 2
            raise Rejected(
                "too_long" if long else "no_such_address", retry=False, detail=str(error)
            ) from error
        server, path = self._server(endpoint)
        origin = f"{'https' if server.secure else 'http'}://{urlsplit(endpoint).netloc}"
        ends = int((message.at + TOKEN_LIVES).timestamp())
        heads = {
            "Authorization": push_crypt.vapid(self._key, audience=origin, contact=self.contact, ends=ends),
            "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream",
            "TTL": str(int(LIVES.total_seconds())), "Urgency": "normal",
        }  # fmt: skip
        try:
            answer = server.ask("POST", path, body=body, headers=heads)
        except web.NotSent as error:
            raise Rejected("unavailable", retry=True, detail=str(error)) from error
        except web.NoAnswer as error:
            raise InDoubt(str(error)) from error
        return _submitted(answer, message)

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        """A push service has no question for this."""
        return None

    def hear(
        self, *, method: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, at: datetime
    ) -> Heard:
        """The service worker: `{"seen": token, "what": "shown" | "opened"}`. Raises HookRefused."""
        if method != "POST":
            raise HookRefused(405, "post_only")
        try:
            told = json.loads(body)
            token, what = told["seen"], told["what"]
            status = WORDS[what]
            key, _, mark = token.rpartition(".")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise HookRefused(400, f"body: {type(error).__name__}") from error
        if not _is_ours(key, mark):
            raise HookRefused(401, "bad_token")
        return Heard([ReceiptIn(self.name, key, status, None, {"what": what})], (), 200, b"{}")

    def close(self) -> None:
        """End the idle connections."""
        for server in self._servers.values():
            server.close()

    def _subscription(self, text: str) -> tuple[str, dict[str, str]]:
        try:
            given = json.loads(text)
            endpoint, keys = str(given["endpoint"]), given["keys"]
            found = {"p256dh": str(keys["p256dh"]), "auth": str(keys["auth"])}
        except (ValueError, KeyError, TypeError) as error:
            raise Rejected("no_such_address", retry=False, detail="not a subscription") from error
        if not self._is_known(endpoint):
            raise Rejected("no_such_address", retry=False, detail="not a push service we know")
        return endpoint, found

    def _is_known(self, endpoint: str) -> bool:
        parts = urlsplit(endpoint)
        host = (parts.hostname or "").lower()
        known = any(host.endswith(name) if name.startswith(".") else host == name for name in self.hosts)
        plain = parts.username is None and parts.password is None
        return known and plain and (parts.scheme == "https" or web.is_loopback(host))

    def _server(self, endpoint: str) -> tuple[web.Server, str]:
        parts = urlsplit(endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            server = self._servers.get(origin)
            if server is None:
                if len(self._servers) >= SERVERS_MAX:
                    self._servers.pop(next(iter(self._servers))).close()
                server = self._servers[origin] = web.Server(origin, timeout=self.timeout)
        return server, parts.path + (f"?{parts.query}" if parts.query else "")


def seen_token(key: str) -> str:
    """What the service worker shows us to speak about this message."""
    return f"{key}.{_mark(key)}"


def _mark(key: str, secret: str | bytes | None = None) -> str:
    digest = salted_hmac("anju.adapters.push", key, secret=secret, algorithm="sha256").hexdigest()
    return digest[:MARK_CHARACTERS]


def _is_ours(key: str, mark: str) -> bool:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    given = mark.encode(errors="replace")
    return any(hmac.compare_digest(_mark(key, secret).encode(), given) for secret in secrets)


def _submitted(answer: web.Answer, message: Message) -> Submitted:
    detail: Any = f"HTTP {answer.status}"
    if answer.status in (200, 201, 202, 204):
        return Submitted(message.key)
    if answer.status in (404, 410):
        raise Rejected("no_such_address", retry=False, detail=f"{detail}: the subscription has ended")
    if answer.status in (429, 503):
        raise Rejected("throttled" if answer.status == 429 else "unavailable", retry=True, detail=detail)
    if answer.status == 413:
        raise Rejected("too_long", retry=False, detail=detail)
    if 400 <= answer.status < 500 or 300 <= answer.status < 400:
        raise Rejected("invalid", retry=False, detail=detail)
    raise InDoubt(detail)
