"""Deadlines run over Chinese working time, stop and go on without losing a minute, and a breach is a fact."""

# S0-02 S4-017 S4-019

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from anju.core.errors import UnlawfulTransition
from anju.platform.clocks import operations as clocks
from anju.platform.clocks import queries
from anju.platform.clocks.operations import ClockMissing, NewClock, ReasonMissing
from anju.platform.identity.models import Branch
from anju.platform.journal import handlers
from anju.platform.journal import queries as journal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]
BANK_ZONE = ZoneInfo("Asia/Shanghai")
LOAN = ("loan", 17)
WALL = {"kind": "wall", "amount": 15}
HOURS = {"kind": "working_minutes", "amount": 180}
DAYS = {"kind": "working_days", "amount": 2}


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=BANK_ZONE)


def _start(branch: Branch, at: datetime, rule: dict[str, object] = WALL, name: str = "first_answer") -> int:
    return clocks.start(name=name, subject=LOAN, branch_id=branch.pk, rule=rule, at=at)


def _kinds() -> list[str]:
    return [entry.kind for entry in journal.timeline([LOAN])]


@pytest.mark.parametrize(
    ("rule", "due"),
    [(WALL, _at(23, 9, 45)), (HOURS, _at(23, 14, 0)), (DAYS, _at(25, 17, 30)), ({"kind": "wall", "amount": 0}, _at(23, 9, 30))],
)  # fmt: skip
def test_the_deadline_follows_the_rule(
    branch: Branch, at: datetime, rule: dict[str, object], due: datetime
) -> None:
    _start(branch, at, rule)
    (row,) = clocks.live(LOAN)
    assert (row.due_at, row.started_at, row.state, row.rule) == (due, at, "running", rule)


def test_one_live_clock_per_name(branch: Branch, at: datetime) -> None:
    first = _start(branch, at)
    assert _start(branch, at + timedelta(minutes=5), HOURS) == first
    assert _start(branch, at, HOURS, "proposal") != first
    assert clocks.start_many([NewClock("first_answer", LOAN, branch.pk, WALL)], at=at) == 0
    assert clocks.meet(name="first_answer", subject=LOAN, at=at)
    assert _start(branch, at) != first


def test_a_deadline_from_a_document(branch: Branch, at: datetime) -> None:
    clocks.start(name="promise_due", subject=LOAN, branch_id=branch.pk, rule=DAYS, at=at, due_at=_at(30, 18))
    assert clocks.live(LOAN)[0].due_at == _at(30, 18)


def test_unknown_rules_are_refused(branch: Branch, at: datetime) -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        _start(branch, at, {"kind": "moon", "amount": 1})
    assert clocks.live(LOAN) == []


def test_met_in_time_or_too_late(branch: Branch, at: datetime) -> None:
    _start(branch, at)
    assert clocks.meet(name="first_answer", subject=LOAN, at=at + timedelta(minutes=15))
    assert _kinds() == []
    _start(branch, at)
    assert not clocks.meet(name="first_answer", subject=LOAN, at=at + timedelta(minutes=15, microseconds=1))
    assert _kinds() == ["clocks.breached"]
    assert [row.state for row in queries.ended(LOAN)] == ["breached", "met"]
    assert not clocks.meet(name="first_answer", subject=LOAN, at=at)


def test_the_sweep_breaches_what_is_past_its_deadline(branch: Branch, at: datetime) -> None:
    rows = [NewClock("answer", ("loan", n), branch.pk, {"kind": "wall", "amount": n}) for n in range(1, 11)]
    assert clocks.start_many(rows, at=at) == 10
    assert clocks.sweep(at=at + timedelta(minutes=5)) == 4
    assert clocks.sweep(at=at + timedelta(minutes=5)) == 0
    assert clocks.sweep(at=at + timedelta(days=1), limit=4) == 4
    assert clocks.sweep(at=at + timedelta(days=1), limit=4) == 2
    (fact,) = journal.timeline([("loan", 3)])
    assert (fact.kind, fact.actor, fact.body["name"]) == ("clocks.breached", "system:clocks", "answer")
    assert datetime.fromisoformat(fact.body["due_at"]) == at + timedelta(minutes=3)


