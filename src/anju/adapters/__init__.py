"""One module per outside system. Which port serves which channel is decided here, from the environment."""

from __future__ import annotations

import json
import logging
import os
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anju.platform.notices.ports import Port, Ports

logger = logging.getLogger(__name__)


def ports_from_environment() -> Ports:
    """Ports by channel, in order of preference. `ANJU_SMTP_URL` and `ANJU_SMPP_URL` name real servers; else a simulator.

    In production (`ANJU_PRODUCTION=1`) nothing is simulated: a channel without a server has no port, and its step gives
    way to the next one. `ANJU_SIM_SEED` and `ANJU_SIM_FAULTS` (JSON, fields of `Faults`) steer the simulators. Ports are
    kept for the life of the process.
    """
    names = (
        "ANJU_SMTP_URL",
        "ANJU_SMPP_URL",
        "ANJU_PRODUCTION",
        "ANJU_SIM_SEED",
        "ANJU_SIM_FAULTS",
        "ANJU_DATA",
    )
    return _ports(*(os.environ.get(name, "") for name in names))


@lru_cache(maxsize=4)
def _ports(smtp: str, smpp: str, production: str, seed: str, faults: str, data: str) -> Ports:
    from anju.adapters.inbox import InboxPort
    from anju.adapters.smpp import SmppPort
    from anju.adapters.smtp import SmtpPort

    ports: dict[str, list[Port]] = {"inbox": [InboxPort()]}
    if smtp:
        ports["email"] = [SmtpPort.from_url(smtp)]
    if smpp:
        ports["sms"] = [SmppPort.from_url(smpp)]
    for channel in ("sms", "email"):
        if channel in ports:
            continue
        if production == "1":
            logger.warning("channel %s has no server and is switched off", channel)
            continue
        ports[channel] = [_simulated(channel, seed, faults)]
    return ports


def _simulated(channel: str, seed: str, faults: str) -> Port:
    from django.conf import settings

    from anju.adapters.simulated.provider import Faults, SimulatedProvider

    profile = Faults(**json.loads(faults)) if faults else Faults()
    path = settings.DATA_DIR / "simulated.sqlite3"
    shown = channel == "sms" and os.environ.get("ANJU_DEMO") == "1"
    return SimulatedProvider(channel, path=path, seed=int(seed or "1"), faults=profile, keeps_texts=shown)
