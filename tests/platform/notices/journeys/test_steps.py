"""Journeys are data: what a step may say, what is refused and how, and which step comes next."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from anju.core.errors import BadInput
from anju.platform.notices import journeys
from anju.platform.notices.journeys import Condition, Step
from anju.platform.policies.parsing import parse as parse_policy
from anju.policy import path

SHANGHAI = ZoneInfo("Asia/Shanghai")
URUMQI = ZoneInfo("Asia/Urumqi")
PERSON = {"channel": "person", "queue": "exceptions", "due": {"kind": "working_minutes", "amount": 240}}


def rows(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    return [*steps, PERSON]


def sms(**more: Any) -> dict[str, Any]:
    return {"channel": "sms", "wait_minutes": 60, **more}


def test_a_step_says_when_and_on_which_proof() -> None:  # S2-11
    step = journeys.parse(
        rows(sms(not_before="09:00", not_before_minutes=30, condition="not opened", send_within_minutes=120))
    )[0]
    assert step == Step(
        "sms", timedelta(hours=1), not_before=time(9), not_before_owed=timedelta(minutes=30),
        condition=Condition("opened", True), send_within=timedelta(hours=2),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ([], "j.steps"),
        ([PERSON], "j.steps"),
        ([sms()], "j.1.channel"),
        (rows(PERSON), "j.1.channel"),
        (rows(sms(channel="fax")), "j.1.channel"),
        (rows({"channel": "sms"}), "j.1.wait_minutes"),
        (rows(sms(wait_minutes=0)), "j.1.wait_minutes"),
        (rows(sms(wait_minutes="60")), "j.1.wait_minutes"),
        (rows(sms(wait_minutes=True)), "j.1.wait_minutes"),
        (rows(sms(wait_minutes=86401)), "j.1.wait_minutes"),
        (rows(sms(not_before="9:00")), "j.1.not_before"),
        (rows(sms(not_before="25:00")), "j.1.not_before"),
        (rows(sms(not_before_minutes=-1)), "j.1.not_before_minutes"),
        (rows(sms(condition="read")), "j.1.condition"),
        (rows(sms(condition="not")), "j.1.condition"),
        (rows(sms(send_within_minutes=0)), "j.1.send_within_minutes"),
        (rows(sms(queue="x")), "j.1.queue"),
        ([sms(), {**PERSON, "due": {"kind": "years", "amount": 1}}], "j.2.due.kind"),
        ([sms(), {**PERSON, "due": {"kind": "wall", "amount": 0}}], "j.2.amount"),
        ([sms(), {**PERSON, "wait_minutes": 5}], "j.2.wait_minutes"),
        (rows(*[sms()] * 12), "j.steps"),
        ("sms", "j.steps"),
    ],
)
def test_what_is_not_allowed_is_named(steps: Any, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        journeys.parse(steps, where="j")
    assert refused.value.field == field
    assert refused.value.message_zh
    assert refused.value.allowed in refused.value.message_en


def test_every_shipped_journey_is_whole() -> None:
    data = parse_policy("journeys.toml", path("journeys.toml").read_text("utf-8"))
    assert {"reminder", "overdue", "appointment", "service"} <= set(journeys.parse_file(data))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


ROAD = journeys.parse(
    rows(
        {"channel": "inbox", "wait_minutes": 60},
        sms(condition="not opened", not_before="09:00"),
        {"channel": "email", "wait_minutes": 60, "condition": "carrier_delivered"},
        {"channel": "voice", "wait_minutes": 60, "not_before_minutes": 600},
    )
)


@pytest.mark.parametrize(
    ("step_no", "proof", "now", "number", "wait"),
    [
        (0, "", "2026-11-23T03:00", 1, None),
        (1, "", "2026-11-23T10:00", 2, None),
        (1, "", "2026-11-23T09:00", 2, None),
        (1, "", "2026-11-23T08:59", 2, "2026-11-23T09:00"),
        (1, "carrier_delivered", "2026-11-23T22:00", 2, None),
        (1, "opened", "2026-11-23T08:00", 3, None),
        (2, "", "2026-11-23T12:00", 4, "2026-11-23T13:00"),
        (2, "accepted", "2026-11-23T14:00", 4, None),
        (2, "acknowledged", "2026-11-23T12:00", 3, None),
        (4, "", "2026-11-23T12:00", 5, None),
        (5, "", "2026-11-23T12:00", None, None),
    ],
)
def test_the_next_step(step_no: int, proof: str, now: str, number: int | None, wait: str | None) -> None:
    got = journeys.next_step(ROAD, step_no, proof, at(now), at("2026-11-23T03:00"), SHANGHAI)
    assert got == (number, at(wait) if wait else None)


def test_nine_in_the_morning_is_the_persons_own() -> None:
    eight_thirty = at("2026-11-23T08:30")
    number, wait = journeys.next_step(ROAD, 1, "", eight_thirty, eight_thirty, URUMQI)
    assert (number, wait) == (2, at("2026-11-23T11:00"))
