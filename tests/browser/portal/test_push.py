"""Push in a real browser: the service worker shows what was pushed and tells the bank. S2-08, S2-10."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from anju.adapters.push import seen_token
from anju.adapters.simulated.push import SimulatedPush
from anju.platform.notices import jobs
from anju.platform.notices.models import Receipt
from tests.browser.conftest import axe, fits
from tests.browser.portal.conftest import Book

LogIn = Callable[[BrowserContext | Page, int], None]


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedPush]:
    """A push provider is connected."""
    made = SimulatedPush()
    wired = {"push": [made.port()]}
    monkeypatch.setattr(jobs, "ports", lambda: wired)
    yield made
    made.close()


def test_the_service_worker_shows_and_tells(
    page: Page, book: Book, log_in: LogIn, pushed: SimulatedPush
) -> None:
    log_in(page, book.plain)
    page.context.grant_permissions(["notifications"])
    session = page.context.new_cdp_session(page)
    workers: list[str] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda told: workers.extend(
        one["registrationId"] for one in told["registrations"]))  # fmt: skip
    session.send("ServiceWorker.enable")
    page.goto("/push/")
    expect(page.get_by_role("button", name="在这台设备上打开")).to_be_visible()
    axe(page)
    fits(page)
    page.evaluate("""async () => {
        await navigator.serviceWorker.register(document.getElementById("push").dataset.worker);
        await navigator.serviceWorker.ready;
    }""")
    told = {
        "key": "anju-9-1", "title": "还款提醒", "body": "您有一条新通知", "seen": seen_token("anju-9-1"),
        "hook": "/hooks/receipts/push/",
    }  # fmt: skip
    where = urlsplit(page.url)
    with page.context.expect_event(
        "response", lambda answer: "/hooks/receipts/push/" in answer.url
    ) as answered:
        session.send("ServiceWorker.deliverPushMessage", {
            "origin": f"{where.scheme}://{where.netloc}", "registrationId": workers[-1], "data": json.dumps(told),
        })  # fmt: skip
    assert answered.value.status == 200
    shown = page.evaluate("""async () => {
        const worker = await navigator.serviceWorker.ready;
        return (await worker.getNotifications()).map((one) => [one.title, one.body, one.tag]);
    }""")
    assert shown == [["还款提醒", "您有一条新通知", "anju-9-1"]]
    row = Receipt.objects.get()
    assert (row.provider, row.provider_ref, row.status) == ("push", "anju-9-1", "device_delivered")
