"""A WeChat official account that does not exist 模拟公众号: tokens, template messages and sealed callbacks over real HTTP.

It knows its templates by id and their fields. What becomes of a message is decided by a `SimulatedProvider`; the account is
told once, when a message has arrived or failed.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from anju.adapters.simulated.httpd import Loopback, Request, Response
from anju.adapters.simulated.provider import SimulatedProvider
from anju.adapters.simulated.wecom import AES_KEY, TOKEN_SECONDS, Call
from anju.adapters.wechat import FINISHED, WechatPort
from anju.adapters.wecom_crypt import Seal
from anju.platform.notices.ports import InDoubt, Message, Rejected
from anju.platform.notices.rows import ReceiptIn

CODES = {"throttled": 45009, "unavailable": -1, "no_such_address": 40003}
WORDS = {"carrier_delivered": "success", "device_delivered": "success", "failed": "failed: system failed"}
OPENID = "oSIMULATED0000000000000000001"


class SimulatedWechat:
    """An official account on `url`. `templates`: id -> its fields."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        app_id: str = "wx0001",
        secret: str = "simulated-secret",  # noqa: S107
        templates: dict[str, tuple[str, ...]] | None = None,
        provider: SimulatedProvider | None = None,
    ) -> None:
        self.app_id = app_id
        self.secret = secret
        self.seal = Seal("simulated-token", AES_KEY, app_id)
        self.provider = provider or SimulatedProvider("wechat", name="wechat", idempotent=False)
        self.templates = templates or {"tm-reminder": ("character_string1", "time2", "amount3")}
        self.tokens = 0
        self.token_calls = 0
        self.bodies: list[dict[str, Any]] = []
        self._clock = clock
        self._seen: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, int] = {}
        self.web = Loopback(self._handle)
        self.url = self.web.url

    def close(self) -> None:
        """Stop listening."""
        self.web.close()

    def port(self, **given: Any) -> WechatPort:
        """Our side of it, configured to match."""
        return WechatPort(self.url, app_id=self.app_id, secret=self.secret, callback=self.seal, **given)

    def spend_tokens(self) -> None:
        """The token given so far is worth nothing any more."""
        self.tokens += 1

    def check(self, at: datetime) -> Call:
        """The call by which the console checks the address."""
        stamp, nonce = str(int(at.timestamp())), "486452656"
        signed = self.seal.signature(stamp, nonce, "")
        return Call("GET", {"signature": signed, "timestamp": stamp, "nonce": nonce, "echostr": "4375120948"})

    def calls(self, at: datetime) -> list[Call]:
        """Callbacks due by now, one for each message that arrived or failed. A forged one (fault `forged`) is sealed with a
        key that somebody guessed."""
        heard: list[ReceiptIn] = []
        self.provider.listen(at=at, sink=heard.extend)
        found = []
        for row in heard:
            ref = row.provider_ref.removeprefix("forged-")
            if row.status in WORDS and ref in self._numbers:
                forged = row.provider_ref != ref
                told = self.finished(self._numbers[ref], WORDS[row.status])
                found.append(self.tell(told, row.said_at or at, at, forged=forged))
        return found

    @staticmethod
    def finished(number: int, status: str) -> dict[str, str]:
        """What the account is told when a message is done."""
        told = {"MsgType": "event", "Event": FINISHED, "FromUserName": OPENID}
        return told | {"MsgID": str(number), "Status": status}

    def tell(self, told: dict[str, str], said_at: datetime, at: datetime, *, forged: bool = False) -> Call:
        """Any callback, sealed and signed."""
        rows = {"ToUserName": "gh_0001", "CreateTime": str(int(said_at.timestamp())), **told}
        text = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in rows.items())
        seal = Seal("guessed", AES_KEY[::-1], self.app_id) if forged else self.seal
        stamp, nonce, sealed = (
            str(int(at.timestamp())),
            "1372623149",
            seal.close(f"<xml>{text}</xml>".encode()),
        )
        query = {
            "signature": seal.signature(stamp, nonce, ""), "timestamp": stamp, "nonce": nonce, "encrypt_type": "aes",
            "msg_signature": seal.signature(stamp, nonce, sealed),
        }  # fmt: skip
        body = (
            f"<xml><ToUserName><![CDATA[gh_0001]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        )
        return Call("POST", query, body.encode())

    def _handle(self, request: Request) -> Response | None:
        if request.method != "POST":
            return Response(404)
        if request.path == "/cgi-bin/stable_token":
            return self._give_token(request)
        if request.path != "/cgi-bin/message/template/send":
            return Response(404)
        if request.query.get("access_token") != f"stable-{self.tokens}":
            return _told(40001, "invalid credential, access_token is invalid or not latest")
        return self._take(json.loads(request.body))

    def _give_token(self, request: Request) -> Response:
        """The same one to everybody who asks, while it is worth something."""
        given = json.loads(request.body)
        if (given.get("appid"), given.get("secret")) != (self.app_id, self.secret):
            return _told(40125, "invalid appsecret")
        self.token_calls += 1
        answer = {"access_token": f"stable-{self.tokens}", "expires_in": TOKEN_SECONDS}
        return Response(200, json.dumps(answer).encode())

    def _take(self, body: dict[str, Any]) -> Response | None:
        fields = self.templates.get(body.get("template_id", ""))
        if fields is None:
            return _told(40037, "invalid template_id")
        wrong = [name for name in fields if not body["data"].get(name, {}).get("value")]
        if wrong or set(body["data"]) - set(fields):
            return _told(47003, f"argument invalid! data.{(wrong or ['?'])[0]}.value is empty")
        mark = (body["touser"], body.get("client_msg_id", ""))
        if mark in self._seen:
            return _told(0, "ok", msgid=self._numbers[self._seen[mark]])
        self.bodies.append(body)
        content = json.dumps(body["data"], ensure_ascii=False)
        message = Message(mark[1], len(self.bodies), "wechat", 0, mark[0], "", content, self._clock())
        (outcome,) = self.provider.send_many([message])
        if isinstance(outcome, InDoubt):
            return None
        if isinstance(outcome, Rejected):
            return _told(CODES.get(outcome.error_class, 47001), outcome.detail)
        ref = getattr(outcome, "provider_ref", "")
        self._seen[mark] = ref
        self._numbers[ref] = 3_487_542_469_355_618_000 + len(self.bodies)
        return _told(0, "ok", msgid=self._numbers[ref])


def _told(code: int, text: str, **more: Any) -> Response:
    return Response(200, json.dumps({"errcode": code, "errmsg": text, **more}).encode())
