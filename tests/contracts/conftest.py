"""Every port with what stands behind it, under one set of moods."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from anju.adapters.simulated.gateway import SimulatedGateway
from anju.adapters.simulated.provider import Faults, SimulatedProvider
from anju.adapters.simulated.push import SimulatedPush
from anju.adapters.simulated.wechat import OPENID, SimulatedWechat
from anju.adapters.simulated.wecom import SimulatedWecom
from anju.adapters.smtp import SmtpPort
from tests.contracts.servers import CODED, Centre, Kit, Mailbox, free_port, smpp_port

ALWAYS = 1_000_000
MOODS = {
    "fine": Faults(),
    "unknown": Faults(bad_address=ALWAYS),
    "busy": Faults(throttled=ALWAYS),
    "silent": Faults(answer_lost=ALWAYS),
}


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


@pytest.fixture
def gateway() -> Iterator[SimulatedGateway]:
    made = SimulatedGateway()
    yield made
    made.close()


@pytest.fixture
def company(at: Any) -> Iterator[SimulatedWecom]:
    made = SimulatedWecom(clock=lambda: at)
    yield made
    made.close()


@pytest.fixture
def account(at: Any) -> Iterator[SimulatedWechat]:
    made = SimulatedWechat(clock=lambda: at)
    yield made
    made.close()


def turn(provider: SimulatedProvider) -> Callable[[str], None]:
    """Moods of a simulated provider."""
    return lambda mood: setattr(provider, "faults", MOODS[mood])


@pytest.fixture
def browser() -> Iterator[SimulatedPush]:
    made = SimulatedPush()
    yield made
    made.close()


SERVERS = {"http-sms": "gateway", "wecom": "company", "wechat": "account", "push": "browser"}
SIMULATED = ("sms", "email", "wecom", "wechat", "push", "letter", "voice")


@pytest.fixture(
    params=[
        "smtp",
        "smpp",
        "http-sms",
        "http-sms-by-code",
        "wecom",
        "wechat",
        "push",
        *(f"sim-{name}" for name in SIMULATED),
    ]
)
def kit(request: pytest.FixtureRequest) -> Iterator[Kit]:
    if request.param == "smtp":
        box, port = request.getfixturevalue("mailbox")
        yield Kit(port, lambda mood: setattr(box, "mood", mood), lambda: len(box.kept))
    elif request.param == "smpp":
        made = request.getfixturevalue("centre")
        sms = smpp_port(made, long_text="payload")
        yield Kit(sms, lambda mood: setattr(made, "mood", mood), lambda: len(made.parts))
        sms.close()
    elif request.param == "http-sms-by-code":
        server = request.getfixturevalue("gateway")
        server.templates["tm-reminder"] = "${character_string1} ${time2} ${amount3}"
        port = server.port(timeout=3)
        yield Kit(port, turn(server.provider), lambda: len(server.provider.taken()), coded=CODED)
        port.close()
    elif request.param in SERVERS:
        server = request.getfixturevalue(SERVERS[request.param])
        port = server.port(timeout=3)
        to = server.subscription() if request.param == "push" else OPENID if request.param == "wechat" else ""
        coded = CODED if request.param == "wechat" else None
        yield Kit(port, turn(server.provider), lambda: len(server.provider.taken()), to, coded)
        port.close()
    else:
        provider = SimulatedProvider(request.param.partition("-")[2])
        yield Kit(provider, turn(provider), lambda: len(provider.taken()))
