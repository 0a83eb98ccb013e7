"""One duty, told to each role what it may know; figures out of rows. S2-06, S2-15."""

from datetime import timedelta

import pytest

from anju.platform.notices import operations, owes, queries, recipients
from anju.platform.notices.audit import audit
from anju.platform.notices.kpis import BadPeriod, kpis, period
from anju.platform.notices.operations.handling import BadBatch, handle_many, wake
from anju.platform.notices.reads.person import told
from anju.platform.policies import operations as policy_writes
from anju.platform.policies import queries as policies
from anju.platform.work import queries as work
from tests.platform.notices.world import LOAN, PERSON, owed, people, ports, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]

PARTIES = {
    71: [
        ("co_borrower", 502),
        ("guarantor", 503),
        ("guarantor", 502),
        ("developer", 504),
        ("co_borrower", PERSON),
    ]
}


@pytest.fixture
def parties():
    recipients.register_lookup("loan", lambda ids: {n: PARTIES[n] for n in ids if n in PARTIES})
    yield
    recipients.unregister_lookup("loan")


@pytest.mark.parametrize(
    ("notice_type", "told_to"),
    [
        ("reminder_5", {}),
        ("overdue_1", {}),
        ("overdue_2", {502: "overdue_2"}),
        ("overdue_4", {502: "overdue_4", 503: "overdue_guarantor"}),
        ("promise_confirmed", {}),
    ],
)
def test_each_role_is_told_its_own_text_or_nothing(branch, at, parties, notice_type, told_to):
    row = owed(branch.id, at, notice_type=notice_type, key="k")
    assert operations.owe_many([row]) == 1 + len(told_to)
    assert operations.owe_many([row]) == 0
    found = {one.person_id: one for one in queries.obligations_of(LOAN)}
    assert found.pop(PERSON).key == "k"
    assert {person: one.notice_type for person, one in found.items()} == told_to
    for person, one in found.items():
        role = "guarantor" if one.notice_type == "overdue_guarantor" else "co_borrower"
        assert one.key == f"k:{role}:{person}"


def test_a_ground_that_is_gone_is_gone_for_all(branch, at, parties):
    rows = [owed(branch.id, at, notice_type="overdue_4", key=key) for key in ("k", "k2")]
    operations.owe_many(rows)
    assert operations.moot_many(at=at, reason="cured", keys=["k"]) == 3
    states = {one.key: one.state for one in queries.obligations_of(LOAN)}
    assert {key for key, state in states.items() if state == "moot"} == {
        "k",
        "k:co_borrower:502",
        "k:guarantor:503",
    }


def test_looking_up_parties_costs_one_query(branch, at, parties, django_assert_max_num_queries):
    operations.owe_many([owed(branch.id, at, notice_type="overdue_4", key="warm")])
    rows = [owed(branch.id, at, notice_type="overdue_4", key=f"k{n}") for n in range(300)]
    with django_assert_max_num_queries(5):
        assert operations.owe_many(rows) == 900


def missing(at):
    found = audit(at=at)
    return sorted((row.ref, row.branch_id) for row in found.findings if row.what == "missing")


def test_who_joined_later_is_owed_what_came_later_and_nothing_before(branch, at, monkeypatch):
    """S2-06. A notice owed before somebody joined is not owed to them; one owed after is, and the audit knows the difference."""
    joined_at = at + timedelta(days=1)
    people_of = {71: [("guarantor", 503)]}
    since = {}
    recipients.register_lookup("loan", lambda ids: people_of)
    recipients.register_joined("loan", lambda ids: since)
    try:
        operations.owe_many([owed(branch.id, at, notice_type="overdue_4", key="before")])
        people_of[71] = [("co_borrower", 502), ("co_borrower", 503), ("guarantor", 503)]
        told = missing(at + timedelta(hours=1))
        assert told == [("before:co_borrower:502", branch.id), ("before:co_borrower:503", branch.id)], (
            "nobody says that they came later"
        )
        since |= {(71, "co_borrower", 502): joined_at, (71, "co_borrower", 503): joined_at}
        assert missing(joined_at) == [], "503 was told as the guarantor they were"
        later = joined_at + timedelta(hours=1)
        operations.owe_many([owed(branch.id, later, notice_type="overdue_4", key="after")])
        assert missing(later + timedelta(hours=1)) == []
        monkeypatch.setattr(recipients, "expand", lambda rows: rows)  # a fault: only the borrower is told
        operations.owe_many([owed(branch.id, later, notice_type="overdue_4", key="lost")])
        told = missing(later + timedelta(hours=1))
        assert told == [("lost:co_borrower:502", branch.id), ("lost:co_borrower:503", branch.id)]
        assert missing(later + timedelta(minutes=9)) == [], "their handler may still be coming"
    finally:
        recipients.unregister_lookup("loan")


