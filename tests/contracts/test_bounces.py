"""Bounces of e-mail become receipts: notifications as real servers write them. S2-04, S2-11."""

from itertools import count

import pytest

from anju.adapters.bounces import Bounces, error_class, message_id, read_notification
from anju.adapters.smtp import SmtpPort
from anju.platform.notices.ports import Listener

OURS = message_id("anju-9-1", "bank.example")

POSTFIX = """\
Return-Path: <>
Date: Mon, 23 Nov 2026 09:31:00 +0800 (CST)
From: MAILER-DAEMON@mx.bank.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: notice@bank.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

--B1
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

This is the mail system at host mx.bank.example.

--B1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.bank.example
X-Postfix-Queue-ID: 4Z1
Arrival-Date: Mon, 23 Nov 2026 09:30:00 +0800 (CST)

Final-Recipient: rfc822; p1@example.com
Original-Recipient: rfc822;p1@example.com
Action: {action}
Status: {code}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 550 5.1.1 <p1@example.com>: Recipient address
    rejected: User unknown
{more}
--B1
Content-Description: Undelivered Message
Content-Type: {kind}

From: notice@bank.example
To: p1@example.com
Message-ID: {ref}
Subject: =?utf-8?b?6L+Y5qy+5o+Q6YaS?=

{text}
--B1--
"""


def postfix(action="failed", code="5.1.1", ref=OURS, kind="message/rfc822", text="x", more=""):
    filled = POSTFIX.format(action=action, code=code, ref=ref, kind=kind, text=text, more=more)
    return filled.encode()


EXCHANGE = f"""\
From: postmaster@example.com
To: notice@bank.example
Subject: Undeliverable: notice
In-Reply-To: {OURS}
References: <other@example.com> {OURS}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: multipart/alternative; boundary="=_c"

--=_c
Content-Type: text/html; charset=gb2312
Content-Transfer-Encoding: base64

PGI+PC9iPg==
--=_c--
--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns;mail.example.com

Final-Recipient: RFC822;p1@example.com
Action: Failed
Status: 5.2.2
Diagnostic-Code: smtp;552 5.2.2 mailbox full
Last-Attempt-Date: Mon, 23 Nov 2026 01:31:00 +0000

--=_b--
""".encode()


@pytest.mark.parametrize(
    ("data", "status", "why"),
    [
        (postfix(), "failed", "bounced"),
        (postfix(kind="text/rfc822-headers"), "failed", "bounced"),
        (postfix(action="delayed", code="4.4.1"), "accepted", None),
        (postfix(action="delivered", code="2.0.0"), "carrier_delivered", None),
        (postfix(action="relayed", code="2.1.9"), "sent", None),
        (postfix(action="expanded", code="2.0.0"), "sent", None),
        (postfix(action="lost at sea", code=""), "lost at sea", None),
        (EXCHANGE, "failed", "undelivered"),
        (postfix().replace(b"\n", b"\r\n"), "failed", "bounced"),
    ],
    ids=count(),  # a mark is another one in every process: it must not be in a test's name
)
def test_a_notification_becomes_a_receipt(data, status, why):
    (row,) = read_notification(data, "smtp")
    assert (row.provider, row.provider_ref, row.status) == ("smtp", "anju-9-1", status)
    assert row.raw.get("error_class") == why


def test_its_words_are_kept():
    (row,) = read_notification(postfix(more="Last-Attempt-Date: Mon, 23 Nov 2026 09:31:00 +0800"), "smtp")
    assert row.said_at.isoformat() == "2026-11-23T09:31:00+08:00"
    assert row.raw["code"] == "5.1.1"
    assert row.raw["diagnostic"].endswith("rejected: User unknown")


@pytest.mark.parametrize(
    "data",
    [
        postfix(ref="<anju-9-1@bank.example>"),
        postfix(ref="<anju-9-1.0123456789abcdef@bank.example>"),  # a guess
        postfix(ref=message_id("anju-9-2", "x.example").replace("anju-9-2", "anju-9-1")),
        postfix().replace(b"message/delivery-status", b"text/plain"),
        b"From: someone@example.com\nSubject: out of office\nIn-Reply-To: " + OURS.encode() + b"\n\nback on Monday",
        b"", b"\xff\xfe\x00", b"Content-Type: multipart/report; boundary=x\n\n--x",
    ],
    ids=count(),
)  # fmt: skip
def test_what_nobody_of_ours_sent_says_nothing(data):
    assert read_notification(data, "smtp") == []


@pytest.mark.parametrize(
    ("code", "why"),
    [("5.1.1", "bounced"), ("5.1.10", "bounced"), ("5.2.1", "bounced"), ("5.1.8", "undelivered"),
     ("5.7.1", "blocked"), ("5.7.26", "blocked"), ("4.4.7", "undelivered"), ("", "undelivered")],
)  # fmt: skip
def test_only_some_failures_are_the_address_itself(code, why):
    assert error_class(code) == why


@pytest.fixture
def maildir(tmp_path):
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_a_maildir_is_read_once_and_only_after_storing(maildir, at):
    (maildir / "new" / "1.a").write_bytes(postfix())
    (maildir / "new" / "2.b").write_bytes(b"Subject: hello\n\nno notification")
    port = SmtpPort("127.0.0.1", 9, sender="notice@bank.example", bounces=Bounces.at(str(maildir)))
    assert isinstance(port, Listener)

    def full(rows):
        raise RuntimeError("database away")

    with pytest.raises(RuntimeError):
        port.listen(at=at, sink=full)
    heard = []
    assert port.listen(at=at, sink=heard.extend) == 2
    assert port.listen(at=at, sink=heard.extend) == 0
    assert [row.provider_ref for row in heard] == ["anju-9-1"]
    assert sorted(path.name for path in (maildir / "cur").iterdir()) == ["1.a:2,S", "2.b:2,S"]


def test_a_folder_that_is_no_maildir_is_told(tmp_path):
    with pytest.raises(ValueError, match="maildir"):
        Bounces.at(str(tmp_path))
