"""Whatever happens in whatever order, an attempt and its obligation only go where they may. S2-03, S2-08, S2-12.

The model remembers what people were given and what every provider knows; the rules are the real operations. A longer
search: `ANJU_MACHINE_LIVES=2000 pytest tests/platform/notices/test_machine.py`.
"""

import os
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from anju.adapters.inbox import InboxPort
from anju.core.lifecycles import ATTEMPT, OBLIGATION, PROOF_RUNGS
from anju.platform.notices import operations, providers, queries
from anju.platform.notices.ladder import STATUSES
from anju.platform.notices.models import Attempt, Obligation, Receipt
from anju.platform.notices.ports import NOT_TAKEN, Answer, InDoubt, Message, NotTried, Rejected, Submitted
from anju.platform.work import queries as work
from tests.platform.notices.world import StagePort, owed, people

LIVES = int(os.environ.get("ANJU_MACHINE_LIVES", "15"))
MOODS = [
    "fine",
    "fine",
    "throttled",
    "gone",
    "doubt_taken",
    "doubt_lost",
    "killed",
    "down",
    "untried",
    "delivers",
]
RULES = {
    "default": {
        "reserve_percent": 20,
        "breaker": {"failures": 2, "failures_percent": 50, "window_seconds": 300, "open_seconds": 120},
        "slow_seconds": 10,
        "throttled_seconds": 2,
        "per_second": 50,
    }
}


def rank(rung: str) -> int:
    return PROOF_RUNGS.index(rung) if rung else -1


class Killed(BaseException):
    """The process ends here."""


