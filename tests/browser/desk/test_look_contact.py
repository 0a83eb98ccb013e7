"""A person's contact page and the overrides asked for: axe, 360 px, pictures."""

from datetime import timedelta

from anju.contexts.parties.operations import person_named
from anju.platform.contacts import operations as contacts
from tests.browser.conftest import axe, shots
from tests.browser.desk.test_look import StaffPage, look
from tests.web.desk_world import AT, World
from tests.web.test_desk_recordings import record


def test_contact_pages(world: World, staff_page: StaffPage) -> None:
    who = world.loans[2].borrower_id
    contacts.flag(person_id=who, kind="vulnerable", reason="听力不便", by="staff:1", at=AT)
    contacts.appoint(
        person_id=who,
        purpose="service",
        channel="call",
        starts_at=AT + timedelta(days=1),
        by="staff:1",
        at=AT,
    )
    contacts.log_outbound(
        person_id=who, purpose="service", channel="call", at=AT - timedelta(days=1), actor="staff:1", outcome_code="done",
        answered=True, recording_ref="rec-1", recording_checksum="ab" * 32,
    )  # fmt: skip
    contacts.override_ask(
        person_id=who, purpose="collection", channel="sms", from_at=AT.replace(hour=22), to_at=AT.replace(hour=23),
        reason="客户今晚回国", by=f"staff:{world.staff['collector'].pk}", at=AT, branch_id=world.branch.pk,
    )  # fmt: skip
    third = person_named(name="阿卜杜热合曼·买买提吐尔逊·艾尔肯江", at=AT)
    contacts.set_addresses_many([(third, "phone", "13600001111")], at=AT)
    contacts.third_party_name(debtor_id=who, person_id=third, role="reference", by="staff:1", at=AT)
    page = staff_page("supervisor")
    look(page, f"/desk/people/{who}/contact/?purpose=collection", "contact")
    call = record(world, loan=2)
    look(page, f"/desk/recordings/{call}/", "recording")
    page.get_by_label("播放的原因").select_option("complaint")
    page.get_by_role("button", name="记录并播放").click()
    page.locator("audio").wait_for()
    axe(page)
    look(page, "/desk/overrides/", "overrides")
    contacts.agency_engage(
        name="诚信资产管理与催收服务有限公司", contract_ref="WT-2026-00017", by="staff:1", from_at=AT, to_at=AT + timedelta(days=365)
    )  # fmt: skip
    look(page, "/desk/agencies/", "agencies")


def test_people_of_a_loan_and_loans_of_an_agency(world: World, staff_page: StaffPage) -> None:
    agency = contacts.agency_engage(
        name="诚信资产管理与催收服务有限公司", contract_ref="WT-2026-00017", by="staff:1", from_at=AT
    )
    page, loan = staff_page("supervisor"), world.loans[2]
    look(page, f"/desk/agencies/{agency}/", "agency-none")
    page.locator("#f-numbers").fill(" ".join(one.loan_no for one in world.loans[:3]))
    page.locator("#f-reason").fill("逾期九十天以上第二批，合同附件三")
    yes = page.locator("dialog.aj-dialog[open]:has(#ask-title) .btn-primary")
    page.get_by_role("button", name="委托给该机构").click()
    yes.click()
    page.get_by_text("已委托 3 笔").wait_for()
    look(page, f"/desk/agencies/{agency}/", "agency")
    page.goto(f"/desk/loans/{loan.pk}/people/")
    page.locator("#f-id_number").fill("11010519491231002X")
    page.locator("#f-name").fill("李淑芬")
    page.get_by_role("button", name="加入本笔贷款").click()
    yes.click()
    page.get_by_role("alert").wait_for()
    axe(page)
    shots(page, "desk-loan-people-errors")
    page.locator("#f-role").select_option("guarantor")
    page.locator("#f-phone").fill("13900001111")
    page.locator("#f-reason").fill("补签保证合同 2026-17 号")
    page.get_by_role("button", name="加入本笔贷款").click()
    yes.click()
    page.get_by_text("已作为保证人加入").wait_for()
    look(page, f"/desk/loans/{loan.pk}/people/", "loan-people")
