"""One attempt: refused, in doubt, found again, retried, told about in any order. S2-03, S2-04, S2-08, S2-11."""

from datetime import timedelta

import pytest

from anju.platform.contacts import operations as contact_operations
from anju.platform.contacts import queries as contacts
from anju.platform.journal import queries as journal
from anju.platform.notices import operations, queries
from anju.platform.notices.ports import Answer, InDoubt, Rejected, Submitted
from anju.platform.notices.rows import ReceiptIn
from tests.platform.notices.world import LOAN, PERSON, StagePort, owed, people, ports, raising, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]
CURE = {"loan_no": "HL1", "amount_fen": 100, "paid_on": "2026-11-23"}


@pytest.fixture
def sms_due(branch, at):
    """A service message whose inbox step is over: the SMS goes at the instant returned."""
    people([PERSON], at)
    operations.owe_many([owed(branch.id, at, notice_type="payment_received_cure", variables=CURE)])
    run(at, ports())
    return at + timedelta(minutes=10)


def only():
    (row,) = queries.obligations_of(LOAN)
    return row


def attempts(channel="sms"):
    page = queries.obligation_page(only().id)
    return [attempt for step in page.steps for attempt in step.attempts if attempt.channel == channel]


def test_a_final_refusal_moves_the_journey_on_at_once_and_marks_the_address(sms_due):
    # S2-04
    sms = StagePort("sms", behaviour=raising(Rejected("no_such_address", retry=False, detail="550")))
    email = StagePort("email")
    run(sms_due, ports(sms=sms, email=email))
    assert len(email.given) == 1
    (attempt,) = attempts()
    assert (attempt.state, attempt.error_class) == ("failed", "no_such_address")
    assert contacts.address(PERSON, "phone").health == "bounced"
    assert "contacts.address.failed" in [row.kind for row in journal.timeline([("person", PERSON)])]
    voided = [row for row in contacts.history(PERSON, sms_due) if row.channel == "sms"]
    assert [row.state for row in voided] == ["void"]


def test_throttling_is_tried_again_as_new_rows_with_growing_pauses(sms_due):
    sms = StagePort("sms", behaviour=raising(Rejected("throttled", retry=True)))
    run(sms_due, ports(sms=sms))
    assert [row.state for row in attempts()] == ["failed", "queued"]
    first_pause = attempts()[1].not_before_at - sms_due
    assert timedelta(seconds=5) <= first_pause <= timedelta(seconds=7)
    moment = sms_due
    for _ in range(5):
        moment = attempts()[-1].not_before_at
        run(moment, ports(sms=sms))
    assert [row.state for row in attempts()] == ["failed"] * 6
    assert len({message.key for message in sms.given}) == 6
    assert attempts("email") != []


def test_a_provider_that_is_down_does_not_use_up_what_was_not_tried(branch, at):
    people(range(1, 9), at)
    rows = [
        owed(branch.id, at, key=f"k{n}", person_id=n, notice_type="payment_received_cure", variables=CURE)
        for n in range(1, 9)
    ]
    operations.owe_many(rows)
    run(at, ports())
    moment = at + timedelta(minutes=10)
    operations.plan(at=moment)
    sms = StagePort("sms", behaviour=raising(Rejected("unavailable", retry=True)))
    done = operations.send(at=moment, ports=ports(sms=sms))
    assert len(sms.given) == 3
    assert (done.rejected, done.put_back) == (3, 5)
    assert operations.send(at=moment, ports=ports(sms=sms)).claimed == 0
    sms.behaviour = lambda message: Submitted(f"r-{message.key}")
    assert operations.send(at=moment + timedelta(minutes=1), ports=ports(sms=sms)).submitted == 8


def test_no_answer_is_doubt_and_is_never_blindly_repeated(sms_due):
    # S2-03
    sms = StagePort("sms", behaviour=raising(InDoubt("timeout")))
    run(sms_due, ports(sms=sms))
    for minutes in (1, 5, 60):
        moment = sms_due + timedelta(minutes=minutes)
        operations.sweep(at=moment)
        operations.poll_attempts(at=moment, ports=ports(sms=sms))
        run(moment, ports(sms=sms))
    assert len(sms.given) == 1
    assert [row["state"] for row in queries.in_doubt()] == ["in_doubt"]
    email = StagePort("email")
    run(sms_due + timedelta(days=1), ports(sms=sms, email=email))
    assert len(email.given) == 1
    last = sms_due + timedelta(hours=72, minutes=1)
    assert operations.poll_attempts(at=last, ports=ports(sms=sms)) == {"expired": 1}
    (listed,) = queries.in_doubt()
    assert listed["state"] == "failed"


def test_doubt_about_a_notice_that_nobody_needs_any_more_ends_too(sms_due):
    # S2-03: found by `anju drill kill`; on an idempotent port it was neither repeated nor ever given up
    sms = StagePort("sms", idempotent=True, behaviour=raising(InDoubt("timeout")))
    run(sms_due, ports(sms=sms))
    operations.moot_many(at=sms_due, reason="paid", keys=[only().key])
    moment = sms_due + timedelta(minutes=2)
    assert operations.poll_attempts(at=moment, ports=ports(sms=sms)) == {"silent": 1}
    assert [row["state"] for row in queries.in_doubt()] == ["in_doubt"]
    last = sms_due + timedelta(hours=72, minutes=1)
    assert operations.poll_attempts(at=last, ports=ports(sms=sms)) == {"expired": 1}
    assert [row["state"] for row in queries.in_doubt()] == ["failed"]
    assert len(sms.given) == 1


