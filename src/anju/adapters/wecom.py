"""Messages of a WeCom application 企业微信应用消息, to a person by user id, and its callbacks.

Not idempotent: the duplicate check we ask for swallows the same JSON within half an hour, but says nothing of whether the
first one was taken. A call without an answer leaves the message in doubt; only a button pressed on its card ends the doubt.
"""

import json
import logging
import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from anju.adapters import web
from anju.adapters.wecom_crypt import BadSeal, Seal, fields
from anju.platform.notices.hooks import TEXT_MAX, Heard, HookRefused, Reply
from anju.platform.notices.ports import Answer, InDoubt, Message, Rejected, Submitted
from anju.platform.notices.rows import ReceiptIn

TIMEOUT_SECONDS = 10.0
TEXT_BYTES_MAX = 2048
CARD_CHARACTERS_MAX = 112
DUPLICATE_SECONDS = 1800
TOKEN_MARGIN = timedelta(minutes=5)
AGE_SECONDS_MAX = 300
READ_KEY = "read"
THANKS = (200, b"success", "text/plain")
"""What WeCom wants to hear; it tells us again three times otherwise."""

TOKEN_SPENT = frozenset({40001, 40014, 42001})
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


class WecomPort:
    """Channel `wecom` by one application of a company. Safe for several threads."""

    channel = "wecom"
    idempotent = False
    can_poll = False

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
        self.name = name
        self.corp_id = corp_id
        self.agent_id = agent_id
        self.card = card
        self.server = web.Server(url, timeout=timeout)
        self._secret = secret
        self._callback = callback
        self._token = ""
        self._token_ends_at: datetime | None = None
        self._lock = threading.Lock()

    @classmethod
    def from_url(
        cls, url: str, *, name: str = "wecom", hook_secret: str = "", scheme: str = "https"
    ) -> "WecomPort":
        """`wecom://corp_id:secret@qyapi.weixin.qq.com?agent=1000002&card=1`; `hook_secret` is `token:aes_key`."""
        parts = urlsplit(url)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        agent = query.get("agent", "")
        if parts.scheme != "wecom" or not parts.hostname or not agent.isdigit():
            raise ValueError("wecom://corp_id:secret@host?agent=number is needed")
        corp_id = unquote(parts.username or "")
        token, _, aes_key = hook_secret.partition(":")
        return cls(
            f"{scheme}://{parts.netloc.rpartition('@')[2]}",
            corp_id=corp_id,
            secret=unquote(parts.password or ""),
            agent_id=int(agent),
            callback=Seal(token, aes_key, corp_id) if hook_secret else None,
            card=query.get("card") == "1",
            timeout=float(query.get("timeout", TIMEOUT_SECONDS)),
            name=name,
        )

    def send(self, message: Message) -> Submitted:
        """Hand one message over; a token that has run out is fetched anew once. Raises Rejected, InDoubt."""
        if not _USER.fullmatch(message.to):  # `a|b` and `@all` would reach others
            raise Rejected("no_such_address", retry=False, detail="not a user id")
        body = json.dumps(self._body(message), ensure_ascii=False).encode()
        for again in (False, True):
            given = self._post(body, self._access_token(message.at, fresh=again))
            code = given["errcode"]
            if code not in TOKEN_SPENT:
                break
        return _submitted(given, code, message)

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        """WeCom has no question for this."""
        return None

    def hear(
        self, *, method: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, at: datetime
    ) -> Heard:
        """The check of the address (GET), card buttons and what people write (POST). Raises HookRefused."""
        if self._callback is None:
            raise HookRefused(401, "no_callback_configured")
        if method == "GET":
            return Heard(
                reply_body=self._opened(query, query.get("echostr", ""), at), reply_type="text/plain"
            )
        try:
            sealed = fields(body.decode()).get("Encrypt", "")
        except UnicodeDecodeError as error:
            raise HookRefused(400, "body: not text") from error
        if not sealed:
            raise HookRefused(400, "body: Encrypt")
        try:
            told = fields(self._opened(query, sealed, at).decode())
        except UnicodeDecodeError as error:
            raise HookRefused(400, "message: not text") from error
        return self._heard(told, at)

    def close(self) -> None:
        """End the idle connections."""
        self.server.close()

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

    def _access_token(self, at: datetime, *, fresh: bool) -> str:
        with self._lock:
            if not fresh and self._token_ends_at is not None and at < self._token_ends_at:
                return self._token
            query = urlencode({"corpid": self.corp_id, "corpsecret": self._secret})
            try:
                answer = self.server.ask("GET", f"/cgi-bin/gettoken?{query}")
            except (web.NotSent, web.NoAnswer) as error:
                raise Rejected("unavailable", retry=True, detail=f"token: {error}") from error
            given = _json(answer.body) if answer.status == 200 else None
            if given is None or given["errcode"] != 0 or not given.get("access_token"):
                detail = f"token: {given['errcode']}" if given else f"token: HTTP {answer.status}"
                logger.error("%s gives no token: %s", self.name, detail)
                raise Rejected("unavailable", retry=True, detail=detail)
            lives = timedelta(seconds=max(0, int(given.get("expires_in", 0))))
            self._token, self._token_ends_at = str(given["access_token"]), at + lives - TOKEN_MARGIN
            return self._token

    def _post(self, body: bytes, token: str) -> dict[str, Any]:
        path = f"/cgi-bin/message/send?{urlencode({'access_token': token})}"
        try:
            answer = self.server.ask("POST", path, body=body, headers={"Content-Type": "application/json"})
        except web.NotSent as error:
            raise Rejected("unavailable", retry=True, detail=str(error)) from error
        except web.NoAnswer as error:
            raise InDoubt(str(error)) from error
        if answer.status == 429:
            raise Rejected("throttled", retry=True, detail="HTTP 429")
        if 400 <= answer.status < 500 or answer.status == 503:
            raise Rejected("unavailable", retry=True, detail=f"HTTP {answer.status}")
        given = _json(answer.body) if answer.status == 200 else None
        if given is None:
            raise InDoubt(f"HTTP {answer.status}, not an answer of the interface")
        return given

    def _opened(self, query: Mapping[str, str], sealed: str, at: datetime) -> bytes:
        callback = self._callback
        stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        given = query.get("msg_signature", "")
        if callback is None or not callback.signed(given, stamp, nonce, sealed):
            raise HookRefused(401, "bad_signature")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise HookRefused(401, "no_timestamp")
        if abs(at.timestamp() - int(stamp)) > AGE_SECONDS_MAX:
            raise HookRefused(401, "too_old")
        try:
            return callback.open(sealed)
        except BadSeal as error:
            raise HookRefused(401, f"seal: {error}") from error

    def _heard(self, told: Mapping[str, str], at: datetime) -> Heard:
        said_at = _moment(told.get("CreateTime", ""))
        kind, event = told.get("MsgType", ""), told.get("Event", "")
        if kind == "event" and event == "template_card_event" and told.get("EventKey") == READ_KEY:
            raw = {"event": event, "user": told.get("FromUserName", "")[:64]}
            row = ReceiptIn(self.name, told.get("TaskId", "")[:120], "opened", said_at, raw)
            return Heard([row], (), *THANKS)
        sender, ref = told.get("FromUserName", ""), told.get("MsgId", "")
        if kind in ("text", "image", "voice", "video", "location", "link") and sender and ref:
            text = told.get("Content", "")[:TEXT_MAX]
            reply = Reply(self.channel, sender[:200], ref[:80], text, said_at)
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


