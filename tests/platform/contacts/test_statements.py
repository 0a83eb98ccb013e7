"""What the person says, who else may be reached, and the ledger of it all. S0-16, S1-06, S1-07, S2-18, S4-120."""

from datetime import time, timedelta

import pytest

from anju.core.errors import BadInput
from anju.platform.contacts import operations, queries
from anju.platform.contacts.models import Consent, Contact
from anju.platform.contacts.rows import ContactNotOpen, ContactRefused, ReasonMissing
from anju.platform.journal import queries as journal

PERSON, OTHER = 700, 701
ME = f"person:{PERSON}"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]


def asked(at, purpose="collection", channel="call", person_id=PERSON, **more):
    return queries.ask(person_id=person_id, purpose=purpose, channel=channel, at=at, **more)


def state(at, agreed, purpose="marketing", channel=""):
    return operations.consent_state(
        person_id=PERSON, purpose=purpose, channel=channel, agreed=agreed, source="portal", by=ME, at=at,
        wording_version="abc",
    )  # fmt: skip


def told():
    return [row.kind for row in journal.timeline([("person", PERSON)])]


def test_consent_is_withdrawn_as_easily_as_given(at):
    # S0-16; PIPL Art. 15
    assert asked(at, "marketing", "inbox").codes == ("consent_missing",)
    assert state(at, True)
    assert not state(at, True)
    assert asked(at, "marketing", "inbox").ok
    later = at + timedelta(minutes=1)
    assert state(later, False)
    assert asked(later, "marketing", "inbox").codes == ("opted_out",)
    assert asked(at, "marketing", "inbox").ok  # as it was then
    rows = queries.consents(PERSON, later, ended=True)
    assert [(row.agreed, row.active_to) for row in rows] == [(False, None), (True, later)]
    assert told() == ["contacts.consent.stated"] * 2


def test_what_is_owed_cannot_be_refused_but_a_channel_can(at):
    for purpose in ("service", "reminder", "collection"):
        with pytest.raises(BadInput, match="purpose"):
            state(at, False, purpose)
    assert Consent.objects.count() == 0
    assert state(at, False, "collection", "call")
    assert asked(at).codes == ("channel_refused",)
    assert asked(at, channel="sms").ok


@pytest.mark.parametrize("field", ["purpose", "channel", "source"])
def test_a_statement_must_make_sense(at, field):
    values = {"purpose": "survey", "channel": "", "source": "portal", field: "pigeon"}
    with pytest.raises(BadInput, match=field):
        operations.consent_state(person_id=PERSON, agreed=True, by=ME, at=at, **values)


def test_hours_narrow_the_window_and_an_agreed_time_widens_it(at):
    evenings = operations.Wanted({1, 2, 3, 4, 5}, time(18), time(20))
    sunday = operations.Wanted({7}, time(22), time(23), agreed=True)
    with pytest.raises(BadInput):
        operations.hours_set(
            person_id=PERSON, hours=[operations.Wanted({1}, time(20), time(18))], source="desk", by=ME, at=at
        )
    assert operations.hours_set(person_id=PERSON, hours=[evenings, sunday], source="desk", by=ME, at=at)
    assert not operations.hours_set(person_id=PERSON, hours=[sunday, evenings], source="desk", by=ME, at=at)
    verdict = asked(at)
    assert verdict.codes == ("preferred_times",)
    assert verdict.next_at == at.replace(hour=18, minute=0)
    assert asked(at.replace(day=29, hour=22)).ok  # a Sunday night, as agreed
    assert len(queries.hours(PERSON, at)) == 2
    assert operations.hours_set(person_id=PERSON, hours=[], source="portal", by=ME, at=at)
    assert asked(at).ok


