"""SMS over a signed HTTP gateway 短信网关: JSON over HTTPS, batches, an idempotency key, asking, receipts by webhook.

The protocol is written down in docs/channels/http-sms.md. With `by_code` in providers.toml the gateway is given its own
template's code and the values, and writes the text itself. The key of an attempt is the gateway's idempotency key: the
same key twice is one SMS, so a doubtful call is asked about and then repeated with the same keys.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from anju.adapters import web
from anju.adapters.line_url import line_url
from anju.platform.notices.hooks import Heard, SignedHook
from anju.platform.notices.ladder import STATUSES
from anju.platform.notices.ports import Answer, InDoubt, Message, NotTried, Rejected, Submitted

TIMEOUT_SECONDS = 10.0
BATCH_MAX = 100
KEY, STAMP, NONCE, SIGNATURE = "X-Anju-Key", "X-Anju-Timestamp", "X-Anju-Nonce", "X-Anju-Signature"

FINAL = frozenset({"no_such_address", "blocked", "invalid", "content", "too_long"})
LATER = frozenset({"throttled", "unavailable"})
"""Error classes a gateway may name for one message; anything else is read as `invalid`."""

_Outcome = Submitted | Rejected | InDoubt | NotTried


def sign(secret: str, method: str, target: str, stamp: str, nonce: str, body: bytes) -> str:
    """Value of `X-Anju-Signature` of a request: HMAC-SHA256, hex, over five lines: method, path with query, timestamp,
    nonce, SHA-256 of the body in hex."""
    lines = "\n".join((method, target, stamp, nonce, hashlib.sha256(body).hexdigest()))
    return "v1=" + hmac.new(secret.encode(), lines.encode(), hashlib.sha256).hexdigest()


class HttpSmsPort:
    """Channel `sms` by one gateway."""

    channel = "sms"
    idempotent = True
    can_poll = True

    def __init__(
        self,
        url: str,
        *,
        key_id: str,
        secret: str,
        hook_secrets: Sequence[str] = (),
        sign_name: str = "",
        timeout: float = TIMEOUT_SECONDS,
        name: str = "http-sms",
    ) -> None:
        """`url`: base address; `secret` signs our requests, `hook_secrets` the gateway's calls; `sign_name`: 签名."""
        if not key_id or not secret:
            raise ValueError(f"{name}: key id and secret are needed")
        self.name = name
        self.key_id = key_id
        self.sign_name = sign_name
        self.server = web.Server(url, timeout=timeout)
        self._secret = secret
        self._hook = SignedHook(name, *hook_secrets, channel=self.channel)

    @classmethod
    def from_url(cls, url: str, *, name: str = "http-sms", hook_secret: str = "") -> "HttpSmsPort":
        """`https://key_id:secret@host/base?sign=签名&timeout=10`; the webhook's secret comes by itself (two: with a comma)."""
        where = line_url(url)
        return cls(
            f"{where.scheme}://{where.place}{where.path}",
            key_id=where.user,
            secret=where.password,
            hook_secrets=[part.strip() for part in hook_secret.split(",")],
            sign_name=where.query.get("sign", ""),
            timeout=where.seconds("timeout", TIMEOUT_SECONDS),
            name=name,
        )

    def send(self, message: Message) -> Submitted:
        """Hand one SMS over. Raises Rejected, InDoubt."""
        (outcome,) = self.send_many([message])
        if isinstance(outcome, Submitted):
            return outcome
        raise outcome

    def send_many(self, messages: Sequence[Message]) -> list[_Outcome]:
        """Calls of up to 100 messages. When the gateway is away, the rest is put back untouched."""
        outcomes: list[_Outcome] = []
        for start in range(0, len(messages), BATCH_MAX):
            told = self._submit(messages[start : start + BATCH_MAX])
            outcomes += told
            if all(_is_away(outcome) for outcome in told):
                break
        return [*outcomes, *(NotTried("gateway away") for _ in messages[len(outcomes) :])]

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        """Asked by our key. None: it does not know the message, or does not answer now."""
        try:
            answer = self._call("GET", f"/v1/messages?{urlencode({'key': key})}", b"", at)
        except (web.NotSent, web.NoAnswer):
            return None
        given = _json(answer.body) if answer.status == 200 else None
        if given is None or given.get("key") != key or given.get("status") not in STATUSES:
            return None
        try:
            said_at = datetime.fromisoformat(str(given.get("at", "")))
        except ValueError:
            said_at = at
        if said_at.utcoffset() is None:
            said_at = at
        raw = {"error_class": _class_of(given, "undelivered")} if given["status"] == "failed" else {}
        return Answer(given["status"], said_at, str(given.get("ref", ""))[:120], raw)

    def hear(
        self, *, method: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, at: datetime
    ) -> Heard:
        """Receipts and replies in the format of the house. Raises HookRefused."""
        return self._hook.hear(method=method, headers=headers, query=query, body=body, at=at)

    def close(self) -> None:
        """End the idle connections."""
        self.server.close()

    def _submit(self, messages: Sequence[Message]) -> list[_Outcome]:
        body = json.dumps(
            {
                "sign": self.sign_name,
                "messages": [{"key": row.key, "to": row.to, **_what(row)} for row in messages],
            },
            ensure_ascii=False,
        ).encode()
        try:
            answer = self._call("POST", "/v1/messages", body, messages[0].at)
        except web.NotSent as error:
            return [Rejected("unavailable", retry=True, detail=str(error)) for _ in messages]
        except web.NoAnswer as error:
            return [InDoubt(str(error)) for _ in messages]
        return _outcomes(answer, messages)

    def _call(self, method: str, path: str, body: bytes, at: datetime) -> web.Answer:
        stamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
        signed = sign(self._secret, method, self.server.base + path, stamp, nonce, body)
        heads = {KEY: self.key_id, STAMP: stamp, NONCE: nonce, SIGNATURE: signed}
        if body:
            heads["Content-Type"] = "application/json; charset=utf-8"
        return self.server.ask(method, path, body=body, headers=heads)


