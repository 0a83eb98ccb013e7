"""The portal's ports: where one-time codes are sent, and what the simulated phone of a demonstration shows."""

from collections.abc import Sequence

from anju.adapters import ports_from_environment
from anju.adapters.simulated.provider import SimulatedProvider
from anju.platform.notices.ports import Port
from anju.web.portal import codes, demo
from anju.web.portal.demo import SentText


def connect() -> None:
    """Called by the wiring."""
    codes.register_port(_sms)
    demo.register_outbox(_last_texts)


def _sms() -> Port | None:
    return next(iter(ports_from_environment().get("sms", ())), None)


def _last_texts(limit: int) -> Sequence[SentText]:
    port = _sms()
    return [SentText(*row) for row in port.texts(limit)] if isinstance(port, SimulatedProvider) else []
