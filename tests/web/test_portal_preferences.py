"""A borrower decides about contact: consent given and withdrawn alike, hours; a code is in the ledger. S0-16, S1-06."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from anju.platform.contacts import governor
from anju.platform.contacts import queries as contacts
from anju.platform.contacts.models import Contact
from anju.platform.identity.models import Branch
from anju.platform.journal.queries import timeline
from anju.platform.notices import operations as notices
from anju.platform.notices.models import Obligation
from anju.platform.notices.tokens import ack_token
from anju.web import clock
from anju.web.message import without_link
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


def _visit(book: Any, notice_type: str = "visit_pre_notice", **variables: Any) -> str:  # noqa: F811
    """A notice owed to the borrower; its link."""
    at = timezone.now()
    values = {"visit_at": at.isoformat(), "purpose": "了解还款情况", "outline": "还款与服务", **variables}
    notices.owe(
        notice_type=notice_type, key=f"k:{notice_type}", person_id=book.plain, subject=("loan", book.loans[book.plain][0]),
        branch_id=Branch.objects.get().pk, variables=values, owed_at=at,
    )  # fmt: skip
    return f"/a/{ack_token(Obligation.objects.get(key=f'k:{notice_type}').pk)}"


def test_a_link_ends_contact_for_one_purpose_without_login(
    book: Any,  # noqa: F811
    client_of: Callable[[int], Client],  # noqa: F811
    client: Client,
) -> None:
    link = _visit(book)
    shown = client.get(f"{link}/stop")
    assert shown["Cache-Control"] == "private, no-store"
    for words in ("不再接受贷后回访", "会停止", "不会停止", "还款提醒"):
        assert words in shown.content.decode(), words
    assert contacts.consents(book.plain, clock.now()) == []  # a preview of the link changes nothing
    assert governor.ask(person_id=book.plain, purpose="follow_up", channel="email", at=clock.now()).codes != (
        "refused",
    )
    for _again in range(2):
        assert "已停止：贷后回访" in client.post(f"{link}/stop").content.decode()
    [row] = contacts.consents(book.plain, clock.now())
    assert (row.purpose, row.channel, row.agreed, row.source) == ("follow_up", "", False, "link")
    assert row.by == f"person:{book.plain}"
    assert "已停止：贷后回访" in client.get(f"{link}/stop").content.decode()
    verdict = governor.ask(person_id=book.plain, purpose="follow_up", channel="call", at=clock.now())
    assert not verdict.ok
    [fact] = timeline([("person", book.plain)], kinds=["contacts.consent.stated"])
    assert fact.body["source"] == "link"
    inside = client_of(book.plain)
    page = inside.get("/me/preferences/").content.decode()
    assert "经消息中的链接停止" in page
    assert "同意接受贷后回访" in page
    inside.post("/me/preferences/", {"purpose": "follow_up", "agreed": "yes"})
    assert [row.agreed for row in contacts.consents(book.plain, clock.now())] == [True]


def test_what_the_contract_needs_cannot_be_stopped_and_no_link_is_guessed(book: Any, client: Client) -> None:  # noqa: F811
    link = _visit(book, "reminder_5", loan_no="HL1", due_on="2026-12-01", amount_fen=1)
    for answer in (client.get(f"{link}/stop"), client.post(f"{link}/stop")):
        assert "这类通知不能停止" in answer.content.decode()
    assert contacts.consents(book.plain, clock.now()) == []
    for wrong in (link[:-1] + ("x" if link[-1] != "x" else "y"), "/a/1-1-0-aaaa", "/a/" + "9" * 200):
        assert client.post(f"{wrong}/stop").status_code == 404
    assert contacts.consents(book.plain, clock.now()) == []


def test_no_screen_shows_the_link_that_ends_contact() -> None:
    body = "您好\n请确认收到：\nhttps://bank.example/a/1-2-3-xyz\n\n以后不想再接到回访：https://bank.example/a/1-2-3-xyz/stop\n安居"
    for button in (True, False):
        assert "https" not in without_link(body, button=button)
        assert "回访" not in without_link(body, button=button)
