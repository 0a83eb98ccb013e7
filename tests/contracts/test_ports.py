"""Every port and its simulator keep the same contract. S2-08."""

import re
from dataclasses import replace

import pytest

from anju.adapters import smpp
from anju.adapters.http_sms import HttpSmsPort
from anju.adapters.inbox import InboxPort
from anju.adapters.push import PushPort
from anju.adapters.push_crypt import new_private_key
from anju.adapters.simulated.provider import Faults, SimulatedProvider
from anju.adapters.simulated.push import SimulatedPush
from anju.adapters.simulated.wechat import OPENID
from anju.adapters.smpp import SmppPort
from anju.adapters.smtp import SmtpPort
from anju.adapters.wechat import WechatPort
from anju.adapters.wecom import WecomPort
from anju.core.sms import segments
from anju.platform.notices.ports import InDoubt, Listener, Message, Port, Rejected, Submitted
from anju.platform.notices.rows import ReceiptIn
from tests.contracts.servers import CODED, LONG, message, smpp_port


def test_a_port_names_itself(kit):
    assert isinstance(kit.port, Port)
    assert kit.port.channel in ("sms", "email", "wecom", "wechat", "push", "letter", "voice")


def test_it_takes_a_message_and_gives_a_reference(kit, at):
    first = kit.port.send(message(at, 1, **kit.given))
    second = kit.port.send(message(at, 2, **kit.given))
    assert isinstance(first, Submitted)
    assert first.rung == "accepted"
    assert first.provider_ref
    assert first.provider_ref != second.provider_ref
    assert kit.reached() == 2


def test_an_unknown_address_is_final(kit, at):
    kit.mood("unknown")
    with pytest.raises(Rejected) as refused:
        kit.port.send(message(at, **kit.given))
    assert (refused.value.error_class, refused.value.retry) == ("no_such_address", False)
    assert kit.reached() == 0


def test_throttling_may_be_tried_again(kit, at):
    kit.mood("busy")
    with pytest.raises(Rejected) as refused:
        kit.port.send(message(at, **kit.given))
    assert (refused.value.error_class, refused.value.retry) == ("throttled", True)
    kit.mood("fine")
    assert kit.port.send(message(at, **kit.given)).provider_ref


def test_no_answer_after_the_text_was_given_is_doubt(kit, at):
    kit.mood("silent")
    with pytest.raises(InDoubt):
        kit.port.send(message(at, **kit.given))
    kit.mood("fine")
    assert kit.port.send(message(at, 2, **kit.given)).provider_ref


def test_the_same_key_twice_on_an_idempotent_port_is_one_message(kit, at):
    kit.mood("silent")
    with pytest.raises(InDoubt):
        kit.port.send(message(at, **kit.given))
    if not kit.port.idempotent:  # it must say so, and not pretend to know
        assert kit.port.poll(key="anju-9-1", provider_ref="", at=at) is None
        return
    asked = kit.port.poll(key="anju-9-1", provider_ref="", at=at)
    assert asked is not None
    assert asked.status == "accepted"
    again = kit.port.send(message(at, **kit.given))
    assert again.provider_ref == asked.provider_ref
    assert kit.reached() == 1


def nobody_pushes():
    """A port that would push to a service that is not there, whatever the address."""
    port = PushPort(new_private_key(), contact="ops@bank.example", hosts=["127.0.0.1"], timeout=1)
    browser = SimulatedPush()
    browser.close()
    sends = port.send
    port.send = lambda given: sends(replace(given, to=browser.subscription()))
    return port


def nobody_writes():
    """A port of an official account that is not there, whatever the message."""
    port = WechatPort("http://127.0.0.1:9", app_id="x", secret="y", timeout=1)
    sends = port.send
    port.send = lambda given: sends(replace(given, to=OPENID, coded=CODED))
    return port


@pytest.mark.parametrize("make", [
    lambda: SmtpPort("127.0.0.1", 9, sender="a@b.example", timeout=1),
    lambda: SmppPort("127.0.0.1", 9, system_id="x", password="y", timeout=1),
    lambda: HttpSmsPort("http://127.0.0.1:9", key_id="x", secret="y", timeout=1),
    lambda: WecomPort("http://127.0.0.1:9", corp_id="x", secret="y", agent_id=1, timeout=1),
    nobody_writes,
    nobody_pushes,
    lambda: SimulatedProvider("sms", faults=Faults(outages=(("2026-01-01T00:00+08:00", "2027-01-01T00:00+08:00"),))),
])  # fmt: skip
def test_nobody_there_means_nothing_was_taken(make, at):
    with pytest.raises(Rejected) as refused:
        make().send(message(at, channel="email"))
    assert (refused.value.error_class, refused.value.retry) == ("unavailable", True)