def _what(message: Message) -> dict[str, Any]:
    """The text; or, for a gateway that writes it itself, its template's code and the values in words."""
    if message.coded is None:
        return {"text": message.body}
    values = {name: value.text for name, value in message.coded.values.items()}
    return {"template": message.coded.code, "params": values}


def _outcomes(answer: web.Answer, messages: Sequence[Message]) -> list[_Outcome]:
    """What the gateway's answer means for each message."""
    detail = f"HTTP {answer.status}"
    if answer.status == 429:
        return [Rejected("throttled", retry=True, detail=detail) for _ in messages]
    if answer.status == 503:  # the protocol's word for: nothing was taken
        return [Rejected("unavailable", retry=True, detail=detail) for _ in messages]
    if 400 <= answer.status < 500:  # our request was refused as a whole: not the messages' fault
        return [Rejected("unavailable", retry=True, detail=detail) for _ in messages]
    given = _json(answer.body) if answer.status == 200 else None
    if given is None:
        return [InDoubt(f"{detail}, not an answer of the protocol") for _ in messages]
    rows = given.get("results")
    by_key = {row.get("key"): row for row in rows if isinstance(row, dict)} if isinstance(rows, list) else {}
    return [_outcome(by_key.get(message.key)) for message in messages]


def _outcome(row: Mapping[str, Any] | None) -> _Outcome:
    if row is None:
        return InDoubt("the answer does not name this message")
    if row.get("ref"):
        return Submitted(str(row["ref"])[:120])
    if not row.get("error"):
        return InDoubt("the answer says neither yes nor no")
    error_class = _class_of(row)
    return Rejected(error_class, retry=error_class in LATER, detail=str(row.get("detail", ""))[:300])


def _class_of(row: Mapping[str, Any], unnamed: str = "invalid") -> str:
    named = str(row.get("error", ""))
    return named if named in FINAL | LATER | {"undelivered", "bounced"} else unnamed


def _is_away(outcome: _Outcome) -> bool:
    return isinstance(outcome, InDoubt) or (
        isinstance(outcome, Rejected) and outcome.error_class == "unavailable"
    )


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None
