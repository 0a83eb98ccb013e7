"""The consult page in a browser: type, slide, share; without script; narrow, light and dark, by keyboard."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from playwright.sync_api import BrowserContext, Page, expect

from anju.platform.identity.models import Branch
from anju.web import clock
from tests.browser.conftest import axe, fits, shots
from tests.web.consult.conftest import NOVEMBER, SEPTEMBER

ASKED = {"price": "3000000", "down": "900000", "fund": "800000", "income": "30000", "debts": "2000"}
FULL = {
    **ASKED,
    "fees": "3000",
    "prepay": "200000",
    "tax": "10",
    "area": "89.5",
    "w_rate": "25",
    "w_drop": "20",
}
HEAVY = {"price": "9880000.55", "down": "1600000", "income": "12000", "debts": "3500"}


@pytest.fixture(autouse=True)
def day(
    transactional_db: None, branch: Branch, shipped_policy: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """2026-09-30, whose rates are known."""
    monkeypatch.setattr(clock, "now", lambda: SEPTEMBER)
    cache.clear()
    yield
    cache.clear()


def consult(query: dict[str, str]) -> str:
    return f"/consult/?{urlencode(query)}"


def test_type_and_slide_without_loading_the_page_anew(page: Page) -> None:  # S4-020, S4-061
    page.goto("/consult/")
    page.evaluate("() => { window.sameDocument = true; }")
    page.get_by_label("房价").fill("3000000")
    page.get_by_label("首付", exact=True).first.fill("900000")
    page.get_by_label("首付", exact=True).first.press("Tab")
    expect(page.locator(".ct-plan")).to_have_count(3)
    first = page.locator(".ct-plan .money-big").first.inner_text()
    slider = page.get_by_role("slider", name="利率")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#o-w_rate")).to_contain_text("+25 个基点")
    expect(page.locator(".ct-plan .ct-change").first).to_contain_text("+")
    assert page.locator(".ct-plan .money-big").first.inner_text() != first
    assert page.evaluate("() => document.activeElement.id") == "s-w_rate"
    assert page.evaluate("() => window.sameDocument")
    assert "w_rate=25" in page.url
    page.get_by_role("link", name="回到原来的数字").click()
    expect(page.locator(".ct-plan .money-big").first).to_have_text(first)


def test_a_mistake_is_told_at_its_field_while_typing(page: Page) -> None:
    page.goto(consult(ASKED))
    field = page.get_by_label("首付", exact=True).first
    field.fill("3000000")
    field.press("Tab")
    expect(page.locator("#f-down-note")).to_contain_text("少于房价")
    expect(field).to_have_attribute("aria-invalid", "true")
    axe(page)
    field.fill("900000")
    field.press("Tab")
    expect(page.locator("#f-down-note .aj-field-error")).to_have_count(0)
    expect(page.locator(".ct-plan")).to_have_count(3)


def test_another_plan_is_looked_at_in_place(page: Page) -> None:
    page.goto(consult(ASKED))
    page.evaluate("() => { window.sameDocument = true; }")
    page.get_by_role("link", name="看方案二的明细").click()
    expect(page.locator("#cost-head")).to_contain_text("方案二")
    assert page.evaluate("() => window.sameDocument")
    assert page.locator("[data-chart] svg").count() == 3


def test_works_without_script(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/consult/")
    page.get_by_label("房价").fill("2,000,000")
    page.get_by_label("首付", exact=True).first.fill("600000")
    page.get_by_role("button", name="计算").click()
    assert page.locator(".ct-plan").count() >= 3
    page.get_by_role("slider", name="利率").fill("50")
    page.get_by_role("button", name="计算").click()
    assert page.locator(".ct-change").count() > 0


@pytest.mark.parametrize(
    ("name", "query"),
    [("empty", {}), ("plain", ASKED), ("full", FULL), ("heavy", HEAVY), ("wrong", {"price": "x"})],
)
def test_look(page: Page, name: str, query: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "full":
        monkeypatch.setattr(clock, "now", lambda: NOVEMBER)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(consult(query))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        axe(page)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    shots(page, f"consult-{name}")
    fits(page)


def test_look_in_english_and_large(page: Page, live_server: object) -> None:
    page.goto("/consult/")
    page.context.add_cookies(
        [
            {"name": "django_language", "value": "en", "url": page.url},
            {"name": "anju_text", "value": "large", "url": page.url},
        ]
    )
    page.goto(consult(FULL))
    axe(page)
    shots(page, "consult-en")
    fits(page)
