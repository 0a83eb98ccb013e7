"""The port of a name hears its provider: the whole way from a call to the ledger. S2-08, S2-11."""

import json
import logging
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from anju.adapters.simulated.gateway import SimulatedGateway
from anju.adapters.simulated.wechat import OPENID, SimulatedWechat
from anju.adapters.simulated.wecom import SimulatedWecom
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries as contact_queries
from anju.platform.notices import operations, queries
from anju.platform.notices.hooks import HEADER, signature
from anju.platform.notices.models import Receipt
from anju.web.hooks import limits, receipts
from tests.platform.notices.world import PERSON, owed, people, ports, run

CURE = {"loan_no": "HL1", "amount_fen": 1, "paid_on": "2026-11-23"}


@pytest.fixture
def gateway():
    made = SimulatedGateway()
    yield made
    made.close()


@pytest.fixture
def company(at):
    made = SimulatedWecom(clock=lambda: at)
    yield made
    made.close()


@pytest.fixture
def knock(monkeypatch, at, gateway, company):
    wired = {"sms": [gateway.port()], "wecom": [company.port(card=True)]}
    monkeypatch.setattr(receipts.jobs, "ports", lambda: wired)
    monkeypatch.setattr(receipts, "buckets", limits.Buckets())

    def call(provider, body=b"", *, when=at, method="POST", headers=None, query=None, **extra):
        monkeypatch.setattr(receipts, "now", lambda: when)
        request = RequestFactory().generic(
            method, f"/hooks/receipts/{provider}/", body, content_type="application/json",
            headers=headers or {}, query_params=query or {}, **extra,
        )  # fmt: skip
        answer = receipts.take(request, provider)
        return answer.status_code, answer.content

    call.ports = wired
    return call


def owe(branch, at):
    people([PERSON], at)
    operations.owe_many([owed(branch.id, at, notice_type="payment_received_cure", variables=CURE)])


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_policy")
def test_a_text_message_is_proven_by_the_gateways_call_and_by_no_forged_one(branch, at, knock, gateway):
    contacts.set_addresses_many([(PERSON, "phone", "13800099989")], at=at)  # meets the fault `forged`
    operations.owe_many([owed(branch.id, at, notice_type="payment_received_cure", variables=CURE)])
    later = at + timedelta(minutes=11)
    run(at, ports())
    run(at + timedelta(minutes=10), {**ports(), "sms": knock.ports["sms"]})
    calls = gateway.calls(later)
    told = [knock("http-sms", body, headers=headers, when=later) for headers, body in reversed(calls)]
    assert sorted(status for status, _ in told) == [200, 200, 401]
    assert queries.obligation_by_key("reminder:71:2026-11-28:5").state == "proven"
    stored = Receipt.objects.count()
    again = [knock("http-sms", body, headers=headers, when=later) for headers, body in calls]
    assert [json.loads(body).get("effects") for status, body in again if status == 200] == [["duplicate"]] * 2
    assert Receipt.objects.count() == stored


@pytest.mark.django_db
def test_a_reply_is_in_the_ledger_once(at, knock, gateway):
    people([PERSON], at, email=False)
    contacts.set_addresses_many([(PERSON, "phone", "13800000001")], at=at)
    said = {"from": "+8613800000001", "id": "mo-1", "text": "收到", "at": at.isoformat()}
    body = json.dumps({"replies": [said, {**said, "from": "13911112222", "id": "mo-2"}]}).encode()
    for _ in range(2):
        headers = {HEADER: signature(gateway.hook_secret, int(at.timestamp()), body)}
        assert knock("http-sms", body, headers=headers)[0] == 200
    (row,) = contact_queries.history(PERSON, at - timedelta(hours=1))
    assert (row.outbound, row.channel, row.outcome_code, row.recording_ref) == (
        False, "sms", "replied", "http-sms:mo-1",
    )  # fmt: skip


@pytest.mark.django_db
def test_wecom_checks_the_address_and_its_people_answer(at, knock, company):
    contacts.set_addresses_many([(PERSON, "wecom", "zhang.san")], at=at)
    check = company.check(at)
    assert knock("wecom", method="GET", query=check.query) == (200, b"echo")
    said = company.tell(
        {"MsgType": "text", "FromUserName": "zhang.san", "MsgId": "7", "Content": "好"}, at, at
    )
    for _ in range(3):  # WeCom tells three times when our answer is late
        assert knock("wecom", said.body, query=said.query) == (200, b"success")
    (row,) = contact_queries.history(PERSON, at - timedelta(hours=1))
    assert (row.channel, row.actor) == ("wecom", "provider:wecom")
    forged = company.press("anju-9-1", "zhang.san", at, at, forged=True)
    assert knock("wecom", forged.body, query=forged.query)[0] == 401
    assert Receipt.objects.count() == 0