def test_a_doubtful_send_is_asked_about(sms_due):
    sms = StagePort("sms", behaviour=raising(InDoubt("timeout")), can_poll=True)
    run(sms_due, ports(sms=sms))
    moment = sms_due + timedelta(minutes=2)
    assert operations.poll_attempts(at=moment, ports=ports(sms=sms)) == {"silent": 1}
    sms.answers[sms.given[0].key] = Answer("carrier_delivered", moment, "found-1")
    moment += timedelta(minutes=2)
    assert operations.poll_attempts(at=moment, ports=ports(sms=sms)) == {"raised": 1}
    assert only().state == "proven"
    assert attempts()[0].provider_ref == "found-1"
    assert len(sms.given) == 1


def test_a_claim_that_ran_out_is_repeated_with_its_key_only_where_that_is_safe(sms_due):
    for idempotent, times in ((True, 2), (False, 1)):
        sms = StagePort("sms", idempotent=idempotent, behaviour=raising(KeyboardInterrupt()))
        operations.plan(at=sms_due)
        with pytest.raises(KeyboardInterrupt):  # as if killed between claim and record
            operations.send(at=sms_due, ports={"sms": [sms]})
        assert attempts()[-1].state == "in_flight"
        sms.behaviour = lambda message: Submitted(f"r-{message.key}")
        moment = sms_due + timedelta(seconds=121)
        assert operations.sweep(at=moment) == 1
        operations.poll_attempts(at=moment, ports={"sms": [sms]})
        operations.send(at=moment, ports={"sms": [sms]})
        assert len(sms.given) == times
        assert len({message.key for message in sms.given}) == 1
        assert len({message.body for message in sms.given}) == 1
        slots = [row for row in contacts.history(PERSON, sms_due) if row.channel == "sms"]
        assert len(slots) == len(attempts())
        _begin_again(sms_due)


def _begin_again(at):
    from anju.platform.notices.models import Attempt, Obligation

    Attempt.objects.filter(channel="sms").exclude(state="accepted").update(
        state="failed", finished_at=at, claim_ends_at=None
    )
    Attempt.objects.filter(channel="sms").update(state="failed", finished_at=at, claim_ends_at=None)
    Obligation.objects.update(state="in_progress", step_no=1, next_step_at=at)


def test_an_early_receipt_finds_its_attempt(sms_due):
    # S2-08: the receipt overtakes the answer that names its reference
    sms = StagePort("sms")

    def behave(message):
        told = operations.receive(
            provider="stage-sms", provider_ref="early", status="carrier_delivered", at=sms_due, raw={}
        )
        assert told == "unknown_ref"
        return Submitted("early")

    sms.behaviour = behave
    run(sms_due, ports(sms=sms))
    assert (only().state, attempts()[0].state) == ("proven", "delivered")
    assert [row.effect for row in attempts()[0].receipts] == ["raised"]


def test_receipts_are_stored_always_and_lower_nothing(sms_due):
    # S2-08
    sms = StagePort("sms", behaviour=lambda message: Submitted("r1"))
    run(sms_due, ports(sms=sms))

    def say(status, **raw):
        return ReceiptIn("stage-sms", "r1", status, None, raw)

    told = operations.receive_many(
        [
            say("carrier_delivered"),
            say("carrier_delivered"),
            say("sent"),
            say("failed", error_class="undelivered"),
            say("acknowledged"),
            say("nonsense"),
            ReceiptIn("stage-sms", "never-sent", "carrier_delivered"),
            ReceiptIn("somebody", "r1", "carrier_delivered"),
        ],
        at=sms_due,
    )
    assert told == [
        "raised", "duplicate", "same", "contradicts", "unknown_status", "unknown_status", "unknown_ref", "unknown_ref",
    ]  # fmt: skip
    assert operations.receive_many([say("carrier_delivered")], at=sms_due) == ["duplicate"]
    assert (attempts()[0].state, attempts()[0].rung) == ("delivered", "carrier_delivered")
    assert len(attempts()[0].receipts) == 5
    kinds = [row.kind for row in journal.timeline([LOAN])]
    assert kinds.count("notices.delivered") == kinds.count("notices.proven") == 1


def test_a_failure_receipt_moves_the_journey_on(sms_due):
    sms, email = StagePort("sms", behaviour=lambda message: Submitted("r1")), StagePort("email")
    run(sms_due, ports(sms=sms, email=email))
    moment = sms_due + timedelta(minutes=1)
    operations.receive(provider="stage-sms", provider_ref="r1", status="failed", at=moment, raw={})
    run(moment, ports(sms=sms, email=email))
    assert len(email.given) == 1
    late = operations.receive(
        provider="stage-sms", provider_ref="r1", status="carrier_delivered", at=moment, raw={}
    )
    assert (late, attempts()[0].state, only().state) == ("late", "failed", "proven")


