"""WeChat official account: typed fields, one shared token, what became of a message, sealed callbacks. S2-08, S2-11."""

from dataclasses import replace
from datetime import timedelta

import pytest

from anju.adapters.simulated.provider import Faults
from anju.adapters.simulated.wechat import OPENID, SimulatedWechat
from anju.adapters.wechat import WechatPort, data_of
from anju.platform.notices.hooks import Hearer, HookRefused
from anju.platform.notices.ports import Coded, Rejected, Value
from tests.contracts.servers import CODED, in_our_words, message


def wechat(at, number=1, **given):
    made = message(at, number, channel="wechat", to=OPENID)
    return replace(made, coded=CODED, **given)


def hear(port, call, at):
    return port.hear(method=call.method, headers={}, query=call.query, body=call.body, at=at)


def test_the_registered_template_gets_its_typed_fields(account, at):
    ref = account.port().send(wechat(at)).provider_ref
    assert account.bodies == [{
        "touser": OPENID, "template_id": "tm-reminder", "client_msg_id": "anju-9-1",
        "url": "https://anju.example/a/abc",
        "data": {
            "character_string1": {"value": "0001"}, "time2": {"value": "2026年11月28日"},
            "amount3": {"value": "5123.45元"},
        },
    }]  # fmt: skip
    assert int(ref) > 2**31, "the number of a message is larger than 32 bits"


@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        ("amount3", Value("money", 100_000_005, "1,000,000.05 元"), "1000000.05元"),
        ("number4", Value("money", 7, "0.07 元"), "0.07"),
        ("number4", Value("integer", 12, "12"), "12"),
        ("time1", Value("datetime", "2026-11-28T09:05:00+08:00", "…"), "2026年11月28日 09:05"),
        ("date11", Value("date", "2026-01-02", "…"), "2026年1月2日"),
        ("phrase2", Value("text", "已入账", "已入账"), "已入账"),
        ("phrase2", Value("text", "已经入账了吗", "已经入账了吗"), None),
        ("thing1", Value("text", "安" * 20, "安" * 20), "安" * 20),
        ("thing1", Value("text", "安" * 21, "安" * 21), None),
        ("thing1", Value("text", "a\nb", "a\nb"), None),
        ("character_string1", Value("text", "尾号0001", "尾号0001"), None),
        ("amount3", Value("text", "很多", "很多"), None),
        ("amount3", Value("money", -5, "-0.05 元"), None),
        ("amount3", Value("money", 10**13, "…"), None),
        ("name1", Value("text", "欧阳·娜娜", "欧阳·娜娜"), "欧阳·娜娜"),
        ("phone_number2", Value("text", "400-000-0000", "400-000-0000"), "400-000-0000"),
        ("keyword1", Value("text", "x", "x"), None),
        ("thing", Value("text", "x", "x"), None),
    ],
)
def test_a_field_holds_what_its_type_allows_and_nothing_is_cut(field, value, written):
    coded = Coded("tm", {field: value})
    if written is not None:
        assert data_of(coded) == {field: {"value": written}}
        return
    with pytest.raises(Rejected) as refused:
        data_of(coded)
    assert (refused.value.error_class, refused.value.retry) == ("content", False)
    assert field in refused.value.detail


def test_days_for_a_person_who_reads_english():
    coded = Coded("tm", {"time1": Value("date", "2026-11-28", "28 November 2026")}, "en")
    assert data_of(coded) == {"time1": {"value": "2026-11-28"}}


def test_several_processes_share_one_token(account, at):
    first, second = account.port(), account.port()
    first.send(wechat(at, 1))
    second.send(wechat(at, 2))
    first.send(wechat(at + timedelta(minutes=100), 3))
    assert account.token_calls == 2, "one for each process, and the first one's stays good"
    account.spend_tokens()
    second.send(wechat(at, 4))
    assert len(account.provider.taken()) == 4


def test_a_wrong_secret_is_told_and_not_sent(account, at, caplog):
    port = WechatPort(account.url, app_id=account.app_id, secret="hush-hush")
    with pytest.raises(Rejected) as refused:
        port.send(wechat(at))
    assert (refused.value.error_class, refused.value.retry) == ("unavailable", True)
    assert "token: 40125" in caplog.text
    assert "hush-hush" not in caplog.text + str(refused.value)


@pytest.mark.parametrize(
    "harm", [{"coded": None}, {"coded": Coded("", {})}, {"to": "zhang.san"}, {"to": "@all"}]
)
def test_without_a_template_or_an_openid_nothing_is_sent(account, at, harm):
    with pytest.raises(Rejected) as refused:
        account.port().send(replace(wechat(at), **harm))
    assert refused.value.error_class == ("no_such_address" if "to" in harm else "content")
    assert account.bodies == []
    assert account.token_calls == 0


