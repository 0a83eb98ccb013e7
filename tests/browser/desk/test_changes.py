"""A change of the plan at the desk in a real browser: asked and quoted side by side."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from anju.contexts.servicing.models import LoanChange
from tests.browser.conftest import axe, fits, shots
from tests.web.desk_world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_prepayment_is_quoted_side_by_side(world: World, staff_page: Callable[..., Page]) -> None:
    """Looked at and clean for axe; nothing is posted before somebody confirms.  S4-057"""
    page = staff_page("supervisor")
    loan = world.loans[3]
    page.goto(f"/desk/loans/{loan.pk}/")
    page.get_by_role("link", name="变更还款计划").click()
    page.wait_for_url("**/change/**")
    axe(page)
    shots(page, "change-empty")
    fits(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"/desk/loans/{loan.pk}/change/?kind=holiday&periods=2&quote=1")
    axe(page)
    shots(page, "change-holiday")
    page.goto(f"/desk/loans/{loan.pk}/change/?kind=prepay&amount=200000&quote=1")
    expect(page.get_by_text("客户已确认以上金额").first).to_be_visible()
    axe(page)
    shots(page, "change-quoted")
    fits(page)
    assert LoanChange.objects.count() == 0