def test_a_provider_that_names_one_reference_twice_loses_nothing(branch, at):
    people([1, 2], at)
    rows = [
        owed(branch.id, at, key=f"k{n}", person_id=n, notice_type="payment_received_cure", variables=CURE)
        for n in (1, 2)
    ]
    operations.owe_many(rows)
    run(at, ports())
    sms = StagePort("sms", behaviour=lambda message: Submitted("always"))
    run(at + timedelta(minutes=10), ports(sms=sms))
    page = queries.obligation_page(queries.obligation_by_key("k1").id)
    (attempt,) = page.steps[1].attempts
    assert (attempt.state, attempt.provider_ref) == ("accepted", "")
    assert "always" in attempt.error


def test_a_message_centre_that_begins_its_numbers_anew_proves_nothing_falsely(branch, at):
    # S2-08: a receipt speaks of the newest message that bears its reference; a forgotten one of nobody's is not dug out
    people([1, 2], at)
    sms = StagePort("sms", behaviour=lambda message: Submitted("1"))
    say = {"provider": "stage-sms", "raw": {}}
    operations.receive(provider_ref="1", status="carrier_delivered", at=at - timedelta(days=30), **say)
    for n, begun in ((1, at), (2, at + timedelta(days=4))):
        row = owed(
            branch.id, begun, key=f"k{n}", person_id=n, notice_type="payment_received_cure", variables=CURE
        )
        operations.owe_many([row])
        run(begun, ports())
        run(begun + timedelta(minutes=10), ports(sms=sms))
    first, second = (queries.obligation_by_key(key) for key in ("k1", "k2"))
    assert (first.rung, second.rung) == ("sent", "sent")
    told_at = at + timedelta(days=4, hours=1)
    told = operations.receive(
        provider_ref="1", status="carrier_delivered", at=told_at, said_at=told_at, **say
    )
    assert told == "raised"
    assert (queries.obligation(first.id).rung, queries.obligation(second.id).state) == ("sent", "proven")


def test_the_governor_has_the_last_word_when_a_message_leaves(branch, at):
    # a complaint comes in between planning and sending
    people([PERSON], at)
    sms, email = StagePort("sms"), StagePort("email")
    operations.owe_many([owed(branch.id, at, notice_type="overdue_1")])
    run(at, ports())
    moment = at + timedelta(hours=12) - timedelta(minutes=5)
    operations.plan(at=moment + timedelta(minutes=5))
    contact_operations.flag(person_id=PERSON, kind="complaint", reason="投诉", by="staff:1", at=at)
    done = operations.send(at=moment + timedelta(minutes=5), ports=ports(sms=sms, email=email))
    assert (done.refused, sms.given) == (1, [])
    assert (attempts()[0].state, attempts()[0].error_class) == ("skipped", "governor")
    run(moment + timedelta(minutes=5), ports(sms=sms, email=email))
    assert (only().state, email.given) == ("exception", [])


def test_a_message_that_waited_past_the_window_goes_in_the_morning(branch, at):
    people([PERSON], at)
    sms = StagePort("sms")
    start = at.replace(hour=9, minute=59)
    operations.owe_many([owed(branch.id, start, notice_type="overdue_1")])
    run(start, ports())
    operations.plan(at=start + timedelta(hours=12))
    operations.send(at=start + timedelta(hours=12, minutes=2), ports=ports(sms=sms))
    assert (attempts()[0].state, attempts()[0].error_class) == ("skipped", "governor_wait")
    morning = (start + timedelta(days=1)).replace(hour=8, minute=0)
    assert only().next_step_at == morning
    run(morning, ports(sms=sms))
    assert len(sms.given) == 1


def test_opening_the_inbox_is_proof_of_opening(branch, at):
    operations.owe_many([owed(branch.id, at, notice_type="payment_received_cure", variables=CURE)])
    run(at, ports())
    (row,) = queries.inbox(PERSON)
    assert queries.inbox_unread(PERSON) == 1
    assert not operations.open_inbox(message_id=row.id, person_id=PERSON + 1, at=at)
    assert operations.open_inbox(message_id=row.id, person_id=PERSON, at=at)
    assert not operations.open_inbox(message_id=row.id, person_id=PERSON, at=at)
    assert (only().state, only().rung, only().reason) == ("proven", "opened", "opened")
    assert queries.inbox_unread(PERSON) == 0


def test_answering_the_link_marks_the_message_and_verifies_the_number(sms_due):
    # S2-07
    sms = StagePort("sms")
    run(sms_due, ports(sms=sms))
    token = sms.given[0].body.partition("/a/")[2].split()[0]
    obligation_id, attempt_id = queries.read_token(token)
    operations.acknowledge(
        obligation_id=obligation_id, attempt_id=attempt_id, by=f"person:{PERSON}", at=sms_due
    )
    assert (attempts()[0].state, attempts()[0].rung) == ("acknowledged", "acknowledged")
    assert contacts.address(PERSON, "phone").health == "verified"
