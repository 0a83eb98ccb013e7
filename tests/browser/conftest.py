"""A real browser before a real server: fixtures ``browser``, ``page``, and the helpers ``axe``, ``fits`` and ``shots``.

Without a Chromium these tests are skipped and the closing lines say *not run*; with ``ANJU_REQUIRE_BROWSER=1`` (CI)
they fail instead.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

HERE = Path(__file__).parent
SHOTS_DIR = HERE.parents[1] / "var" / "shots"
WIDTHS = (1440, 360)
SCHEMES = ("light", "dark")
CHROMIUM = os.environ.get("ANJU_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
REQUIRED = os.environ.get("ANJU_REQUIRE_BROWSER") == "1"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PATIENCE_MS = 30_000
"""How long a condition is waited for: a busy machine is slow, not wrong."""
expect.set_options(timeout=PATIENCE_MS)
# Playwright keeps an event loop in the main thread; Django would refuse the ORM of the test itself.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
_not_run: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder drives a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if _not_run:
        terminalreporter.write_sep(
            "=", f"浏览器测试没有运行 / browser tests NOT RUN: {len(_not_run)} (no chromium)"
        )


@pytest.fixture(autouse=True)
def _needs_chromium(request: pytest.FixtureRequest) -> None:
    if CHROMIUM is None:
        if REQUIRED:
            pytest.fail("no chromium, and ANJU_REQUIRE_BROWSER=1")
        _not_run.append(request.node.nodeid)
        pytest.skip("not run: no chromium")


@pytest.fixture(scope="session", autouse=True)
def _static_root() -> None:
    """Static files come from the source folders; whitenoise still wants its own folder to be there."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_context(browser: Browser, live_server: Any) -> Iterator[Callable[..., BrowserContext]]:
    """``new_context(java_script_enabled=False, ...)``: a fresh browser profile at the live server, in Chinese."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        given = {"base_url": live_server.url, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **options}
        context = browser.new_context(**given)
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Iterator[Page]:
    """A page with script. The test fails when the console reports an error: a refused script or style, an exception."""
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    unexpected = [text for text in complaints if "the server responded with a status of 4" not in text]
    assert not unexpected, unexpected


def axe(page: Page) -> None:
    """Fails on every serious or critical finding of axe, naming rule and place."""
    found = Axe().run(page).response["violations"]
    grave = [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['target'] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert not grave, "\n".join(grave)


def fits(page: Page, width: int = 360) -> None:
    """Fails when the page scrolls sideways at this width, naming what sticks out."""
    page.set_viewport_size({"width": width, "height": 800})
    wide = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
           [...document.querySelectorAll("body *")]
           .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
           .filter((e) => !e.parentElement.closest(".aj-table-wrap")).slice(0, 5)
           .map((e) => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 30)}`)"""
    )
    assert not wide, wide


def shots(page: Page, name: str) -> list[Path]:
    """Pictures of the whole page at 1440 and 360 px, light and dark, in ``var/shots``; for looking at, never compared.

    Taken only when ``ANJU_SHOTS=1``. The page must follow the device's light or dark.
    """
    if os.environ.get("ANJU_SHOTS") != "1":
        return []
    SHOTS_DIR.mkdir(parents=True, exist_ok=True)
    taken = []
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900 if width > 600 else 740})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(400)
            path = SHOTS_DIR / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=path, full_page=True)
            taken.append(path)
    page.emulate_media(color_scheme="light")
    if before:
        page.set_viewport_size(before)
    return taken
