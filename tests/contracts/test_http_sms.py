"""The signed HTTP gateway: signatures both ways, batches, doubt, error classes. S2-03, S2-08, S2-11."""

import json
from datetime import timedelta

import pytest

from anju.adapters import web
from anju.adapters.http_sms import HttpSmsPort, sign
from anju.adapters.simulated.gateway import SimulatedGateway
from anju.adapters.simulated.httpd import Loopback, Response
from anju.adapters.simulated.provider import Faults
from anju.platform.notices.hooks import HEADER, Hearer, HookRefused, signature
from anju.platform.notices.ports import BulkPort, Coded, InDoubt, NotTried, Rejected, Submitted
from tests.contracts.servers import CODED, message


def wave(at, count):
    return [message(at, number, body="短信", to=f"138{number:08d}") for number in range(1, count + 1)]


def names(outcomes):
    return [type(outcome).__name__ for outcome in outcomes]


def test_a_wave_goes_in_batches_over_one_connection(gateway, at):
    port = gateway.port()
    assert isinstance(port, BulkPort)
    outcomes = port.send_many(wave(at, 250))
    assert {type(outcome) for outcome in outcomes} == {Submitted}
    assert [key for key, _ in gateway.provider.taken()] == [f"anju-9-{n}" for n in range(1, 251)]
    assert len(port.server._idle) == 1


def test_each_message_has_its_own_answer(gateway, at):
    numbers = ("13800099991", "13800099995", "13800099986", "13800000001")
    wanted = [message(at, number, to=to) for number, to in enumerate(numbers)]
    told = gateway.port().send_many(wanted)
    classes = [(row.error_class, row.retry) for row in told if isinstance(row, Rejected)]
    assert classes == [("no_such_address", False), ("throttled", True), ("unavailable", True)]
    assert isinstance(told[3], Submitted)


def test_a_gateway_that_writes_the_text_itself_gets_its_code_and_the_values(gateway, at):
    gateway.templates["tm-reminder"] = "尾号${character_string1}，${time2}应还${amount3}。"
    port = gateway.port()
    wanted = [
        message(at, 1, coded=CODED), message(at, 2, body="短信"), message(at, 3, coded=Coded("tm-other", CODED.values)),
        message(at, 4, coded=Coded("tm-reminder", {})),
    ]  # fmt: skip
    told = port.send_many(wanted)
    assert gateway.texts == {"anju-9-1": "尾号0001，2026年11月28日应还5,123.45 元。", "anju-9-2": "短信"}
    assert [row.error_class for row in told if isinstance(row, Rejected)] == ["content", "content"]
    again = port.send_many(wanted[:2])
    assert again == told[:2], "the same key twice is one SMS, and the same answer"


@pytest.mark.parametrize(("mood", "error_class"), [("busy", "throttled"), ("away", "unavailable")])
def test_a_gateway_that_refuses_took_nothing(gateway, at, mood, error_class):
    gateway.mood = mood
    with pytest.raises(Rejected) as refused:
        gateway.port().send(message(at))
    assert (refused.value.error_class, refused.value.retry) == (error_class, True)
    assert gateway.provider.taken() == []


@pytest.mark.parametrize("mood", ["broken", "gibberish"])
def test_an_answer_out_of_the_protocol_is_doubt(gateway, at, mood):
    gateway.mood = mood
    with pytest.raises(InDoubt):
        gateway.port().send(message(at))


def test_when_it_hangs_up_the_rest_is_untouched_and_the_key_ends_the_doubt(gateway, at):
    port = gateway.port()
    gateway.provider.faults = Faults(answer_lost=1_000_000)
    outcomes = port.send_many(wave(at, 101))
    assert names(outcomes) == ["InDoubt"] * 100 + ["NotTried"]
    assert isinstance(outcomes[-1], NotTried)
    gateway.provider.faults = Faults()
    again = port.send_many(wave(at, 100))
    asked = port.poll(key="anju-9-7", provider_ref="", at=at)
    assert asked is not None
    assert asked.provider_ref == again[6].provider_ref
    assert len(gateway.provider.taken()) == 100, "the same key twice is one SMS"
    assert port.poll(key="anju-9-101", provider_ref="", at=at) is None


