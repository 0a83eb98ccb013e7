"""Every port and its simulator keep the same contract. S2-08."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import smpp34
from aiosmtpd.controller import Controller

from anju.adapters.inbox import InboxPort
from anju.adapters.simulated.provider import Faults, SimulatedProvider
from anju.adapters.smpp import SmppPort, segments
from anju.adapters.smtp import SmtpPort
from anju.platform.notices.ports import InDoubt, Listener, Message, Port, Rejected, Submitted
from anju.platform.notices.rows import ReceiptIn

LONG = "【安居示范银行】您尾号0001的住房贷款还款日为2026年11月28日，应还5,123.45 元。" * 4


def message(
    at: datetime, number: int = 1, *, to: str = "", body: str = LONG, channel: str = "sms"
) -> Message:
    place = to or ("p1@example.com" if channel == "email" else "13800000001")
    return Message(f"anju-9-{number}", number, channel, 501, place, "还款提醒", body, at)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


class Mailbox:
    """aiosmtpd's handler: keeps what it is given; `mood` decides how it answers."""

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self.mood = "fine"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.mood == "unknown":
            return "550 5.1.1 no such user"
        if self.mood == "busy":
            return "451 4.7.1 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.kept.append(envelope)
        if self.mood == "mute":
            server.transport.abort()
        return "250 OK"


@dataclass
class Centre:
    """A real SMPP server of `smpp34` in its own event loop."""

    port: int = 0
    mood: str = "fine"
    parts: list[bytes] = field(default_factory=list)
    sent_to: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sessions: dict[str, Any] = {}
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._up.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self.port = free_port()
        self._server = smpp34.Server(host="127.0.0.1", port=self.port, system_id="SMSC")
        await self._server.start()
        self._stop = asyncio.Event()
        pump = asyncio.ensure_future(self._pump())
        self._up.set()
        await self._stop.wait()
        pump.cancel()
        await self._server.stop()

    async def _pump(self) -> None:
        while True:
            event = await self._server.next()
            if isinstance(event, smpp34.Esme):
                self._sessions[event.session_id] = event
            elif isinstance(event, smpp34.SubmitSmEvent):
                await self._submitted(event)

    async def _submitted(self, event: Any) -> None:
        if self.mood == "throttled":
            event.reject(smpp34.ESME_RTHROTTLED)
        elif self.mood == "unknown":
            event.reject(smpp34.ESME_RINVDSTADR)
        elif self.mood == "hang_up":
            await self._sessions[event.session_id].unbind()
        else:
            payload = [tlv.value for tlv in event.tlvs if tlv.tag == smpp34.TLV_MESSAGE_PAYLOAD]
            self.parts.append(payload[0] if payload else event.short_message)
            self.sent_to.append(event.destination_addr)
            event.accept(message_id=f"m{len(self.parts)}")

    def receipt(self, ref: str, stat: str) -> None:
        """Push a delivery receipt to the client, and wait until it was confirmed."""
        text = f"id:{ref} sub:001 dlvrd:001 submit date:2611231200 done date:2611231201 stat:{stat} err:000 text:"
        session = list(self._sessions.values())[-1]

        async def push() -> int:
            answer = await session.deliver_sm("1069", text.encode(), source_addr="13800000001", esm_class=4)
            return int(answer.command_status)

        self.pushed = asyncio.run_coroutine_threadsafe(push(), self._loop)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, SmtpPort]]:
    box = Mailbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, SmtpPort("127.0.0.1", port, sender="notice@bank.example", timeout=3)
    controller.stop()


@pytest.fixture
def centre() -> Iterator[Centre]:
    made = Centre()
    yield made
    made.stop()


def smpp_port(centre: Centre, **given: Any) -> SmppPort:
    return SmppPort(
        "127.0.0.1", centre.port, system_id="anju", password="secret", source="1069", timeout=3, **given
    )


@dataclass
class Kit:
    """A port and the switches of what stands behind it."""

    port: Port
    mood: Callable[[str], None]
    reached: Callable[[], int]


