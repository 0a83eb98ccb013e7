"""Follow-up: one standard timetable for everybody, told before, graded, refusals with reasons."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from anju.contexts.followup import operations, queries, timetable
from anju.contexts.followup.models import Visit
from anju.platform.clocks.models import Clock
from anju.platform.journal import handlers as pump
from anju.platform.journal import operations as journal_operations
from anju.platform.journal import queries as journal
from anju.platform.notices.facts import NoticeProven
from anju.platform.notices.models import Obligation
from anju.platform.policies import queries as policies
from anju.platform.work.models import WorkItem
from tests.dayend.book import Book, close_of

pytestmark = pytest.mark.django_db

ON = date(2026, 9, 1)
ONE = timedelta(days=1)


@pytest.fixture
def book(branch: object, shipped_policy: list[str]) -> Book:
    return Book(branch, date(2026, 8, 31))


@pytest.fixture
def agent(staff: Callable[..., Any]) -> int:
    return staff("follow_up_agent").pk


def _plan(on: date) -> dict[str, int]:
    return operations.visits_plan(on=on, at=close_of(on))


def _noticed(book: Book, due_on: date = ON + 3 * ONE) -> Visit:
    book.loan(start_on=due_on - timedelta(days=30))
    _plan(ON)
    visit = Visit.objects.get()
    operations.visits_noticed(visit_ids=[visit.pk], at=close_of(ON))
    return visit


@pytest.mark.parametrize(
    ("start_on", "node", "due_on"),
    [
        (date(2026, 8, 2), "d30", date(2026, 9, 1)),
        (date(2026, 8, 9), "d30", date(2026, 9, 8)),
        (date(2026, 6, 5), "d90", date(2026, 9, 3)),
        (date(2025, 9, 4), "d365", date(2026, 9, 4)),
        (date(2024, 9, 5), "y2", date(2026, 9, 5)),
        (date(2000, 9, 5), "y26", date(2026, 9, 5)),
    ],
)
def test_nodes_within_the_next_seven_days_are_planned(
    book: Book, start_on: date, node: str, due_on: date
) -> None:
    """# S0-04 S0-05"""
    loan = book.loan(start_on=start_on)
    assert _plan(ON)["planned"] == 1
    visit = Visit.objects.get()
    assert (visit.loan_id, visit.node, visit.due_on, visit.state) == (loan.pk, node, due_on, "planned")
    owed = Obligation.objects.get(notice_type="visit_pre_notice")
    assert owed.key == f"visit:{visit.pk}"
    assert all(owed.variables[name] for name in ("visit_at", "purpose", "outline"))


@pytest.mark.parametrize(
    "start_on", [date(2026, 8, 1), date(2026, 8, 10), date(2026, 8, 31), date(2025, 9, 1) - 8 * ONE]
)
def test_nodes_that_passed_or_lie_far_ahead_are_not(book: Book, start_on: date) -> None:
    book.loan(start_on=start_on)
    assert _plan(ON)["planned"] == 0


def test_the_leap_day_has_its_anniversary_on_the_28th(shipped_policy: list[str]) -> None:
    visits = policies.toml("timetable.toml")["visits"]
    assert timetable.starts_of(date(2027, 2, 28), visits)[date(2024, 2, 29)] == "y3"
    assert timetable.starts_of(date(2028, 2, 29), visits)[date(2024, 2, 29)] == "y4"
    assert date(2024, 2, 29) not in timetable.starts_of(date(2028, 2, 28), visits)


def test_a_year_of_days_gives_every_borrower_the_same_nodes_once(book: Book) -> None:
    """# S0-05: none missing, none doubled"""
    starts = [ON - n * ONE for n in (0, 1, 17, 30)]
    loans = [book.loan(start_on=start).pk for start in starts]
    for n in range(0, 400, 4):
        _plan(ON + n * ONE)
    found = {(visit.loan_id, visit.node): visit.due_on for visit in Visit.objects.all()}
    wanted = {
        (loan, code): start + timedelta(days=days)
        for loan, start in zip(loans, starts, strict=True)
        for code, days in (("d30", 30), ("d90", 90), ("d365", 365))
        if start + timedelta(days=days) >= ON
    }
    assert found == wanted


def test_planning_again_plans_nothing(book: Book) -> None:
    book.loan(start_on=ON - 30 * ONE)
    _plan(ON)
    again = _plan(ON)
    assert (again["planned"], again["notices"], again["work_opened"]) == (0, 0, 0)


def test_a_settled_loan_is_not_visited(book: Book) -> None:
    loan = book.loan(start_on=ON - 28 * ONE)
    _plan(ON)
    assert operations.visits_cancel(loan_ids=[loan.pk], at=close_of(ON), reason="loan_settled") == 1
    assert Visit.objects.get().state == "cancelled"
    assert Obligation.objects.get().state == "moot"


def test_work_is_there_on_the_day(book: Book) -> None:
    book.loan(start_on=ON - 27 * ONE)
    assert _plan(ON)["work_opened"] == 0
    assert _plan(ON + ONE)["work_opened"] == 0
    assert _plan(ON + 2 * ONE)["work_opened"] == 1
    item = WorkItem.objects.get()
    assert (item.queue, item.kind) == ("follow_up", "followup.visit")
    assert item.not_before_at == close_of(ON + 3 * ONE, 9)


def test_a_visit_nobody_made_is_missed(book: Book) -> None:
    book.loan(start_on=ON - 30 * ONE)
    _plan(ON)
    assert _plan(ON + 14 * ONE)["missed"] == 0
    assert _plan(ON + 15 * ONE)["missed"] == 1
    assert Visit.objects.get().state == "missed"
    assert Clock.objects.get().state == "breached"
    assert WorkItem.objects.get().state == "cancelled"


