"""The desk as people use it: by keys, by mouse, without script."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from anju.contexts.collections.models import Call, PromiseToPay
from anju.platform.identity.models import Branch
from anju.platform.journal.models import Entry
from anju.platform.notices.models import Obligation
from anju.platform.work.models import WorkItem
from tests.web.desk_world import PASSWORD, World

StaffPage = Callable[..., Page]
FAULTY = (
    "loan_no,borrower_name,id_number,phone,principal,start_date,months,method,rate_type,rate,due_day,branch\n"
    "HL1,张三,110101199001011237,13800138000,1000000.00,2024-01-10,360,level_payment,fixed,4.2,20,SH01\n"
    "HL2,李四,110101199001011234,13800138001,abc,2024-01-10,360,level_payment,fixed,4.2,20,SH01\n"
)


def test_collector_takes_a_promise_by_keys_and_goes_on(
    world: World, staff_page: StaffPage
) -> None:  # S3-18, S3-19
    page = staff_page("collector")
    page.keyboard.press("n")
    page.wait_for_url("**/desk/work/*/")
    expect(page.locator("form[data-wired]")).to_have_count(1)
    while page.get_by_role("heading", name="记录通话").count() == 0:
        here = WorkItem.objects.get(holder=world.staff["collector"]).pk
        page.locator("summary", has_text="跳过").click()
        page.get_by_label("跳过原因（必填）").fill("先打电话")
        page.get_by_role("button", name="跳过，取下一件").click()
        expect(page.locator(f"form[action$='/{here}/record/']")).to_have_count(0)
        expect(page.locator("form[data-wired]")).to_have_count(1)
    item = WorkItem.objects.get(holder=world.staff["collector"])
    amount = page.get_by_label("承诺金额（元）")
    expect(amount).to_be_hidden()
    page.keyboard.press("1")
    expect(page.locator("input[value=promised]")).to_be_checked()
    expect(amount).to_be_visible()
    expect(page.get_by_label("回电时间")).to_be_hidden()
    page.get_by_label("愿意还款", exact=True).check()
    page.get_by_label("逾期原因").select_option("forgot")
    amount.fill("5000")
    page.get_by_label("承诺还款日").fill("2026-11-27")
    page.get_by_label("录音编号").fill("REC-77")
    note = page.get_by_label("通话纪要")
    note.fill("客户说 7 号发工资")
    note.press("7")
    expect(page.locator("input[value=promised]")).to_be_checked()
    page.reload()
    expect(page.get_by_label("通话纪要")).to_have_value("客户说 7 号发工资7")
    expect(page.locator("input[value=promised]")).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#flash")).to_contain_text("已记录通话")
    assert PromiseToPay.objects.get().amount_fen == 500_000
    assert Call.objects.get().work_item_id == item.pk
    item.refresh_from_db()
    assert item.state == "done"
    assert page.evaluate("Object.keys(sessionStorage).filter((k) => k.startsWith('anju-draft:')).length") == 0


def test_single_letters_are_off_in_fields_and_while_composing(world: World, staff_page: StaffPage) -> None:
    page = staff_page("collector", "/desk/work/")
    page.keyboard.press("/")
    expect(page.locator("#top-search")).to_be_focused()
    page.keyboard.type("n")
    expect(page.locator("#top-search")).to_have_value("n")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'n', bubbles: true, isComposing: true}))"
    )
    assert not WorkItem.objects.filter(state="claimed").exists()
    page.locator("#top-search").blur()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-row]").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("[data-row]").nth(0)).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_contain_text("下一件")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator("#palette-q").fill("陈大")
    expect(page.locator("#palette-list")).to_contain_text("陈大文")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/loans/*/")


def test_supervisor_closes_an_exception(world: World, staff_page: StaffPage) -> None:  # S2-16
    page = staff_page("supervisor", "/desk/notices/exceptions/")
    page.get_by_role("link", name="处理").first.click()
    page.get_by_role("button", name="由我处理").click()
    expect(page.get_by_role("heading", name="办结通知异常")).to_be_visible()
    page.keyboard.press("1")
    page.get_by_role("button", name="仅保存").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写“办理说明”")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("办理说明").fill("已电话告知还款日")
    page.get_by_role("button", name="仅保存").click()
    expect(page.locator("#flash")).to_contain_text("已办结")
    assert Obligation.objects.filter(state="proven").count() == 1


def test_administrator_loads_a_faulty_tape_and_takes_the_quarantine(
    world: World, staff_page: StaffPage, tmp_path: Path
) -> None:
    tape = tmp_path / "tape.csv"
    tape.write_text(FAULTY, encoding="utf-8")
    page = staff_page("administrator", "/desk/imports/")
    page.get_by_label("文件（CSV").set_input_files(tape)
    page.get_by_role("button", name="上传并导入").click()
    page.wait_for_url("**/desk/imports/*/")
    expect(page.locator("#quarantine")).to_contain_text("principal")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载 CSV").click()
    text = waiting.value.path().read_text("utf-8-sig")
    assert "row_no,key,column,value" in text
    assert "abc" in text
    page.goto("/desk/imports/")
    page.get_by_label("文件（CSV").set_input_files(
        {"name": "x.txt", "mimeType": "text/plain", "buffer": b"x"}
    )
    page.get_by_role("button", name="上传并导入").click()
    expect(page.get_by_role("alert")).to_contain_text("不支持")


def test_a_phone_is_shown_in_place_after_a_reason(world: World, staff_page: StaffPage) -> None:
    item = world.item("collections.call", queue="collections")
    page = staff_page("collector", f"/desk/work/{item.pk}/")
    page.locator("summary", has_text="查看号码").first.click()
    page.get_by_label("查看原因").first.select_option("call")
    page.get_by_role("button", name="查看并记录").first.click()
    expect(page.locator(".desk-clear")).to_have_text(f"138{item.person_id:08d}")
    assert Entry.objects.filter(kind="identity.value.revealed").count() == 1
    assert page.url.endswith(f"/desk/work/{item.pk}/")


def test_everything_needed_works_without_script(
    world: World, new_context: Callable[..., BrowserContext], log_in: Callable[..., Page]
) -> None:
    page = log_in(new_context(java_script_enabled=False).new_page(), "risk_officer")
    page.get_by_role("button", name="下一件").click()
    page.wait_for_url("**/desk/work/*/")
    page.locator("input[value=offer_relief]").check(force=True)
    page.get_by_label("办理说明").fill("建议延期")
    page.get_by_role("button", name="保存并下一件").click()
    page.wait_for_url("**/desk/work/*/")
    assert WorkItem.objects.filter(outcome_code="offer_relief", state="done").count() == 1


def test_wrong_passwords_lock_the_door_in_words(world: World, page: Page) -> None:
    page.goto("/desk/login/")
    for _ in range(8):
        page.get_by_label("工号").fill(world.staff["collector"].staff_no)
        page.get_by_label("密码").fill("wrong password")
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_load_state()
        if page.get_by_role("heading", name="登录已暂时锁定").count():
            break
        expect(page.get_by_role("alert")).to_contain_text("工号或密码不对")
        expect(page.get_by_label("工号")).to_have_value(world.staff["collector"].staff_no)
    expect(page.get_by_role("heading", name="登录已暂时锁定")).to_be_visible()
    page.goto("/desk/login/")
    page.get_by_label("工号").fill(world.staff["collector"].staff_no)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", name="登录已暂时锁定")).to_be_visible()


@pytest.mark.usefixtures("world")
def test_log_out_clears_the_drafts(staff_page: StaffPage) -> None:
    page = staff_page("collector")
    page.evaluate("sessionStorage.setItem('anju-draft:case-1', '{}')")
    page.locator("summary", has_text="催收员").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/desk/login/**")
    assert page.evaluate("sessionStorage.getItem('anju-draft:case-1')") is None
    page.goto("/desk/")
    page.wait_for_url("**/desk/login/**")
    assert Branch.objects.count() == 1
