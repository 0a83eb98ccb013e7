"""The portal without a browser: who gets in, what is whose, how many queries a page makes."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from anju.contexts.parties.models import Person
from anju.contexts.parties.operations import person_index
from anju.contexts.servicing.models import Loan, LoanParty
from anju.platform.identity.models import OneTimeCode
from anju.platform.notices.models import Obligation
from anju.platform.notices.tokens import ack_token
from anju.web.portal import codes, session
from tests.browser.portal.conftest import Book, SmsCatcher, id_number
from tests.browser.portal.conftest import book as book_of_loans
from tests.browser.portal.conftest import remind as remind_people
from tests.browser.portal.conftest import sms as sms_catcher

QUERIES_MAX = 12

book = book_of_loans
remind = remind_people
sms = sms_catcher


@pytest.fixture(autouse=True)
def _no_fence_left() -> None:
    cache.clear()


@pytest.fixture
def client_of(client: Client) -> Callable[[int], Client]:
    """``client_of(person_id)``: the test client, logged in as a borrower."""

    def enter(person_id: int) -> Client:
        kept = client.session
        kept[session.KEY] = {"person_id": person_id, "seen": int(timezone.now().timestamp())}
        kept.save()
        return client

    return enter


def _ask(client: Client, phone: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask for a code, and wait for what happens behind the answer."""
    waiting: list[Any] = []
    really = codes.request_code
    monkeypatch.setattr(codes, "request_code", lambda *a, **k: waiting.append(really(*a, **k)))
    answer = client.post("/login/", {"phone": phone})
    monkeypatch.setattr(codes, "request_code", really)
    for one in waiting:
        one.result(timeout=20)
    return answer


def _bare(page: str) -> str:
    """A page without its CSRF tokens and without the number it was asked for."""
    return re.sub(r"1\d\d\*{4}\d{4}|[A-Za-z0-9]{64}", "", page)


@pytest.mark.parametrize("path", ["/", "/loans/{loan}/", "/notices/", "/notices/{notice}/", "/me/"])
def test_a_page_makes_few_queries_however_many_rows(
    path: str, book: Book, remind: Callable[..., int], client_of: Callable[[int], Client]
) -> None:  # screens: at most 12 queries a page
    for _ in range(5):
        remind(book.plain)
    client = client_of(book.plain)
    notice = Obligation.objects.order_by("pk")[0].attempts.get().inbox_message.pk
    with CaptureQueriesContext(connection) as made:
        answer = client.get(path.format(loan=book.loans[book.plain][0], notice=notice))
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    queries = [one["sql"] for one in made.captured_queries if one["sql"] not in ("BEGIN", "COMMIT")]
    assert len(queries) <= QUERIES_MAX, queries


