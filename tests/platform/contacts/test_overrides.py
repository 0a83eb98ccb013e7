"""Against the rule only with a supervisor, a reason, and once. S1-06."""

from datetime import timedelta

import pytest

from anju.core.errors import BadInput
from anju.platform.contacts import operations, queries
from anju.platform.contacts.models import Contact, Override
from anju.platform.contacts.rows import (
    ContactRefused,
    OverrideNeedless,
    OverrideNotOpen,
    OverrideNotPossible,
    OverrideOwn,
    OverrideUnauthorised,
    ReasonMissing,
    Wish,
)
from anju.platform.journal import queries as journal

PERSON = 800

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]


@pytest.fixture
def night(at):
    return at.replace(hour=22, minute=0)


@pytest.fixture
def people(staff):
    return staff("collector").pk, staff("supervisor").pk


def request(night, at, by, **more):
    values = {"purpose": "collection", "channel": "call", "reason": "客户今晚回国，只能此时通话", **more}
    return operations.override_ask(
        person_id=PERSON, from_at=night, to_at=night + timedelta(hours=1), by=f"staff:{by}", at=at, **values
    )


def reserve(at, by, channel="call"):
    return operations.reserve(
        person_id=PERSON, purpose="collection", channel=channel, at=at, actor=f"staff:{by}", subject=None
    )


def kinds():
    return [row.kind.rpartition(".")[2] for row in journal.timeline([("person", PERSON)])][::-1]


def test_asked_granted_used_once(at, night, people):
    asker, supervisor = people
    number = request(night, at, asker)
    with pytest.raises(ContactRefused):
        reserve(night, asker)
    with pytest.raises(OverrideUnauthorised):
        operations.override_grant(override_id=number, staff_id=asker, reason="同意", at=at)
    with pytest.raises(ReasonMissing):
        operations.override_grant(override_id=number, staff_id=supervisor, reason=" ", at=at)
    operations.override_grant(override_id=number, staff_id=supervisor, reason="情况属实", at=at)
    with pytest.raises(ContactRefused):
        reserve(night, supervisor)  # it was given to the asker
    with pytest.raises(ContactRefused):
        reserve(night, asker, "visit")
    verdict = queries.ask(
        person_id=PERSON, purpose="collection", channel="call", at=night, actor=f"staff:{asker}"
    )
    assert verdict.codes == ("override", "outside_window")  # asking does not use it
    got = reserve(night, asker)
    assert Contact.objects.get(id=got.contact_id).basis == f"override:{number}"
    row = queries.override_row(number)
    assert (row.state, row.contact_id, row.decided_by) == ("used", got.contact_id, f"staff:{supervisor}")
    operations.finish(contact_id=got.contact_id, outcome_code="no_answer", answered=False, at=night)
    with pytest.raises(ContactRefused):
        reserve(night + timedelta(minutes=5), asker)
    assert kinds() == ["asked", "granted", "used"]


def test_two_wishes_of_one_batch_do_not_share_an_override(at, night, people):
    asker, supervisor = people
    number = request(night, at, asker)
    operations.override_grant(override_id=number, staff_id=supervisor, reason="情况属实", at=at)
    wishes = [Wish(PERSON, "collection", "call")] * 2
    first, second = operations.reserve_many(wishes, at=night, actor=f"staff:{asker}")
    assert first.verdict.codes[0] == "override"
    assert "outside_window" in second.codes


def test_nobody_decides_their_own_request(at, night, people):
    _, supervisor = people
    number = request(night, at, supervisor)
    with pytest.raises(OverrideOwn):
        operations.override_grant(override_id=number, staff_id=supervisor, reason="同意", at=at)
    assert queries.override_row(number).state == "asked"


def test_a_refused_request_stays_refused(at, night, people):
    asker, supervisor = people
    number = request(night, at, asker)
    operations.override_refuse(override_id=number, staff_id=supervisor, reason="改发短信", at=at)
    with pytest.raises(OverrideNotOpen):
        operations.override_grant(override_id=number, staff_id=supervisor, reason="同意", at=at)
    with pytest.raises(ContactRefused):
        reserve(night, asker)
    assert kinds() == ["asked", "refused"]


def test_what_needs_none_or_can_have_none_is_refused(at, night, people):
    asker, _ = people
    with pytest.raises(OverrideNeedless):
        request(at, at, asker)
    with pytest.raises(ReasonMissing):
        request(night, at, asker, reason=" ")
    with pytest.raises(BadInput):
        request(at - timedelta(hours=5), at, asker)
    with pytest.raises(BadInput):
        request(at + timedelta(days=30), at, asker)
    with pytest.raises(OverrideNotPossible):
        request(at, at, asker, purpose="marketing")
    operations.flag(person_id=PERSON, kind="death", reason="家属告知", by="staff:1", at=at)
    with pytest.raises(OverrideNotPossible):
        request(night, at, asker)
    assert Override.objects.count() == 0


def test_a_flag_set_after_the_grant_still_stops(at, night, people):
    asker, supervisor = people
    number = request(night, at, asker)
    operations.override_grant(override_id=number, staff_id=supervisor, reason="情况属实", at=at)
    operations.flag(person_id=PERSON, kind="complaint", reason="投诉", by="staff:1", at=at)
    with pytest.raises(ContactRefused):
        reserve(night, asker)
    assert queries.override_row(number).state == "granted"


def test_its_time_passes(at, night, people):
    asker, supervisor = people
    first, second = request(night, at, asker), request(night, at, asker)
    operations.override_grant(override_id=second, staff_id=supervisor, reason="情况属实", at=at)
    assert operations.overrides_expire(at=night) == 0
    assert operations.overrides_expire(at=night + timedelta(hours=1)) == 2
    assert {queries.override_row(number).state for number in (first, second)} == {"expired"}
    assert queries.overrides(states=("asked",)) == []
