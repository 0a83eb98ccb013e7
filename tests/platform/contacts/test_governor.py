"""One ledger, one governor, no slot won twice. S1-06, S2-04, S2-07."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from anju.core.contact_policy import Asked, ContactPast, History, may_contact
from anju.core.verdict import Verdict
from anju.platform.contacts import operations, queries
from anju.platform.contacts.desk import rules_on
from anju.platform.contacts.people import PersonFacts, register_lookup, unregister_lookup
from anju.platform.contacts.rows import ContactNotOpen, ContactRefused, ReasonMissing, Wish
from anju.platform.journal import queries as journal
from anju.platform.policies import queries as policies

PERSON = 900
LOAN = ("loan", 5)


def reserve(at, *, purpose="collection", channel="call", person_id=PERSON):
    return operations.reserve(
        person_id=person_id, purpose=purpose, channel=channel, at=at, actor="staff:1", subject=LOAN
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_policy")
class TestGovernor:
    def test_three_attempts_a_day_over_all_channels(self, at):
        # S1-06
        for hours, channel in ((0, "sms"), (0, "call"), (2, "call")):  # S1-06: two hours after no answer
            contact = reserve(at + timedelta(hours=hours), channel=channel).contact_id
            operations.finish(contact_id=contact, outcome_code="no_answer", answered=False, at=at)
        with pytest.raises(ContactRefused) as refused:
            reserve(at + timedelta(hours=4))
        assert refused.value.verdict.codes == ("attempts_cap",)
        tomorrow = (at + timedelta(days=1)).replace(hour=8, minute=0)
        assert refused.value.verdict.next_at == tomorrow
        assert len(queries.history(PERSON, at - timedelta(days=1))) == 3
        assert queries.ask(person_id=PERSON, purpose="collection", channel="call", at=tomorrow).ok

    def test_one_answered_call_a_day(self, at):
        contact = reserve(at).contact_id
        operations.finish(contact_id=contact, outcome_code="promise", answered=True, at=at)
        verdict = operations.ask(person_id=PERSON, purpose="collection", channel="call", at=at)
        assert verdict.codes == ("answered_cap", "cooldown_talk")

    def test_a_void_contact_gives_its_slot_back(self, at):
        contacts = [reserve(at, channel="sms").contact_id for _ in range(3)]
        assert not operations.ask(person_id=PERSON, purpose="collection", channel="call", at=at).ok
        operations.void(contact_id=contacts[0], at=at, reason="line broken")
        assert operations.ask(person_id=PERSON, purpose="collection", channel="call", at=at).ok
        with pytest.raises(ContactNotOpen):
            operations.finish(contact_id=contacts[0], outcome_code="x", answered=False, at=at)

    def test_what_the_person_begins_does_not_count(self, at):
        for _ in range(5):
            operations.log_inbound(
                person_id=PERSON, purpose="service", channel="call", at=at, actor="person:900"
            )
        assert operations.ask(person_id=PERSON, purpose="collection", channel="call", at=at).ok
        assert [row.outbound for row in queries.history(PERSON, at)] == [False] * 5

    def test_the_window_is_the_persons_own(self, at):
        def lookup(ids):
            return {number: PersonFacts(zone="Asia/Urumqi") for number in ids}

        morning = at.replace(hour=8, minute=30)  # 06:30 in Urumqi
        assert queries.ask(person_id=PERSON, purpose="reminder", channel="sms", at=morning).ok
        register_lookup(lookup)
        try:
            verdict = queries.ask(person_id=PERSON, purpose="reminder", channel="sms", at=morning)
        finally:
            unregister_lookup(lookup)
        assert verdict.codes == ("outside_window",)

    @pytest.mark.parametrize(
        ("kind", "purpose", "ok"),
        [
            ("complaint", "collection", False),
            ("complaint", "reminder", True),
            ("death", "reminder", False),
            ("serious_illness", "follow_up", False),
            ("opt_out", "collection", True),
            ("opt_out", "follow_up", True),
            ("objection", "follow_up", False),
            ("dispute", "service", True),
        ],
    )
    def test_stop_flags(self, at, kind, purpose, ok):
        operations.flag(person_id=PERSON, kind=kind, reason="客户来电", by="staff:1", at=at)
        operations.flag(person_id=PERSON, kind=kind, reason="again", by="staff:1", at=at)
        verdict = queries.ask(person_id=PERSON, purpose=purpose, channel="inbox", at=at)
        assert verdict.ok is ok
        assert len(queries.flags(PERSON, at)) == 1
        assert operations.unflag(person_id=PERSON, kind=kind, reason="已解决", by="staff:1", at=at)
        assert queries.ask(person_id=PERSON, purpose=purpose, channel="inbox", at=at).ok
        told = [row.kind for row in journal.timeline([("person", PERSON)])]
        assert told == ["contacts.flag.lifted", "contacts.flag.set"]

    def test_a_flag_needs_a_reason_and_nothing_is_written_without(self, at):
        with pytest.raises(ReasonMissing):
            operations.flag(person_id=PERSON, kind="dispute", reason=" ", by="staff:1", at=at)
        assert queries.flags(PERSON, at) == []

    def test_many_wishes_see_each_other(self, at):
        wishes = [Wish(PERSON, "collection", "sms") for _ in range(5)]
        got = operations.reserve_many(wishes, at=at, actor="system:notices")
        assert [isinstance(row, Verdict) for row in got] == [False, False, False, True, True]

    def test_a_bulk_reservation_takes_few_statements(self, at, django_assert_max_num_queries):
        wishes = [Wish(number, "reminder", "sms", LOAN, number) for number in range(1, 501)]
        queries.ask(person_id=1, purpose="reminder", channel="sms", at=at)  # policy is in the process now
        with django_assert_max_num_queries(8):
            got = operations.reserve_many(wishes, at=at, actor="system:notices")
        assert not any(isinstance(row, Verdict) for row in got)


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_policy")
@pytest.mark.parametrize(
    ("purpose", "channel"), [("reminder", "sms"), ("collection", "sms"), ("service", "sms")]
)
def test_the_short_way_answers_as_the_rule_does(at, purpose, channel):
    # What a wave asks most is answered without the rule's long way: it must say the same, to the letter.
    past = []
    for number in range(10):
        when = at + timedelta(hours=number)
        rules = rules_on(policies.params(), when.date())
        asked = Asked(purpose, channel)
        wanted = may_contact(asked=asked, at=when, zone=at.tzinfo, rules=rules, history=History(tuple(past)))
        assert queries.ask(person_id=PERSON, purpose=purpose, channel=channel, at=when) == wanted
        outbound = number % 4 != 3
        if outbound:
            operations.log_outbound(
                person_id=PERSON, purpose="service", channel="call", at=when, actor="staff:1", outcome_code="x",
                answered=number == 5,
            )  # fmt: skip
        else:
            operations.log_inbound(
                person_id=PERSON, purpose="service", channel="call", at=when, actor="staff:1"
            )
        direction = "outbound" if outbound else "inbound"
        past.append(ContactPast(when, "service", "call", direction, number == 5 or not outbound))


@pytest.mark.django_db
class TestAddresses:
    def test_the_same_again_changes_nothing_another_value_begins_anew(self, at):
        rows = [
            (PERSON, "phone", "138 0000-0900"),
            (PERSON, "email", "A@Example.com"),
            (901, "phone", "13900000901"),
        ]
        assert operations.set_addresses_many(rows, at=at) == 3
        assert operations.set_addresses_many(rows, at=at) == 0
        phone = queries.address(PERSON, "phone")
        assert (phone.value, phone.health) == ("13800000900", "unverified")
        assert queries.address(PERSON, "email").value == "a@example.com"
        operations.verify_address(address_id=phone.id, at=at)
        operations.set_addresses_many(rows, at=at)
        assert queries.address(PERSON, "phone").health == "verified"
        later = at + timedelta(days=1)
        assert (
            operations.set_addresses_many([(PERSON, "phone", "13700000900"), (PERSON, "email", "")], at=later)
            == 1
        )
        assert queries.address(PERSON, "phone").health == "unverified"
        assert queries.address(PERSON, "email").value == "a@example.com"

    def test_a_bounced_address_is_no_address(self, at):
        # S2-04
        operations.set_addresses_many([(PERSON, "phone", "13800000900")], at=at)
        phone = queries.address(PERSON, "phone")
        assert phone.usable
        for _ in range(2):
            operations.mark_addresses(address_ids=[phone.id], health="bounced", at=at, actor="system:notices")
        assert not queries.address(PERSON, "phone").usable
        assert [row.kind for row in journal.timeline([("person", PERSON)])] == ["contacts.address.failed"]

    def test_values_are_not_readable_in_the_database(self, at):
        # S1-09
        operations.set_addresses_many([(PERSON, "phone", "13812345678")], at=at)
        with connection.cursor() as cursor:
            cursor.execute("SELECT contacts_address::text FROM contacts_address")
            text = cursor.fetchone()[0]
        assert b"13812345678".hex() not in text
        assert "13812345678" not in text

    def test_an_import_is_set_based(self, at, django_assert_max_num_queries):
        rows = [(number, "phone", f"138{number:08d}") for number in range(2000)]
        with django_assert_max_num_queries(6):
            assert operations.set_addresses_many(rows, at=at) == 2000


@pytest.mark.django_db(transaction=True)
def test_fifty_callers_cannot_win_more_than_the_caps_allow(at, shipped_policy):
    # S1-06: caps hold under concurrency, over purposes, channels and agencies: one call (then its gap), two texts
    kinds = [
        ("collection", "call"),
        ("collection", "sms"),
        ("service", "call"),
        ("collection", "voice"),
        ("collection", "wecom"),
    ]
    won: list[str] = []
    lost: list[tuple[str, ...]] = []
    start = threading.Barrier(50)

    def call(number: int) -> None:
        purpose, channel = kinds[number % len(kinds)]
        try:
            start.wait()
            reserve(at, purpose=purpose, channel=channel)
            won.append(channel)
        except ContactRefused as refused:
            lost.append(refused.verdict.codes)
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 3
    assert sum(channel in ("call", "voice") for channel in won) <= 1
    assert len(lost) == 47
    assert all(set(codes) <= {"attempts_cap", "cooldown_no_answer"} for codes in lost)
    assert len(queries.history(PERSON, at)) == 3
