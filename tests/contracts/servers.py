"""Real servers on this machine for the contract tests: aiosmtpd, smpp34; and the messages given to ports."""

import asyncio
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import smpp34

from anju.adapters.simulated.httpd import Loopback, Response
from anju.adapters.smpp import SmppPort
from anju.platform.notices.ports import Coded, InDoubt, Message, Port, Rejected, Value

PLACES = {
    "email": "p1@example.com",
    "wecom": "zhang.san",
    "letter": "上海市徐汇区漕溪北路1号",
}
LONG = "【安居示范银行】您尾号0001的住房贷款还款日为2026年11月28日，应还5,123.45 元。" * 4
CODED = Coded(
    "tm-reminder",
    {
        "character_string1": Value("text", "0001", "0001"), "time2": Value("date", "2026-11-28", "2026年11月28日"),
        "amount3": Value("money", 512_345, "5,123.45 元"),
    },
    "zh",
    "https://anju.example/a/abc",
)  # fmt: skip
"""The same message by a provider's own template."""


def message(
    at: datetime,
    number: int = 1,
    *,
    to: str = "",
    body: str = LONG,
    channel: str = "sms",
    coded: Coded | None = None,
) -> Message:
    place = to or PLACES.get(channel, "13800000001")
    return Message(f"anju-9-{number}", number, channel, 501, place, "还款提醒", body, at, coded)


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
        if self.mood == "silent":
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
        if self.mood == "busy":
            event.reject(smpp34.ESME_RTHROTTLED)
        elif self.mood == "unknown":
            event.reject(smpp34.ESME_RINVDSTADR)
        elif self.mood == "silent":
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

    def reply(self, text: str, sender: str) -> None:
        """Push what a person wrote to the client."""
        session = list(self._sessions.values())[-1]

        async def push() -> int:
            answer = await session.deliver_sm(
                "1069", text.encode("utf-16-be"), source_addr=sender, esm_class=0
            )
            return int(answer.command_status)

        self.pushed = asyncio.run_coroutine_threadsafe(push(), self._loop)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


def smpp_port(centre: Centre, **given: Any) -> SmppPort:
    return SmppPort(
        "127.0.0.1", centre.port, system_id="anju", password="secret", source="1069", timeout=3, **given
    )


@dataclass
class Kit:
    """A port and the switches of what stands behind it. Moods: fine | unknown (address) | busy | silent (no answer)."""

    port: Port
    mood: Callable[[str], None]
    reached: Callable[[], int]
    to: str = ""
    coded: Coded | None = None

    @property
    def given(self) -> dict[str, Any]:
        """What `message` needs besides for this port."""
        return {"channel": self.port.channel, "to": self.to, "coded": self.coded}


def in_our_words(
    pages: dict[str, bytes], port_at: Callable[[str], Port], message: Message
) -> tuple[str, bool | None]:
    """Error class and retry that a port makes of an interface's answers, by path; ("", None): it is in doubt."""
    with Loopback(lambda request: Response(200, pages[request.path])) as there:
        try:
            port_at(there.url).send(message)
        except Rejected as refused:
            return refused.error_class, refused.retry
        except InDoubt:
            return "", None
    raise AssertionError("the message was taken")
