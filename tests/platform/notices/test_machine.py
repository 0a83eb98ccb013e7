"""Whatever happens in whatever order, an attempt and its obligation only go where they may. S2-03, S2-08, S2-12."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from anju.adapters.inbox import InboxPort
from anju.core.lifecycles import ATTEMPT, OBLIGATION, PROOF_RUNGS
from anju.platform.notices import operations
from anju.platform.notices.ladder import STATUSES
from anju.platform.notices.models import Attempt, Obligation
from anju.platform.notices.ports import Answer, InDoubt, Message, Rejected, Submitted
from tests.platform.notices.world import StagePort, owed, people


def rank(rung: str) -> int:
    return PROOF_RUNGS.index(rung) if rung else -1


class Killed(BaseException):
    """The process ends here."""


class Life(RuleBasedStateMachine):
    """One obligation of one person, a stage port that does anything, and the clock."""

    branch_id = 0
    start: datetime

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()

    def teardown(self) -> None:
        """Nothing of one life is left for the next: what is drawn must depend on this life alone."""
        transaction.savepoint_rollback(self.savepoint)

    @initialize(idempotent=st.booleans(), kind=st.sampled_from(["reminder_5", "overdue_1"]))
    def begin(self, idempotent: bool, kind: str) -> None:
        self.person, self.now = 10_001, self.start
        self.sms = StagePort("sms", idempotent=idempotent, can_poll=True)
        self.sms.name = "stage"
        self.ports = {"inbox": [InboxPort()], "sms": [self.sms]}
        people([self.person], self.now, email=False)
        operations.owe_many(
            [owed(self.branch_id, self.now, key="m", person_id=self.person, notice_type=kind,
                  subject=("loan", 10_001))]
        )  # fmt: skip
        self.obligation_id = Obligation.objects.get(key="m").id
        self.before: dict[int, tuple[str, str]] = {}
        self.state = ("owed", "")
        self.people_got: set[str] = set()

    @rule(minutes=st.sampled_from([0, 1, 3, 30, 720, 1500]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def planner(self) -> None:
        operations.plan(at=self.now)

    @rule(mood=st.sampled_from(["fine", "throttled", "gone", "doubt_taken", "doubt_lost", "killed", "down"]))
    def sender(self, mood: str) -> None:
        self.sms.behaviour = lambda message: self._behave(message, mood)
        with suppress(Killed):
            operations.send(at=self.now, ports=self.ports)

    def _behave(self, message: Message, mood: str) -> Submitted:
        if mood == "throttled":
            raise Rejected("throttled", retry=True)
        if mood == "down":
            raise Rejected("unavailable", retry=True)
        if mood == "gone":
            raise Rejected("blocked", retry=False)
        if mood == "doubt_lost":
            raise InDoubt("lost")
        assert message.key not in self.people_got or self.sms.idempotent, "sent twice where that doubles"
        self.people_got.add(message.key)
        self.sms.answers[message.key] = Answer("sent", self.now, f"{self.sms.name}-{message.key}")
        if mood == "killed":
            raise Killed
        if mood == "doubt_taken":
            raise InDoubt("answer lost")
        return Submitted(f"{self.sms.name}-{message.key}")

    @rule(status=st.sampled_from([*STATUSES, "acknowledged"]), data=st.data(), stamp=st.integers(0, 2))
    def receipt(self, status: str, data: st.DataObject, stamp: int) -> None:
        refs = [answer.provider_ref for answer in self.sms.answers.values()]
        ref = data.draw(st.sampled_from([*refs, "nobody"]))
        raw = {"n": stamp}
        operations.receive(provider=self.sms.name, provider_ref=ref, status=status, at=self.now, raw=raw)

    @rule()
    def sweeper(self) -> None:
        operations.sweep(at=self.now)

    @rule()
    def asker(self) -> None:
        operations.poll_attempts(at=self.now, ports=self.ports)

    @rule(data=st.data())
    def person_confirms(self, data: st.DataObject) -> None:
        if data.draw(st.integers(0, 5)) == 0:
            operations.acknowledge(obligation_id=self.obligation_id, by="person:1", at=self.now)

    @rule(data=st.data())
    def ground_goes(self, data: st.DataObject) -> None:
        if data.draw(st.integers(0, 9)) == 0:
            row = Obligation.objects.get(id=self.obligation_id)
            operations.moot_many(at=self.now, reason="paid", keys=[row.key])

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
            self.before[row.id] = (row.state, row.rung)
        owner = Obligation.objects.get(id=self.obligation_id)
        state, rung = self.state
        assert rank(owner.rung) >= rank(rung)
        if owner.state != state:
            assert state not in OBLIGATION.final_codes
        best = max((rank(rung) for _, rung in self.before.values()), default=-1)
        assert rank(owner.rung) >= best
        if owner.state == "proven":
            assert rank(owner.rung) >= rank(owner.proof_required)
            assert not Attempt.objects.filter(obligation=owner, state="queued").exists()
        if owner.state in ("in_progress", "owed"):
            assert owner.next_step_at is not None
        self.state = (owner.state, owner.rung)


def _reachable(state: str) -> set[str]:
    seen, todo = set(), [state]
    while todo:
        for target in ATTEMPT.allowed(todo.pop()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


@pytest.mark.django_db
def test_life_of_an_attempt(branch, at, shipped_policy):
    Life.branch_id, Life.start = branch.id, at
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
