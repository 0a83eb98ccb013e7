"""The desk's world behind a real server, with long names in it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from anju.platform.identity.models import Branch
from anju.web import clock
from tests.web import desk_world
from tests.web.desk_world import PASSWORD, World

LONG_NAME = "阿卜杜热合曼·买买提吐尔逊·艾尔肯江·阿不都热依木"


@pytest.fixture
def world(
    transactional_db: None, branch: Branch, shipped_policy: list[str], monkeypatch: pytest.MonkeyPatch
) -> World:
    """Three loans of every kind; it is half past nine on Monday."""
    monkeypatch.setattr(clock, "now", lambda: desk_world.AT)
    names = ["陈大文", "欧阳静", LONG_NAME, "王小明"]
    return desk_world.make(branch, each=3, names=names, password=PASSWORD)


@pytest.fixture
def log_in(world: World) -> Callable[..., Page]:
    """``log_in(page, "collector")``: through the door, with number and password."""

    def enter(page: Page, role: str, landing: str = "/desk/") -> Page:
        page.goto(f"/desk/login/?next={landing}")
        page.get_by_label("工号").fill(world.staff[role].staff_no)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(f"**{landing}")
        return page

    return enter


@pytest.fixture
def staff_page(page: Page, log_in: Callable[..., Page]) -> Callable[..., Page]:
    """``staff_page("collector")``: a page of somebody who has just logged in."""

    def enter(role: str, landing: str = "/desk/") -> Page:
        return log_in(page, role, landing)

    return enter


def labels(values: Any) -> list[str]:
    """Texts of a locator, trimmed."""
    return [text.strip() for text in values.all_inner_texts()]