def test_an_email_carries_the_key_in_its_message_id(mailbox, at):
    box, port = mailbox
    ref = port.send(message(at, channel="email")).provider_ref
    # The mark after the key is ours alone: who has not seen the mail cannot forge a bounce about it.
    assert re.fullmatch(r"<anju-9-1\.[0-9a-f]{16}@bank\.example>", ref)
    text = box.kept[0].content.decode()
    assert f"Message-ID: {ref}" in text
    assert "Date: Mon, 23 Nov 2026 09:30:00 +0800" in text


def test_an_email_server_that_goes_away_leaves_the_rest_untouched(mailbox, at):
    box, port = mailbox
    box.mood = "silent"
    outcomes = port.send_many([message(at, number, channel="email") for number in (1, 2, 3)])
    assert [type(outcome).__name__ for outcome in outcomes] == ["InDoubt", "NotTried", "NotTried"]


def test_a_long_chinese_text_goes_in_parts(centre, at):
    port = smpp_port(centre)
    ref = port.send(message(at)).provider_ref
    port.close()
    assert len(centre.parts) == segments(LONG) == 3
    assert ref == "m3"
    heads = [part[:6] for part in centre.parts]
    assert [(head[4], head[5]) for head in heads] == [(3, 1), (3, 2), (3, 3)]
    assert b"".join(part[6:] for part in centre.parts).decode("utf-16-be") == LONG


def test_receipts_come_over_the_session_late_and_twice(centre, at):
    port = smpp_port(centre)
    assert isinstance(port, Listener)
    ref = port.send(message(at, body="短信")).provider_ref
    heard: list[ReceiptIn] = []
    for stat in ("ENROUTE", "DELIVRD", "DELIVRD"):
        centre.receipt(ref, stat)
        while not centre.pushed.done():
            port.listen(at=at, sink=heard.extend)
        assert centre.pushed.result(5) == 0
    port.close()
    assert [row.status for row in heard] == ["sent", "carrier_delivered", "carrier_delivered"]
    assert {row.provider_ref for row in heard} == {ref}


def test_a_receipt_that_cannot_be_stored_is_not_confirmed(centre, at):
    port = smpp_port(centre)
    ref = port.send(message(at, body="短信")).provider_ref
    centre.receipt(ref, "DELIVRD")

    def full(rows: object) -> None:
        raise RuntimeError("database away")

    with pytest.raises(RuntimeError):  # noqa: PT012
        while not centre.pushed.done():
            port.listen(at=at, sink=full)
    assert not centre.pushed.done()
    port.close()


def test_what_a_person_writes_back_is_no_receipt(centre, at, monkeypatch):
    logged = []
    monkeypatch.setattr(smpp, "log_replies", lambda rows, **given: logged.extend(rows))
    port = smpp_port(centre, name="smpp-2")
    port.send(message(at, body="短信"))
    heard: list[ReceiptIn] = []
    for sender in ("13800000001", "13800000001", "8613800000002"):
        centre.reply("收到", sender)
        while not centre.pushed.done():
            port.listen(at=at, sink=heard.extend)
        assert centre.pushed.result(5) == 0
    port.close()
    assert heard == []
    assert [row.sender for row in logged] == ["13800000001", "13800000001", "8613800000002"]
    assert len({row.ref for row in logged}) == 2, "told twice, it is one reply"


@pytest.mark.django_db
def test_the_inbox_is_idempotent(branch, at, shipped_policy):
    from anju.platform.notices import operations, queries
    from tests.platform.notices.world import PERSON, owed, ports, run

    operations.owe_many([owed(branch.id, at)])
    run(at, ports())
    (row,) = queries.inbox(PERSON)
    again = Message("k", row.attempt_id, "inbox", PERSON, "", "x", "y", at)
    assert InboxPort().send(again) == Submitted(f"inbox-{row.attempt_id}", "sent")
    assert len(queries.inbox(PERSON)) == 1


def test_a_simulated_run_can_be_repeated(at):
    faults = Faults(throttled=200_000, answer_lost=200_000, duplicate=300_000, reorder=300_000)

    def live() -> list[str]:
        provider = SimulatedProvider("sms", seed=7, faults=faults)
        told = [type(outcome).__name__ for outcome in provider.send_many([message(at, n) for n in range(60)])]
        heard: list[ReceiptIn] = []
        provider.listen(at=at.replace(hour=12), sink=heard.extend)
        return told + [f"{row.provider_ref} {row.status}" for row in heard]

    first = live()
    assert first == live()
    assert {"Submitted", "Rejected", "InDoubt"} <= set(first)
