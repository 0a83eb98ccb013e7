"""Dry-run: a small past, and what it would have been."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from anju.platform.identity.models import Branch
from anju.platform.notices import operations
from anju.platform.notices.journeys.trying import dry_run
from anju.platform.notices.models import Obligation
from anju.platform.policies import queries as policies
from anju.platform.policies import sections
from tests.platform.notices.world import StagePort, owed, people, ports, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]
HEAD = '[reminder]\nlabel_zh = "还款提醒"\nlabel_en = "Payment reminder"\nsteps = [\n'
END = '  { channel = "person", queue = "exceptions", due = { kind = "working_minutes", amount = 240 } },\n]\n'


@pytest.fixture
def past(branch: Branch, at: datetime) -> datetime:
    """Four reminders under the shipped journey (inbox 12 h, SMS, e-mail, person): confirmed in the inbox after an hour;
    confirmed an hour after the text message; never confirmed; a person without any address. The instant after all that.
    """
    start = at.replace(hour=20, minute=0)
    people([1, 2, 3], start)
    rows = [owed(branch.id, start, key=f"k{number}", person_id=number) for number in (1, 2, 3, 4)]
    operations.owe_many(rows)
    wired = ports(sms=StagePort("sms"), email=StagePort("email"))
    for hours, confirms in ((0, None), (1, 1), (12, None), (13, 2), (28, None), (48, None)):
        now = start + timedelta(hours=hours)
        run(now, wired)
        if confirms:
            row = Obligation.objects.get(key=f"k{confirms}")
            operations.acknowledge(obligation_id=row.id, by=f"person:{confirms}", at=now)
    return start + timedelta(hours=72)


def tried(steps: str, at: datetime) -> dict[str, Any]:
    before = policies.content("journeys.toml", policies.version("journeys.toml"))
    return dry_run(before, sections.replace(before, "reminder", HEAD + steps + END), at)


def channels(found: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {row["code"]: (row["was"], row["would"]) for row in found["channels"]}


def ends(found: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {row["code"]: (row["was"], row["would"]) for row in found["ends"]}


def step(channel: str, minutes: int, more: str = "") -> str:
    return f'  {{ channel = "{channel}", wait_minutes = {minutes}{more} }},\n'


SHIPPED = step("inbox", 720) + step("sms", 960) + step("email", 1200)


def test_the_same_road_is_the_same_past(past: datetime) -> None:
    found = tried(SHIPPED + step("letter", 5), past)
    assert (found["notices"], found["limited"], found["journeys"]) == (4, False, ["reminder"])
    assert channels(found) == {"email": (1, 1), "inbox": (4, 4), "sms": (2, 2)}
    assert found["changed"] == 0, found["examples"]
    assert ends(found) == {"exception": (2, 2), "proven": (2, 2)}
    assert found["segments"]["was"] == found["segments"]["would"] > 0


def test_text_messages_at_once_save_nobody_and_cost_more(past: datetime) -> None:
    found = tried(step("sms", 720) + step("inbox", 720) + step("email", 1200), past)
    counts = channels(found)
    assert counts["sms"][1] > counts["sms"][0]
    assert found["segments"]["would"] > found["segments"]["was"]
    assert found["changed"] >= 3
    first = next(row for row in found["examples"] if row["was"] == ["inbox"])
    assert first["would"][0] == "sms"
    assert found["types"][0]["notices"] == 4


def test_a_channel_of_no_address_stays_silent(past: datetime) -> None:
    found = tried(step("voice", 600) + SHIPPED, past)
    counts = channels(found)
    assert counts["voice"] == (0, 3), "the fourth person has no number"
    assert found["estimated"] == 3


def test_nothing_owed_nothing_found(at: datetime) -> None:
    found = tried(step("inbox", 60), at)
    assert (found["notices"], found["channels"], found["changed"]) == (0, [], 0)
