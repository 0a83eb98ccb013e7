"""Bounces of e-mail 退信: delivery status notifications (RFC 3464) out of a mailbox folder become receipts.

A mail server drops what comes for the sender's address into a maildir; we read `new`, and move what was stored to `cur`.
`bounces_imap` reads the same out of a mailbox.
A notification counts only when it names a Message-ID that we made: it carries a mark that nobody can guess.
"""

import hmac
import logging
import os
import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils.crypto import salted_hmac

from anju.platform.notices.ports import Sink
from anju.platform.notices.rows import ReceiptIn

FILES_MAX = 200
BYTES_MAX = 1024 * 1024
MARK_CHARACTERS = 16

STATUS = {
    "failed": "failed",
    "delayed": "accepted",
    "delivered": "carrier_delivered",
    "relayed": "sent",
    "expanded": "sent",
}
"""The word of a mail server (`Action`) for ours."""
GONE = re.compile(r"5\.(1\.(0|1|2|3|6|10)|2\.1|4\.4)")
"""Status codes that say something of the address itself: unknown mailbox or host, closed mailbox."""
REFUSED = re.compile(r"5\.(7\.[0-9]+|6\.[0-9]+)")

_OURS = re.compile(r"<([0-9A-Za-z_-]{1,60})\.([0-9a-f]{16})@[^<>\s]{1,200}>")

logger = logging.getLogger(__name__)


def message_id(key: str, domain: str) -> str:
    """`<key.mark@domain>`: the mark is ours alone, so a bounce that names it answers a message we sent."""
    return f"<{key}.{_mark(key)}@{domain}>"


def _mark(key: str, secret: str | bytes | None = None) -> str:
    digest = salted_hmac("anju.adapters.bounces", key, secret=secret, algorithm="sha256").hexdigest()
    return digest[:MARK_CHARACTERS]


def _is_ours(key: str, mark: str) -> bool:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(_mark(key, secret), mark) for secret in secrets)


class BounceSource(Protocol):
    """Where bounces fall in."""

    def read(self, provider: str, *, sink: Sink) -> int:
        """Every notification that has come goes to the sink, oldest first; how many mails were put away. A mail stays where it
        is until it was stored."""
        ...


class Bounces:
    """A maildir that bounces fall into."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError when this is no maildir."""
        if not all((folder / name).is_dir() for name in ("new", "cur", "tmp")):
            raise ValueError(f"ANJU_BOUNCE_MAILDIR: {folder} has no new, cur and tmp: not a maildir")
        self.folder = folder

    @classmethod
    def at(cls, path: str) -> "Bounces | None":
        """The maildir of a path; None when there is no path."""
        return cls(Path(path)) if path else None

    def read(self, provider: str, *, sink: Sink) -> int:
        """Every notification that has come goes to the sink, oldest first; how many files were put away.

        A file stays where it is until it was stored. What is no notification of ours is put away with a line in the log.
        """
        done = 0
        for path in sorted(self._new())[:FILES_MAX]:
            rows = self._rows(path, provider)
            if rows:
                sink(rows)
            else:
                logger.warning("mail %s is no notification about a message of ours", path.name[:80])
            self._put_away(path)
            done += 1
        return done

    def _new(self) -> list[Path]:
        with os.scandir(self.folder / "new") as entries:
            return [Path(entry.path) for entry in entries if entry.is_file(follow_symlinks=False)]

    def _rows(self, path: Path, provider: str) -> list[ReceiptIn]:
        try:
            if path.stat().st_size > BYTES_MAX:
                return []
            return read_notification(path.read_bytes(), provider)
        except FileNotFoundError:  # another process took it
            return []

    def _put_away(self, path: Path) -> None:
        try:
            path.replace(self.folder / "cur" / f"{path.name.partition(':')[0]}:2,S")
        except FileNotFoundError:
            logger.info("mail %s was put away by another process", path.name[:80])


def read_notification(data: bytes, provider: str) -> list[ReceiptIn]:
    """Receipts of one mail; none when it is no delivery status notification, or speaks of no message of ours."""
    mail = message_from_bytes(data, policy=policy.compat32)
    report = _part(mail, "message/delivery-status")
    ref = _ref_of(mail)
    if report is None or not ref:
        return []
    rows = [_row(block, ref, provider) for block in _inside(report)]
    return [row for row in rows if row is not None]


def _part(mail: Message, kind: str) -> Message | None:
    return next((part for part in mail.walk() if part.get_content_type() == kind), None)


def _ref_of(mail: Message) -> str:
    """Our Message-ID, as the returned message or its headers carry it, or as the notification answers it."""
    texts: list[Any] = [mail.get("In-Reply-To"), mail.get("References")]
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            texts.append(_headers(part).get("Message-ID"))
        elif kind in ("message/rfc822", "message/delivery-status"):
            for inner in _inside(part):
                texts += [inner.get("Message-ID"), inner.get("X-Original-Message-ID")]
    for text in texts:
        for key, mark in _OURS.findall(str(text or "")):
            if _is_ours(key, mark):
                return key
    return ""


def _inside(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [row for row in inner if isinstance(row, Message)] if isinstance(inner, list) else []


def _headers(part: Message) -> Message:
    payload = part.get_payload(decode=True)
    return message_from_bytes(payload if isinstance(payload, bytes) else b"", policy=policy.compat32)


def _row(block: Message, key: str, provider: str) -> ReceiptIn | None:
    action = str(block.get("Action") or "").strip().lower()
    if not action:  # the fields of the message as a whole
        return None
    code = str(block.get("Status") or "").strip().split(" ")[0][:20]
    status = STATUS.get(action, action[:40])
    raw = {
        "action": action[:40], "code": code, "diagnostic": _line(block.get("Diagnostic-Code")),
        "reporter": _line(block.get("Remote-MTA")),
    }  # fmt: skip
    if status == "failed":
        raw["error_class"] = error_class(code)
    return ReceiptIn(provider, key, status, _moment(block.get("Last-Attempt-Date")), raw)


def error_class(code: str) -> str:
    """Status code of a failure (RFC 3463) in our words: `bounced` says that the address is bad."""
    if GONE.fullmatch(code):
        return "bounced"
    return "blocked" if REFUSED.fullmatch(code) else "undelivered"


def _line(value: Any) -> str:
    return " ".join(str(value or "").split())[:300]


def _moment(value: Any) -> datetime | None:
    try:
        moment = parsedate_to_datetime(str(value))
    except (TypeError, ValueError):
        return None
    return moment if moment.utcoffset() is not None and 2000 <= moment.year < 2200 else None
