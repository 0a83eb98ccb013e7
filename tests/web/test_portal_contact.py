"""The borrower keeps contact details current, and is told why a case waits. S2-05, S2-07."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from anju.platform.contacts import addresses
from anju.platform.contacts import operations as contacts
from anju.platform.contacts.models import Address
from anju.platform.holds import operations as holds
from anju.platform.holds.rows import NewCase
from anju.platform.identity.models import Branch
from anju.web.portal import codes, session
from tests.browser.portal.conftest import Book, SmsCatcher
from tests.browser.portal.conftest import book as book_of_loans
from tests.browser.portal.conftest import sms as sms_catcher

book = book_of_loans
sms = sms_catcher


@pytest.fixture
def borrower(book: Book, client: Client) -> Client:
    kept = client.session
    kept[session.KEY] = {"person_id": book.plain, "seen": int(timezone.now().timestamp())}
    kept.save()
    return client


def live(book: Book, kind: str) -> Address:
    return Address.objects.get(person_id=book.plain, kind=kind, active_to=None)


def doubt(book: Book, health: str) -> None:
    contacts.mark_addresses(
        address_ids=[live(book, "phone").pk], health=health, at=timezone.now(), actor="system:test"
    )


def test_a_stale_number_is_confirmed_with_one_press(book: Book, borrower: Client) -> None:
    doubt(book, "stale")
    assert "很久没有核对过" in borrower.get("/me/contact/").content.decode()
    assert borrower.post("/me/contact/", {"kind": "phone", "what": "confirm"}).status_code == 302
    assert live(book, "phone").health == "verified"
    assert addresses.doubts([book.plain]) == []


def test_a_number_that_does_not_work_cannot_be_confirmed(book: Book, borrower: Client) -> None:
    doubt(book, "bounced")
    assert borrower.post("/me/contact/", {"kind": "phone", "what": "confirm"}).status_code == 422
    assert live(book, "phone").health == "bounced"


def test_a_new_number_counts_when_its_code_came_back(
    book: Book, borrower: Client, sms: SmsCatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, waiting = live(book, "phone").value, []
    really = codes.request_code_to

    def ask(*given: Any, **more: Any) -> None:
        waiting.append(really(*given, **more))

    monkeypatch.setattr(codes, "request_code_to", ask)
    wrong = borrower.post("/me/contact/", {"kind": "phone", "what": "change", "phone": "123"})
    assert wrong.status_code == 422
    assert (
        borrower.post("/me/contact/", {"kind": "phone", "what": "change", "phone": "137 0000 5555"}).headers[
            "Location"
        ]
        == "/me/contact/code/"
    )
    for one in waiting:
        one.result(timeout=20)
    assert [one.to for one in sms.given] == ["13700005555"]
    assert borrower.post("/me/contact/code/", {"code": "000000"}).status_code in (422, 302)
    assert live(book, "phone").value == before
    digits = re.search(r"\d{6}", sms.given[0].body)
    assert digits is not None
    assert borrower.post("/me/contact/code/", {"code": digits[0]}).status_code == 302
    row = live(book, "phone")
    assert (row.value, row.health) == ("13700005555", "verified")


def test_a_waiting_case_says_why(book: Book, borrower: Client) -> None:
    branch = Branch.objects.all()[0]
    loan_id, now = book.loans[book.plain][0], timezone.now()
    holds.hold_open(
        key="k", cases=[NewCase(("loan", loan_id), book.plain, branch.pk, "HL1")], reason="因公积金政策调整，暂缓办理",
        until_on=now.date() + timedelta(days=20), by="staff:1", branch_id=branch.pk, at=now,
    )  # fmt: skip
    holds.advance(at=now)
    for path in ("/", f"/loans/{loan_id}/"):
        assert "因公积金政策调整" in borrower.get(path).content.decode()