@pytest.mark.parametrize(
    ("answer", "error_class", "retry"),
    [
        (b'{"errcode": 45009}', "throttled", True),
        (b'{"errcode": -1}', "unavailable", True),
        (b'{"errcode": 40164}', "unavailable", True),
        (b'{"errcode": 40003}', "no_such_address", False),
        (b'{"errcode": 43004}', "blocked", False),
        (b'{"errcode": 40037}', "content", False),
        (b'{"errcode": 47003}', "content", False),
        (b'{"errcode": 42001}', "unavailable", True),
        (b'{"errcode": 987654}', "invalid", False),
        (b"<html>", "", None),
        (b'{"errcode": "0"}', "", None),
    ],
)
def test_error_codes_in_our_words(at, answer, error_class, retry):
    pages = {
        "/cgi-bin/stable_token": b'{"access_token": "t", "expires_in": 7200}',
        "/cgi-bin/message/template/send": answer,
    }
    told = in_our_words(pages, lambda url: WechatPort(url, app_id="a", secret="s"), wechat(at))
    assert told == (error_class, retry)


@pytest.mark.parametrize(
    ("word", "status", "error_class"),
    [
        ("success", "carrier_delivered", None),
        ("failed:user block", "failed", "blocked"),
        ("failed: system failed", "failed", "undelivered"),
        ("failed:freq limit", "failed", "throttled"),
        ("maybe", "maybe", None),
    ],
)
def test_what_became_of_a_message_is_a_receipt(account, at, word, status, error_class):
    port = account.port()
    assert isinstance(port, Hearer)
    ref = port.send(wechat(at)).provider_ref
    heard = hear(port, account.tell(account.finished(int(ref), word), at, at), at)
    (row,) = heard.receipts
    assert (row.provider, row.provider_ref, row.status, row.said_at) == ("wechat", ref, status, at)
    assert row.raw.get("error_class") == error_class
    assert heard.reply_body == b"success"


def test_the_simulator_tells_of_each_message_and_forges(account, at):
    port, later = account.port(), at + timedelta(hours=1)
    account.provider.faults = Faults(forged=1_000_000)
    ref = port.send(wechat(at)).provider_ref
    told = []
    for call in account.calls(later):
        try:
            told += [(row.status, row.provider_ref) for row in hear(port, call, later).receipts]
        except HookRefused as refusal:
            told.append((refusal.status, ""))
    assert sorted(map(str, told)) == sorted(map(str, [("carrier_delivered", ref), (401, "")]))


def test_what_a_person_writes_is_a_reply_and_the_console_checks_the_address(account, at):
    port = account.port()
    told = {"MsgType": "text", "FromUserName": OPENID, "MsgId": "77", "Content": "好"}
    (reply,) = hear(port, account.tell(told, at, at), at).replies
    assert (reply.channel, reply.sender, reply.ref, reply.text) == ("wechat", OPENID, "77", "好")
    assert hear(port, account.check(at), at).reply_body == b"4375120948"
    wrong = account.check(at)
    wrong.query["signature"] = "0" * 40
    with pytest.raises(HookRefused, match="bad_signature"):
        hear(port, wrong, at)


def test_plain_old_and_forged_calls_are_refused(account, at):
    port = account.port()
    call = account.tell(account.finished(1, "success"), at, at)
    with pytest.raises(HookRefused, match="too_old"):
        hear(port, call, at + timedelta(seconds=301))
    plain = b"<xml><MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>1</MsgID></xml>"
    for body in (plain, b"\xff\xfe", b""):
        with pytest.raises(HookRefused, match="400"):
            port.hear(method="POST", headers={}, query=call.query, body=body, at=at)
    with pytest.raises(HookRefused, match="bad_signature"):
        hear(port, account.tell(account.finished(1, "success"), at, at, forged=True), at)
    with pytest.raises(HookRefused, match="no_callback"):
        hear(WechatPort(account.url, app_id="a", secret="s"), call, at)


def test_an_unknown_template_or_field_is_the_messages_fault(at):
    account = SimulatedWechat(clock=lambda: at, templates={"tm-reminder": ("thing1",)})
    try:
        for coded in (CODED, Coded("tm-other", CODED.values)):
            with pytest.raises(Rejected) as refused:
                account.port().send(replace(wechat(at), coded=coded))
            assert refused.value.error_class == "content"
    finally:
        account.close()
