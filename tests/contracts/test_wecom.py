"""WeCom: tokens, error codes, who is reached, sealed callbacks. S2-08, S2-11."""

from datetime import timedelta

import pytest

from anju.adapters.simulated.provider import Faults
from anju.adapters.simulated.wecom import AES_KEY
from anju.adapters.wecom import WecomPort
from anju.adapters.wecom_crypt import BadSeal, Seal, fields
from anju.platform.notices.hooks import Hearer, HookRefused
from anju.platform.notices.ports import InDoubt, Rejected
from tests.contracts.servers import in_our_words, message

TEXT = "您的还款日为11月28日。 https://anju.example/a/abc"


def wecom(at, number=1, **given):
    return message(at, number, channel="wecom", **{"body": TEXT, **given})


def hear(port, call, at):
    return port.hear(method=call.method, headers={}, query=call.query, body=call.body, at=at)


def test_one_token_serves_until_it_runs_out(company, at):
    port = company.port()
    port.send(wecom(at, 1))
    port.send(wecom(at + timedelta(minutes=100), 2))
    assert company.tokens == 1
    port.send(wecom(at + timedelta(minutes=116), 3))
    assert company.tokens == 2
    company.spend_tokens()  # another process fetched one: ours is spent before its time
    port.send(wecom(at + timedelta(minutes=117), 4))
    assert len(company.provider.taken()) == 4


def test_a_wrong_secret_is_told_and_not_sent(company, at, caplog):
    port = WecomPort(company.url, corp_id=company.corp_id, secret="hush-hush", agent_id=1)
    with pytest.raises(Rejected) as refused:
        port.send(wecom(at))
    assert (refused.value.error_class, refused.value.retry) == ("unavailable", True)
    assert "gives no token: token: 40001" in caplog.text
    assert "hush-hush" not in caplog.text + str(refused.value)


@pytest.mark.parametrize("to", ["@all", "li|wang", "", "a" * 65, "../x"])
def test_nobody_else_is_ever_reached(company, at, to):
    port = company.port()
    with pytest.raises(Rejected) as refused:
        port.send(wecom(at).__class__("k", 1, "wecom", 1, to, "s", TEXT, at))
    assert refused.value.error_class == "no_such_address"
    assert company.bodies == []


@pytest.mark.parametrize(
    ("answer", "error_class", "retry"),
    [
        (b'{"errcode": 45009}', "throttled", True),
        (b'{"errcode": -1}', "unavailable", True),
        (b'{"errcode": 81013}', "no_such_address", False),
        (b'{"errcode": 0, "invaliduser": "zhang.san"}', "no_such_address", False),
        (b'{"errcode": 0, "unlicenseduser": "zhang.san|b"}', "blocked", False),
        (b'{"errcode": 45002}', "too_long", False),
        (b'{"errcode": 42001}', "unavailable", True),
        (b'{"errcode": 987654}', "invalid", False),
        (b"<html>", "", None),
        (b'{"errcode": "0"}', "", None),
        (b"[]", "", None),
    ],
)
def test_error_codes_in_our_words(at, answer, error_class, retry):
    token = b'{"errcode": 0, "access_token": "t", "expires_in": 7200}'
    pages = {"/cgi-bin/gettoken": token, "/cgi-bin/message/send": answer}
    told = in_our_words(pages, lambda url: WecomPort(url, corp_id="c", secret="s", agent_id=1), wecom(at))
    assert told == (error_class, retry)


def test_two_notices_in_the_same_words_are_two_messages(company, at):
    port = company.port()
    refs = {port.send(wecom(at, number)).provider_ref for number in (1, 2)}
    assert len(refs) == 2
    assert company.bodies[0]["enable_duplicate_check"] == 1
    assert port.send(wecom(at, 2)).provider_ref in refs, "the same request again is swallowed by WeCom"
    assert len(company.provider.taken()) == 2


def test_a_text_that_is_too_long_is_never_cut(company, at):
    with pytest.raises(Rejected) as refused:
        company.port().send(wecom(at, body="长" * 700))
    assert refused.value.error_class == "too_long"