class Life(RuleBasedStateMachine):
    """One obligation of one person, two providers that do anything, and a clock that is set back now and then."""

    branch_id = 0
    staff_id = 0
    start: datetime

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()

    def teardown(self) -> None:
        """It comes to rest; then nothing of it is left for the next: what is drawn must depend on this life alone."""
        try:
            if hasattr(self, "before"):
                self._comes_to_rest()
        finally:
            transaction.savepoint_rollback(self.savepoint)

    @initialize(
        idempotent=st.tuples(st.booleans(), st.booleans()),
        kind=st.sampled_from(["reminder_5", "payment_received_cure"]),
    )
    def begin(self, idempotent: tuple[bool, bool], kind: str) -> None:
        self.person, self.now = 10_001, self.start
        self.sms = [StagePort("sms", idempotent=one, can_poll=True) for one in idempotent]
        for port, name in zip(self.sms, ("stage-a", "stage-b"), strict=True):
            port.name = name
        self.ports = {"inbox": [InboxPort()], "sms": self.sms}
        people([self.person], self.now, email=False)
        variables = {"loan_no": "HL1", "amount_fen": 100, "paid_on": "2026-11-23"}
        more = {"variables": variables} if kind == "payment_received_cure" else {}
        operations.owe_many(
            [owed(self.branch_id, self.now, key="m", person_id=self.person, notice_type=kind, subject=("loan", 10_001),
                  **more)]
        )  # fmt: skip
        self.obligation_id = Obligation.objects.get(key="m").id
        self.before: dict[int, tuple[str, str]] = {}
        self.state = ("owed", "")
        self.taken: dict[str, str] = {}
        """Provider that took the message of a key."""

    @rule(minutes=st.sampled_from([0, 1, 3, 30, 720, 1500]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(seconds=st.sampled_from([1, 40, 3600]))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.now -= timedelta(seconds=seconds)

    @rule(lanes=st.sampled_from([[0, 1, 2], [1], [2]]))
    def planner(self, lanes: list[int]) -> None:
        operations.plan(at=self.now, lanes=lanes)

    @rule(first=st.sampled_from(MOODS), second=st.sampled_from(MOODS), data=st.data())
    def sender(self, first: str, second: str, data: st.DataObject) -> None:
        for port, mood in zip(self.sms, (first, second), strict=True):
            port.behaviour = lambda message, port=port, mood=mood: self._behave(message, port, mood, data)
        with suppress(Killed):
            operations.send(at=self.now, ports=self.ports)

    def _behave(self, message: Message, port: StagePort, mood: str, data: st.DataObject) -> Submitted:
        refused = {
            "throttled": Rejected("throttled", retry=True),
            "down": Rejected("unavailable", retry=True),
            "gone": Rejected("blocked", retry=False),
            "untried": NotTried("no session"),
        }
        if mood in refused:
            raise refused[mood]
        if mood == "doubt_lost":
            if message.key not in self.taken:
                port.answers[message.key] = Answer(NOT_TAKEN, self.now)
            raise InDoubt("lost")
        self._take(message, port)
        ref = f"{port.name}-{message.key}"
        port.answers[message.key] = Answer("sent", self.now, ref)
        if mood == "delivers":  # the receipt overtakes the answer
            operations.receive(
                provider=port.name, provider_ref=ref, status="carrier_delivered", at=self.now, raw={}
            )
        if mood == "killed":
            raise Killed
        if mood == "doubt_taken":
            raise InDoubt("answer lost")
        return Submitted(ref, data.draw(st.sampled_from(["accepted", "sent", "nonsense", "failed"])))

    def _take(self, message: Message, port: StagePort) -> None:
        known = self.taken.get(message.key)
        assert known in (None, port.name), "one message at two providers"
        assert known is None or port.idempotent, "sent twice where that doubles"
        self.taken[message.key] = port.name

    @rule(
        status=st.sampled_from([*STATUSES, "acknowledged", ""]), data=st.data(), stamp=st.integers(0, 2),
        error_class=st.sampled_from(["", "undelivered", "expired", "bounced", "\0"]),
    )  # fmt: skip
    def receipt(self, status: str, data: st.DataObject, stamp: int, error_class: str) -> None:
        keys = list(Attempt.objects.values_list("idempotency_key", flat=True).order_by("id"))
        refs = [f"{port.name}-{key}" for port in self.sms for key in port.answers]
        ref = data.draw(st.sampled_from([*refs, *keys, "nobody", ""]))
        provider = data.draw(st.sampled_from(["stage-a", "stage-b", "forged", ""]))
        operations.receive(
            provider=provider,
            provider_ref=ref,
            status=status,
            at=self.now,
            raw={"n": stamp, "error_class": error_class},
        )

    @rule()
    def sweeper(self) -> None:
        operations.sweep(at=self.now)

    @rule()
    def asker(self) -> None:
        operations.poll_attempts(at=self.now, ports=self.ports)

    @rule(data=st.data())
    def person_confirms(self, data: st.DataObject) -> None:
        if data.draw(st.integers(0, 5)) == 0:
            ids = list(Attempt.objects.values_list("id", flat=True).order_by("id"))
            chosen = data.draw(st.sampled_from([None, *ids]))
            operations.acknowledge(
                obligation_id=self.obligation_id, attempt_id=chosen, by="person:1", at=self.now
            )

    @rule(data=st.data())
    def ground_goes(self, data: st.DataObject) -> None:
        if data.draw(st.integers(0, 9)) == 0:
            operations.moot_many(at=self.now, reason="paid", keys=["m"])

    @rule(outcome=st.sampled_from(["reached_by_phone", "address_repaired", "letter_sent"]))
    def person_handles_the_exception(self, outcome: str) -> None:
        open_items = self._items()
        if open_items:
            operations.close_exception(
                item_id=open_items[0].id, staff_id=self.staff_id, outcome=outcome, note="已处理", at=self.now
            )

    def _items(self) -> list:
        return [item for item in work.items(subjects=[("loan", 10_001)]) if item.state in ("open", "claimed")]

    @invariant()
    def nothing_is_lowered(self) -> None:
        if not hasattr(self, "before"):
            return
        for row in Attempt.objects.filter(obligation_id=self.obligation_id):
            state, rung = self.before.get(row.id, ("queued", ""))
            assert rank(row.rung) >= rank(rung)
            if row.state != state:
                assert state not in ATTEMPT.final_codes
                assert row.state in _reachable(state)
            if row.provider == "" and row.claimed_at is None:
                assert row.rung in ("", "acknowledged"), "proof of what nobody was given"
            self.before[row.id] = (row.state, row.rung)
        owner = Obligation.objects.get(id=self.obligation_id)
        state, rung = self.state
        assert rank(owner.rung) >= rank(rung)
        if owner.state != state:
            assert state not in OBLIGATION.final_codes
        best = max((rank(rung) for _, rung in self.before.values()), default=-1)
        assert rank(owner.rung) >= best
        self._somebody_has_it(owner)
        self.state = (owner.state, owner.rung)

    def _somebody_has_it(self, owner: Obligation) -> None:
        if owner.state == "proven":
            assert rank(owner.rung) >= rank(owner.proof_required)
            assert not Attempt.objects.filter(obligation=owner, state="queued").exists()
        if owner.state in ("in_progress", "owed"):
            assert owner.next_step_at is not None
        assert len(self._items()) == (owner.state == "exception"), (
            "an exception has one work item, nothing else has"
        )

    @invariant()
    def facts_are_told_once(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT kind, body->>'attempt_id', count(*) FROM journal_entry WHERE subject_type = 'loan'"
                " AND subject_id = 10001 AND kind IN ('notices.sent', 'notices.delivered', 'notices.proven',"
                " 'notices.owed', 'notices.moot') GROUP BY 1, 2 HAVING count(*) > 1"
            )
            assert cursor.fetchall() == []

    def _comes_to_rest(self) -> None:
        """All is well again, time passes, and every job runs: nothing may rest without somebody who has it."""
        for port in self.sms:
            port.behaviour = lambda message, port=port: (
                self._take(message, port),
                Submitted(f"z-{message.key}"),
            )[1]
        self.now += timedelta(hours=2)
        for _ in range(40):
            operations.sweep(at=self.now)
            operations.plan(at=self.now)
            operations.send(at=self.now, ports=self.ports)
            operations.poll_attempts(at=self.now, ports=self.ports)
            self.nothing_is_lowered()
            if self.state[0] not in ("owed", "in_progress") and self._rests():
                break
            self.now += timedelta(hours=7)
        owner = Obligation.objects.get(id=self.obligation_id)
        assert owner.state not in ("owed", "in_progress")
        assert self._rests()
        doubtful = {row["id"] for row in queries.in_doubt()}
        unanswered = Attempt.objects.filter(in_doubt_at__isnull=False, submitted_at=None).exclude(
            error_class__in=["not_taken", "throttled", "unavailable", "blocked"]
        )
        for row in unanswered.exclude(state="acknowledged"):
            told = Receipt.objects.filter(attempt=row, status="failed").exists()
            assert told or row.id in doubtful, f"{row.state} {row.error_class}: doubtful and not listed"

    def _rests(self) -> bool:
        return not Attempt.objects.filter(state__in=("queued", "in_flight", "in_doubt")).exists()


def _reachable(state: str) -> set[str]:
    seen, todo = set(), [state]
    while todo:
        for target in ATTEMPT.allowed(todo.pop()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


@pytest.mark.django_db
def test_life_of_an_attempt(branch, staff, at, shipped_policy, monkeypatch):
    monkeypatch.setattr(providers, "_rules", lambda version, name: providers.parse(RULES, name))
    Life.branch_id, Life.staff_id, Life.start = branch.id, staff("supervisor").id, at
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