def test_an_appointment_is_an_invitation_until_it_is_cancelled(at):
    # S1-07
    night = at.replace(hour=22, minute=30)
    with pytest.raises(BadInput):
        operations.appoint(
            person_id=PERSON,
            purpose="collection",
            channel="call",
            starts_at=at - timedelta(hours=1),
            by=ME,
            at=at,
        )
    number = operations.appoint(
        person_id=PERSON, purpose="collection", channel="call", starts_at=night, by=ME, at=at
    )
    for _ in range(2):
        got = operations.reserve(
            person_id=PERSON, purpose="collection", channel="call", at=night, actor="staff:1", subject=None
        )
        assert got.verdict.codes == ("appointment",)
        assert Contact.objects.get(id=got.contact_id).basis == f"appointment:{number}"
    assert not asked(night).ok  # two tries are what one appointment is good for
    [row] = queries.appointments(PERSON, at)
    assert row.ends_at - row.starts_at == timedelta(minutes=60)
    with pytest.raises(ReasonMissing):
        operations.appointment_cancel(appointment_id=number, reason="", by=ME, at=at)
    assert operations.appointment_cancel(appointment_id=number, reason="改约", by=ME, at=at)
    assert not operations.appointment_cancel(appointment_id=number, reason="改约", by=ME, at=at)
    assert queries.appointments(PERSON, at) == []


def test_a_third_party_is_called_only_when_named_with_consent(at):
    third = {"person_id": OTHER, "debtor_is_person": False, "debtor_id": PERSON}
    assert "third_party_not_named" in asked(at, **third).codes
    operations.third_party_name(debtor_id=PERSON, person_id=OTHER, role="reference", by="staff:1", at=at)
    assert "third_party_not_named" in asked(at, **third).codes  # named, but not asked yet
    operations.third_party_name(
        debtor_id=PERSON, person_id=OTHER, role="reference", by="staff:1", at=at, consent_at=at
    )
    assert asked(at, **third).codes == ("allowed", "third_party_script")
    got = operations.reserve(
        person_id=OTHER, purpose="collection", channel="call", at=at, actor="staff:1", subject=None,
        debtor_is_person=False, debtor_id=PERSON,
    )  # fmt: skip
    operations.finish(contact_id=got.contact_id, outcome_code="passed_on", answered=True, at=at)
    assert "attempts_cap" in asked(at + timedelta(hours=3), **third).codes
    operations.flag(person_id=PERSON, kind="complaint", reason="来电投诉", by="staff:1", at=at)
    assert (
        "flag_complaint" in asked(at + timedelta(days=1), **third).codes
    )  # the debtor's flag holds here too
    assert operations.third_party_remove(
        debtor_id=PERSON, person_id=OTHER, reason="本人要求", by="staff:1", at=at
    )
    assert "third_party_not_named" in asked(at, **third).codes


def test_after_a_death_only_service_reaches_the_estate(at):
    operations.flag(person_id=PERSON, kind="death", reason="家属告知", by="staff:1", at=at)
    operations.third_party_name(debtor_id=PERSON, person_id=OTHER, role="estate", by="staff:1", at=at)
    estate = {"person_id": OTHER, "debtor_is_person": False, "debtor_id": PERSON}
    assert asked(at, "service", **estate).ok
    assert asked(at, "service", "letter").ok
    assert asked(at, "service", "sms").codes == ("estate_contact_only",)
    assert not asked(at, "collection", **estate).ok


def test_only_trained_people_call_those_who_need_special_care(at, staff):
    operations.flag(person_id=PERSON, kind="vulnerable", reason="高龄", by="staff:1", at=at)
    collector, supervisor = staff("collector"), staff("supervisor")
    assert asked(at, actor=f"staff:{collector.pk}").codes == ("trained_staff_only",)
    assert asked(at, actor=f"staff:{supervisor.pk}").ok
    assert asked(at, channel="voice", actor=f"staff:{supervisor.pk}").codes == ("automated_voice",)


def test_an_agency_acts_only_under_its_contract(at):
    agency = operations.agency_engage(
        name="某催收机构", contract_ref="WT-2026-01", by="staff:1", from_at=at, to_at=at + timedelta(days=30)
    )
    assert asked(at, agency_id=agency).ok
    assert asked(at, agency_id=agency + 1).codes == ("agency_not_engaged",)
    assert asked(at, "marketing", agency_id=agency).codes == ("consent_missing", "agency_purpose")
    assert asked(at + timedelta(days=30), agency_id=agency).codes == ("agency_not_engaged",)
    for _ in range(3):  # its contacts count like anybody's
        operations.reserve(
            person_id=PERSON, purpose="collection", channel="sms", at=at, actor="agency:1", subject=None,
            agency_id=agency,
        )  # fmt: skip
    assert "attempts_cap" in asked(at).codes


