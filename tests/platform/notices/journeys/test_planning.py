"""The planner walks the journey as its data says: not before an hour, only on a proof, within a time."""

import re
from datetime import datetime, timedelta

import pytest

from anju.platform.identity.models import Branch
from anju.platform.notices import operations
from anju.platform.notices.models import Attempt, Obligation
from anju.platform.notices.rows import ReceiptIn
from anju.platform.policies import operations as policies
from anju.policy import path
from tests.platform.notices.world import PERSON, StagePort, owed, people, ports, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]
STEPS = """
[reminder]
label_zh = "还款提醒"
label_en = "Payment reminder"
steps = [
  { channel = "sms", wait_minutes = 60, send_within_minutes = 30 },
  { channel = "inbox", wait_minutes = 60, condition = "not carrier_delivered" },
  { channel = "email", wait_minutes = 600, condition = "carrier_delivered", not_before = "18:00" },
  { channel = "person", queue = "exceptions", due = { kind = "working_minutes", amount = 240 } },
]
"""


def load(at: datetime, steps: str = STEPS) -> None:
    text = path("journeys.toml").read_text("utf-8")
    text = re.sub(r"\[reminder\]\n.*?\n\]\n", lambda _m: steps.strip() + "\n", text, count=1, flags=re.S)
    policies.load("journeys.toml", text, at=at, by="staff:1")


def rows() -> list[tuple[str, str, str]]:
    found = Attempt.objects.order_by("id").values_list("channel", "state", "error_class")
    return [(channel, state, error) for channel, state, error in found]


def test_steps_are_taken_on_their_proof_and_at_their_hour(branch: Branch, at: datetime) -> None:  # S2-11
    start = at.replace(hour=10, minute=0)
    load(start)
    sms, email = StagePort("sms"), StagePort("email")
    wired = ports(sms=sms, email=email)
    people([PERSON], start)
    operations.owe_many([owed(branch.id, start)])
    run(start, wired)
    first = Attempt.objects.get()
    assert first.send_by_at == start + timedelta(minutes=30)
    receipt = ReceiptIn("stage-sms", first.provider_ref, "carrier_delivered")
    operations.receive_many([receipt], at=start + timedelta(minutes=1))
    run(start + timedelta(minutes=60), wired)
    assert rows()[1:] == [("inbox", "skipped", "condition")]
    row = Obligation.objects.get()
    assert (row.step_no, row.next_step_at) == (2, start.replace(hour=18))
    run(start.replace(hour=17, minute=59), wired)
    assert email.given == []
    run(start.replace(hour=18), wired)
    assert [message.channel for message in email.given] == ["email"]
    assert rows()[1:] == [("inbox", "skipped", "condition"), ("email", "accepted", "")]


def test_an_hour_after_the_deadline_is_skipped_with_its_reason(branch: Branch, at: datetime) -> None:
    start = at.replace(hour=10, minute=0)
    load(
        start,
        STEPS.replace(
            "wait_minutes = 60, send_within_minutes = 30", "wait_minutes = 60, not_before_minutes = 2881"
        ),
    )
    people([PERSON], start)
    operations.owe_many([owed(branch.id, start)])
    run(start, ports(sms=StagePort("sms")))
    assert rows() == [("sms", "skipped", "not_before"), ("inbox", "accepted", "")]
