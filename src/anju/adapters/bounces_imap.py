"""Bounces of e-mail out of a mailbox over IMAP 退信邮箱, where no maildir is at hand: the same notifications, the same receipts.

Unread mail is fetched without being marked, oldest first, and marked as read after it was stored. TLS always, except to this
machine. The password comes from the environment and is in no error.
"""

import imaplib
import logging
import re
import ssl
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from anju.adapters.bounces import BYTES_MAX, FILES_MAX, read_notification
from anju.adapters.line_url import line_url
from anju.adapters.web import is_loopback
from anju.platform.notices.ports import Sink

TIMEOUT_SECONDS = 10.0
EVERY_SECONDS = 30.0
"""A connection is made this often at most; at once again when a round was full."""

_FOLDER = re.compile(r'[^\x00-\x1f"\\]{1,100}')

logger = logging.getLogger(__name__)


class MailboxAway(OSError):
    """The mailbox cannot be read now; nothing of it is lost."""


class ImapBounces:
    """A folder of a mailbox that bounces fall into. Nobody else may read it: what is marked as read is not looked at."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        user: str,
        password: str,
        folder: str = "INBOX",
        tls: str = "implicit",
        timeout: float = TIMEOUT_SECONDS,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        """`tls`: implicit | starttls | none (to this machine only). Raises ValueError."""
        if tls not in ("implicit", "starttls", "none") or (tls == "none" and not is_loopback(host)):
            raise ValueError(f"tls {tls}: implicit or starttls; none to this machine only")
        if not user or not password or not _FOLDER.fullmatch(folder):
            raise ValueError("user, password and the name of a folder are needed")
        self.host = host
        self.port = port
        self.user = user
        self.folder = folder
        self.tls = tls
        self.timeout = timeout
        self.every_seconds = every_seconds
        self._password = password
        self._next = 0.0

    @classmethod
    def from_url(cls, url: str) -> "ImapBounces":
        """`imaps://user:password@host/folder`; `imap://` for STARTTLS; `?every=30&timeout=10`, `?tls=none` on this machine."""
        where = line_url(url, schemes=("imaps", "imap"), form="imaps://user:password@host/folder")
        implicit = where.scheme == "imaps"
        return cls(
            where.host,
            where.port or (993 if implicit else 143),
            user=where.user,
            password=where.password,
            folder=unquote(where.path.strip("/")) or "INBOX",
            tls="implicit" if implicit else where.query.get("tls", "starttls"),
            timeout=where.seconds("timeout", TIMEOUT_SECONDS),
            every_seconds=where.seconds("every", EVERY_SECONDS),
        )

    def read(self, provider: str, *, sink: Sink) -> int:
        """Every unread notification goes to the sink, oldest first; how many mails were put away. 0 before it is time again.

        A mail stays unread until it was stored. Raises MailboxAway.
        """
        if time.monotonic() < self._next:
            return 0
        self._next = time.monotonic() + self.every_seconds
        try:
            done = self._round(provider, sink)
        except (imaplib.IMAP4.error, ssl.SSLError, OSError) as error:
            raise MailboxAway(f"{self.host}:{self.port}: {type(error).__name__}: {error}"[:300]) from error
        if done == FILES_MAX:
            self._next = 0.0
        return done

    def _round(self, provider: str, sink: Sink) -> int:
        box = self._connected()
        try:
            _ok(box.login(self.user, self._password))
            _ok(box.select(f'"{self.folder}"'))
            found = _ok(box.uid("SEARCH", "UNSEEN"))[0] or b""
            waiting = sorted(int(number) for number in found.split())[:FILES_MAX]
            for number in waiting:
                self._take(box, str(number), provider, sink)
        finally:
            _leave(box)
        return len(waiting)

    def _take(self, box: imaplib.IMAP4, number: str, provider: str, sink: Sink) -> None:
        parts = _ok(box.uid("FETCH", number, f"(BODY.PEEK[]<0.{BYTES_MAX + 1}>)"))
        data = next((part[1] for part in parts if isinstance(part, tuple)), b"")
        rows = read_notification(data, provider) if len(data) <= BYTES_MAX else []
        if rows:
            sink(rows)
        else:
            logger.warning("mail %s of %s is no notification about a message of ours", number, self.host)
        _ok(box.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)"))

    def _connected(self) -> imaplib.IMAP4:
        context = ssl.create_default_context()
        if self.tls == "implicit":
            return imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=self.timeout)
        box = imaplib.IMAP4(self.host, self.port, timeout=self.timeout)
        if self.tls == "starttls":
            try:
                _ok(box.starttls(context))
            except BaseException:
                box.shutdown()
                raise
        return box


def _ok(answer: tuple[str, Sequence[Any]]) -> Sequence[Any]:
    """What came with an answer. Raises imaplib.IMAP4.error unless it is OK; the request is not named: it may hold a password."""
    word, data = answer
    if word != "OK":
        raise imaplib.IMAP4.error(f"answered {word}")
    return data


def _leave(box: imaplib.IMAP4) -> None:
    try:
        box.logout()
    except (imaplib.IMAP4.error, OSError):
        box.shutdown()