def test_a_table_that_came_later_owes_nothing_for_what_came_before(branch, at, parties, monkeypatch):
    monkeypatch.setattr(recipients, "expand", lambda rows: rows)
    operations.owe_many([owed(branch.id, at, notice_type="overdue_2", key="k")])
    later = at + timedelta(hours=1)
    assert missing(later) == [("k:co_borrower:502", branch.id)]
    name = owes.TYPES_FILE
    content = policies.content(name, policies.version(name))
    policy_writes.load(name, content + "\n# another version\n", at=later, by="test")
    assert missing(later + timedelta(hours=1)) == []


@pytest.fixture
def stuck(branch, at):
    """Three exceptions of three people: no address, a bounced one, and one nobody confirmed."""
    people([2, 3], at)
    operations.owe_many(
        [owed(branch.id, at, key=f"k{n}", person_id=n, subject=("loan", n)) for n in (1, 2, 3)]
    )
    for hours in (0, 12, 30, 60):
        run(at + timedelta(hours=hours), ports())
    return work.items(kinds=["notices.exception"])


def test_a_batch_does_what_it_can_and_says_what_it_cannot(stuck, staff, at):
    later = at + timedelta(hours=61)
    first, second, third = (item.id for item in stuck)
    who = staff("supervisor").id
    common = {"staff_id": who, "at": later, "note": "已逐一电话告知"}
    done = handle_many(
        action="outcome", outcome="reached_by_phone", item_ids=[first, 999_999_999, second], **common
    )
    assert [one.ok for one in done] == [True, False, True]
    assert done[1].zh
    assert done[1].en
    again = handle_many(action="outcome", outcome="reached_by_phone", item_ids=[first], **common)
    assert not again[0].ok
    until = later + timedelta(days=3)
    handle_many(action="aside", until=until, item_ids=[third], **common)
    assert wake(at=until - timedelta(minutes=1)) == 0
    assert wake(at=until) == 1
    assert work.item(third).due_at > until
    with pytest.raises(BadBatch):
        handle_many(action="assign", item_ids=list(range(201)), staff_id=who, at=later)


def test_the_proof_page_tells_every_try_with_its_reason(stuck, at, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        page = told(1, ("loan", 1))
    (row,) = page.notices
    assert row.obligation.state == "exception"
    assert (row.tries[0].attempt.channel, row.tries[0].attempt.state) == ("inbox", "accepted")
    assert {one.attempt.state for one in row.tries} == {"accepted", "skipped"}
    assert all(one.attempt.error_class for one in row.tries if one.attempt.state == "skipped")
    assert told(1, ("loan", 9)).notices == ()


def test_figures_are_those_of_the_rows(stuck, branch, staff, at):
    person, later = staff("supervisor"), at + timedelta(hours=61)
    handle_many(
        action="outcome",
        outcome="reached_by_phone",
        item_ids=[stuck[0].id],
        staff_id=person.id,
        at=later,
        note="已告知",
    )
    begin, end = period(at.date(), at.date() + timedelta(days=5))
    found = kpis(since=begin, until=end, branch_ids=[branch.id])
    assert (found.total.owed, found.total.due, found.total.proven, found.total.in_time) == (3, 3, 1, 0)
    assert (found.total.completion_ppm, found.total.p50_seconds) == (0, 61 * 3600)
    assert found.branches == {branch.id: found.total}
    assert sum(row.owed for row in found.days.values()) == sum(row.owed for row in found.types.values()) == 3
    assert sum(row.count for row in found.causes) == 3
    assert sum(row.open for row in found.causes) == 2
    assert [(row.staff_id, row.handled, row.proven) for row in found.staff] == [(person.id, 1, 1)]
    assert {row.channel: row.sent for row in found.channels}["inbox"] == 3
    assert kpis(since=begin, until=end, branch_ids=[branch.id + 1]).total.owed == 0
    for first, last in (
        (at.date(), at.date() - timedelta(days=1)),
        (at.date() - timedelta(days=400), at.date()),
    ):
        with pytest.raises(BadPeriod):
            period(first, last)
