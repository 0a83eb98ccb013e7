"""Messages of a WeCom application 企业微信应用消息, to a person by user id, and its callbacks.

Not idempotent: the duplicate check we ask for swallows the same JSON within half an hour, but says nothing of whether the
first one was taken. A call without an answer leaves the message in doubt; only a button pressed on its card ends the doubt.
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from anju.adapters import tencent
from anju.adapters.line_url import line_url
from anju.adapters.tencent import THANKS
from anju.adapters.wecom_crypt import Seal
from anju.platform.notices.hooks import Heard
from anju.platform.notices.ports import Message, Rejected, Submitted
from anju.platform.notices.rows import ReceiptIn

TIMEOUT_SECONDS = 10.0
TEXT_BYTES_MAX = 2048
CARD_CHARACTERS_MAX = 112
DUPLICATE_SECONDS = 1800
READ_KEY = "read"
LATER = {
    -1: "unavailable", 45009: "throttled", 45011: "throttled", 45024: "throttled", 45033: "throttled",
    45047: "throttled", 60020: "unavailable",
}  # fmt: skip
FINAL = {
    40003: "no_such_address", 40031: "no_such_address", 46004: "no_such_address", 60111: "no_such_address",
    81013: "no_such_address", 82001: "no_such_address", 45002: "too_long", 44004: "content", 40008: "content",
    48002: "blocked", 60011: "blocked", 301002: "blocked",
}  # fmt: skip
"""Error codes of the interface in our words; a code that is not here is final and `invalid`."""

_USER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}")
_LINK = re.compile(r"https?://[^\s，。；（）]+")

logger = logging.getLogger(__name__)


class WecomPort(tencent.AccountPort):
    """Channel `wecom` by one application of a company. Safe for several threads."""

    channel = "wecom"

    def __init__(
        self,
        url: str,
        *,
        corp_id: str,
        secret: str,
        agent_id: int,
        callback: Seal | None = None,
        card: bool = False,
        timeout: float = TIMEOUT_SECONDS,
        name: str = "wecom",
    ) -> None:
        """`card`: short texts go as a card with a button 已读, whose press is told to us (rung `opened`)."""
        if not corp_id or not secret:
            raise ValueError(f"{name}: corp id and secret are needed")
        query = urlencode({"corpid": corp_id, "corpsecret": secret})
        ask_token = ("GET", f"/cgi-bin/gettoken?{query}", b"")
        super().__init__(tencent.Api(name, url, ask_token=ask_token, timeout=timeout), callback)
        self.corp_id = corp_id
        self.agent_id = agent_id
        self.card = card

    @classmethod
    def from_url(
        cls, url: str, *, name: str = "wecom", hook_secret: str = "", scheme: str = "https"
    ) -> "WecomPort":
        """`wecom://corp_id:secret@qyapi.weixin.qq.com?agent=1000002&card=1`; `hook_secret` is `token:aes_key`."""
        form = "wecom://corp_id:secret@host?agent=number"
        where = line_url(url, schemes=("wecom",), form=form)
        agent = where.query.get("agent", "")
        if not agent.isdigit():
            raise ValueError(f"{form} is needed")
        return cls(
            f"{scheme}://{where.place}",
            corp_id=where.user,
            secret=where.password,
            agent_id=int(agent),
            callback=tencent.seal_of(hook_secret, where.user),
            card=where.query.get("card") == "1",
            timeout=where.seconds("timeout", TIMEOUT_SECONDS),
            name=name,
        )

    def send(self, message: Message) -> Submitted:
        """Hand one message over; a token that has run out is fetched anew once. Raises Rejected, InDoubt."""
        if not _USER.fullmatch(message.to):  # `a|b` and `@all` would reach others
            raise Rejected("no_such_address", retry=False, detail="not a user id")
        body = json.dumps(self._body(message), ensure_ascii=False).encode()
        given = self._api.post("/cgi-bin/message/send", body, message.at)
        return _submitted(given, message)

    def hear(
        self, *, method: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, at: datetime
    ) -> Heard:
        """The check of the address (GET), card buttons and what people write (POST). Raises HookRefused."""
        if method == "GET":
            plain = tencent.opened(self._callback, query, query.get("echostr", ""), at)
            return Heard(reply_body=plain, reply_type="text/plain")
        return self._heard(tencent.told(self._callback, query, body, at))

    def _body(self, message: Message) -> dict[str, Any]:
        shared = {
            "touser": message.to, "agentid": self.agent_id, "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATE_SECONDS,
            "anju_key": message.key,  # the check compares the JSON: two notices in the same words are not one
        }  # fmt: skip
        short = _LINK.sub("", message.body).strip()
        if self.card and len(short) <= CARD_CHARACTERS_MAX:
            return {**shared, "msgtype": "template_card", "template_card": _card(message, short)}
        text = f"{message.subject}\n{message.body}" if message.subject else message.body
        if len(text.encode()) > TEXT_BYTES_MAX:
            raise Rejected(
                "too_long", retry=False, detail=f"{len(text.encode())} bytes, at most {TEXT_BYTES_MAX}"
            )
        return {**shared, "msgtype": "text", "text": {"content": text}}

    def _heard(self, told: Mapping[str, str]) -> Heard:
        kind, event = told.get("MsgType", ""), told.get("Event", "")
        if kind == "event" and event == "template_card_event" and told.get("EventKey") == READ_KEY:
            raw = {"event": event, "user": told.get("FromUserName", "")[:64]}
            row = ReceiptIn(self.name, told.get("TaskId", "")[:120], "opened", tencent.moment(told), raw)
            return Heard([row], (), *THANKS)
        reply = tencent.reply_of(told, self.channel)
        if reply is not None:
            return Heard((), [reply], *THANKS)
        logger.info("%s told of %s %s: nothing to keep", self.name, kind[:40], event[:40])
        return Heard((), (), *THANKS)


def _card(message: Message, text: str) -> dict[str, Any]:
    """A card with one button; its task id is our key, so its press names the attempt."""
    card: dict[str, Any] = {
        "card_type": "button_interaction",
        "main_title": {"title": message.subject or "通知"},
        "sub_title_text": text,
        "task_id": message.key,
        "button_list": [{"text": "已读", "style": 1, "key": READ_KEY}],
    }
    link = _LINK.search(message.body)
    if link:
        card["card_action"] = {"type": 1, "url": link.group()}
    return card


def _submitted(given: Mapping[str, Any], message: Message) -> Submitted:
    tencent.refuse_unless_ok(given, later=LATER, final=FINAL)
    if message.to.lower() in str(given.get("invaliduser") or "").lower().split("|"):
        raise Rejected("no_such_address", retry=False, detail="invaliduser")
    if message.to.lower() in str(given.get("unlicenseduser") or "").lower().split("|"):
        raise Rejected("blocked", retry=False, detail="unlicenseduser")
    return Submitted(str(given.get("msgid") or message.key)[:120])
