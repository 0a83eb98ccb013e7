"""Template messages of a WeChat official account 公众号模板消息: registered template, typed fields, and callbacks.

Channel `wechat`: the address is the openid that the person has at this account (WeCom has a channel of its own). It sends
by template code (`by_code` and `fields` in providers.toml). Not idempotent: the same `client_msg_id` is swallowed for ten
minutes only, so a call without an answer leaves the message in doubt.
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from anju.adapters import tencent
from anju.adapters.line_url import line_url
from anju.adapters.tencent import THANKS
from anju.adapters.wecom_crypt import Seal
from anju.platform.notices.hooks import Heard
from anju.platform.notices.ports import Coded, Message, Rejected, Submitted, Value
from anju.platform.notices.rows import ReceiptIn

TIMEOUT_SECONDS = 10.0
FINISHED = "TEMPLATESENDJOBFINISH"
FAILED = {"failed:user block": "blocked", "failed:freq limit": "throttled"}
"""What the account is told of a message that did not arrive (without blanks after the colon); else `undelivered`."""

LATER = {
    -1: "unavailable",
    45009: "throttled",
    45011: "throttled",
    40164: "unavailable",
    50002: "unavailable",
}
FINAL = {
    40003: "no_such_address", 43004: "blocked", 43019: "blocked", 43101: "blocked", 40036: "content", 40037: "content",
    41030: "content", 43116: "content", 47001: "content", 47003: "content",
}  # fmt: skip
"""Error codes of the interface in our words; a code that is not here is final and `invalid`."""

_OPENID = re.compile(r"[0-9A-Za-z_-]{20,64}")
_FIELD = re.compile(r"([a-z_]*[a-z])([0-9]{1,3})")
_HAN = r"\u3400-\u9fff"
FORMS = {
    "thing": re.compile(r"[^\x00-\x1f]{1,20}"),
    "const": re.compile(r"[^\x00-\x1f]{1,20}"),
    "name": re.compile(rf"[{_HAN}·]{{1,10}}|[A-Za-z .'-]{{1,20}}"),
    "phrase": re.compile(rf"[{_HAN}]{{1,5}}"),
    "character_string": re.compile(r"[\x20-\x7e]{1,32}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "number": re.compile(r"[0-9]{1,32}|[0-9]{1,29}\.[0-9]{1,2}"),
    "amount": re.compile(r"[0-9]{1,10}\.[0-9]{2}元"),
    "phone_number": re.compile(r"[0-9+() -]{1,17}"),
    "time": re.compile(r"[0-9年月日: -]{4,32}"),
    "date": re.compile(r"[0-9年月日: -]{4,32}"),
}
"""What WeChat lets a field of each type hold, by the letters its name begins with."""

logger = logging.getLogger(__name__)


class WechatPort(tencent.AccountPort):
    """Channel `wechat` by one official account (服务号). Safe for several threads."""

    channel = "wechat"

    def __init__(
        self,
        url: str,
        *,
        app_id: str,
        secret: str,
        callback: Seal | None = None,
        timeout: float = TIMEOUT_SECONDS,
        name: str = "wechat",
    ) -> None:
        """`callback`: token and key of the account's 消息推送, in its safe mode 安全模式."""
        if not app_id or not secret:
            raise ValueError(f"{name}: app id and secret are needed")
        asked = {"grant_type": "client_credential", "appid": app_id, "secret": secret}
        body = json.dumps(asked).encode()
        ask_token = ("POST", "/cgi-bin/stable_token", body)
        super().__init__(tencent.Api(name, url, ask_token=ask_token, timeout=timeout), callback)
        self.app_id = app_id

    @classmethod
    def from_url(
        cls, url: str, *, name: str = "wechat", hook_secret: str = "", scheme: str = "https"
    ) -> "WechatPort":
        """`wechat://app_id:secret@api.weixin.qq.com?timeout=10`; `hook_secret` is `token:aes_key`."""
        where = line_url(url, schemes=("wechat",), form="wechat://app_id:secret@host")
        return cls(
            f"{scheme}://{where.place}",
            app_id=where.user,
            secret=where.password,
            callback=tencent.seal_of(hook_secret, where.user),
            timeout=where.seconds("timeout", TIMEOUT_SECONDS),
            name=name,
        )

    def send(self, message: Message) -> Submitted:
        """Hand one message over. Raises Rejected, InDoubt."""
        if not _OPENID.fullmatch(message.to):
            raise Rejected("no_such_address", retry=False, detail="not an openid")
        if message.coded is None or not message.coded.code:
            raise Rejected("content", retry=False, detail="no template of the account: by_code, fields")
        body = {
            "touser": message.to, "template_id": message.coded.code, "data": data_of(message.coded),
            "client_msg_id": message.key, **({"url": message.coded.link} if message.coded.link else {}),
        }  # fmt: skip
        sent = json.dumps(body, ensure_ascii=False).encode()
        given = self._api.post("/cgi-bin/message/template/send", sent, message.at)
        tencent.refuse_unless_ok(given, later=LATER, final=FINAL)
        return Submitted(str(given.get("msgid") or message.key)[:120])

    def hear(
        self, *, method: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, at: datetime
    ) -> Heard:
        """The check of the address (GET), what became of messages, and what people write (POST). Raises HookRefused."""
        if method == "GET":  # signed over token, timestamp and nonce alone; the echo comes in plain text
            tencent.believed(self._callback, query, "signature", "", at)
            return Heard(reply_body=query.get("echostr", "").encode()[:200], reply_type="text/plain")
        return self._heard(tencent.told(self._callback, query, body, at))

    def _heard(self, told: Mapping[str, str]) -> Heard:
        kind, event = told.get("MsgType", ""), told.get("Event", "")
        ref = told.get("MsgID", "") or told.get("MsgId", "")
        if kind == "event" and event == FINISHED and ref:
            status, raw = _status(told.get("Status", ""))
            row = ReceiptIn(self.name, ref[:120], status, tencent.moment(told), raw)
            return Heard([row], (), *THANKS)
        reply = tencent.reply_of(told, self.channel)
        if reply is not None:
            return Heard((), [reply], *THANKS)
        logger.info("%s told of %s %s: nothing to keep", self.name, kind[:40], event[:40])
        return Heard((), (), *THANKS)


