"""Somebody joins a loan after it was opened: from then on they are told, not of what came before. S2-06."""

from datetime import date, timedelta

import pytest

from anju.contexts.servicing.models import Loan, LoanParty
from anju.contexts.servicing.operations.parties import party_join
from anju.contexts.servicing.queries.parties import joined_loans
from anju.core.errors import BadInput
from anju.platform.journal import queries as journal
from anju.platform.notices import operations
from anju.platform.notices.audit import audit
from anju.platform.notices.models import Obligation
from tests.dayend.book import Book
from tests.platform.notices.world import OVERDUE, owed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]
WHY = "面签补充共同借款人"


@pytest.fixture
def book(branch, at):
    return Book(branch, at.date())


@pytest.fixture
def loan(book):
    return book.loan(start_on=date(2024, 1, 5))


def join(loan, person, at, **given):
    values = {"loan_id": loan.pk, "person_id": person.pk, "role": "co_borrower", "reason": WHY}
    return party_join(**values | given, at=at, by="staff:1")


def test_the_audit_knows_who_joined_when(branch, at, book, loan):
    borrower = loan.loan_parties.get(role="borrower").person_id
    common = {
        "notice_type": "overdue_2",
        "subject": ("loan", loan.pk),
        "person_id": borrower,
        "variables": OVERDUE,
    }
    other = book.person("后来的人")
    operations.owe_many([owed(branch.id, at, key="before", **common)])
    joined_at = at + timedelta(days=1)
    assert join(loan, other, joined_at)
    assert not join(loan, other, joined_at + timedelta(hours=1)), "once is enough"
    assert joined_loans([loan.pk]) == {(loan.pk, "co_borrower", other.pk): joined_at}
    (entry,) = journal.timeline([("loan", loan.pk)], kinds=["servicing.party.joined"])
    assert (entry.actor, entry.body["reason"]) == ("staff:1", WHY)
    later = joined_at + timedelta(hours=1)
    operations.owe_many([owed(branch.id, later, key="after", **common)])
    share = f"after:co_borrower:{other.pk}"
    assert set(Obligation.objects.values_list("key", flat=True)) == {"before", "after", share}
    assert audit(at=later + timedelta(hours=1)).counts["missing"] == 0
    Obligation.objects.filter(key=share).delete()
    found = audit(at=later + timedelta(hours=1))
    assert [row.ref for row in found.findings if row.what == "missing"] == [share]


@pytest.mark.parametrize(
    ("given", "error", "field"),
    [
        ({"role": "borrower"}, BadInput, "role"),
        ({"role": "friend"}, BadInput, "role"),
        ({"reason": " 补 "}, BadInput, "reason"),
        ({"loan_id": 0}, KeyError, ""),
    ],
)
def test_a_refused_joining_changes_nothing(at, book, loan, given, error, field):
    stranger = book.person("某人")
    before = LoanParty.objects.count()
    with pytest.raises(error) as refused:
        join(loan, stranger, at, **given)
    assert getattr(refused.value, "field", "") == field
    assert LoanParty.objects.count() == before
    assert Loan.objects.filter(pk=loan.pk).exists()
    assert joined_loans([loan.pk]) == {}


@pytest.mark.parametrize("refused", ["loan_id", "person_id"])
def test_nobody_joins_a_settled_loan_and_no_borrower_joins_again(at, book, loan, refused):
    person = book.person("后来的人")
    if refused == "loan_id":
        Loan.objects.filter(pk=loan.pk).update(state="settled")
    else:
        person = loan.borrower
    with pytest.raises(BadInput) as told:
        join(loan, person, at, role="guarantor")
    assert told.value.field == refused
    assert not LoanParty.objects.filter(loan=loan, role="guarantor").exists()