def test_no_visit_before_its_notice_arrived(book: Book, agent: int) -> None:
    """# S1-05"""
    book.loan(start_on=ON - 27 * ONE)
    _plan(ON)
    visit = Visit.objects.get()
    values = {"visit_id": visit.pk, "staff_id": agent, "ability": 4, "willingness": 5, "opinion": "满意"}
    with pytest.raises(operations.VisitNotNoticed):
        operations.visit_record(**values, at=close_of(ON + 3 * ONE, 10))
    assert Visit.objects.get().state == "planned"

    owed = Obligation.objects.get()
    fact = NoticeProven(("loan", visit.loan_id), owed.pk, "visit_pre_notice", "receipt", "carrier_delivered")
    journal_operations.record(fact, at=close_of(ON, 21), actor="system:notices")
    pump.drain()
    assert Visit.objects.get().state == "noticed"
    operations.visit_record(**values, at=close_of(ON + 3 * ONE, 10))
    assert Visit.objects.get().state == "done"


def test_a_visit_needs_both_grades_and_the_opinion(book: Book, agent: int) -> None:
    """# S0-05 S0-06 S0-12"""
    visit = _noticed(book)
    good: dict[str, Any] = {
        "visit_id": visit.pk,
        "staff_id": agent,
        "ability": 3,
        "willingness": 4,
        "opinion": "希望早上联系",
    }
    at = close_of(ON + 3 * ONE, 10)
    for changes, error in [
        ({"ability": None}, operations.GradeWrong),
        ({"willingness": None}, operations.GradeWrong),
        ({"ability": 0}, operations.GradeWrong),
        ({"willingness": 6}, operations.GradeWrong),
        ({"ability": True}, operations.GradeWrong),
        ({"opinion": "  "}, operations.OpinionMissing),
    ]:
        with pytest.raises(error):
            operations.visit_record(**{**good, **changes}, at=at)
        assert Visit.objects.get().state == "noticed"
    operations.visit_record(**good, at=at)
    assert Clock.objects.get().state == "met"
    row = queries.visit(visit.pk)
    assert row is not None
    assert (row.state, row.ability, row.willingness, row.opinion) == ("done", 3, 4, "希望早上联系")
    with pytest.raises(operations.VisitEnded):
        operations.visit_record(**good, at=at)


def test_changes_are_against_the_last_visit(book: Book, agent: int) -> None:
    """# S0-06"""
    loan = book.loan(start_on=ON - 27 * ONE)
    for on, node, grades in ((ON, "d30", (4, 5)), (ON + 60 * ONE, "d90", (2, 5))):
        _plan(on)
        visit = Visit.objects.get(node=node)
        operations.visits_noticed(visit_ids=[visit.pk], at=close_of(on))
        operations.visit_record(
            visit_id=visit.pk, staff_id=agent, ability=grades[0], willingness=grades[1], opinion="无",
            at=close_of(visit.due_on, 10),
        )  # fmt: skip
    done = journal.timeline([("loan", loan.pk)], kinds=["followup.visit.done"])
    changes = [(entry.body["ability_change"], entry.body["willingness_change"]) for entry in done]
    assert changes == [(-2, 0), (None, None)]


@pytest.mark.parametrize(
    ("party", "reason", "text", "error"),
    [
        ("", "busy", "", operations.PartyUnknown),
        ("neighbour", "busy", "", operations.PartyUnknown),
        ("borrower", "", "", operations.RefusalReasonMissing),
        ("borrower", "rude", "", operations.RefusalReasonMissing),
        ("borrower", "other", " ", operations.RefusalReasonMissing),
    ],
)
def test_a_refusal_needs_party_and_reason(
    book: Book, agent: int, party: str, reason: str, text: str, error: type[Exception]
) -> None:
    """# S1-01 S1-03"""
    visit = _noticed(book)
    with pytest.raises(error):
        operations.visit_refuse(
            visit_id=visit.pk,
            staff_id=agent,
            party=party,
            reason=reason,
            text=text,
            at=close_of(ON + 3 * ONE, 10),
        )
    assert Visit.objects.get().state == "noticed"
    assert not WorkItem.objects.filter(kind="followup.remedy").exists()


@pytest.mark.parametrize("reason", ["distrust", "privacy", "busy", "communication", "other"])
def test_each_reason_has_its_own_next_step(book: Book, agent: int, reason: str) -> None:
    """# S1-03"""
    visit = _noticed(book)
    operations.visit_refuse(
        visit_id=visit.pk,
        staff_id=agent,
        party="co_borrower",
        reason=reason,
        text="不想说",
        at=close_of(ON + 3 * ONE, 10),
    )
    row = Visit.objects.get()
    assert (row.state, row.refusal_reason, row.refused_by_role) == ("refused", reason, "co_borrower")
    wanted = next(choice for choice in queries.refusal_choices() if choice.code == reason)
    assert WorkItem.objects.get(kind="followup.remedy").params["next_zh"] == wanted.next_zh
    assert len({choice.next_zh for choice in queries.refusal_choices()}) == 5


def test_nobody_at_home_is_no_refusal(book: Book, agent: int) -> None:
    """# S1-01"""
    visit = _noticed(book)
    operations.visit_miss(visit_id=visit.pk, staff_id=agent, at=close_of(ON + 3 * ONE, 10))
    row = Visit.objects.get()
    assert (row.state, row.refusal_reason) == ("missed", "")
    assert not journal.timeline([("loan", visit.loan_id)], kinds=["followup.visit.refused"])