def test_asked_later_it_says_why_it_failed(gateway, at):
    port = gateway.port()
    port.send(message(at, to="13800099994"))
    asked = port.poll(key="anju-9-1", provider_ref="", at=at + timedelta(minutes=5))
    assert asked is not None
    assert (asked.status, asked.raw) == ("failed", {"error_class": "undelivered"})


def test_a_slow_gateway_is_doubt_and_not_a_hang(at):
    with Loopback(lambda request: Response(200, b"{}"), slow_seconds=30) as slow:
        port = HttpSmsPort(slow.url, key_id="a", secret="b", timeout=0.2)
        with pytest.raises(InDoubt):
            port.send(message(at))
        slow.closing.set()


def test_the_gateway_believes_only_our_signature_and_only_once(gateway, at):
    HttpSmsPort(gateway.url, key_id="anju", secret="other").send_many(wave(at, 1))
    HttpSmsPort(gateway.url, key_id="nobody", secret=gateway.secret).send_many(wave(at, 1))
    server, body, stamp = web.Server(gateway.url), b'{"messages": []}', str(int(at.timestamp()))
    heads = {"X-Anju-Key": "anju", "X-Anju-Timestamp": stamp, "X-Anju-Nonce": "n1"}
    heads["X-Anju-Signature"] = sign(gateway.secret, "POST", "/v1/messages", stamp, "n1", body)
    assert server.ask("POST", "/v1/messages", body=body, headers=heads).status == 200
    assert server.ask("POST", "/v1/messages", body=body, headers=heads).status == 401
    assert server.ask("POST", "/v1/messages", body=body + b" ", headers=heads).status == 401
    late = SimulatedGateway(clock=lambda: at + timedelta(minutes=6))
    late.port().send_many(wave(at, 1))
    late.close()
    assert gateway.refused == ["bad_signature", "unknown_key", "replayed", "bad_signature"]
    assert (late.refused, late.provider.taken()) == (["too_old"], [])
    assert gateway.provider.taken() == []


def test_its_webhooks_are_heard_and_a_forged_one_is_not(gateway, at):
    port = gateway.port()
    assert isinstance(port, Hearer)
    ref = port.send(message(at, to="13800099989")).provider_ref  # meets the fault `forged`
    later = at + timedelta(minutes=1)
    heard, refused = [], []
    for headers, body in gateway.calls(later):
        try:
            heard += port.hear(method="POST", headers=headers, query={}, body=body, at=later).receipts
        except HookRefused as refusal:
            refused.append(refusal.status)
    assert [(row.provider, row.provider_ref, row.status) for row in heard] == [
        ("http-sms", ref, "sent"),
        ("http-sms", ref, "carrier_delivered"),
    ]
    assert refused == [401]


def test_a_reply_of_a_person_is_heard(gateway, at):
    said = {"from": "+8613800000001", "id": "mo-1", "text": "谢谢", "at": at.isoformat()}
    body = json.dumps({"replies": [said]}).encode()
    headers = {HEADER: signature(gateway.hook_secret, int(at.timestamp()), body)}
    (reply,) = gateway.port().hear(method="POST", headers=headers, query={}, body=body, at=at).replies
    assert (reply.channel, reply.sender, reply.ref, reply.text) == ("sms", "+8613800000001", "mo-1", "谢谢")


@pytest.mark.parametrize(
    "url", ["http://gateway.example", "ftp://gateway.example", "https://", "file:///etc/x"]
)
def test_only_https_to_a_configured_server(url):
    with pytest.raises(ValueError, match="https"):
        web.Server(url)


def test_no_redirect_is_followed_and_no_endless_answer_read(at):
    big = b"x" * (web.ANSWER_MAX + 1)
    pages = {"/r": Response(302, headers={"Location": "http://127.0.0.1:9/"}), "/big": Response(200, big)}
    with Loopback(lambda request: pages[request.path]) as there:
        server = web.Server(there.url)
        assert server.ask("GET", "/r").status == 302
        with pytest.raises(web.NoAnswer, match="more than"):
            server.ask("GET", "/big")


def test_a_connection_the_server_closed_meanwhile_is_no_doubt(at):
    with Loopback(lambda request: Response(200, b"{}", {"Connection": "close"})) as there:
        server = web.Server(there.url)
        assert [server.ask("GET", "/").status for _ in range(3)] == [200, 200, 200]
