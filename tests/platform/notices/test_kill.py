"""kill -9 of a sender at any moment: nothing lost, nothing doubled where that can be, the rest listed. S2-03, S2-12."""

import random
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from anju.adapters.inbox import InboxPort
from anju.adapters.simulated.provider import SimulatedProvider
from anju.platform.contacts.models import Contact
from anju.platform.notices import operations, queries
from anju.platform.notices.models import Attempt, InboxMessage, Obligation
from tests.platform.notices.world import owed, people

SENDER = Path(__file__).with_name("killed_sender.py")
COUNT = 300
KILLS = 4


@pytest.mark.kill
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("idempotent", [True, False])
def test_a_killed_sender_loses_and_doubles_nothing(branch, at, shipped_policy, tmp_path, idempotent):
    people(range(1, COUNT + 1), at)
    rows = [owed(branch.id, at, key=f"k{n}", person_id=n, subject=("loan", n)) for n in range(1, COUNT + 1)]
    operations.owe_many(rows)
    store = tmp_path / "gateway.sqlite3"
    dice = random.Random(20261123)
    sms = SimulatedProvider("sms", path=store, idempotent=idempotent)
    for step in (timedelta(0), timedelta(hours=12)):
        for _ in range(KILLS):
            _run_and_kill(store, idempotent, at + step, dice.uniform(0.0, 0.35))
        _heal(sms, at + step)
    _look_at_what_is_left(sms, idempotent)


def _heal(sms, now):
    """What the next process does, until nothing moves."""
    ports = {"inbox": [InboxPort()], "sms": [sms]}
    for _ in range(200):
        now += timedelta(seconds=130)
        moved = operations.plan(at=now).taken + operations.sweep(at=now)
        moved += operations.send(at=now, ports=ports).claimed
        asked = operations.poll_attempts(at=now, ports=ports)
        moved += sms.listen(at=now, sink=partial(operations.receive_many, at=now))
        if not moved and not asked.get("repeated"):
            return
    raise AssertionError("it never comes to rest")


def _run_and_kill(store, idempotent, now, pause):
    name = connection.settings_dict["NAME"]
    command = [sys.executable, str(SENDER), name, str(store), str(int(idempotent)), now.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        try:
            process.wait(timeout=pause)
        except subprocess.TimeoutExpired:
            process.kill()


def _look_at_what_is_left(sms, idempotent):
    assert InboxMessage.objects.count() == COUNT
    taken = Counter(key for key, _ in sms.taken())
    assert set(taken.values()) == {1}, "one key, one message"
    reached = Counter(to for _, to in sms.taken())
    doubtful = {row["obligation_id"] for row in queries.in_doubt(limit=200)}
    sent = set(
        Attempt.objects.filter(channel="sms", rung="carrier_delivered").values_list(
            "obligation_id", flat=True
        )
    )
    everyone = set(Obligation.objects.values_list("id", flat=True))
    assert sent | doubtful == everyone, "nothing is lost"
    assert set(reached.values()) == {1}, "nobody got it twice"
    if idempotent:
        assert doubtful == set()
        assert len(reached) == COUNT
    assert not Attempt.objects.filter(state__in=("queued", "in_flight")).exists()
    per_attempt = (
        Contact.objects.filter(channel="sms").exclude(state="void").values_list("attempt_id", flat=True)
    )
    assert len(set(per_attempt)) == len(per_attempt) == COUNT
