"""What the interfaces of WeCom and of WeChat official accounts share 企业微信与公众号接口: tokens, answers, sealed calls to us."""

import json
import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from anju.adapters import web
from anju.adapters.wecom_crypt import BadSeal, Seal, fields
from anju.platform.notices.hooks import TEXT_MAX, HookRefused, Reply
from anju.platform.notices.ports import Answer, InDoubt, Rejected

TOKEN_MARGIN = timedelta(minutes=5)
AGE_SECONDS_MAX = 300
THANKS = (200, b"success", "text/plain")
"""What Tencent wants to hear; it tells us again three times otherwise."""

TOKEN_SPENT = frozenset({40001, 40014, 42001})
SAID = frozenset({"text", "image", "voice", "video", "location", "link"})
"""Kinds of messages that a person wrote."""

logger = logging.getLogger(__name__)


class Api:
    """One interface with a token. Safe for several threads.

    `ask_token` is the request for a token: method, path, body. A token is kept until five minutes before its end, per
    process; one that is refused as spent is fetched anew, once.
    """

    def __init__(self, name: str, url: str, *, ask_token: tuple[str, str, bytes], timeout: float) -> None:
        self.name = name
        self.server = web.Server(url, timeout=timeout)
        self._ask_token = ask_token
        self._token = ""
        self._token_ends_at: datetime | None = None
        self._lock = threading.Lock()

    def post(self, path: str, body: bytes, at: datetime) -> dict[str, Any]:
        """The answer to a call, with its errcode. Raises Rejected, InDoubt."""
        for again in (False, True):
            given = self._posted(path, body, self._access_token(at, fresh=again))
            if given["errcode"] not in TOKEN_SPENT:
                return given
        detail = f"{given['errcode']} {given.get('errmsg', '')}"[:300]
        raise Rejected("unavailable", retry=True, detail=detail)  # a fresh token was refused too

    def _access_token(self, at: datetime, *, fresh: bool) -> str:
        with self._lock:
            if not fresh and self._token_ends_at is not None and at < self._token_ends_at:
                return self._token
            method, path, body = self._ask_token
            heads = {"Content-Type": "application/json"} if body else {}
            try:
                answer = self.server.ask(method, path, body=body, headers=heads)
            except (web.NotSent, web.NoAnswer) as error:
                raise Rejected("unavailable", retry=True, detail=f"token: {error}") from error
            given = as_json(answer.body) if answer.status == 200 else None
            if given is None or given["errcode"] != 0 or not given.get("access_token"):
                detail = f"token: {given['errcode']}" if given else f"token: HTTP {answer.status}"
                logger.error("%s gives no token: %s", self.name, detail)
                raise Rejected("unavailable", retry=True, detail=detail)
            lives = timedelta(seconds=max(0, int(given.get("expires_in", 0))))
            self._token, self._token_ends_at = str(given["access_token"]), at + lives - TOKEN_MARGIN
            return self._token

    def _posted(self, path: str, body: bytes, token: str) -> dict[str, Any]:
        try:
            answer = self.server.ask(
                "POST",
                f"{path}?{urlencode({'access_token': token})}",
                body=body,
                headers={"Content-Type": "application/json"},
            )
        except web.NotSent as error:
            raise Rejected("unavailable", retry=True, detail=str(error)) from error
        except web.NoAnswer as error:
            raise InDoubt(str(error)) from error
        if answer.status == 429:
            raise Rejected("throttled", retry=True, detail="HTTP 429")
        if 400 <= answer.status < 500 or answer.status == 503:
            raise Rejected("unavailable", retry=True, detail=f"HTTP {answer.status}")
        given = as_json(answer.body) if answer.status == 200 else None
        if given is None:
            raise InDoubt(f"HTTP {answer.status}, not an answer of the interface")
        return given


class AccountPort:
    """What a port of either kind of account is: a channel of its own, one interface, one callback configuration."""

    channel: str
    idempotent = False
    can_poll = False

    def __init__(self, api: Api, callback: Seal | None) -> None:
        self.name = api.name
        self.server = api.server
        self._api = api
        self._callback = callback

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        """Tencent has no question for this."""
        return None

    def close(self) -> None:
        """End the idle connections."""
        self.server.close()


def seal_of(hook_secret: str, account_id: str) -> Seal | None:
    """The callback configuration of a `token:aes_key`; None when there is none."""
    token, _, aes_key = hook_secret.partition(":")
    return Seal(token, aes_key, account_id) if hook_secret else None


def refuse_unless_ok(given: Mapping[str, Any], *, later: Mapping[int, str], final: Mapping[int, str]) -> None:
    """Raises Rejected in our words for an errcode that is not 0; one in neither table is final and `invalid`."""
    code = given["errcode"]
    detail = f"{code} {given.get('errmsg', '')}"[:300]
    if code in later:
        raise Rejected(later[code], retry=True, detail=detail)
    if code != 0:
        raise Rejected(final.get(code, "invalid"), retry=False, detail=detail)


def as_json(body: bytes) -> dict[str, Any] | None:
    """An answer of the interface: an object whose errcode is a number (0 when it is left out)."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict):
        return None
    given.setdefault("errcode", 0)
    return given if isinstance(given["errcode"], int) else None


def believed(callback: Seal | None, query: Mapping[str, str], name: str, sealed: str, at: datetime) -> Seal:
    """The callback configuration whose signature (in the query's field `name`) is right and not old. Raises HookRefused."""
    if callback is None:
        raise HookRefused(401, "no_callback_configured")
    stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not callback.signed(query.get(name, ""), stamp, nonce, sealed):
        raise HookRefused(401, "bad_signature")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise HookRefused(401, "no_timestamp")
    if abs(at.timestamp() - int(stamp)) > AGE_SECONDS_MAX:
        raise HookRefused(401, "too_old")
    return callback


def opened(callback: Seal | None, query: Mapping[str, str], sealed: str, at: datetime) -> bytes:
    """What a sealed call says, once it is believed. Raises HookRefused."""
    seal = believed(callback, query, "msg_signature", sealed, at)
    try:
        return seal.open(sealed)
    except BadSeal as error:
        raise HookRefused(401, f"seal: {error}") from error


def told(callback: Seal | None, query: Mapping[str, str], body: bytes, at: datetime) -> dict[str, str]:
    """The fields of a sealed call (POST). Raises HookRefused."""
    if callback is None:
        raise HookRefused(401, "no_callback_configured")
    try:
        sealed = fields(body.decode()).get("Encrypt", "")
    except UnicodeDecodeError as error:
        raise HookRefused(400, "body: not text") from error
    if not sealed:
        raise HookRefused(400, "body: Encrypt")
    try:
        return fields(opened(callback, query, sealed, at).decode())
    except UnicodeDecodeError as error:
        raise HookRefused(400, "message: not text") from error


def reply_of(told: Mapping[str, str], channel: str) -> Reply | None:
    """What a person wrote, if that is what a call tells."""
    sender, ref = told.get("FromUserName", ""), told.get("MsgId", "")
    if told.get("MsgType", "") not in SAID or not sender or not ref:
        return None
    return Reply(channel, sender[:200], ref[:80], told.get("Content", "")[:TEXT_MAX], moment(told))


def moment(told: Mapping[str, str]) -> datetime | None:
    """When a call says that it happened."""
    seconds = told.get("CreateTime", "")
    plain = seconds.isascii() and seconds.isdigit() and len(seconds) <= 10
    return datetime.fromtimestamp(int(seconds), UTC) if plain else None