def test_the_same_answer_for_known_and_unknown_numbers(
    book: Book, sms: SmsCatcher, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = _ask(client, "13800138001", monkeypatch)
    told = client.get("/login/code/").content.decode()
    other = Client()
    unknown = _ask(other, "13500135999", monkeypatch)
    told_other = other.get("/login/code/").content.decode()
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert _bare(told) == _bare(told_other)
    assert [one.to for one in sms.given] == ["13800138001"]
    assert "安居示范银行" in sms.given[0].body


def test_a_second_code_within_a_minute_is_not_sent_and_not_told(
    book: Book, sms: SmsCatcher, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _ask(client, "13800138001", monkeypatch)
    second = _ask(client, "13800138001", monkeypatch)
    assert first.status_code == second.status_code == 302
    assert len(sms.given) == 1
    assert OneTimeCode.objects.count() == 1


def test_an_address_that_asks_too_often_is_stopped(
    book: Book, sms: SmsCatcher, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anju.web.portal.login.PER_ADDRESS_MAX", 2)
    for _ in range(2):
        assert _ask(client, "13500135999", monkeypatch).status_code == 302
    refused = _ask(client, "13500135999", monkeypatch)
    assert refused.status_code == 422
    assert "一小时后再试" in refused.content.decode()
    assert "13500135999" in refused.content.decode()


def test_a_gateway_that_fails_says_nothing_to_the_page(
    book: Book, sms: SmsCatcher, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(message: object) -> None:
        raise RuntimeError("gateway")

    monkeypatch.setattr(sms, "send", broken)
    assert _ask(client, "13800138001", monkeypatch).status_code == 302


def test_log_in_leads_back_to_where_one_wanted_to_go_and_only_within_the_house(
    book: Book, sms: SmsCatcher, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/me/")["Location"] == "/login/?next=%2Fme%2F"
    for wanted, reached in (("/me/", "/me/"), ("https://evil.example/", "/"), ("//evil.example", "/")):
        OneTimeCode.objects.all().delete()
        sms.given.clear()
        fresh = Client()
        waiting: list[Any] = []
        with monkeypatch.context() as patch:
            really = codes.request_code
            patch.setattr(codes, "request_code", lambda *a, **k: waiting.append(really(*a, **k)))  # noqa: B023
            fresh.post("/login/", {"phone": "13800138001", "next": wanted})
        waiting[0].result(timeout=20)
        code = "".join(character for character in sms.given[0].body.split("，")[0] if character.isdigit())
        assert fresh.post("/login/code/", {"code": code})["Location"] == reached


def test_half_an_hour_of_rest_ends_the_session(book: Book, client_of: Callable[[int], Client]) -> None:
    client = client_of(book.plain)
    kept = client.session
    kept[session.KEY] = {
        **kept[session.KEY],
        "seen": int((timezone.now() - timedelta(minutes=31)).timestamp()),
    }
    kept.save()
    assert client.get("/").status_code == 302


def test_a_guarantor_and_a_stranger_find_no_loan(book: Book, client_of: Callable[[int], Client]) -> None:
    loan_id = book.loans[book.plain][0]
    LoanParty.objects.create(loan_id=loan_id, person_id=book.none, role="guarantor")
    client = client_of(book.none)
    assert client.get(f"/loans/{loan_id}/").status_code == 404
    assert "合同尾号" not in client.get("/").content.decode()
    LoanParty.objects.filter(person_id=book.none).update(role="co_borrower")
    assert client.get(f"/loans/{loan_id}/").status_code == 200


def test_somebody_elses_notice_can_be_neither_read_nor_confirmed(
    book: Book, remind: Callable[..., int], client_of: Callable[[int], Client]
) -> None:
    obligation = Obligation.objects.get(pk=remind(book.plain))
    message = obligation.attempts.get().inbox_message
    client = client_of(book.late)
    assert client.get(f"/notices/{message.pk}/").status_code == 404
    assert client.post(f"/notices/{message.pk}/acknowledge/").status_code == 404
    message.refresh_from_db()
    obligation.refresh_from_db()
    assert message.opened_at is None
    assert obligation.state != "proven"


def test_looking_at_a_link_proves_nothing(
    book: Book, remind: Callable[..., int], client: Client
) -> None:  # S2-11
    obligation_id = remind(book.plain)
    path = f"/a/{ack_token(obligation_id)}"
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
    before = Obligation.objects.get(pk=obligation_id)
    assert (before.state, before.rung) != ("proven", "acknowledged")
    answer = client.post(path)
    assert answer["X-Robots-Tag"] == "noindex"
    assert Obligation.objects.get(pk=obligation_id).state == "proven"


def test_a_loan_that_has_no_position_yet_shows_its_contract(
    book: Book, client_of: Callable[[int], Client]
) -> None:
    loan = Loan.objects.get(pk=book.loans[book.plain][0])
    loan.pk, loan.loan_no, loan.row_digest = None, "NEW0001", ""
    loan.save()
    LoanParty.objects.create(loan=loan, person_id=book.plain, role="borrower")
    page = client_of(book.plain).get(f"/loans/{loan.pk}/").content.decode()
    assert "没有还款计划" in page
    assert "1,000,000.00 元" in page


@pytest.mark.parametrize("year", ["2030", "1999", "abc", "²", "-1", ""])
def test_any_year_asked_for_shows_a_page(year: str, book: Book, client_of: Callable[[int], Client]) -> None:
    answer = client_of(book.plain).get(f"/loans/{book.loans[book.plain][0]}/", {"year": year})
    assert answer.status_code == 200
    assert ("2030 年还款计划" in answer.content.decode()) == (year == "2030")


def test_a_person_that_is_gone_is_logged_out(book: Book, client_of: Callable[[int], Client]) -> None:
    client = client_of(999_999)
    assert client.get("/").status_code == 302
    assert session.KEY not in client.session


def test_choices_of_the_look_are_kept_and_odd_ones_are_not(book: Book, client: Client) -> None:
    answer = client.post(
        "/look/", {"language": "fr", "text": "large", "theme": "neon", "next": "https://evil.example"}
    )
    assert answer["Location"] == "/"
    assert set(answer.cookies) == {"anju_text"}
    assert answer.cookies["anju_text"]["httponly"]


def test_the_simulated_phone_exists_in_a_demonstration_only(
    db: None, shipped_policy: list[str], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANJU_DEMO", raising=False)
    assert client.get("/demo/phone/").status_code == 404
    monkeypatch.setenv("ANJU_DEMO", "1")
    page = client.get("/demo/phone/").content.decode()
    assert "仅演示" in page
    assert "还没有短信" in page


def test_a_phone_two_people_share_opens_one_account(book: Book, at: datetime) -> None:
    from anju.platform.contacts import operations as contacts

    other = Person.objects.create(
        name="赵共用", id_number=id_number(7), id_number_index=person_index(id_number(7)), created_at=at
    )
    contacts.set_addresses_many([(other.pk, "phone", "13800138001")], at=at)
    assert codes.person_of_phone("13800138001") == book.plain
    assert codes.person_of_phone("13000000000") is None


def test_the_badge_counts_live_and_keeps_nobody_logged_in(
    book: Book, remind: Callable[..., int], client_of: Callable[[int], Client]
) -> None:  # S2-10
    client = client_of(book.plain)
    page = client.get("/").content.decode()
    assert 'hx-get="/notices/badge/"' in page
    assert "aj-tab-count" not in client.get("/notices/badge/").content.decode()
    remind(book.plain)
    with CaptureQueriesContext(connection) as made:
        answer = client.get("/notices/badge/")
    assert '<span class="aj-tab-count">1<' in answer.content.decode()
    assert len(made) <= 3
    kept = client.session
    kept[session.KEY] = {**kept[session.KEY], "seen": int(timezone.now().timestamp()) - 120}
    kept.save()
    client.get("/notices/badge/")
    assert client.session[session.KEY] == kept[session.KEY], "what a page asks by itself is no sign of life"
    kept[session.KEY] = {
        **kept[session.KEY],
        "seen": int(timezone.now().timestamp()) - session.IDLE_SECONDS - 9,
    }
    kept.save()
    assert client.get("/notices/badge/").status_code == 286, "htmx stops asking"
