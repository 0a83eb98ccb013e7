"""What providers tell us by HTTP 渠道回调: receipts and what people wrote back, checked by the port itself.

A port whose provider calls us is a `Hearer`; `web.hooks` finds it by its name and knows no vendor's format. `SignedHook`
is the format of the house: the HTTP gateway speaks it, and so may any bridge that was given a secret.
"""

import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import orjson
from django.db import connection, transaction

from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries as contact_queries
from anju.platform.notices import config
from anju.platform.notices.operations import receive_many
from anju.platform.notices.rows import ReceiptIn

BODY_MAX = 256 * 1024
ROWS_MAX = 1000
AGE_MAX = timedelta(minutes=5)
HEADER = "X-Anju-Signature"
TEXT_MAX = 2000
COUNTRY = ("+86", "0086", "86")

logger = logging.getLogger(__name__)


class HookRefused(Exception):
    """This call is not believed or not understood; nothing of it is stored. `status`: 400 | 401 | 404 | 405 | 413."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        self.why = why
        super().__init__(f"{status} {why}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person sent us 客户回复. `sender`: phone, user id or e-mail, as the channel names people; `ref`: the
    provider's own number of it, the same when it tells us twice."""

    channel: str
    sender: str
    ref: str
    text: str = ""
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What one call brought, and what the provider wants to hear back. `reply_body` None: the effects, as JSON."""

    receipts: Sequence[ReceiptIn] = ()
    replies: Sequence[Reply] = ()
    reply_status: int = 200
    reply_body: bytes | None = None
    reply_type: str = "application/json"


@runtime_checkable
class Hearer(Protocol):
    """A port that hears by HTTP."""

    name: str

    def hear(
        self, *, method: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, at: datetime
    ) -> Heard:
        """What a call says, once it is believed; writes nothing. `headers`: looked up without regard to case.

        Raises HookRefused.
        """
        ...


def take_in(heard: Heard, *, provider: str, at: datetime) -> list[str]:
    """Store what was heard; the effect of each receipt. The same call again changes nothing."""
    effects = receive_many(heard.receipts, at=at)
    log_replies(heard.replies, provider=provider, at=at)
    return effects


def log_replies(replies: Sequence[Reply], *, provider: str, at: datetime) -> int:
    """What people sent goes into the contact ledger of everybody who lives at that address; how many rows are new.

    Told twice it is logged once. Nobody known there: a line in the log, nothing stored.
    """
    made = 0
    for reply in replies:
        kind = config.ADDRESS_KIND.get(reply.channel, reply.channel)
        people = _people_at(kind, reply.sender)
        if not people:
            logger.warning("reply by %s %s: nobody is known there", provider, reply.ref[:40])
        made += _log_once(reply, people, provider, at)
    return made


def _people_at(kind: str, sender: str) -> list[int]:
    """A carrier may write the country before the number; we keep Chinese numbers without it."""
    spellings = [sender]
    if kind == "phone":
        spellings += [sender.removeprefix(prefix) for prefix in COUNTRY if sender.startswith(prefix)]
    for spelling in spellings:
        people = contact_queries.persons_at(kind, spelling)
        if people:
            return people
    return []


def _log_once(reply: Reply, people: Sequence[int], provider: str, at: datetime) -> int:
    mark = f"{provider}:{reply.ref}"[:120]
    made = 0
    with transaction.atomic():
        with (
            connection.cursor() as cursor
        ):  # two tellings at once: the second one waits, and then finds the first
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), 71)", [mark])
        for person_id in people:
            known = contact_queries.history(person_id, at - timedelta(days=2))
            if any(row.recording_ref == mark for row in known):
                continue
            contacts.log_inbound(
                person_id=person_id, purpose="service", channel=reply.channel, at=reply.said_at or at,
                actor=f"provider:{provider}"[:80], outcome_code="replied", recording_ref=mark,
            )  # fmt: skip
            made += 1
    return made


def signature(secret: str, stamp: int, body: bytes) -> str:
    """Value of the header `X-Anju-Signature` for a body sent at a unix second."""
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


class SignedHook:
    """The format of the house: `X-Anju-Signature: t=<unix seconds>,v1=<hex>`, v1 = HMAC-SHA256 over `<t>.<body>`.

    Body: `{"receipts": [{"ref", "status", "at", ...}], "replies": [{"from", "id", "text", "at"}]}`; either may be absent.
    Several secrets: each of them is believed, so that a secret can be changed without a gap.
    """

    def __init__(self, name: str, *secrets: str, channel: str = "sms") -> None:
        self.name = name
        self.channel = channel
        self._secrets = tuple(secret for secret in secrets if secret)

    def hear(
        self, *, method: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, at: datetime
    ) -> Heard:
        """Raises HookRefused: 405 another method, 401 not signed by the provider or too old, 400 not this format."""
        if method != "POST":
            raise HookRefused(405, "post_only")
        self._believe(headers.get(HEADER) or "", body, at)
        try:
            given = orjson.loads(body)
            orjson.dumps(given)  # what cannot be written again cannot be kept
            if not isinstance(given, dict) or not given.keys() & {"receipts", "replies"}:
                raise ValueError("receipts")
            receipts = [_receipt(self.name, row) for row in _rows(given, "receipts")]
            replies = [_reply(self.channel, row) for row in _rows(given, "replies")]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise HookRefused(400, f"body: {type(error).__name__}") from error
        return Heard(receipts, replies)

    def _believe(self, header: str, body: bytes, at: datetime) -> None:
        if not self._secrets:
            raise HookRefused(401, "unknown_provider")
        fields = dict(part.partition("=")[::2] for part in header.split(",") if "=" in part)
        stamp = fields.get("t", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise HookRefused(401, "no_signature")
        given = f"t={stamp},v1={fields.get('v1', '')}".encode()
        known = [signature(secret, int(stamp), body).encode() for secret in self._secrets]
        if not any(hmac.compare_digest(expected, given) for expected in known):
            raise HookRefused(401, "bad_signature")
        if abs(at.timestamp() - int(stamp)) > AGE_MAX.total_seconds():
            raise HookRefused(401, "too_old")


def _rows(given: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rows = given.get(name, [])
    if not isinstance(rows, list) or len(rows) > ROWS_MAX:
        raise ValueError(name)
    return rows


def _receipt(provider: str, row: dict[str, Any]) -> ReceiptIn:
    ref, status = row["ref"], row["status"]
    if not (isinstance(ref, str) and isinstance(status, str) and 0 < len(ref) <= 120 and len(status) <= 40):
        raise ValueError("ref, status")
    raw = {key: value for key, value in row.items() if key not in ("ref", "status", "at")}
    return ReceiptIn(provider, ref, status, _instant(row.get("at")), raw)


def _reply(channel: str, row: dict[str, Any]) -> Reply:
    sender, ref, text = row["from"], row["id"], row.get("text", "")
    if not all(isinstance(value, str) for value in (sender, ref, text)):
        raise ValueError("from, id, text")
    if not (0 < len(sender) <= 200 and 0 < len(ref) <= 80 and len(text) <= TEXT_MAX):
        raise ValueError("from, id, text")
    return Reply(channel, sender, ref, text, _instant(row.get("at")))


def _instant(text: Any) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None or not 2000 <= moment.year < 2200:
        raise ValueError("at: an instant of our time with its zone is needed")
    return moment
