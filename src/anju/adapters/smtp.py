"""E-mail over SMTP 邮件: real `smtplib`, with time-outs. The Message-ID holds the attempt's key; bounces name it.

A server that does not answer after it was given the text leaves the message in doubt: a second one would be a second
e-mail, so this port is not idempotent.
"""

import os
import smtplib
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from anju.adapters import variable
from anju.adapters.bounces import Bounces, BounceSource, message_id
from anju.adapters.bounces_imap import ImapBounces
from anju.adapters.line_url import line_url
from anju.platform.notices.ports import Answer, InDoubt, Message, NotTried, Rejected, Sink, Submitted

TIMEOUT_SECONDS = 10.0
_GONE = frozenset({550, 551, 553, 556})
_LATER = range(400, 500)
_Outcome = Submitted | Rejected | InDoubt | NotTried


class SmtpPort:
    """Channel `email` by one SMTP server."""

    channel = "email"
    idempotent = False
    can_poll = False

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sender: str,
        user: str = "",
        password: str = "",
        tls: str = "none",
        timeout: float = TIMEOUT_SECONDS,
        name: str = "smtp",
        bounces: BounceSource | None = None,
    ) -> None:
        """`tls`: none | starttls | implicit. `sender`: the From address; its domain makes the Message-IDs."""
        self.name = name
        self.bounces = bounces
        self.host = host
        self.port = port
        self.sender = sender
        self.user = user
        self.password = password
        self.tls = tls
        self.timeout = timeout

    @classmethod
    def from_url(cls, url: str, *, name: str = "smtp", hook_secret: str = "") -> "SmtpPort":
        """`smtp://user:password@host:port?from=notice@bank.example&tls=starttls`; `smtps://` for TLS from the start.

        Bounces are read from the folder `ANJU_BOUNCE_MAILDIR` (`bounces.Bounces`), or `?bounces=/path` of its own; or over IMAP
        from the mailbox `ANJU_SMTP_BOUNCE_URL` (of provider `smtp-2`: `ANJU_SMTP_2_BOUNCE_URL`; `bounces_imap`).
        """
        where = line_url(url, schemes=("smtp", "smtps"), form="smtp://host:port?from=address")
        implicit = where.scheme == "smtps"
        return cls(
            where.host,
            where.port or (465 if implicit else 25),
            sender=where.query.get("from", f"notice@{where.host}"),
            user=where.user,
            password=where.password,
            tls="implicit" if implicit else where.query.get("tls", "none"),
            timeout=where.seconds("timeout", TIMEOUT_SECONDS),
            name=name,
            bounces=_bounces(name, where.query.get("bounces", "")),
        )

    def send(self, message: Message) -> Submitted:
        """Hand one e-mail over. Raises Rejected, InDoubt."""
        (outcome,) = self.send_many([message])
        if isinstance(outcome, Submitted):
            return outcome
        if isinstance(outcome, NotTried):
            raise Rejected("unavailable", retry=True, detail=str(outcome))
        raise outcome

    def send_many(self, messages: Sequence[Message]) -> list[_Outcome]:
        """All over one connection. When the server goes away, the rest is put back untouched."""
        outcomes: list[_Outcome] = []
        server: smtplib.SMTP | None = None
        try:
            server = self._connect()
            for message in messages:
                outcome = self._hand_over(server, message)
                outcomes.append(outcome)
                if isinstance(outcome, InDoubt) or (
                    isinstance(outcome, Rejected) and outcome.error_class == "unavailable"
                ):
                    break  # the connection is of no use any more
        except (OSError, smtplib.SMTPException) as error:
            first = Rejected("unavailable", retry=True, detail=f"{type(error).__name__}: {error}"[:300])
            outcomes.append(first)
        finally:
            _close(server)
        rest = [NotTried("connection lost") for _ in messages[len(outcomes) :]]
        return [*outcomes, *rest]

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> Answer | None:
        """SMTP has no question for this."""
        return None

    def listen(self, *, at: datetime, sink: Sink) -> int:
        """Bounces that have come; each is put away when it has been stored."""
        return 0 if self.bounces is None else self.bounces.read(self.name, sink=sink)

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls == "implicit":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        server.ehlo_or_helo_if_needed()
        if self.tls == "starttls":
            server.starttls(context=context)
        if self.user:
            server.login(self.user, self.password)
        return server

    def _hand_over(self, server: smtplib.SMTP, message: Message) -> _Outcome:
        mail = self._mail(message)
        try:
            code, reply = server.mail(self.sender)
            if code == 250:
                code, reply = server.rcpt(message.to)
            if code not in (250, 251):
                server.rset()
                return _refused(code, reply)
        except (OSError, smtplib.SMTPException) as error:
            return Rejected("unavailable", retry=True, detail=f"{type(error).__name__}: {error}"[:300])
        try:
            code, reply = server.data(mail.as_bytes())
        except smtplib.SMTPDataError as error:  # the server refused to begin
            return _refused(error.smtp_code, _bytes(error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:  # it had the text, or part of it
            return InDoubt(f"{type(error).__name__} after DATA")
        return Submitted(mail["Message-ID"]) if code == 250 else _refused(code, reply)

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = message.to
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(message.at)
        mail["Message-ID"] = message_id(message.key, self.sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body, charset="utf-8")
        return mail


def _bounces(name: str, folder: str) -> BounceSource | None:
    """Where a provider's bounces fall in: its own folder, its own mailbox, or the folder of all. Raises ValueError."""
    which = variable(name, after="_BOUNCE_URL")
    url = os.environ.get(which, "")
    if not url:
        return Bounces.at(folder or os.environ.get("ANJU_BOUNCE_MAILDIR", ""))
    if folder:
        raise ValueError(f"?bounces= and {which}: name one of them")
    try:
        return ImapBounces.from_url(url)
    except ValueError as error:
        raise ValueError(f"{which}: {error}") from error


def _close(server: smtplib.SMTP | None) -> None:
    if server is None:
        return
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _bytes(reply: bytes | str) -> bytes:
    return reply.encode() if isinstance(reply, str) else reply


def _refused(code: int, reply: bytes) -> Rejected:
    """A server's refusal in our words. 4xx may work later; the others never will."""
    detail = f"{code} {reply.decode(errors='replace')}"[:300]
    if code in (421, -1):
        return Rejected("unavailable", retry=True, detail=detail)
    if code in _LATER:
        return Rejected("throttled", retry=True, detail=detail)
    return Rejected("no_such_address" if code in _GONE else "blocked", retry=False, detail=detail)
