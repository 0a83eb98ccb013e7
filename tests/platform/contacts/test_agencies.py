"""Which agency may contact whom about which loan: all loans, or those assigned to it. S1-06, S1-07."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from anju.core.errors import BadInput
from anju.platform.contacts import operations, queries
from anju.platform.contacts.models import Agency, AgencyLoan, Contact
from anju.platform.contacts.rows import ContactRefused, ReasonMissing, Wish
from anju.platform.journal import queries as journal

PERSON, LOAN, OTHER = 710, 51, 52
DAY = timedelta(days=1)
NO = ("agency_not_assigned",)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]


@pytest.fixture
def agency(at):
    return operations.agency_engage(
        name="诚信催收", contract_ref="WT-1", by="staff:1", from_at=at - DAY, to_at=at + 30 * DAY
    )


def assign(agency, at, *loans, **more):
    return operations.agency_assign(
        agency_id=agency, loan_ids=loans or (LOAN,), reason="逾期九十天，第二批", by="staff:1", at=at, **more
    )


def asked(agency, at, loan=None, purpose="collection"):
    """By `ask` and `ask_many`, which agree."""
    subject = None if loan is None else ("loan", loan)
    verdict = operations.ask(
        person_id=PERSON, purpose=purpose, channel="inbox", at=at, agency_id=agency, subject=subject
    )
    wish = Wish(PERSON, purpose, "inbox", subject, agency_id=agency)
    assert queries.ask_many([wish], at=at) == [verdict]
    return () if verdict.ok else verdict.codes


def test_without_assignments_every_loan_as_before(agency, at):
    # S1-06
    for loan in (None, LOAN, OTHER):
        assert asked(agency, at, loan) == ()
    assert asked(agency + 1, at, LOAN) == ("agency_not_engaged",)


def test_with_assignments_only_those_while_they_last(agency, at):
    # S1-06, S1-07: (agency's days of the loan) -> the answer for each loan and instant
    assert assign(agency, at, from_at=at + DAY, to_at=at + 3 * DAY) == 1
    assert assign(agency, at, OTHER, to_at=at + 2 * DAY) == 1
    for days, loan, codes in [
        (0, LOAN, NO), (1, LOAN, ()), (2, LOAN, ()), (3, LOAN, NO),
        (0, OTHER, ()), (1, OTHER, ()), (2, OTHER, NO),
        (1, None, NO), (1, 53, NO),
        (30, LOAN, ("agency_not_engaged",)), (30, None, ("agency_not_engaged",)),
    ]:  # fmt: skip
        assert asked(agency, at + days * DAY, loan) == codes, (days, loan)
    assert asked(agency, at + DAY, LOAN, "marketing") == ("consent_missing", "agency_purpose")
    assert asked(agency, at, LOAN, "survey") == ("consent_missing", *NO, "agency_purpose")
    # of another kind of subject the same number says nothing
    wish = Wish(PERSON, "collection", "inbox", ("case", OTHER), agency_id=agency)
    assert queries.ask_many([wish], at=at)[0].codes == NO


def test_a_reservation_for_another_loan_is_refused_and_writes_nothing(agency, at):
    assign(agency, at)

    def reserve(loan):
        return operations.reserve(
            person_id=PERSON, purpose="collection", channel="sms", at=at, actor="agency:1", subject=("loan", loan),
            agency_id=agency,
        )  # fmt: skip

    with pytest.raises(ContactRefused) as refused:
        reserve(OTHER)
    (reason,) = refused.value.verdict.reasons
    assert (reason.code, refused.value.verdict.next_at) == (NO[0], None)
    assert "没有委托给它" in reason.zh
    assert "not" in reason.en
    assert not Contact.objects.exists()
    assert reserve(LOAN).contact_id
    # what took place all the same is in the ledger, and marked
    operations.log_outbound(
        person_id=PERSON, purpose="collection", channel="sms", at=at, outcome_code="sent", answered=False, actor="agency:1",
        subject=("loan", OTHER), agency_id=agency,
    )  # fmt: skip
    assert "outside:agency_not_assigned" in {row.basis for row in queries.history(PERSON, at)}


def test_taken_back_the_agency_does_not_become_one_for_all(agency, at):
    assert assign(agency, at, LOAN, OTHER) == 2
    assert assign(agency, at + DAY, LOAN, OTHER) == 0
    rows = queries.agency_loans(agency, at)
    for row in rows:
        assert operations.agency_withdraw(assignment_id=row.id, reason="投诉属实", by="staff:2", at=at + DAY)
        assert not operations.agency_withdraw(
            assignment_id=row.id, reason="再一次", by="staff:2", at=at + DAY
        )
    assert asked(agency, at, LOAN) == ()
    assert [asked(agency, at + DAY, loan) for loan in (LOAN, OTHER, None)] == [NO] * 3
    assert [row.state for row in queries.agency_loans(agency, at + DAY)] == ["ended", "ended"]
    assert [entry.kind for entry in journal.timeline([("loan", LOAN)])] == [
        "contacts.agency.withdrawn", "contacts.agency.assigned",
    ]  # fmt: skip
    assert assign(agency, at + 2 * DAY) == 1  # given again
    assert asked(agency, at + 2 * DAY, LOAN) == ()
    # a new contract keeps the scope, and only a named one widens it
    engage = {"name": "诚信催收", "contract_ref": "WT-2", "by": "staff:1", "from_at": at}
    operations.agency_engage(**engage)
    assert asked(agency, at + DAY, OTHER) == NO
    operations.agency_engage(**engage, scope="all")
    assert asked(agency, at + DAY, OTHER) == ()


def test_what_was_to_come_can_be_called_off(agency, at):
    assign(agency, at, from_at=at + 5 * DAY)
    (row,) = queries.agency_loans(agency, at)
    assert row.state == "future"
    assert operations.agency_withdraw(assignment_id=row.id, reason="已还清", by="staff:1", at=at)
    assert asked(agency, at + 6 * DAY, LOAN) == NO
    assert assign(agency, at, to_at=at + 9 * DAY) == 1


def test_named_loans_only_from_the_first_day(at):
    agency = operations.agency_engage(
        name="新机构", contract_ref="WT-3", by="staff:1", from_at=at, scope="loans"
    )
    assert asked(agency, at, LOAN) == NO
    assert (queries.agency(agency, at).scope, queries.agency(agency, at).loans) == ("loans", 0)
    assign(agency, at)
    assert queries.agency(agency, at).loans == 1
    assert queries.loans_assigned([agency, 9], [LOAN, OTHER], at) == {agency: [LOAN]}


def test_bad_assignments_say_why_and_write_nothing(agency, at):
    good = {"agency_id": agency, "loan_ids": [LOAN], "reason": "第二批", "by": "staff:1", "at": at}
    for change, error, field in [
        ({"reason": "  "}, ReasonMissing, ""), ({"reason": "长" * 201}, BadInput, "reason"), ({"loan_ids": []}, BadInput, "loan_ids"),
        ({"loan_ids": range(1001)}, BadInput, "loan_ids"), ({"to_at": at}, BadInput, "to_at"),
        ({"agency_id": agency + 1}, operations.AgencyNotEngaged, ""),
        ({"at": at + 30 * DAY}, operations.AgencyNotEngaged, ""),
    ]:  # fmt: skip
        with pytest.raises(error) as refused:
            operations.agency_assign(**{**good, **change})
        assert getattr(refused.value, "field", "") == field
    assert Agency.objects.get().scope == "all"
    assert not AgencyLoan.objects.exists()
    with pytest.raises(BadInput):
        operations.agency_engage(name="丙", contract_ref="WT-4", by="staff:1", from_at=at, scope="some")


def test_the_database_keeps_an_assignment_in_order(agency, at):
    kept = {"agency_id": agency, "loan_id": LOAN, "reason": "x", "by": "staff:1", "active_from": at}
    AgencyLoan.objects.create(**kept)
    for change in (
        {"active_from": at + DAY},  # once at a time
        {"loan_id": OTHER, "active_to": at - DAY},
        {"loan_id": OTHER, "active_to": at, "ended_by": "staff:1"},
        {"loan_id": OTHER, "ended_by": "staff:1", "end_reason": "x"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            AgencyLoan.objects.create(**{**kept, **change})
    AgencyLoan.objects.create(**{**kept, "loan_id": OTHER})
