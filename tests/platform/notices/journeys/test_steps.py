"""Journeys are data: what a step may say, what is refused and how, and which step comes next."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from anju.core.errors import BadInput
from anju.platform.notices import journeys
from anju.platform.notices.journeys import Condition, Step
from anju.platform.policies import operations as policy_writes
from anju.platform.policies import queries as policies
from anju.platform.policies.parsing import PolicyUnreadable
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


RETRY = {"tries": 3, "first_seconds": 30, "factor": 4, "most_seconds": 900}
LIMITS = {
    "claim_seconds": 120,
    "in_doubt_poll_seconds": 60,
    "in_doubt_hours": 72,
    "accepted_poll_seconds": 900,
}


def machine_tables(path: str, value: Any) -> dict[str, Any]:
    """Sound tables [retry] and [limits] with one value changed; None takes the field away."""
    data: dict[str, Any] = {
        "retry": {"default": dict(RETRY), "throttled": dict(RETRY)},
        "limits": dict(LIMITS),
    }
    *above, last = path.split(".")
    place = data
    for name in above:
        place = place[name]
    place[last] = value
    if value is None:
        del place[last]
    return data


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("retry", None, "error classes"),
        ("retry.default", None, "tries"),
        ("retry.throttled", 3, "tries"),
        ("retry.Throttled!", RETRY, "small letters"),
        ("retry.throttled.tries", 0, "1 .. 20"),
        ("retry.throttled.tries", 21, "1 .. 20"),
        ("retry.throttled.tries", True, "1 .. 20"),
        ("retry.throttled.first_seconds", 0, "1 .. 86400"),
        ("retry.throttled.first_seconds", 30.5, "1 .. 86400"),
        ("retry.throttled.factor", 11, "1 .. 10"),
        ("retry.throttled.factor", None, "1 .. 10"),
        ("retry.throttled.most_seconds", 604_801, "1 .. 604800"),
        ("retry.throttled.most_seconds", 29, "30 (first_seconds) .. 604800"),
        ("retry.throttled.jitter_percent", 101, "0 .. 100"),
        ("retry.throttled.when_told", "yes", "true | false"),
        ("retry.default.when_told", True, "false"),
        ("retry.throttled.pause", 1, "tries"),
        ("limits", None, "claim_seconds"),
        ("limits.claim_seconds", 9, "10 .. 3600"),
        ("limits.claim_seconds", "120", "10 .. 3600"),
        ("limits.in_doubt_poll_seconds", 0, "1 .. 86400"),
        ("limits.in_doubt_hours", 0, "1 .. 720"),
        ("limits.in_doubt_hours", 721, "1 .. 720"),
        ("limits.accepted_poll_seconds", None, "10 .. 604800"),
        ("limits.claim_minutes", 2, "claim_seconds"),
    ],
)
def test_retry_rules_and_limits_have_their_ranges(field: str, value: Any, allowed: str) -> None:  # S2-03
    shipped = parse_policy("journeys.toml", path("journeys.toml").read_text("utf-8"))
    sound = {name: shipped[name] for name in journeys.names(shipped)}
    with pytest.raises(BadInput) as refused:
        journeys.parse_file(sound | machine_tables(field, value))
    assert refused.value.field == field
    assert allowed in refused.value.allowed
    for text in (refused.value.message_zh, refused.value.message_en):
        assert str(refused.value.value) in text
    assert journeys.parse_file(sound | machine_tables("retry.throttled.jitter_percent", 0))


def test_a_doubt_is_asked_about_before_it_is_given_up() -> None:
    tables = machine_tables("limits.in_doubt_hours", 1)
    tables["limits"]["in_doubt_poll_seconds"] = 3601
    with pytest.raises(BadInput, match="3600"):
        journeys.machine.limits(tables)


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_policy")
def test_a_file_with_a_wrong_limit_is_neither_loaded_nor_proposed() -> None:
    sound = policies.content("journeys.toml", policies.version("journeys.toml"))
    wrong = sound.replace("in_doubt_hours = 72 ", "in_doubt_hours = 0 ")
    base = policies.version("journeys.toml")
    now = datetime(2026, 11, 23, 2, tzinfo=UTC)
    for attempt in (
        lambda: policy_writes.load("journeys.toml", wrong, at=now, by="test"),
        lambda: policy_writes.proposal_draft(
            name="journeys.toml", base_version=base, content=wrong, by=1, at=now
        ),
    ):
        with pytest.raises(PolicyUnreadable) as refused:
            attempt()
        assert "limits.in_doubt_hours" in refused.value.message_en
        assert "1 .. 720" in refused.value.message_zh
    assert policies.version("journeys.toml") == base


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
