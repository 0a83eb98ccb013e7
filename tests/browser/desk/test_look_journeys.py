"""Journeys, texts and changes in a browser: axe, 360 px, and the way from draft to approval by keyboard and mouse."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from anju.platform.notices import operations
from anju.platform.notices import templates as approvals
from anju.platform.notices.models import Obligation
from anju.platform.notices.rows import Owed
from anju.platform.policies.models import PolicyProposal
from tests.browser.conftest import shots
from tests.browser.desk.test_look import look
from tests.web.desk_world import AT, World

StaffPage = Callable[..., Page]


def _past(world: World) -> None:
    """Reminders of the last days, so that a change can be tried on something."""
    people = [loan.borrower_id for loan in world.loans]
    rows = [
        Owed(
            "reminder_5", f"reminder:{number}", person, ("loan", world.loans[0].pk), world.branch.pk,
            {"due_on": "2026-11-25", "amount_fen": 500_000, "loan_no": "HL1"}, None, AT - timedelta(days=3),
        )
        for number, person in enumerate(people)
    ]  # fmt: skip
    operations.owe_many(rows)
    for hours in (0, 13, 30, 49):
        operations.plan(at=AT - timedelta(days=3) + timedelta(hours=hours))


def test_pages_of_journeys_and_texts(world: World, staff_page: StaffPage) -> None:
    _past(world)
    assert Obligation.objects.filter(notice_type="reminder_5").exists()
    for channel, states in (("sms", ("submitted", "approved")), ("letter", ("submitted",))):
        pk = approvals.approval_open(
            provider="网关一号", template="overdue_4", channel=channel, language="zh", by="staff:1", at=AT
        )
        for state in states:
            approvals.approval_move(
                approval_id=pk, state=state, by="staff:1", at=AT, provider_code="SMS_2026_0001"
            )
    page = staff_page("administrator")
    for name, path in {
        "journeys": "/desk/journeys/", "templates": "/desk/templates/", "template": "/desk/templates/overdue_4/",
        "template-edit": "/desk/templates/reminder_5/edit/", "journey-edit": "/desk/journeys/reminder/edit/",
    }.items():  # fmt: skip
        look(page, path, name)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/desk/journeys/reminder/edit/")
    page.get_by_role("button", name="增加一步").click()
    page.locator("#f-s4-channel").select_option("voice")
    page.locator("#f-s4-wait").fill("soon")
    page.get_by_role("button", name="存为草稿并试算").click()
    expect(page.get_by_role("alert")).to_contain_text("soon")
    shots(page, "desk-journey-wrong")
    page.locator("#f-s4-wait").fill("30")
    page.locator("#f-s2-condition").select_option("not opened")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="存为草稿并试算").click()
    expect(page.get_by_role("heading", name="改了什么")).to_be_visible()
    pk = PolicyProposal.objects.get().pk
    look(page, f"/desk/proposals/{pk}/", "proposal")
    page.get_by_label("为什么要改").fill("在人工之前再打一次电话")
    page.get_by_role("button", name="提交，请另一人复核").click()
    expect(page.get_by_text("等待另一位管理员复核；")).to_be_visible()
    look(page, "/desk/proposals/", "proposals")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": page.url}])
    look(page, f"/desk/proposals/{pk}/", "proposal-en")


def test_the_preview_follows_what_is_typed(world: World, staff_page: StaffPage) -> None:
    page = staff_page("administrator", "/desk/templates/reminder_5/edit/")
    page.locator("#f-zh-push").fill("后果自负，{bank_name}")
    expect(page.locator("#preview")).to_contain_text("含禁用词“后果自负”")
    expect(page.locator("#preview")).to_contain_text("后果自负，安居示范银行")
