"""A WeCom that does not exist 模拟企业微信: tokens, messages and sealed callbacks over real HTTP on loopback.

What becomes of a message is decided by a `SimulatedProvider`; a press of the card's button is its `opened`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anju.adapters.simulated.httpd import Loopback, Request, Response
from anju.adapters.simulated.provider import SimulatedProvider
from anju.adapters.wecom import READ_KEY, WecomPort
from anju.adapters.wecom_crypt import Seal
from anju.platform.notices.ports import InDoubt, Message, Rejected
from anju.platform.notices.rows import ReceiptIn

TOKEN_SECONDS = 7200
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CODES = {"throttled": 45009, "unavailable": -1, "no_such_address": 81013}


@dataclass(frozen=True, slots=True)
class Call:
    """One call to us."""

    method: str
    query: dict[str, str]
    body: bytes = b""


class SimulatedWecom:
    """A company's WeCom on `url`. `mood`: fine | busy (45009) | broken (500)."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        corp_id: str = "ww0001",
        secret: str = "simulated-secret",  # noqa: S107
        agent_id: int = 1_000_002,
        provider: SimulatedProvider | None = None,
    ) -> None:
        self.corp_id = corp_id
        self.secret = secret
        self.agent_id = agent_id
        self.seal = Seal("simulated-token", AES_KEY, corp_id)
        self.provider = provider or SimulatedProvider("wecom", name="wecom", idempotent=False)
        self.mood = "fine"
        self.tokens = 0
        self.bodies: list[dict[str, Any]] = []
        self._clock = clock
        self._seen: dict[str, tuple[datetime, str]] = {}
        self._cards: dict[str, tuple[str, str]] = {}
        self.web = Loopback(self._handle)
        self.url = self.web.url

    def close(self) -> None:
        """Stop listening."""
        self.web.close()

    def port(self, **given: Any) -> WecomPort:
        """Our side of it, configured to match."""
        return WecomPort(
            self.url,
            corp_id=self.corp_id,
            secret=self.secret,
            agent_id=self.agent_id,
            callback=self.seal,
            **given,
        )

    def spend_tokens(self) -> None:
        """Every token given so far is worth nothing any more."""
        self.tokens += 1

    def check(self, at: datetime) -> Call:
        """The call by which the console checks the address; the plain text is `echo`."""
        query = self._signed(b"echo", at)
        return Call("GET", query | {"echostr": query.pop("sealed")})

    def calls(self, at: datetime) -> list[Call]:
        """Callbacks due by now: a press for each card that was opened. WeCom tells of nothing else. A forged one
        (fault `forged`) is sealed with a key that somebody guessed."""
        heard: list[ReceiptIn] = []
        self.provider.listen(at=at, sink=heard.extend)
        found = []
        for row in heard:
            forged = row.provider_ref.startswith("forged-")
            task, user = self._cards.get(row.provider_ref.removeprefix("forged-"), ("", ""))
            if task and (forged or row.status == "opened"):
                found.append(self.press(task, user, row.said_at or at, at, forged=forged))
        return found

    def press(
        self, task_id: str, user: str, pressed_at: datetime, at: datetime, *, forged: bool = False
    ) -> Call:
        """Somebody presses the button 已读 of a card."""
        told = {"MsgType": "event", "Event": "template_card_event", "EventKey": READ_KEY, "TaskId": task_id}
        return self.tell(told | {"FromUserName": user}, pressed_at, at, forged=forged)

    def tell(self, told: dict[str, str], said_at: datetime, at: datetime, *, forged: bool = False) -> Call:
        """Any callback, sealed and signed."""
        rows = {"ToUserName": self.corp_id, "CreateTime": str(int(said_at.timestamp())), **told}
        text = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in rows.items())
        seal = Seal("guessed", AES_KEY[::-1], self.corp_id) if forged else self.seal
        query = self._signed(f"<xml>{text}</xml>".encode(), at, seal)
        sealed = query.pop("sealed")
        body = f"<xml><ToUserName><![CDATA[{self.corp_id}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        return Call("POST", query, body.encode())

    def _signed(self, message: bytes, at: datetime, seal: Seal | None = None) -> dict[str, str]:
        chosen = seal or self.seal
        stamp, nonce, sealed = str(int(at.timestamp())), "1372623149", chosen.close(message)
        signed = chosen.signature(stamp, nonce, sealed)
        return {"msg_signature": signed, "timestamp": stamp, "nonce": nonce, "sealed": sealed}

    def _handle(self, request: Request) -> Response | None:
        if self.mood == "broken":
            return Response(500)
        if request.path == "/cgi-bin/gettoken":
            return self._give_token(request)
        if request.path != "/cgi-bin/message/send" or request.method != "POST":
            return Response(404)
        if request.query.get("access_token") != f"token-{self.tokens}":
            return _told(42001, "access_token expired")
        if self.mood == "busy":
            return _told(45009, "api freq out of limit")
        return self._take(request)

    def _give_token(self, request: Request) -> Response:
        if (request.query.get("corpid"), request.query.get("corpsecret")) != (self.corp_id, self.secret):
            return _told(40001, "invalid credential")
        self.tokens += 1
        return _told(0, "ok", access_token=f"token-{self.tokens}", expires_in=TOKEN_SECONDS)

    def _take(self, request: Request) -> Response | None:
        body, at = json.loads(request.body), self._clock()
        text = request.body.decode()
        known = self._seen.get(text)
        if known and (at - known[0]).total_seconds() < body.get("duplicate_check_interval", 1800):
            return _told(0, "ok", msgid=known[1])
        self.bodies.append(body)
        card = body.get("template_card", {})
        key = card.get("task_id") or f"wecom-{len(self.bodies)}"
        content = card.get("sub_title_text") or body.get("text", {}).get("content", "")
        message = Message(key, len(self.bodies), "wecom", 0, body["touser"], "", content, at)
        (outcome,) = self.provider.send_many([message])
        if isinstance(outcome, InDoubt):
            return None
        if isinstance(outcome, Rejected):
            code = CODES.get(outcome.error_class, 40008)
            return _told(code, outcome.detail, invaliduser=body["touser"] if code == 81013 else "")
        ref = getattr(outcome, "provider_ref", "")
        self._seen[text] = (at, ref)
        if card:
            self._cards[ref] = (key, body["touser"])
        return _told(0, "ok", invaliduser="", msgid=ref)


def _told(code: int, text: str, **more: Any) -> Response:
    return Response(200, json.dumps({"errcode": code, "errmsg": text, **more}).encode())