def data_of(coded: Coded) -> dict[str, dict[str, str]]:
    """The fields of a template message. Raises Rejected for a value that its field cannot hold: nothing is ever cut."""
    return {field: {"value": _written(field, value, coded.language)} for field, value in coded.values.items()}


def _written(field: str, value: Value, language: str) -> str:
    named = _FIELD.fullmatch(field)
    form = FORMS.get(named.group(1)) if named else None
    if named is None or form is None:
        raise Rejected("content", retry=False, detail=f"{field}: no type of field that is known")
    text = _text(named.group(1), value, language)
    if not form.fullmatch(text):
        raise Rejected("content", retry=False, detail=f"{field}: {len(text)} characters do not fit its type")
    return text


def _text(kind: str, value: Value, language: str) -> str:
    """A value as a field of this type wants it."""
    if kind in ("amount", "number") and value.kind == "money":
        yuan, fen = divmod(int(value.raw), 100)
        return f"{yuan}.{fen:02d}" + ("元" if kind == "amount" else "")
    if kind in ("time", "date") and value.kind in ("date", "datetime"):
        moment = datetime.fromisoformat(str(value.raw))
        on: date = moment.date()
        day = on.isoformat() if language == "en" else f"{on.year}年{on.month}月{on.day}日"
        return day if value.kind == "date" else f"{day} {moment:%H:%M}"
    return value.text


def _status(word: str) -> tuple[str, dict[str, Any]]:
    plain = word.strip().replace(": ", ":").lower()[:80]
    if plain == "success":
        return "carrier_delivered", {"event": FINISHED}
    if plain.startswith("failed"):
        return "failed", {"event": FINISHED, "error_class": FAILED.get(plain, "undelivered"), "detail": plain}
    return plain[:40] or "unknown", {"event": FINISHED}
