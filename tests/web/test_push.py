"""Push at the portal: subscribing, taking it back, and what the service worker tells. S2-08, S2-10."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from anju.adapters.simulated.push import SimulatedPush
from anju.platform.contacts import queries as contacts
from anju.platform.notices import jobs
from anju.platform.notices.models import Receipt
from anju.web.portal import session
from tests.browser.portal.conftest import book as book_of_loans

book = book_of_loans


@pytest.fixture
def browser(monkeypatch):
    made = SimulatedPush()
    wired = {"push": [made.port()]}
    monkeypatch.setattr(jobs, "ports", lambda: wired)
    yield made
    made.close()


@pytest.fixture
def client(client: Client, book):
    kept = client.session
    kept[session.KEY] = {"person_id": book.plain, "seen": int(timezone.now().timestamp())}
    kept.save()
    return client


def send(client, path, body):
    return client.generic("POST", path, body, content_type="application/json")


def test_a_borrower_allows_push_and_takes_it_back(client, book, browser):
    assert "/push/" in client.get("/me/").content.decode()
    page = client.get("/push/").content.decode()
    assert browser.port().public_key in page
    given = json.dumps({"endpoint": "https://fcm.googleapis.com/fcm/send/x", "expirationTime": None,
                        "keys": json.loads(browser.subscription())["keys"]})  # fmt: skip
    assert send(client, "/push/subscribe/", given).status_code == 204
    address = contacts.address(book.plain, "push")
    assert address is not None
    assert json.loads(address.value)["endpoint"] == "https://fcm.googleapis.com/fcm/send/x"
    assert send(client, "/push/stop/", "").status_code == 204
    address = contacts.address(book.plain, "push")
    assert address is not None
    assert not address.usable


@pytest.mark.parametrize(
    "body",
    ["", "x", "[]", '{"endpoint": "http://a"}', '{"endpoint": "https://a", "keys": {}}', "x" * 4001, b"\xff"],
)
def test_what_is_no_subscription_is_refused(client, book, browser, body):
    assert send(client, "/push/subscribe/", body).status_code == 400
    assert contacts.address(book.plain, "push") is None


def test_without_a_provider_nothing_is_offered(client, book, monkeypatch):
    monkeypatch.setattr(jobs, "ports", dict)
    assert "/push/" not in client.get("/me/").content.decode()
    assert 'id="push"' not in client.get("/push/").content.decode()
    assert send(client, "/push/subscribe/", "{}").status_code == 404


@pytest.mark.django_db
def test_nobody_subscribes_without_logging_in(browser):
    stranger = Client()
    assert stranger.get("/push/").status_code == 302
    assert stranger.post("/push/subscribe/").status_code == 302
    worker = stranger.get("/push-worker.js")
    assert (worker.status_code, worker["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/push/subscribe/").status_code == 403
    told = json.dumps({"seen": "anju-9-1.0", "what": "shown"})
    assert strict.post("/hooks/receipts/push/", told, content_type="application/json").status_code == 401
    assert Receipt.objects.count() == 0