@pytest.mark.django_db
def test_wecom_and_an_official_account_stand_side_by_side(at, knock, company):
    # S2-04, S2-11: one person has a user id and an openid at the same time; neither is taken for the other
    account = SimulatedWechat(clock=lambda: at)
    knock.ports["wechat"] = [account.port()]
    contacts.set_addresses_many([(PERSON, "wecom", "zhang.san"), (PERSON, "wechat", OPENID)], at=at)
    try:
        for provider, side, sender in (("wecom", company, "zhang.san"), ("wechat", account, OPENID)):
            for number, who in enumerate((sender, {"zhang.san": OPENID}.get(sender, "zhang.san"))):
                words = {"MsgType": "text", "FromUserName": who, "MsgId": f"{number}7", "Content": "好"}
                said = side.tell(words, at, at)
                assert knock(provider, said.body, query=said.query) == (200, b"success")
    finally:
        account.close()
    rows = contact_queries.history(PERSON, at - timedelta(hours=1))
    assert sorted((row.channel, row.actor) for row in rows) == [
        ("wechat", "provider:wechat"),
        ("wecom", "provider:wecom"),
    ]


@pytest.mark.django_db
def test_after_a_fault_of_ours_the_provider_says_it_again(at, knock, gateway, monkeypatch, caplog):
    """S2-11. A fault in a hearer was answered by 400 once: a gateway takes that for its own mistake and may forget the
    receipt, so the proof it carries would be lost. 503 makes it say it again; what is wrong with the call stays 4xx."""
    body = b'{"receipts": [{"ref": "r", "status": "sent"}]}'
    headers = {HEADER: signature(gateway.hook_secret, int(at.timestamp()), body)}
    port = knock.ports["sms"][0]

    def away(*args, **kwargs):
        raise OperationalError("gone")

    with monkeypatch.context() as fault:
        fault.setattr(receipts, "take_in", away)
        assert knock("http-sms", body, headers=headers) == (503, b'{"error": "try_again"}')
        fault.setattr(receipts, "take_in", lambda *args, **kwargs: 1 / 0)
        assert knock("http-sms", body, headers=headers)[0] == 503
    assert caplog.text.count("not stored") == 2
    with monkeypatch.context() as fault:
        fault.setattr(port, "hear", lambda **given: 1 / 0)
        assert knock("http-sms", body, headers=headers) == (503, b'{"error": "try_again"}')
        told = [knock("http-sms", body, headers=headers)[0] for _ in range(30)]
        assert set(told) == {503, 429}, "also slowed, so that nobody fills the log with it"
    assert caplog.text.count("a fault of ours") == 20
    assert Receipt.objects.count() == 0
    later = at + timedelta(seconds=30)
    assert knock("http-sms", body, headers=headers, when=later) == (200, b'{"effects": ["unknown_ref"]}')


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff", b"[]", b"{}", b"null", b'{"receipts": null}', b'{"receipts": {"ref": "r"}}', b'{"replies": [1]}',
        b'{"receipts": [{"ref": "\\ud800", "status": "sent"}]}', b'{"receipts": [{"ref": "r", "status": NaN}]}',
        b'{"receipts": [{"ref": "r", "status": "sent", "at": "0001-01-01T00:00:00+00:00"}]}',
        b'{"receipts": [{"ref": "r", "status": "sent", "at": 7}]}',
        b'{"replies": [{"from": "", "id": "1"}]}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_signed_call_that_makes_no_sense_is_refused(at, knock, gateway, body):
    headers = {HEADER: signature(gateway.hook_secret, int(at.timestamp()), body)}
    assert knock("http-sms", body, headers=headers)[0] == 400


def test_guessing_is_slow_quiet_and_does_not_silence_the_provider(at, knock, gateway, caplog):
    caplog.set_level(logging.WARNING)
    body = b'{"receipts": []}'
    told = [knock("http-sms", body, headers={HEADER: "t=1,v1=0"})[0] for _ in range(30)]
    assert (told.count(401), told.count(429)) == (20, 10)
    assert len(caplog.records) == 20
    headers = {HEADER: signature(gateway.hook_secret, int(at.timestamp()), body)}
    assert knock("http-sms", body, headers=headers) == (200, b'{"effects": []}')
    assert knock("http-sms", body, when=at + timedelta(seconds=1))[0] == 401, (
        "after a while it is answered again"
    )


def test_a_flood_of_true_calls_is_slowed_too(at, knock, gateway):
    body = b'{"receipts": []}'
    headers = {HEADER: signature(gateway.hook_secret, int(at.timestamp()), body)}
    told = [knock("http-sms", body, headers=headers)[0] for _ in range(limits.BURST + 3)]
    assert (told.count(200), told.count(429)) == (limits.BURST, 3)


@pytest.mark.parametrize("length", ["x", "-5", str(10**12)])
def test_odd_lengths(knock, length):
    assert knock("http-sms", b"{}", CONTENT_LENGTH=length)[0] in (400, 401, 413)


def test_old_secrets_are_believed_until_they_are_taken_away(at, knock, gateway):
    knock.ports["sms"][:] = [
        type(gateway.port())(gateway.url, key_id="a", secret="b", hook_secrets=["new", "old"])
    ]
    body = b'{"receipts": []}'
    for secret, status in (("new", 200), ("old", 200), ("", 401), ("other", 401)):
        headers = {HEADER: signature(secret, int(at.timestamp()), body)}
        assert knock("http-sms", body, headers=headers)[0] == status


def test_memory_of_callers_is_bounded(at):
    buckets = limits.Buckets()
    for number in range(limits.CALLERS_MAX + 50):
        buckets.take(("p", str(number)), at)
    assert len(buckets._left) == limits.CALLERS_MAX
