"""A push service and a browser that do not exist 模拟推送服务: over real HTTP on loopback.

What becomes of a notification is decided by a `SimulatedProvider`; `calls` is what the service worker tells us.
"""

import json
import os
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from anju.adapters import push_crypt
from anju.adapters.push import TOKEN_LIVES, PushPort
from anju.adapters.simulated.httpd import Loopback, Request, Response
from anju.adapters.simulated.provider import SimulatedProvider
from anju.platform.notices.ports import InDoubt, Message, Rejected
from anju.platform.notices.rows import ReceiptIn

CODES = {"throttled": 429, "unavailable": 503, "no_such_address": 410}


class SimulatedPush:
    """One browser, subscribed at a push service on `url`. `seen`: what it was shown."""

    def __init__(self, *, provider: SimulatedProvider | None = None) -> None:
        self.provider = provider or SimulatedProvider("push", name="push", idempotent=False)
        self.key = push_crypt.new_private_key()
        self.seen: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self._browser = ec.generate_private_key(ec.SECP256R1())
        self._auth = push_crypt.b64(os.urandom(16))
        self._tokens: dict[str, str] = {}
        self.web = Loopback(self._handle)
        self.url = self.web.url

    def close(self) -> None:
        """Stop listening."""
        self.web.close()

    def port(self, **given: Any) -> PushPort:
        """Our side of it, configured to match."""
        return PushPort(self.key, contact="ops@bank.example", hosts=["127.0.0.1"], **given)

    def subscription(self, place: str = "p1") -> str:
        """The address: what the browser gives us."""
        keys = {"auth": self._auth, "p256dh": push_crypt.b64(push_crypt.public_bytes(self._browser))}
        return json.dumps({"endpoint": f"{self.url}/{place}", "keys": keys})

    def calls(self, at: datetime) -> list[bytes]:
        """Bodies that the service worker sends by now; a forged one (fault `forged`) carries a guessed token."""
        heard: list[ReceiptIn] = []
        self.provider.listen(at=at, sink=heard.extend)
        found = []
        for row in heard:
            forged = row.provider_ref.startswith("forged-")
            token = self._tokens.get(row.provider_ref.removeprefix("forged-"), "")
            what = {"device_delivered": "shown", "carrier_delivered": "shown", "opened": "opened"}.get(
                row.status
            )
            if token and what:
                seen = token.rpartition(".")[0] + "." + "0" * 32 if forged else token
                found.append(json.dumps({"seen": seen, "what": what}).encode())
        return found

    def _handle(self, request: Request) -> Response | None:
        if request.headers.get("content-encoding") != "aes128gcm" or "ttl" not in request.headers:
            return Response(400)
        if not request.headers.get("authorization", "").startswith("vapid t="):
            return Response(403)
        told = json.loads(push_crypt.unseal(request.body, key=self._browser, auth=self._auth))
        place, at = request.path.rpartition("/")[2], _signed_at(request.headers["authorization"])
        message = Message(told["key"], len(self.seen), "push", 0, place, told["title"], told["body"], at)
        (outcome,) = self.provider.send_many([message])
        if isinstance(outcome, InDoubt):
            return None
        if isinstance(outcome, Rejected):
            return Response(CODES.get(outcome.error_class, 400))
        self.seen.append(told)
        self.heads.append(dict(request.headers))
        self._tokens[getattr(outcome, "provider_ref", "")] = told["seen"]
        return Response(201, headers={"Location": f"{self.url}/m/{len(self.seen)}"})


def _signed_at(header: str) -> datetime:
    """When a request was signed: half a day before its VAPID token ends."""
    claims = json.loads(push_crypt.unb64(header.removeprefix("vapid t=").split(".")[1]))
    return datetime.fromtimestamp(claims["exp"], UTC) - TOKEN_LIVES