def _submitted(given: Mapping[str, Any], code: int, message: Message) -> Submitted:
    detail = f"{code} {given.get('errmsg', '')}"[:300]
    if code in TOKEN_SPENT:  # a fresh one was refused too
        raise Rejected("unavailable", retry=True, detail=detail)
    if code in LATER:
        raise Rejected(LATER[code], retry=True, detail=detail)
    if code != 0:
        raise Rejected(FINAL.get(code, "invalid"), retry=False, detail=detail)
    if message.to.lower() in str(given.get("invaliduser") or "").lower().split("|"):
        raise Rejected("no_such_address", retry=False, detail="invaliduser")
    if message.to.lower() in str(given.get("unlicenseduser") or "").lower().split("|"):
        raise Rejected("blocked", retry=False, detail="unlicenseduser")
    return Submitted(str(given.get("msgid") or message.key)[:120])


def _moment(seconds: str) -> datetime | None:
    plain = seconds.isascii() and seconds.isdigit() and len(seconds) <= 10
    return datetime.fromtimestamp(int(seconds), UTC) if plain else None


def _json(body: bytes) -> dict[str, Any] | None:
    """An answer of the interface: an object whose errcode is a number (0 when it is left out)."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict):
        return None
    given.setdefault("errcode", 0)
    return given if isinstance(given["errcode"], int) else None
