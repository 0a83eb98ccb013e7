"""One module per outside system. Which ports serve which channel is decided here, from the environment.

`ANJU_<CHANNEL>_PROVIDERS` (`ANJU_SMS_PROVIDERS=http-sms,smpp-2`) names the providers of a channel in order of preference;
without it those of `PROVIDERS` that have an address. The address of `smpp-2` is `ANJU_SMPP_2_URL`; its scheme says which
adapter it is. What signs its calls to us is `ANJU_HOOK_SECRET_SMPP_2`. `docs/channels/` has a page for each.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anju.platform.notices.ports import Port, Ports

logger = logging.getLogger(__name__)

PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "sms": ("smpp", "http-sms"),
    "email": ("smtp",),
    "wecom": ("wecom",),
    "wechat": ("wechat",),
    "push": ("push",),
    "letter": ("post",),
    "voice": ("sip",),
}
"""Channels that leave the house, and the providers that serve each one when nothing else is said."""

MAKERS: Mapping[str, str] = {
    "smpp": "anju.adapters.smpp:SmppPort",
    "smtp": "anju.adapters.smtp:SmtpPort",
    "smtps": "anju.adapters.smtp:SmtpPort",
    "https": "anju.adapters.http_sms:HttpSmsPort",
    "http": "anju.adapters.http_sms:HttpSmsPort",
    "wecom": "anju.adapters.wecom:WecomPort",
    "wechat": "anju.adapters.wechat:WechatPort",
    "push": "anju.adapters.push:PushPort",
    "sip": "anju.adapters.voice.port:VoicePort",
    "post": "anju.adapters.letter:LetterPort",
}
"""Class by scheme of an address. Each has `from_url(url, *, name, hook_secret)`."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_STEERING = re.compile(r"ANJU_(\w+_(URL|PROVIDERS)|SIM_\w+|HOOK_SECRET_\w+|PRODUCTION|DEMO|BOUNCE_MAILDIR)")
_OUTWARD = re.compile(r"ANJU_(?!PUBLIC_)(\w+_(URL|PROVIDERS)|HOOK_SECRET_\w+|BOUNCE_MAILDIR)")


def ports_from_environment() -> Ports:
    """Ports by channel, in order of preference; kept for the life of the process.

    In production (`ANJU_PRODUCTION=1`) nothing is simulated: a channel without a provider has no port, and its step gives
    way to the next one. Elsewhere it is simulated: `ANJU_SIM_SEED` and `ANJU_SIM_FAULTS` (JSON, fields of `Faults`) steer
    it, `ANJU_SIM_FAULTS_SIM_SMS_2` the one named `sim-sms-2`. Raises ValueError, naming the variable.
    """
    from django.conf import settings

    given = tuple(sorted((name, value) for name, value in os.environ.items() if _STEERING.fullmatch(name)))
    return _ports(given, str(settings.DATA_DIR))


def outward_names() -> list[str]:
    """Variables set in this environment that lead to something real; a drill or a measurement takes them away."""
    return sorted(name for name in os.environ if _OUTWARD.fullmatch(name))


@lru_cache(maxsize=4)
def _ports(given: tuple[tuple[str, str], ...], data: str) -> Ports:
    from anju.adapters.inbox import InboxPort

    told = dict(given)
    production = told.get("ANJU_PRODUCTION") == "1"
    ports: dict[str, list[Port]] = {"inbox": [InboxPort()]}
    for channel, usual in PROVIDERS.items():
        names = _names(channel, told) or [name for name in usual if told.get(variable(name))]
        if not names and production:
            logger.warning("channel %s has no provider and is switched off", channel)
        elif not names:
            names = [f"sim-{channel}"]
        made = [_made(channel, name, told, data, production) for name in names]
        if made:
            ports[channel] = made
    return ports


def variable(name: str, before: str = "ANJU_", after: str = "_URL") -> str:
    """The variable that belongs to a provider: `smpp-2` -> `ANJU_SMPP_2_URL`."""
    return f"{before}{name.upper().replace('-', '_')}{after}"


def _names(channel: str, told: Mapping[str, str]) -> list[str]:
    """What the operator says, in order. Raises ValueError for an odd or a doubled name."""
    which = f"ANJU_{channel.upper()}_PROVIDERS"
    names = [name.strip() for name in told.get(which, "").split(",") if name.strip()]
    odd = [name for name in names if not _NAME.fullmatch(name)]
    if odd or len(set(names)) < len(names):
        raise ValueError(f"{which}: {odd or names}: names of small letters, digits and hyphens, each once")
    return names


def _made(channel: str, name: str, told: Mapping[str, str], data: str, production: bool) -> Port:
    if name.startswith("sim-"):
        if production:
            raise ValueError(f"ANJU_{channel.upper()}_PROVIDERS: {name}: nothing is simulated in production")
        return _simulated(channel, name, told, data)
    which = variable(name)
    url = told.get(which, "")
    maker = MAKERS.get(url.partition(":")[0].lower())
    if maker is None:
        raise ValueError(f"{which}: an address is needed that begins with one of {', '.join(MAKERS)}")
    module, _, cls = maker.partition(":")
    try:
        hook_secret = told.get(variable(name, "ANJU_HOOK_SECRET_", ""), "")
        port: Port = getattr(import_module(module), cls).from_url(url, name=name, hook_secret=hook_secret)
    except ValueError as error:
        raise ValueError(f"{which}: {error}") from error
    if port.channel != channel:
        raise ValueError(f"{which}: this address serves {port.channel}, not {channel}")
    return port


def _simulated(channel: str, name: str, told: Mapping[str, str], data: str) -> Port:
    from pathlib import Path

    from anju.adapters.simulated.provider import Faults, SimulatedProvider

    own = variable(name, "ANJU_SIM_FAULTS_", "")
    which = own if told.get(own) else "ANJU_SIM_FAULTS"
    try:
        faults = Faults(**json.loads(told.get(which) or "{}"))
        seed = int(told.get("ANJU_SIM_SEED") or "1")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{which} (JSON, fields of Faults), ANJU_SIM_SEED (a number): {error}") from error
    shown = channel == "sms" and told.get("ANJU_DEMO") == "1"
    path = Path(data) / "simulated.sqlite3"
    return SimulatedProvider(channel, name=name, path=path, seed=seed, faults=faults, keeps_texts=shown)
