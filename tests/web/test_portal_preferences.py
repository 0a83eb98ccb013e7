"""A borrower decides about contact: consent given and withdrawn alike, hours; a code is in the ledger. S0-16, S1-06."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from anju.platform.contacts import queries as contacts
from anju.platform.contacts.models import Contact
from anju.web import clock
from tests.web.test_portal import _ask, _no_fence_left, book, client_of, sms  # noqa: F401 -- fixtures

pytestmark = pytest.mark.django_db


def test_consent_is_withdrawn_where_it_was_given(book: Any, client_of: Callable[[int], Client]) -> None:  # noqa: F811
    client = client_of(book.plain)
    assert "同意接受产品和优惠信息" in client.get("/me/preferences/").content.decode()
    assert client.post("/me/preferences/", {"purpose": "marketing", "agreed": "yes"}).status_code == 302
    assert "不再接受产品和优惠信息" in client.get("/me/preferences/").content.decode()
    assert client.post("/me/preferences/", {"purpose": "marketing", "agreed": "no"}).status_code == 302
    [row] = contacts.consents(book.plain, clock.now())
    assert (row.purpose, row.agreed, row.source, row.by) == (
        "marketing",
        False,
        "portal",
        f"person:{book.plain}",
    )
    assert client.post("/me/preferences/", {"purpose": "collection", "agreed": "no"}).status_code == 422


def test_hours(book: Any, client_of: Callable[[int], Client]) -> None:  # noqa: F811
    client = client_of(book.plain)
    evening = {"hours": "set", "days": "work", "start": "18:00", "end": "20:00"}
    assert client.post("/me/preferences/", evening).status_code == 302
    assert "周一至周五 18:00–20:00" in client.get("/me/preferences/").content.decode()
    for wrong in ({"start": "21:00"}, {"start": "soon"}):
        assert client.post("/me/preferences/", {**evening, **wrong}).status_code == 422
    assert len(contacts.hours(book.plain, clock.now())) == 1
    client.post("/me/preferences/", {"hours": "any"})
    assert contacts.hours(book.plain, clock.now()) == []


@pytest.mark.django_db(transaction=True)
def test_a_code_is_a_contact_that_was_asked_for(
    book: Any,  # noqa: F811
    sms: Any,  # noqa: F811
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _ask(client, "13800138001", monkeypatch)
    row = Contact.objects.get(reason="one_time_code")
    assert (row.person_id, row.state, row.basis, row.outcome_code) == (book.plain, "done", "request", "sent")