@pytest.fixture(params=["smtp", "sim-email", "smpp", "sim-sms"])
def kit(request: pytest.FixtureRequest) -> Iterator[Kit]:
    if request.param == "smtp":
        box, port = request.getfixturevalue("mailbox")
        yield Kit(port, lambda mood: setattr(box, "mood", mood), lambda: len(box.kept))
    elif request.param == "smpp":
        made = request.getfixturevalue("centre")
        sms = smpp_port(made, long_text="payload")
        yield Kit(sms, lambda mood: setattr(made, "mood", mood), lambda: len(made.parts))
        sms.close()
    else:
        channel = request.param.partition("-")[2]
        provider = SimulatedProvider(channel)
        moods = {
            "fine": Faults(),
            "unknown": Faults(bad_address=1_000_000),
            "busy": Faults(throttled=1_000_000),
            "mute": Faults(answer_lost=1_000_000),
            "throttled": Faults(throttled=1_000_000),
            "hang_up": Faults(answer_lost=1_000_000),
        }
        yield Kit(
            provider, lambda mood: setattr(provider, "faults", moods[mood]), lambda: len(provider.taken())
        )


def busy(kit: Kit) -> str:
    return "throttled" if kit.port.channel == "sms" else "busy"


def silent(kit: Kit) -> str:
    return "hang_up" if kit.port.channel == "sms" else "mute"


def test_a_port_names_itself(kit):
    assert isinstance(kit.port, Port)
    assert kit.port.channel in ("sms", "email")


def test_it_takes_a_message_and_gives_a_reference(kit, at):
    first = kit.port.send(message(at, 1, channel=kit.port.channel))
    second = kit.port.send(message(at, 2, channel=kit.port.channel))
    assert isinstance(first, Submitted)
    assert first.rung == "accepted"
    assert first.provider_ref
    assert first.provider_ref != second.provider_ref
    assert kit.reached() == 2


def test_an_unknown_address_is_final(kit, at):
    kit.mood("unknown")
    with pytest.raises(Rejected) as refused:
        kit.port.send(message(at, channel=kit.port.channel))
    assert (refused.value.error_class, refused.value.retry) == ("no_such_address", False)
    assert kit.reached() == 0


def test_throttling_may_be_tried_again(kit, at):
    kit.mood(busy(kit))
    with pytest.raises(Rejected) as refused:
        kit.port.send(message(at, channel=kit.port.channel))
    assert (refused.value.error_class, refused.value.retry) == ("throttled", True)
    kit.mood("fine")
    assert kit.port.send(message(at, channel=kit.port.channel)).provider_ref


def test_no_answer_after_the_text_was_given_is_doubt(kit, at):
    kit.mood(silent(kit))
    with pytest.raises(InDoubt):
        kit.port.send(message(at, channel=kit.port.channel))
    kit.mood("fine")
    assert kit.port.send(message(at, 2, channel=kit.port.channel)).provider_ref


def test_the_same_key_twice_on_an_idempotent_port_is_one_message(kit, at):
    kit.mood(silent(kit))
    with pytest.raises(InDoubt):
        kit.port.send(message(at, channel=kit.port.channel))
    if not kit.port.idempotent:  # it must say so, and not pretend to know
        assert kit.port.poll(key="anju-9-1", provider_ref="", at=at) is None
        return
    asked = kit.port.poll(key="anju-9-1", provider_ref="", at=at)
    assert asked is not None
    assert asked.status == "accepted"
    again = kit.port.send(message(at, channel=kit.port.channel))
    assert again.provider_ref == asked.provider_ref
    assert kit.reached() == 1


@pytest.mark.parametrize("make", [
    lambda: SmtpPort("127.0.0.1", 9, sender="a@b.example", timeout=1),
    lambda: SmppPort("127.0.0.1", 9, system_id="x", password="y", timeout=1),
    lambda: SimulatedProvider("sms", faults=Faults(outages=(("2026-01-01T00:00+08:00", "2027-01-01T00:00+08:00"),))),
])  # fmt: skip
def test_nobody_there_means_nothing_was_taken(make, at):
    with pytest.raises(Rejected) as refused:
        make().send(message(at, channel="email"))
    assert (refused.value.error_class, refused.value.retry) == ("unavailable", True)


def test_an_email_carries_the_key_as_its_message_id(mailbox, at):
    box, port = mailbox
    ref = port.send(message(at, channel="email")).provider_ref
    assert ref == "<anju-9-1@bank.example>"
    text = box.kept[0].content.decode()
    assert f"Message-ID: {ref}" in text
    assert "Date: Mon, 23 Nov 2026 09:30:00 +0800" in text


def test_an_email_server_that_goes_away_leaves_the_rest_untouched(mailbox, at):
    box, port = mailbox
    box.mood = "mute"
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
