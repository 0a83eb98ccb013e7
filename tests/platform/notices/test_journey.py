"""From owed to proven, or to a person. S2-01, S2-09, S2-11, S2-16, S4-049."""

from datetime import datetime, timedelta

import pytest

from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries as contact_queries
from anju.platform.journal import queries as journal
from anju.platform.notices import operations, queries
from anju.platform.work import queries as work
from tests.platform.notices.world import LOAN, OVERDUE, PERSON, StagePort, owed, people, ports, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]


def evening(at: datetime) -> datetime:
    return at.replace(hour=20, minute=0)


def kinds() -> list[str]:
    return [row.kind for row in reversed(journal.timeline([LOAN]))]


def only() -> queries.ObligationRow:
    (row,) = queries.obligations_of(LOAN)
    return row


def test_owing_twice_is_owing_once(branch, at):
    assert operations.owe_many([owed(branch.id, at), owed(branch.id, at)]) == 1
    assert operations.owe_many([owed(branch.id, at), owed(branch.id, at, key="another")]) == 1
    assert kinds() == ["notices.owed", "notices.owed"]
    row = queries.obligation_by_key("another")
    assert row.deadline_at == at + timedelta(hours=48)
    assert row.proof_required == "acknowledged"


def test_reminder_goes_to_the_inbox_then_by_sms_then_by_email_then_to_a_person(branch, at):
    # S2-11: unconfirmed -> next channel -> exception queue
    sms, email = StagePort("sms"), StagePort("email")
    wired = ports(sms=sms, email=email)
    people([PERSON], at)
    start = evening(at)
    operations.owe_many([owed(branch.id, start)])
    run(start, wired)
    assert [row.title for row in queries.inbox(PERSON)] == ["还款提醒：2026年11月28日应还5,123.45 元"]
    assert (sms.given, email.given) == ([], [])
    run(start + timedelta(hours=11, minutes=59), wired)
    assert sms.given == []
    run(start + timedelta(hours=12), wired)
    assert len(sms.given) == 1
    assert "尾号0001" in sms.given[0].body
    assert sms.given[0].to == "13800000501"
    run(start + timedelta(hours=28), wired)
    assert len(email.given) == 1
    last = start + timedelta(hours=48)
    run(last, wired)
    row = only()
    assert (row.state, row.reason) == ("exception", "deadline")
    (item,) = work.items(queues=["exceptions"], branch_ids=[branch.id])
    assert item.kind == "notices.exception"
    assert item.params["obligation_id"] == row.id
    assert item.due_at > last
    assert kinds().count("notices.sent") == 3
    assert "notices.exception" in kinds()


def test_acknowledging_ends_everything_at_once(branch, at):
    sms = StagePort("sms")
    people([PERSON], at)
    operations.owe_many([owed(branch.id, at)])
    run(at, ports(sms=sms))
    later = at + timedelta(hours=1)
    token = queries.ack_token(only().id)
    done = operations.acknowledge(
        obligation_id=queries.obligation_of_token(token), by=f"person:{PERSON}", at=later
    )
    assert (done.state, done.first) == ("proven", True)
    again = operations.acknowledge(obligation_id=only().id, by=f"person:{PERSON}", at=later)
    assert (again.state, again.first) == ("proven", False)
    run(at + timedelta(days=3), ports(sms=sms))
    assert sms.given == []
    row = only()
    assert (row.state, row.rung, row.proven_at) == ("proven", "acknowledged", later)
    assert kinds().count("notices.proven") == 1


def test_acknowledging_an_exception_takes_its_work_away(branch, at):
    people([PERSON], at, phone=False, email=False)
    operations.owe_many([owed(branch.id, at)])
    run(at, ports())
    run(at + timedelta(hours=12), ports())
    assert only().state == "exception"
    assert len(work.items(queues=["exceptions"])) == 1
    operations.acknowledge(
        obligation_id=only().id, by="person:501", at=at + timedelta(hours=13), how="portal"
    )
    assert only().state == "proven"
    assert work.items(queues=["exceptions"]) == []


def test_a_delivery_receipt_does_not_prove_a_reminder(branch, at):
    sms = StagePort("sms")
    people([PERSON], at)
    operations.owe_many([owed(branch.id, at)])
    run(at, ports(sms=sms))
    moment = at + timedelta(hours=12) - timedelta(minutes=10)
    run(moment + timedelta(minutes=10), ports(sms=sms))
    ref = f"ref-{sms.given[0].key}"
    effect = operations.receive(
        provider="stage-sms", provider_ref=ref, status="carrier_delivered", at=moment, raw={}
    )
    assert effect == "raised"
    assert (only().state, only().rung) == ("in_progress", "carrier_delivered")
    assert "notices.delivered" in kinds()


