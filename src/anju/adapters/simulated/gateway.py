"""An SMS gateway that does not exist 模拟短信网关: speaks the protocol of `adapters.http_sms` over real HTTP on loopback.

It checks our signatures, refuses a nonce it has seen, and signs its own calls. What becomes of a message is decided by a
`SimulatedProvider` (delay, loss, duplicates, order, contradictions, outages, magic numbers).
"""

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from string import Template
from typing import Any

from anju.adapters import http_sms
from anju.adapters.simulated.httpd import Loopback, Request, Response
from anju.adapters.simulated.provider import SimulatedProvider
from anju.platform.notices.hooks import HEADER, signature
from anju.platform.notices.ports import InDoubt, Message, Rejected, Submitted
from anju.platform.notices.rows import ReceiptIn

WINDOW_SECONDS = 300
NONCES_MAX = 10_000


class SimulatedGateway:
    """A gateway of its own on `url`. `mood`: fine | busy (429) | away (503) | broken (500) | gibberish."""

    def __init__(
        self,
        *,
        key_id: str = "anju",
        secret: str = "simulated-secret",  # noqa: S107
        hook_secret: str = "simulated-hook-secret",  # noqa: S107
        provider: SimulatedProvider | None = None,
        clock: Callable[[], datetime] | None = None,
        templates: Mapping[str, str] | None = None,
    ) -> None:
        """`clock`: against which timestamps are checked; without one the caller's time is believed. `templates`: registered
        texts by code, with `${name}`; `texts` keeps what was written to whom."""
        self.key_id = key_id
        self.secret = secret
        self.hook_secret = hook_secret
        self.provider = provider or SimulatedProvider("sms", name="http-sms")
        self.mood = "fine"
        self.refused: list[str] = []
        self.templates = dict(templates or {})
        self.texts: dict[str, str] = {}
        self._clock = clock
        self._nonces: dict[str, None] = {}
        self._numbers = 0
        self.web = Loopback(self._handle)
        self.url = self.web.url

    def close(self) -> None:
        """Stop listening."""
        self.web.close()

    def calls(self, at: datetime) -> list[tuple[Mapping[str, str], bytes]]:
        """`(headers, body)` of the webhook calls due by now, each with a receipt. A forged one (fault `forged`) names a
        message of ours but carries a signature that somebody guessed."""
        heard: list[ReceiptIn] = []
        self.provider.listen(at=at, sink=heard.extend)
        return [self._call(row, at) for row in heard]

    def port(self, **given: Any) -> http_sms.HttpSmsPort:
        """Our side of it, configured to match."""
        return http_sms.HttpSmsPort(
            self.url, key_id=self.key_id, secret=self.secret, hook_secrets=[self.hook_secret], **given
        )

    def _call(self, row: ReceiptIn, at: datetime) -> tuple[Mapping[str, str], bytes]:
        forged = row.provider_ref.startswith("forged-")
        ref = row.provider_ref.removeprefix("forged-") if forged else row.provider_ref
        said_at = row.said_at or at
        told = {"ref": ref, "status": row.status, "at": said_at.isoformat(), **row.raw}
        body = json.dumps({"receipts": [told]}).encode()
        secret = "guessed" if forged else self.hook_secret
        return {HEADER: signature(secret, int(at.timestamp()), body)}, body

    def _handle(self, request: Request) -> Response | None:
        problem = self._disbelief(request)
        if problem:
            self.refused.append(problem)
            return Response(401, json.dumps({"error": problem}).encode())
        moods = {"busy": Response(429), "away": Response(503), "gibberish": Response(200, b"<html>")}
        if self.mood in moods:
            return moods[self.mood]
        at = datetime.fromtimestamp(int(request.headers[http_sms.STAMP.lower()]), UTC)
        response: Response | None = Response(404)
        if (request.method, request.path.rpartition("/v1/")[2]) == ("POST", "messages"):
            response = self._take(request, at)
        elif (request.method, request.path.rpartition("/v1/")[2]) == ("GET", "messages"):
            response = self._tell(request, at)
        return Response(500) if self.mood == "broken" else response

    def _disbelief(self, request: Request) -> str:
        heads = request.headers
        stamp, nonce = heads.get(http_sms.STAMP.lower(), ""), heads.get(http_sms.NONCE.lower(), "")
        if heads.get(http_sms.KEY.lower()) != self.key_id or not stamp.isdigit():
            return "unknown_key"
        expected = http_sms.sign(self.secret, request.method, request.target, stamp, nonce, request.body)
        if not hmac.compare_digest(expected, heads.get(http_sms.SIGNATURE.lower(), "")):
            return "bad_signature"
        if self._clock and abs(self._clock().timestamp() - int(stamp)) > WINDOW_SECONDS:
            return "too_old"
        if nonce in self._nonces:
            return "replayed"
        self._nonces[nonce] = None
        while len(self._nonces) > NONCES_MAX:
            del self._nonces[next(iter(self._nonces))]
        return ""

    def _take(self, request: Request, at: datetime) -> Response | None:
        given = json.loads(request.body)
        messages, unknown = [], set()
        for row in given["messages"]:
            self._numbers += 1
            text = self._text(row)
            messages.append(Message(row["key"], self._numbers, "sms", 0, row["to"], "", text or "", at))
            if text is None:
                unknown.add(row["key"])
            else:
                self.texts[row["key"]] = text
        taken = iter(self.provider.send_many([row for row in messages if row.key not in unknown]))
        refused = Rejected("content", retry=False, detail="template")
        outcomes = [refused if row.key in unknown else next(taken) for row in messages]
        if any(isinstance(outcome, InDoubt) for outcome in outcomes):
            return None  # the connection breaks: nobody hears what became of the whole call
        results = []
        for message, outcome in zip(messages, outcomes, strict=True):
            row = {"key": message.key}
            if isinstance(outcome, Submitted):
                row["ref"] = outcome.provider_ref
            elif isinstance(outcome, Rejected):
                row |= {"error": outcome.error_class, "detail": outcome.detail}
            results.append(row)
        return Response(200, json.dumps({"results": results}).encode())

    def _text(self, row: Mapping[str, Any]) -> str | None:
        """What a message says; None: a template or a value that it does not know."""
        if "template" not in row:
            return str(row["text"])
        try:
            return Template(self.templates[row["template"]]).substitute(row["params"])
        except (KeyError, ValueError):
            return None

    def _tell(self, request: Request, at: datetime) -> Response:
        key = request.query.get("key", "")
        answer = self.provider.poll(key=key, provider_ref="", at=at)
        if answer is None:
            return Response(404)
        told = {"key": key, "ref": answer.provider_ref, "status": answer.status, "at": answer.at.isoformat()}
        return Response(200, json.dumps({**told, "error": answer.raw.get("error_class", "")}).encode())
