"""The pages about notices in a real browser: fit at 360 px, clean for axe, usable by keyboard."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from anju.contexts.servicing import queries as servicing
from anju.platform.contacts import addresses
from anju.platform.contacts import operations as contacts
from anju.platform.contacts.models import Address
from anju.platform.drills import files
from anju.platform.holds import operations as holds
from anju.platform.holds.rows import NewCase
from anju.platform.notices import audit
from tests.browser.conftest import axe, fits, shots
from tests.web.desk_world import AT, ON, World
from tests.web.test_desk_drills import told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def busy(world: World) -> World:
    """A hold, a bounced number and a kept run besides what the world has."""
    addresses.register_homes(servicing.homes_of)
    addresses.connect()
    phones = Address.objects.filter(kind="phone").order_by("id")
    for row, health in zip(phones, ("bounced", "wrong_person", "stale"), strict=False):
        contacts.mark_addresses(address_ids=[row.pk], health=health, at=AT, actor="system:test")
    addresses.open_repairs(at=AT)
    cases = [
        NewCase(("loan", loan.pk), loan.borrower_id, world.branch.pk, loan.loan_no)
        for loan in world.loans[:5]
    ]
    holds.hold_open(
        key="k", cases=cases, reason="因本市公积金政策调整，您的申请暂缓办理", until_on=ON.replace(month=12),
        by=f"staff:{world.staff['supervisor'].pk}",
        branch_id=world.branch.pk, at=AT, note="建金〔2026〕12号",
    )  # fmt: skip
    while holds.advance(at=AT):
        pass
    audit.run(at=AT)
    return world


def test_every_page_fits_and_is_clean(
    busy: World, staff_page: Callable[..., Page], tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path
    kept = files.keep(
        told(),
        "<h1>report</h1>",
        folder=files.folder_of(tmp_path),
        by="ops",
        host="bank-1.internal.example",
        at=AT,
    ).stem
    page, loan = staff_page("supervisor"), busy.loans[0]
    paths = {
        "exceptions": "/desk/notices/exceptions/", "audit": "/desk/notices/audit/", "addresses": "/desk/notices/addresses/",
        "drills": "/desk/drills/", "drill": f"/desk/drills/{kept}/",
        "holds": "/desk/holds/", "hold": "/desk/holds/{hold}/", "kpis": "/desk/notices/kpis/",
        "told": f"/desk/people/{loan.borrower_id}/told/?subject=loan:{loan.pk}",
        "person-addresses": f"/desk/people/{loan.borrower_id}/addresses/",
    }  # fmt: skip
    hold = busy.branch.holdcase_set.order_by("id")[0].hold_id
    for name, path in paths.items():
        page.goto(path.format(hold=hold))
        axe(page)
        shots(page, f"notices-{name}")
        fits(page)
        page.set_viewport_size({"width": 1280, "height": 900})


def test_many_are_handled_from_the_keyboard(busy: World, staff_page: Callable[..., Page]) -> None:
    page = staff_page("supervisor", "/desk/notices/exceptions/")
    expect(page.get_by_label("办理说明（每一条都会记下）")).to_be_hidden()
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-count]")).to_contain_text("已选中 12 条")
    page.get_by_label("做什么").select_option("reached_by_phone")
    page.get_by_label("办理说明（每一条都会记下）").fill("逐一电话告知")
    page.get_by_role("button", name="办理", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(page.get_by_role("heading", name="批量处理的结果")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="回到异常列表").click()
    expect(page.get_by_text("没有未办结的异常")).to_be_visible()