def test_a_code_that_was_asked_for_goes_out_at_night_and_is_not_counted(at):
    night = at.replace(hour=23)
    for _ in range(4):
        operations.reserve(
            person_id=PERSON, purpose="service", channel="sms", at=night, actor=ME, subject=None, invited=True,
            reason="one_time_code",
        )  # fmt: skip
    assert asked(at + timedelta(days=1)).ok
    assert {row.basis for row in queries.history(PERSON, at)} == {"request"}


def test_what_came_in_is_in_the_ledger_and_a_refusal_in_it_is_respected(at):
    # S2-18
    operations.log_inbound(
        person_id=PERSON, purpose="follow_up", channel="call", at=at, actor="staff:1", outcome_code="do_not_contact",
        reason="do_not_contact", recording_ref="rec-1", recording_checksum="ab" * 32,
    )  # fmt: skip
    assert asked(at + timedelta(days=3), "follow_up").codes == ("cooldown_refusal",)
    [row] = queries.history(PERSON, at)
    assert (row.outbound, row.reason, row.recording_checksum) == (False, "do_not_contact", "ab" * 32)
    with pytest.raises(ValueError, match="channel"):
        operations.log_inbound(person_id=PERSON, purpose="service", channel="fax", at=at, actor="staff:1")


def test_what_took_place_against_the_rule_is_told(at):
    night = at.replace(hour=23)
    got = operations.log_outbound(
        person_id=PERSON, purpose="follow_up", channel="call", at=night, actor="staff:1", outcome_code="done",
        answered=True,
    )  # fmt: skip
    assert got.verdict.codes == ("outside_window",)
    assert Contact.objects.get(id=got.contact_id).basis == "outside:outside_window"
    assert told() == ["contacts.contact.outside_rules"]
    assert "cooldown_talk" in asked(night + timedelta(hours=10)).codes


def test_a_slot_that_nobody_finishes_expires_and_goes_on_counting(at):
    made = [
        operations.reserve(
            person_id=PERSON, purpose="collection", channel="sms", at=at, actor="staff:1", subject=None
        ).contact_id
        for _ in range(3)
    ]
    assert operations.expire(at=at + timedelta(hours=4)) == 0
    assert operations.expire(at=at + timedelta(hours=4, minutes=1)) == 3
    assert "attempts_cap" in asked(at + timedelta(hours=5)).codes
    later = at + timedelta(hours=5)
    operations.finish(contact_id=made[0], outcome_code="sent", answered=False, at=later)
    operations.void(contact_id=made[1], at=later, reason="not sent")
    assert asked(later).ok
    with pytest.raises(ContactNotOpen):
        operations.void(contact_id=made[0], at=later, reason="again")
    assert operations.settle(at=at + timedelta(days=29)) == 0
    assert operations.settle(at=at + timedelta(days=31)) == 1
    assert Contact.objects.get(id=made[2]).outcome_code == "not_recorded"


def test_the_nightly_sweep_finds_what_the_frequent_one_is_too_late_for(at):
    operations.reserve(
        person_id=PERSON, purpose="collection", channel="sms", at=at, actor="staff:1", subject=None
    )
    assert operations.expire(at=at + timedelta(days=9)) == 0
    assert operations.expire(at=at + timedelta(days=9), everything=True) == 1


def test_a_refused_reservation_writes_nothing(at):
    operations.flag(person_id=PERSON, kind="dispute", reason="来电", by="staff:1", at=at)
    with pytest.raises(ContactRefused):
        operations.reserve(
            person_id=PERSON, purpose="collection", channel="call", at=at, actor="staff:1", subject=None
        )
    assert Contact.objects.count() == 0
