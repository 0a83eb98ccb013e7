"""Notice types and journeys out of the dated policy files, parsed once per version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, cast

from anju.core.lifecycles import PROOF_RUNGS
from anju.core.sla import Deadline, Kind
from anju.platform.notices import journeys
from anju.platform.notices.journeys import Step, machine
from anju.platform.notices.journeys.machine import Limits as Limits
from anju.platform.notices.journeys.machine import Retry as Retry
from anju.platform.notices.rows import UnknownNoticeType
from anju.platform.policies import queries as policies

TYPES_FILE = "notice_types.toml"
JOURNEYS_FILE = "journeys.toml"
ADDRESS_KIND = {
    "sms": "phone",
    "voice": "phone",
    "email": "email",
    "wecom": "wecom",
    "wechat": "wechat",
    "push": "push",
    "letter": "post",
}
"""Which kind of address a channel needs; others need none."""

LANES = {"urgent": 0, "normal": 1, "mass": 2}
"""Lane of a notice type by its word: what waits in a lower lane never delays a higher one."""
SEND_WITHIN_MINUTES_MAX = 60 * 24 * 30


@dataclass(frozen=True, slots=True)
class NoticeType:
    """One row of notice_types.toml. `send_within`: a message not sent so soon after it was queued is not sent any more."""

    name: str
    label_zh: str
    label_en: str
    purpose: str
    journey: str
    template: str
    proof: str
    deadline: Deadline
    lane: int = 1
    send_within: timedelta | None = None


def notice_types() -> Mapping[str, NoticeType]:
    """Every notice type of the version in force."""
    return _types(policies.version(TYPES_FILE))


def notice_type(name: str) -> NoticeType:
    """One notice type. Raises UnknownNoticeType."""
    try:
        return notice_types()[name]
    except KeyError:
        raise UnknownNoticeType(name) from None


@lru_cache(maxsize=8)
def _types(version: str) -> Mapping[str, NoticeType]:
    found = {}
    for name, row in policies.toml(TYPES_FILE, version=version).items():
        if row["proof"] not in PROOF_RUNGS:
            raise ValueError(f"{TYPES_FILE} {version} [{name}] proof {row['proof']!r}")
        found[name] = NoticeType(
            name=name,
            label_zh=row["label_zh"],
            label_en=row["label_en"],
            purpose=row["purpose"],
            journey=row["journey"],
            template=row.get("template", name),
            proof=row["proof"],
            deadline=_deadline(row["deadline"]),
            lane=_lane(version, name, row.get("lane", "normal")),
            send_within=_send_within(version, name, row.get("send_within_minutes")),
        )
    return found


def _lane(version: str, name: str, lane: object) -> int:
    if lane not in LANES:
        raise ValueError(f"{TYPES_FILE} {version} [{name}] lane {lane!r}: one of {', '.join(LANES)}")
    return LANES[str(lane)]


def _send_within(version: str, name: str, minutes: object) -> timedelta | None:
    if minutes is None:
        return None
    if type(minutes) is not int or not 1 <= minutes <= SEND_WITHIN_MINUTES_MAX:
        raise ValueError(
            f"{TYPES_FILE} {version} [{name}] send_within_minutes {minutes!r}: 1 to {SEND_WITHIN_MINUTES_MAX}"
        )
    return timedelta(minutes=minutes)


def _deadline(row: Mapping[str, Any]) -> Deadline:
    return Deadline(cast(Kind, row["kind"]), int(row["amount"]))


def journeys_version() -> str:
    """Version that a journey beginning now keeps."""
    return policies.version(JOURNEYS_FILE)


def steps(journey: str, version: str) -> tuple[Step, ...]:
    """Steps of a journey under the version it began with."""
    return _steps(journey, version)


@lru_cache(maxsize=256)
def _steps(journey: str, version: str) -> tuple[Step, ...]:
    return journeys.parse(policies.toml(JOURNEYS_FILE, version=version)[journey]["steps"], where=journey)


def limits() -> Limits:
    """Limits of the version in force."""
    return _limits(journeys_version())


@lru_cache(maxsize=8)
def _limits(version: str) -> Limits:
    return machine.limits(policies.toml(JOURNEYS_FILE, version=version))


def retry(error_class: str) -> Retry:
    """Retry rule of an error class, or the default one."""
    rows = _retries(journeys_version())
    return rows.get(error_class) or rows[machine.DEFAULT]


@lru_cache(maxsize=8)
def _retries(version: str) -> Mapping[str, Retry]:
    return machine.retries(policies.toml(JOURNEYS_FILE, version=version))


def retried_when_told(error_class: str) -> bool:
    """Whether a failure that a receipt tells about is tried again on the same channel; else the journey goes on."""
    return retry(error_class).when_told