def test_a_pressed_card_names_the_attempt_even_after_doubt(company, at):
    port = company.port(card=True)
    assert isinstance(port, Hearer)
    company.provider.faults = Faults(answer_lost=1_000_000, opened=1_000_000)
    with pytest.raises(InDoubt):
        port.send(wecom(at))
    card = company.bodies[0]["template_card"]
    assert card["card_action"] == {"type": 1, "url": "https://anju.example/a/abc"}
    assert card["sub_title_text"] == "您的还款日为11月28日。"
    pressed = company.press(card["task_id"], "zhang.san", at, at)
    heard = hear(port, pressed, at)
    (row,) = heard.receipts
    assert (row.provider, row.provider_ref, row.status) == ("wecom", "anju-9-1", "opened")
    assert heard.reply_body == b"success"


def test_the_simulator_presses_and_forges(company, at):
    port = company.port(card=True)
    company.provider.faults = Faults(opened=1_000_000, forged=1_000_000)
    port.send(wecom(at))
    told = []
    for call in company.calls(at + timedelta(hours=1)):
        try:
            told += [row.status for row in hear(port, call, at + timedelta(hours=1)).receipts]
        except HookRefused as refusal:
            told.append(refusal.status)
    assert sorted(map(str, told)) == ["401", "opened"]


def test_what_a_person_writes_is_a_reply(company, at):
    told = {"MsgType": "text", "FromUserName": "zhang.san", "MsgId": "77", "Content": "<b>好</b> & 谢谢"}
    (reply,) = hear(company.port(), company.tell(told, at, at), at).replies
    assert (reply.channel, reply.sender, reply.ref, reply.text) == (
        "wecom", "zhang.san", "77", "<b>好</b> & 谢谢",
    )  # fmt: skip
    assert reply.said_at == at


def test_the_console_checks_the_address(company, at):
    assert hear(company.port(), company.check(at), at).reply_body == b"echo"


@pytest.mark.parametrize(
    ("harm", "status"),
    [
        (lambda call: call.query.update(msg_signature="0" * 40), 401),
        (lambda call: call.query.update(msg_signature="ü"), 401),
        (lambda call: call.query.update(nonce="1"), 401),
        (lambda call: call.query.update(timestamp="x"), 401),
        (lambda call: call.query.clear(), 401),
    ],
)
def test_what_is_not_sealed_by_wecom_is_not_believed(company, at, harm, status):
    call = company.press("anju-9-1", "zhang.san", at, at)
    harm(call)
    with pytest.raises(HookRefused) as refused:
        hear(company.port(), call, at)
    assert refused.value.status == status


def test_an_old_call_and_another_body_are_refused(company, at):
    port, call = company.port(), company.press("anju-9-1", "zhang.san", at, at)
    with pytest.raises(HookRefused, match="too_old"):
        hear(port, call, at + timedelta(seconds=301))
    for body, why in (
        (b"<xml></xml>", "400"),
        (b"\xff\xfe", "400"),
        (b"<!DOCTYPE x [<!ENTITY y 'z'>]>", "400"),
    ):
        with pytest.raises(HookRefused, match=why):
            port.hear(method="POST", headers={}, query=call.query, body=body, at=at)
    with pytest.raises(HookRefused, match="no_callback"):
        hear(WecomPort(company.url, corp_id="c", secret="s", agent_id=1), call, at)


def test_the_seal_opens_only_what_it_closed():
    seal = Seal("token", AES_KEY, "ww1")
    assert seal.open(seal.close("消息".encode())) == "消息".encode()
    for bad in (
        "",
        "AAAA",
        "%%%",
        Seal("token", AES_KEY, "ww2").close(b"x"),
        Seal("t", AES_KEY[::-1], "ww1").close(b"x"),
    ):
        with pytest.raises(BadSeal):
            seal.open(bad)
    with pytest.raises(ValueError, match="43"):
        Seal("token", "short", "ww1")


def test_the_published_example_opens():
    # Figures of the example in the vendor's sample code for callbacks: token, key, query and what comes out.
    seal = Seal("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
    sealed = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    assert seal.signed("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780", sealed)
    assert seal.open(sealed) == b"1616140317555161061"


def test_fields_of_a_message():
    assert fields("<xml><A><![CDATA[<b>]]></A><C>1 &lt; 2</C></xml>") == {"A": "<b>", "C": "1 < 2"}
