"""Every page of the desk: axe finds nothing serious, 360 px hold it, and pictures for looking at."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import axe, fits, shots
from tests.web import desk_world
from tests.web.desk_world import World

StaffPage = Callable[..., Page]


def look(page: Page, path: str, name: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(path)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        axe(page)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    shots(page, f"desk-{name}")
    fits(page)


def test_the_door(world: World, page: Page) -> None:
    look(page, "/desk/login/", "login")


def test_pages_of_a_supervisor(world: World, staff_page: StaffPage) -> None:
    page = staff_page("supervisor")
    long = world.loans[2].pk
    paths = {
        "today": "/desk/", "work": "/desk/work/", "loans": "/desk/loans/", "loan": f"/desk/loans/{long}/",
        "loan-none": "/desk/loans/?q=nobody", "exceptions": "/desk/notices/exceptions/",
        "obligation": f"/desk/notices/{world.obligations[2]}/", "import": f"/desk/imports/{world.imported}/",
        "dayends": "/desk/dayend/", "dayend": "/desk/dayend/2026-11-22/", "refused": "/desk/admin/",
        "palette": "/desk/palette/?q=日",
    }  # fmt: skip
    for name, path in paths.items():
        look(page, path, name)


def test_cases(world: World, staff_page: StaffPage) -> None:
    page = staff_page("collector")
    item = world.item("collections.call", queue="collections", person_id=world.loans[2].borrower_id)
    look(page, f"/desk/work/{item.pk}/", "case-free")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="由我处理").click()
    page.locator("form[data-wired]").wait_for()
    look(page, f"/desk/work/{item.pk}/", "case")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator("form[data-wired]").wait_for()
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    page.get_by_role("alert").wait_for()
    axe(page)
    shots(page, "desk-case-errors")
    fits(page)


def test_pages_of_an_administrator(world: World, staff_page: StaffPage) -> None:
    page = staff_page("administrator")
    for name, path in {
        "imports": "/desk/imports/",
        "admin": "/desk/admin/",
        "dayends-admin": "/desk/dayend/",
    }.items():
        look(page, path, name)


def test_a_case_and_the_wall_in_english(world: World, staff_page: StaffPage) -> None:
    page = staff_page("supervisor")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": page.url}])
    item = world.item("notices.exception")
    look(page, "/desk/", "today-en")
    page.goto(f"/desk/work/{item.pk}/")
    page.get_by_role("button", name="I take it").click()
    page.locator("form[data-wired]").wait_for()
    look(page, f"/desk/work/{item.pk}/", "case-en")


def test_an_empty_branch(world: World, staff_page: StaffPage) -> None:
    from anju.platform.identity.models import Branch, Staff

    branch = Branch.objects.create(code="GZ01", name="广州天河支行")
    Staff.objects.filter(role__in=("supervisor", "adviser")).update(branch=branch)
    page = staff_page("supervisor")
    for name, path in {
        "today": "/desk/",
        "work": "/desk/work/",
        "exceptions": "/desk/notices/exceptions/",
    }.items():
        look(page, path, f"empty-{name}")
    assert desk_world.AT.hour == 9