def test_a_service_message_is_proven_by_the_carrier(branch, at):
    sms = StagePort("sms")
    people([PERSON], at)
    given = {"loan_no": "HL1", "amount_fen": 100, "paid_on": "2026-11-23"}
    operations.owe_many([owed(branch.id, at, notice_type="payment_received_cure", variables=given)])
    run(at, ports(sms=sms))
    run(at + timedelta(minutes=10), ports(sms=sms))
    ref = f"ref-{sms.given[0].key}"
    operations.receive(provider="stage-sms", provider_ref=ref, status="carrier_delivered", at=at, raw={})
    assert (only().state, only().reason) == ("proven", "receipt")


def test_a_person_without_addresses_is_skipped_with_reasons_and_handed_over(branch, at):
    # S2-04
    operations.owe_many([owed(branch.id, at)])
    run(at, ports())
    run(at + timedelta(hours=12), ports())
    page = queries.obligation_page(only().id)
    assert [(step.channel, step.state) for step in page.steps] == [
        ("inbox", "accepted"),
        ("sms", "skipped"),
        ("email", "skipped"),
        ("person", "with_person"),
    ]
    assert page.steps[1].attempts[0].error_class == "no_address"
    assert only().reason == "no_proof"


def test_collection_waits_for_the_morning(branch, at):
    # S1-06: 22:00-08:00 is quiet; the wait is a row with its reason
    sms = StagePort("sms")
    people([PERSON], at)
    start = at.replace(hour=11)
    operations.owe_many([owed(branch.id, start, notice_type="overdue_1")])
    run(start, ports(sms=sms))
    night = start + timedelta(hours=12)
    run(night, ports(sms=sms))
    assert sms.given == []
    assert only().next_step_at == (start + timedelta(days=1)).replace(hour=8, minute=0)
    assert queries.obligation_page(only().id).steps[1].attempts[0].error_class == "governor_wait"
    run((start + timedelta(days=1)).replace(hour=8, minute=0), ports(sms=sms))
    assert len(sms.given) == 1
    (contact,) = [row for row in contact_queries.history(PERSON, at) if row.channel == "sms"]
    assert (contact.purpose, contact.state) == ("collection", "done")


def test_a_complaint_stops_collection_on_every_channel(branch, at):
    # spine 3: the flag has no next instant, a person decides
    people([PERSON], at)
    contacts.flag(person_id=PERSON, kind="complaint", reason="投诉处理中", by="staff:1", at=at)
    operations.owe_many([owed(branch.id, at, notice_type="overdue_2")])
    run(at, ports(sms=StagePort("sms"), email=StagePort("email")))
    assert (only().state, only().reason) == ("exception", "governor")
    attempts = [attempt for step in queries.obligation_page(only().id).steps for attempt in step.attempts]
    assert [attempt.state for attempt in attempts] == ["skipped"] * 3
    assert all("投诉" in attempt.error for attempt in attempts)


def test_a_missing_variable_never_sends(branch, at):
    broken = {key: value for key, value in OVERDUE.items() if key != "overdue_fen"}
    operations.owe_many([owed(branch.id, at, notice_type="overdue_1", variables=broken)])
    run(at, ports())
    assert queries.inbox(PERSON) == []
    assert (only().state, only().reason) == ("exception", "content")
    (attempt,) = queries.obligation_page(only().id).steps[0].attempts
    assert (attempt.state, attempt.error_class) == ("failed", "content")
    assert "overdue_fen" in attempt.error


def test_a_payment_makes_open_notices_moot(branch, at):
    people([PERSON], at)
    operations.owe_many([owed(branch.id, at, notice_type="overdue_1", key="a"), owed(branch.id, at, key="b")])
    operations.plan(at=at)
    assert (
        operations.moot_many(at=at, reason="arrears cleared", subjects=[LOAN], notice_types=["overdue_1"])
        == 1
    )
    assert queries.obligation_by_key("a").state == "moot"
    assert queries.obligation_by_key("b").state == "in_progress"
    run(at, ports())
    assert len(queries.inbox(PERSON)) == 1
    assert "notices.moot" in kinds()
    assert operations.moot_many(at=at, reason="again", keys=["a"]) == 0
