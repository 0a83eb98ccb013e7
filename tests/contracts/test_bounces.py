"""Bounces of e-mail become receipts: notifications as real servers write them. S2-04, S2-11."""

from itertools import count

import pytest

from anju.adapters import bounces, bounces_imap
from anju.adapters.bounces import BYTES_MAX, Bounces, error_class, message_id, read_notification
from anju.adapters.bounces_imap import ImapBounces, MailboxAway
from anju.adapters.smtp import SmtpPort
from anju.platform.notices.ports import Listener
from tests.contracts.imap_peer import ImapPeer

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


class Maildir:
    """Mail falls into a folder."""

    def __init__(self, path):
        self.path = path
        for name in ("new", "cur", "tmp"):
            (path / name).mkdir()
        self.source = Bounces(path)

    def drop(self, data):
        number = sum(len(list((self.path / name).iterdir())) for name in ("new", "cur"))
        (self.path / "new" / f"{number:04d}.a").write_bytes(data)

    def waiting(self):
        return len(list((self.path / "new").iterdir()))


class Mailbox:
    """Mail falls into a mailbox that is read over IMAP."""

    def __init__(self):
        self.peer = ImapPeer()
        self.source = self.reader()

    def reader(self, **given):
        values = {"user": "bounces", "password": "se cret", "tls": "none", "every_seconds": 0, "timeout": 3}
        return ImapBounces("127.0.0.1", self.peer.port, **values | given)

    def drop(self, data):
        self.peer.drop(data)

    def waiting(self):
        return len(self.peer.mails) - len(self.peer.seen)


@pytest.fixture
def mailbox_over_imap():
    made = Mailbox()
    yield made
    made.peer.close()


@pytest.fixture(params=["maildir", "imap"])
def place(request, tmp_path):
    return Maildir(tmp_path) if request.param == "maildir" else request.getfixturevalue("mailbox_over_imap")


def test_each_source_is_read_once_in_order_and_only_after_storing(place, at):
    place.drop(postfix(action="delayed", code="4.4.1"))
    place.drop(b"Subject: hello\n\nno notification")
    place.drop(postfix().replace(b"\n", b"\r\n"))
    place.drop(postfix(text="x" * BYTES_MAX))
    port = SmtpPort("127.0.0.1", 9, sender="notice@bank.example", bounces=place.source)
    assert isinstance(port, Listener)

    def full(rows):
        raise RuntimeError("database away")

    with pytest.raises(RuntimeError):
        port.listen(at=at, sink=full)
    assert place.waiting() == 4
    heard = []
    assert port.listen(at=at, sink=heard.extend) == 4
    assert port.listen(at=at, sink=heard.extend) == 0
    assert place.waiting() == 0
    assert [(row.provider_ref, row.status) for row in heard] == [
        ("anju-9-1", "accepted"),
        ("anju-9-1", "failed"),
    ]
    place.drop(postfix())
    assert port.listen(at=at, sink=heard.extend) == 1


def test_a_full_round_leaves_the_rest_for_the_next_one(place, monkeypatch):
    for module in (bounces, bounces_imap):
        monkeypatch.setattr(module, "FILES_MAX", 2)
    for _ in range(3):
        place.drop(postfix())
    heard = []
    assert [place.source.read("smtp", sink=heard.extend) for _ in range(3)] == [2, 1, 0]
    assert len(heard) == 3


def test_a_mailbox_is_asked_at_most_so_often(mailbox_over_imap):
    box = mailbox_over_imap
    source = box.reader(every_seconds=3600)
    assert source.read("smtp", sink=list) == 0
    asked = len(box.peer.commands)
    box.drop(postfix())
    assert source.read("smtp", sink=list) == 0
    assert len(box.peer.commands) == asked


@pytest.mark.parametrize("given", [{"password": "wrong-one"}, {"folder": "Other"}, {"tls": "starttls"}])
def test_a_mailbox_that_cannot_be_read_says_so_without_its_password(mailbox_over_imap, given):
    box = mailbox_over_imap
    box.drop(postfix())
    with pytest.raises(MailboxAway) as away:
        box.reader(**given).read("smtp", sink=list)
    assert "wrong-one" not in str(away.value)
    assert "se cret" not in str(away.value)
    assert box.waiting() == 1


def test_a_mailbox_nobody_serves_is_away():
    source = ImapBounces("127.0.0.1", 9, user="a", password="b", tls="none", timeout=1)
    with pytest.raises(MailboxAway):
        source.read("smtp", sink=list)


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        (
            "imaps://bo%40bank:p%2Fw@mail.example/Bounces",
            ("mail.example", 993, "bo@bank", "Bounces", "implicit"),
        ),
        ("imap://b:p@mail.example:1143", ("mail.example", 1143, "b", "INBOX", "starttls")),
        ("imap://b:p@127.0.0.1?tls=none", ("127.0.0.1", 143, "b", "INBOX", "none")),
        ("imap://b:topsecret@mail.example?tls=none", None),
        ("imaps://b@mail.example", None),
        ("pop3://b:topsecret@mail.example", None),
        ('imaps://b:topsecret@mail.example/a"b', None),
    ],
)
def test_the_address_of_a_mailbox(url, seen):
    if seen is None:
        with pytest.raises(ValueError, match=r"needed|tls") as refused:
            ImapBounces.from_url(url)
        assert "topsecret" not in str(refused.value)
        return
    made = ImapBounces.from_url(url)
    assert (made.host, made.port, made.user, made.folder, made.tls) == seen


def test_a_folder_that_is_no_maildir_is_told(tmp_path):
    with pytest.raises(ValueError, match="maildir"):
        Bounces.at(str(tmp_path))
