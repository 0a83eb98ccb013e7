"""What is doubted about an address, and the one piece of work that repairs it. S2-04, S2-07."""

from datetime import timedelta

import pytest

from anju.platform.contacts import addresses, queries
from anju.platform.contacts import operations as contacts
from anju.platform.contacts.addresses import RepairRefused
from anju.platform.work import queries as work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]

YEAR = timedelta(days=366)


@pytest.fixture(autouse=True)
def _homes(branch):
    addresses.register_homes(lambda ids: {n: (branch.id, n) for n in ids if n < 900})
    addresses.connect()


def phone(person, at, value=None):
    contacts.set_addresses_many([(person, "phone", value or f"138{person:08d}")], at=at)
    return queries.address(person, "phone")


def causes():
    return {(row.person_id, row.cause) for row in addresses.doubts()}


def test_without_proof_for_a_year_it_is_stale(at):
    phone(1, at)
    contacts.verify_address(address_id=phone(2, at).id, at=at + timedelta(days=300))
    assert addresses.mark_stale(at=at + timedelta(days=360)) == 0
    assert addresses.mark_stale(at=at + YEAR) == 1
    assert causes() == {(1, "stale")}
    assert queries.address(1, "phone").usable


def test_a_number_of_two_people_is_doubted_until_each_proved_it(at):
    first, _second = phone(1, at, "13900000000"), phone(2, at, "139 0000 0000")
    assert causes() == {(1, "shared"), (2, "shared")}
    contacts.verify_address(address_id=first.id, at=at)
    assert causes() == {(2, "shared")}
    assert [row.cause for row in addresses.doubts([1])] == []


def test_one_piece_of_work_a_person_and_none_when_it_is_sound_again(at):
    row = phone(1, at)
    contacts.set_addresses_many([(1, "email", "a@example.com"), (950, "email", "b@example.com")], at=at)
    for one in (row, queries.address(1, "email"), queries.address(950, "email")):
        contacts.mark_addresses(address_ids=[one.id], health="bounced", at=at, actor="system:test")
    assert addresses.open_repairs(at=at) == 1  # 950 stands in no loan: nobody's branch
    assert addresses.open_repairs(at=at) == 0
    (item,) = work.items(kinds=[addresses.WORK_KIND])
    assert (item.subject, item.params["causes"]) == (("person", 1), ["bounced"])
    contacts.set_addresses_many([(1, "phone", "13700000001"), (1, "email", "c@example.com")], at=at)
    addresses.open_repairs(at=at)
    assert work.item(item.id).state == "cancelled"


@pytest.mark.parametrize(
    ("outcome", "health"),
    [("confirmed", "verified"), ("belongs_to_other", "wrong_person"), ("not_reachable", "bounced")],
)
def test_what_came_of_it_is_recorded_and_closes_the_work(at, staff, outcome, health):
    row = phone(1, at)
    contacts.mark_addresses(address_ids=[row.id], health="bounced", at=at, actor="system:test")
    addresses.open_repairs(at=at)
    (item,) = work.items(kinds=[addresses.WORK_KIND])
    addresses.close_repair(
        item_id=item.id, staff_id=staff("adviser").id, person_id=1, outcome=outcome, note="问过本人", at=at
    )
    assert queries.address(1, "phone").health == health
    assert work.item(item.id).state == "done"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"outcome": "lost"}, "outcome"),
        ({"note": " "}, "note"),
        ({"outcome": "corrected", "value": "12345"}, "value"),
        ({"outcome": "corrected", "kind": "email", "value": "nobody"}, "value"),
        ({"kind": "email"}, "kind"),
    ],
)
def test_a_wrong_repair_changes_nothing(at, given, field):
    before = phone(1, at)
    values = {
        "person_id": 1,
        "kind": "phone",
        "outcome": "confirmed",
        "note": "问过本人",
        "by": "staff:1",
        "at": at,
    }
    with pytest.raises(RepairRefused) as refused:
        addresses.repair(**(values | given))
    assert refused.value.field == field
    assert queries.address(1, "phone") == before