def test_handlers_hear_of_a_breach(branch: Branch, at: datetime) -> None:
    heard: list[tuple[str, int]] = []
    handlers.register(
        "test.breach", {"clocks.breached"}, lambda rows: heard.extend(row.subject for row in rows)
    )
    _start(branch, at)
    clocks.sweep(at=at + timedelta(hours=1))
    handlers.drain()
    assert heard == [LOAN]


def test_pause_and_resume_lose_no_minute(branch: Branch, at: datetime) -> None:
    _start(branch, at, HOURS)
    assert clocks.pause(name="first_answer", subject=LOAN, reason="等客户补件", at=_at(23, 11))
    (row,) = clocks.live(LOAN)
    assert (row.state, row.remaining_minutes, row.pause_reason) == ("paused", 90, "等客户补件")
    assert clocks.sweep(at=_at(30, 9)) == 0
    assert clocks.resume(name="first_answer", subject=LOAN, at=_at(27, 17)) == _at(30, 10)
    assert _kinds() == ["clocks.resumed", "clocks.paused"]
    assert clocks.sweep(at=_at(30, 10)) == 0
    assert clocks.sweep(at=_at(30, 10, 1)) == 1


def test_unlawful_pauses_change_nothing(branch: Branch, at: datetime) -> None:
    with pytest.raises(ClockMissing):
        clocks.pause(name="first_answer", subject=LOAN, reason="x", at=at)
    _start(branch, at)
    with pytest.raises(ReasonMissing):
        clocks.pause(name="first_answer", subject=LOAN, reason=" ", at=at)
    with pytest.raises(UnlawfulTransition):
        clocks.resume(name="first_answer", subject=LOAN, at=at)
    assert clocks.live(LOAN)[0].state == "running"
    clocks.pause(name="first_answer", subject=LOAN, reason="x", at=at)
    with pytest.raises(UnlawfulTransition):
        clocks.pause(name="first_answer", subject=LOAN, reason="x", at=at)
    assert clocks.meet(name="first_answer", subject=LOAN, at=_at(30, 9)), "a paused clock can be met"


def test_a_pause_does_not_undo_a_missed_deadline(branch: Branch, at: datetime) -> None:
    _start(branch, at)
    assert not clocks.pause(name="first_answer", subject=LOAN, reason="x", at=at + timedelta(hours=1))
    assert clocks.live(LOAN) == []
    assert _kinds() == ["clocks.breached"]


def test_cancelling(branch: Branch, at: datetime) -> None:
    _start(branch, at)
    _start(branch, at, HOURS, "proposal")
    with pytest.raises(ReasonMissing):
        clocks.cancel(name="proposal", subject=LOAN, at=at, reason="")
    late = at + timedelta(minutes=20)
    assert clocks.cancel_many([("first_answer", LOAN), ("proposal", LOAN)], at=late, reason="逾期已解除") == 1
    assert sorted(_kinds()) == ["clocks.breached", "clocks.cancelled"]
    assert not clocks.cancel(name="proposal", subject=LOAN, at=at, reason="x")


def test_many_at_once(branch: Branch, at: datetime) -> None:
    subjects = [("loan", n) for n in range(500)]
    assert clocks.start_many([NewClock("a", s, branch.pk, WALL) for s in subjects], at=at) == 500
    assert clocks.meet_many([("a", s) for s in subjects[:300]], at=at) == 300
    assert len(queries.live_many(subjects)) == 200
    assert clocks.meet_many([], at=at) == 0
    assert queries.live_many([]) == []


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_breach_each_clock_once(branch: Branch, at: datetime) -> None:
    clocks.start_many([NewClock("a", ("loan", n), branch.pk, WALL) for n in range(300)], at=at)
    counts: list[int] = []

    def sweep() -> None:
        try:
            while (count := clocks.sweep(at=at + timedelta(hours=1), limit=20)) > 0:
                counts.append(count)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clocks.sweep(at=at + timedelta(hours=1))
    assert len(journal.timeline([("loan", n) for n in range(300)], limit=500)) == 300
    assert journal.verify() == []
