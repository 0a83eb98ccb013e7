"""Fault profiles of the notice drill 故障画像: shipped ones by name, an operator's own from a file, checked field by field."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from anju.adapters.simulated.provider import Faults
from anju.core.errors import BadInput

MILLION = 1_000_000
FILE_BYTES_MAX = 200_000
NOT_SHARES = {"slow_ms": 5_000, "delay_seconds_min": 86_400, "delay_seconds_max": 86_400}
"""Numbers of `Faults` that are no shares, and the most each may be."""

CHANNELS = ("sms", "email")
"""Channels the drill simulates; the inbox is our own, and a person is the end of every journey."""

READ = ("inbox", *CHANNELS)
MIX = ("reminder_5", "reminder_3", "promise_confirmed")
MINUTES_MAX = 5 * 24 * 60
PROVIDERS_MAX = 8


class BadProfile(BadInput):
    """A fault profile is wrong: says which field, what was given, what is allowed. Nothing was begun."""

    def __init__(self, where: str, value: object, zh: str, en: str) -> None:
        shown = json.dumps(value, ensure_ascii=False, default=str)[:80]
        super().__init__(
            field=where, value=value, allowed=en,
            message_zh=f"故障画像 {where} = {shown}：{zh}", message_en=f"fault profile {where} = {shown}: {en}",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class People:
    """Who can be reached and who answers; shares in ppm."""

    no_phone: int = 0
    no_email: int = 0
    reads_inbox: int = 560_000
    reads_sms: int = 620_000
    reads_email: int = 300_000

    def reads(self, channel: str) -> int:
        """Share of those who confirm a message of this channel."""
        return int(getattr(self, f"reads_{channel}", 0))


@dataclass(frozen=True, slots=True)
class ProviderPlan:
    """One simulated provider. `outages`: (minutes after the beginning, minutes)."""

    channel: str
    name: str
    idempotent: bool = True
    can_poll: bool = True
    faults: Mapping[str, int] = field(default_factory=dict)
    outages: tuple[tuple[int, int], ...] = ()

    def faults_from(self, began: datetime) -> Faults:
        """Its faults on the calendar of a drill that begins at this instant."""
        downs = tuple(
            (
                (began + timedelta(minutes=start)).isoformat(),
                (began + timedelta(minutes=start + minutes)).isoformat(),
            )
            for start, minutes in self.outages
        )
        return Faults(**self.faults, outages=downs)


@dataclass(frozen=True, slots=True)
class Profile:
    """One fault profile. `mix`: notice type -> share in ppm."""

    name: str
    label_zh: str
    label_en: str
    mix: Mapping[str, int]
    people: People
    providers: tuple[ProviderPlan, ...]

    def as_json(self) -> dict[str, Any]:
        """As it is written into the report."""
        return dataclasses.asdict(self)


DEFAULT_PROVIDERS = (
    {"channel": "sms", "name": "sim-sms"},
    {"channel": "sms", "name": "sim-sms-2"},
    {"channel": "email", "name": "sim-email"},
)
_FIELDS = ("label_zh", "label_en", "mix", "people", "faults", "channels", "providers")


def names() -> tuple[str, ...]:
    """Shipped profiles."""
    return tuple(_shipped())


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(resources.files("anju.site.drill").joinpath("profiles.toml").read_text("utf-8"))


def find(name: str) -> Profile:
    """A shipped profile by name, or one from a file (`.toml`, otherwise JSON). Raises BadProfile."""
    if name in _shipped():
        return read(name, _shipped()[name])
    path = Path(name)
    if not path.is_file():
        known = ", ".join(names())
        raise BadProfile("--fault-profile", name, f"应为 {known} 或文件", f"is none of {known}, and no file")
    content = path.read_bytes()
    if len(content) > FILE_BYTES_MAX:
        raise BadProfile(
            path.name, len(content), f"文件不超过 {FILE_BYTES_MAX} 字节", f"at most {FILE_BYTES_MAX} bytes"
        )
    try:
        text = content.decode("utf-8")
        row = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (UnicodeDecodeError, ValueError) as problem:
        raise BadProfile(path.name, str(problem), "不是有效的 TOML 或 JSON", "is no TOML or JSON") from None
    return read(path.stem, row)


def read(name: str, row: object) -> Profile:
    """A profile out of parsed data. Besides the fields of profiles.toml, faults may stand at the top. Raises BadProfile."""
    table = _table("", row)
    loose = {key: value for key, value in table.items() if key in _fault_names() or key == "outages"}
    _only("", table, {*_FIELDS, *_fault_names(), "outages"})
    given = _table("faults", table.get("faults", {}))
    everywhere = _faults("faults", loose | given)
    downs = _outages("outages", loose.get("outages", given.get("outages", [])))
    by_channel = _table("channels", table.get("channels", {}))
    for channel in by_channel:
        _among("channels", channel, CHANNELS)
    channels = {channel: _table(f"channels.{channel}", by_channel.get(channel, {})) for channel in CHANNELS}
    rows = table.get("providers", list(DEFAULT_PROVIDERS))
    if not isinstance(rows, list) or not 1 <= len(rows) <= PROVIDERS_MAX:
        raise BadProfile("providers", rows, f"1 至 {PROVIDERS_MAX} 个", f"1 to {PROVIDERS_MAX} of them")
    providers = tuple(_provider(number, one, everywhere, channels, downs) for number, one in enumerate(rows))
    if len({one.name for one in providers}) != len(providers):
        raise BadProfile("providers", [one.name for one in providers], "名称重复", "a name stands twice")
    return Profile(
        name=name, label_zh=str(table.get("label_zh", name)), label_en=str(table.get("label_en", name)),
        mix=_mix(table.get("mix", {"reminder_5": 600_000, "promise_confirmed": 400_000})),
        people=_people(table.get("people", {})), providers=providers,
    )  # fmt: skip


def _provider(
    number: int,
    row: object,
    everywhere: Mapping[str, int],
    channels: Mapping[str, Mapping[str, Any]],
    downs: tuple[tuple[int, int], ...],
) -> ProviderPlan:
    where = f"providers[{number}]"
    table = _table(where, row)
    _only(where, table, {"channel", "name", "idempotent", "can_poll", "faults", "outages"})
    channel = str(_among(f"{where}.channel", table.get("channel"), CHANNELS))
    name = table.get("name", f"sim-{channel}")
    if not isinstance(name, str) or not 1 <= len(name) <= 40:
        raise BadProfile(f"{where}.name", name, "1 至 40 个字符", "1 to 40 characters")
    for flag in ("idempotent", "can_poll"):
        if not isinstance(table.get(flag, True), bool):
            raise BadProfile(f"{where}.{flag}", table[flag], "true 或 false", "true or false")
    own = _table(f"{where}.faults", table.get("faults", {}))
    faults = {
        **everywhere,
        **_faults(f"channels.{channel}", channels[channel]),
        **_faults(f"{where}.faults", own),
    }
    low, high = faults.get("delay_seconds_min", 1), faults.get("delay_seconds_max", 20)
    if low > high:
        raise BadProfile(f"{where}.faults.delay_seconds_min", low, f"不大于 {high}", f"at most {high}")
    outages = downs
    if "outages" in channels[channel]:
        outages = _outages(f"channels.{channel}.outages", channels[channel]["outages"])
    for place, given in ((f"{where}.faults", own), (where, table)):
        if "outages" in given:
            outages = _outages(f"{place}.outages", given["outages"])
    return ProviderPlan(
        channel, name, table.get("idempotent", True), table.get("can_poll", True), faults, outages
    )


@lru_cache(maxsize=1)
def _fault_names() -> frozenset[str]:
    """Fields of `Faults` that a profile may set."""
    return frozenset(one.name for one in dataclasses.fields(Faults) if type(one.default) is int)


def _faults(where: str, row: Mapping[str, Any]) -> dict[str, int]:
    _only(where, row, {*_fault_names(), "outages"})
    return {
        key: _number(f"{where}.{key}", value, NOT_SHARES[key]) if key in NOT_SHARES else _share(f"{where}.{key}", value)
        for key, value in row.items()
        if key != "outages"
    }  # fmt: skip


def _outages(where: str, rows: object) -> tuple[tuple[int, int], ...]:
    if not isinstance(rows, list):
        raise BadProfile(where, rows, "应为列表", "must be a list")
    found = []
    for number, row in enumerate(rows):
        place = f"{where}[{number}]"
        table = _table(place, row)
        _only(place, table, {"from_minutes", "minutes"})
        start = _number(f"{place}.from_minutes", table.get("from_minutes"), MINUTES_MAX)
        found.append((start, _number(f"{place}.minutes", table.get("minutes"), MINUTES_MAX)))
    return tuple(found)


def _people(row: object) -> People:
    table = _table("people", row)
    _only("people", table, {one.name for one in dataclasses.fields(People)})
    return People(**{key: _share(f"people.{key}", value) for key, value in table.items()})


def _mix(row: object) -> dict[str, int]:
    table = _table("mix", row)
    _only("mix", table, set(MIX))
    mix = {key: _share(f"mix.{key}", value) for key, value in table.items()}
    if sum(mix.values()) <= 0:
        raise BadProfile("mix", row, "份额之和须大于 0", "the shares must add up to more than 0")
    return mix


def _share(where: str, value: object) -> int:
    if type(value) is float and 0.0 <= value <= 1.0:
        return round(value * MILLION)
    return _number(where, value, MILLION)


def _number(where: str, value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise BadProfile(where, value, f"0 至 {most} 的整数", f"a whole number from 0 to {most}")
    return value


def _table(where: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadProfile(
            where or "(file)", value, "应为表（字段与值）", "must be a table of fields and values"
        )
    return value


def _only(where: str, table: Mapping[str, Any], known: set[str]) -> None:
    for key in table:
        if key not in known:
            allowed = ", ".join(sorted(known))
            raise BadProfile(
                f"{where}.{key}".lstrip("."),
                table[key],
                f"没有这个字段；可用：{allowed}",
                f"unknown field; there are: {allowed}",
            )


def _among(where: str, value: object, known: tuple[str, ...]) -> object:
    if value not in known:
        raise BadProfile(where, value, f"可用：{', '.join(known)}", f"one of {', '.join(known)}")
    return value
