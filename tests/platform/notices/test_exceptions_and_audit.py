"""A person ends an exception; the completeness run finds what is missing. S2-01, S2-06, S2-10, S2-15, S2-16."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from anju.platform.clocks import queries as clocks
from anju.platform.contacts import operations as contacts
from anju.platform.journal import operations as journal
from anju.platform.journal import queries as journal_queries
from anju.platform.notices import operations, owes, queries
from anju.platform.notices.audit import audit
from anju.platform.notices.kpis import Figures, kpis
from anju.platform.notices.rows import NotAnException, NoteMissing, UnknownNoticeType, UnknownOutcome
from anju.platform.work import queries as work
from tests.platform.notices.world import LOAN, PERSON, StagePort, owed, people, ports, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]


@pytest.fixture
def exception(branch, at):
    """An exception with its work item, for a person without addresses."""
    operations.owe_many([owed(branch.id, at)])
    run(at, ports())
    run(at + timedelta(hours=12), ports())
    (item,) = work.items(kinds=["notices.exception"])
    return item


def only():
    (row,) = queries.obligations_of(LOAN)
    return row


def close(item, staff, at, outcome="reached_by_phone", note="电话告知，客户表示知悉"):
    return operations.close_exception(item_id=item.id, staff_id=staff.id, outcome=outcome, note=note, at=at)


def test_an_exception_has_owner_deadline_and_clock(exception, branch):
    # S2-10, S2-16
    assert (exception.queue, exception.state) == ("exceptions", "open")
    assert exception.params["reason_zh"] == "各渠道均未得到确认"
    (clock,) = clocks.live(LOAN)
    assert clock.name == f"notice_exception:{only().id}"
    assert clock.due_at == exception.due_at
    rows, total = queries.exceptions([branch.id])
    assert (len(rows), total) == (1, 1)
    assert queries.exceptions([branch.id + 1]) == ([], 0)


@pytest.mark.parametrize(
    ("outcome", "state", "rung"),
    [
        ("reached_by_phone", "proven", "acknowledged"),
        ("told_in_person", "proven", "acknowledged"),
        ("letter_sent", "closed_by_person", "sent"),
        ("not_reachable_owner_accepts", "closed_by_person", "sent"),
    ],
)
def test_a_person_ends_it(exception, staff, at, outcome, state, rung):
    moment = at + timedelta(hours=13)
    assert close(exception, staff("supervisor"), moment, outcome) == state
    assert (only().state, only().rung) == (state, rung)
    assert work.item(exception.id).state == "done"
    assert clocks.live(LOAN) == []
    (entry,) = [
        row
        for row in journal_queries.timeline([LOAN])
        if row.kind in ("notices.proven", "notices.closed_by_person")
    ]
    assert entry.actor.startswith("staff:")


def test_a_repaired_address_begins_the_journey_again(exception, staff, at):
    moment = at + timedelta(days=3)
    people([PERSON], moment)
    assert close(exception, staff("supervisor"), moment, "address_repaired") == "in_progress"
    sms = StagePort("sms")
    run(moment, ports(sms=sms))
    run(moment + timedelta(hours=12), ports(sms=sms))
    assert len(sms.given) == 1
    assert only().deadline_at == moment + timedelta(hours=48)


def test_no_answer_keeps_it_open(exception, staff, at):
    assert close(exception, staff("supervisor"), at + timedelta(hours=13), "no_answer") == "exception"
    assert work.item(exception.id).state == "open"
    assert len(clocks.live(LOAN)) == 1


def test_a_refused_ending_changes_nothing(exception, staff, at):
    person = staff("supervisor")
    with pytest.raises(UnknownOutcome):
        close(exception, person, at, "forget_it")
    with pytest.raises(NoteMissing):
        close(exception, person, at, note="  ")
    assert (only().state, work.item(exception.id).state) == ("exception", "open")
    close(exception, person, at)
    with pytest.raises(NotAnException):
        close(exception, person, at)


@dataclass(frozen=True)
class Signed:
    KIND: ClassVar[str] = "test.loan.signed"
    subject: tuple[str, int]

    def body(self) -> dict[str, Any]:
        return {}


@pytest.fixture
def duty():
    owes.register(Signed.KIND, ["promise_confirmed"], lambda entry: [f"signed:{entry.subject_id}"])
    yield
    owes.forget(Signed.KIND)


def test_a_fact_without_its_notice_is_found(branch, at, duty):
    # S2-01, S2-06
    journal.record_many([Signed(("loan", 1)), Signed(("loan", 2))], at=at, actor="staff:1")
    operations.owe_many([owed(branch.id, at, key="signed:1")])
    later = at + timedelta(minutes=9)
    assert audit(at=later).clean  # its handler may still be coming
    found = audit(at=at + timedelta(minutes=11))
    assert found.counts["missing"] == 1
    assert not found.clean
    (missing,) = [row for row in found.findings if row.what == "missing"]
    assert (missing.ref, missing.owner) == ("signed:2", "administrator")
    operations.owe_many([owed(branch.id, at, key="signed:2")])
    assert audit(at=at + timedelta(minutes=11)).counts["missing"] == 0


def test_what_rests_is_late_or_doubtful_is_listed_with_an_owner(branch, at):
    operations.owe_many([owed(branch.id, at)])
    assert audit(at=at).clean
    assert audit(at=at + timedelta(minutes=30)).counts["resting"] == 1
    found = audit(at=at + timedelta(days=3))
    assert (found.counts["late"], found.counts["resting"]) == (1, 0)
    assert all(row.owner for row in found.findings)
    operations.plan(at=at + timedelta(days=3))
    found = audit(at=at + timedelta(days=3, minutes=30))
    assert found.counts["resting"] == 1  # queued and nobody sends


def test_an_outage_of_ours_does_not_lose_a_notice(branch, at):
    # S2-12: the worker was away past the deadline; the message still goes out
    people([PERSON], at)
    sms = StagePort("sms")
    operations.owe_many([owed(branch.id, at)])
    late = at + timedelta(days=4)
    run(late, ports(sms=sms))
    assert len(queries.inbox(PERSON)) == 1
    assert only().state == "in_progress"
    run(late + timedelta(hours=12), ports(sms=sms))
    assert (only().state, only().reason) == ("exception", "deadline")


def test_kpis_come_from_rows(branch, at):
    # S2-15
    people([1, 2, 3], at)
    operations.owe_many([owed(branch.id, at, key=f"k{n}", person_id=n) for n in (1, 2, 3)])
    run(at, ports())
    operations.acknowledge(
        obligation_id=queries.obligation_by_key("k1").id, by="person:1", at=at + timedelta(hours=1)
    )
    operations.moot_many(at=at, reason="paid", keys=["k2"])
    total = kpis(since=at, until=at + timedelta(days=3)).total
    assert (total.owed, total.proven, total.moot, total.exceptions) == (3, 1, 1, 0)
    assert (total.due, total.in_time, total.completion_ppm) == (2, 1, 500_000)
    assert kpis(since=at, until=at + timedelta(days=3), branch_ids=[branch.id + 1]).total == Figures()


def test_an_unknown_type_writes_nothing(branch, at):
    with pytest.raises(UnknownNoticeType):
        operations.owe_many([owed(branch.id, at), owed(branch.id, at, key="x", notice_type="birthday")])
    assert queries.obligations_of(LOAN) == []


def test_a_bulk_of_notices_takes_few_statements(branch, at, django_assert_max_num_queries):
    people(range(1, 301), at)
    rows = [owed(branch.id, at, key=f"k{n}", person_id=n, subject=("loan", n)) for n in range(1, 301)]
    operations.owe_many(rows[:1])
    operations.plan(at=at)  # policy is in the process now
    with django_assert_max_num_queries(5):
        assert operations.owe_many(rows) == 299
    with django_assert_max_num_queries(11):
        assert operations.plan(at=at).queued == 299
    with django_assert_max_num_queries(35):
        assert operations.send(at=at, limit=300, ports=ports()).submitted == 300
    moment = at + timedelta(hours=12)
    with django_assert_max_num_queries(14):
        assert operations.plan(at=moment).queued == 300
    with django_assert_max_num_queries(45):
        assert operations.send(at=moment, limit=300, ports=ports(sms=StagePort("sms"))).submitted == 300


def test_dead_people_get_no_reminders(branch, at):
    contacts.flag(person_id=PERSON, kind="death", reason="家属告知", by="staff:1", at=at)
    operations.owe_many([owed(branch.id, at)])
    run(at, ports())
    assert queries.inbox(PERSON) == []
    assert (only().state, only().reason) == ("exception", "governor")
