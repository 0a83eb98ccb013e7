"""The borrower's two minutes: in by code, what I owe, the loan, the notices, out again; with and without script."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from anju.platform.identity.models import Branch
from anju.platform.notices import operations as notices
from anju.platform.notices.models import InboxMessage, Obligation
from anju.platform.notices.tokens import ack_token
from tests.browser.conftest import axe, fits, shots
from tests.browser.portal.conftest import LONG_NAME, Book, SmsCatcher

LogIn = Callable[[BrowserContext | Page, int], None]
Remind = Callable[..., int]
NewContext = Callable[..., BrowserContext]


def _code_of(page: Page, sms: SmsCatcher) -> str:
    for _ in range(100):
        if sms.given:
            found = re.search(r"\b(\d{6})\b", sms.given[-1].body)
            assert found is not None
            return found[1]
        page.wait_for_timeout(50)
    raise AssertionError("no code was sent")


def test_in_by_one_time_code(page: Page, book: Book, sms: SmsCatcher) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/login/"))
    axe(page)
    shots(page, "login")
    page.get_by_label("手机号").fill("138 0013 8001")
    page.get_by_role("button", name="发送验证码").click()
    expect(page.get_by_text("138****8001")).to_be_visible()
    axe(page)
    shots(page, "code")
    right = _code_of(page, sms)
    assert sms.given[-1].to == "13800138001"
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    page.get_by_label("验证码").fill(wrong)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_text("验证码不对，或已过期")).to_be_visible()
    page.get_by_label("验证码").fill(right)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="您好，王小明")).to_be_visible()
    page.get_by_role("link", name="我的", exact=True).click()
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile(r"/login/"))
    page.goto("/me/")
    expect(page).to_have_url(re.compile(r"/login/"))


def test_an_unknown_number_gets_the_same_answer_and_no_message(
    page: Page, book: Book, sms: SmsCatcher
) -> None:
    page.goto("/login/")
    page.get_by_label("手机号").fill("13500135999")
    page.get_by_role("button", name="发送验证码").click()
    expect(page.get_by_text("如果 135****5999 在我行有预留，6 位验证码已经发出")).to_be_visible()
    page.get_by_label("验证码").fill("123456")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_text("验证码不对，或已过期")).to_be_visible()
    assert sms.given == []


def test_a_wrong_number_is_said_and_kept(page: Page, book: Book) -> None:
    page.goto("/login/")
    page.get_by_label("手机号").fill("1380013")
    page.get_by_role("button", name="发送验证码").click()
    expect(page.get_by_text("手机号“1380013”不对：应是 1 开头的 11 位数字。")).to_be_visible()
    expect(page.get_by_label("手机号")).to_have_value("1380013")
    axe(page)
    shots(page, "login-error")


def test_home_says_what_when_and_one_next_step(page: Page, book: Book, log_in: LogIn) -> None:
    log_in(page, book.plain)
    page.goto("/")
    expect(page.get_by_role("heading", name="下一期应还")).to_be_visible()
    expect(page.get_by_text("还款日前，约定的还款账户里备足这笔钱就好")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="合同尾号")).to_have_count(2)
    axe(page)
    fits(page)
    shots(page, "home")


def test_home_in_arrears_is_kind_and_says_what_to_do(page: Page, book: Book, log_in: LogIn) -> None:
    log_in(page, book.late)
    page.goto("/")
    expect(page.get_by_role("heading", name="有款项已过还款日")).to_be_visible()
    expect(page.get_by_text("6,523.45").first).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("致电 .* 商量"))).to_have_attribute(
        "href", re.compile(r"^tel:\d+$")
    )
    axe(page)
    fits(page)
    shots(page, "home-late")


def test_home_without_a_loan_says_what_would_be_there(page: Page, book: Book, log_in: LogIn) -> None:
    log_in(page, book.none)
    page.goto("/")
    expect(page.get_by_text("您名下还没有房贷")).to_be_visible()
    axe(page)
    fits(page)
    shots(page, "home-none")


def test_loan_page_with_schedule_and_charts(page: Page, book: Book, log_in: LogIn) -> None:
    log_in(page, book.plain)
    page.goto(f"/loans/{book.loans[book.plain][0]}/")
    expect(page.locator(".aj-chart-canvas svg, .aj-chart-canvas canvas")).to_have_count(3)
    expect(page.get_by_text("LPR").first).to_be_visible()
    axe(page)
    shots(page, "loan")
    page.get_by_role("link", name="2027").click()
    expect(page.locator("#schedule caption")).to_have_text("2027 年还款计划（单位：元）")
    expect(page.locator("#schedule tbody tr")).to_have_count(12)
    fits(page)


def test_loan_page_with_long_names_and_large_sums_in_arrears(page: Page, book: Book, log_in: LogIn) -> None:
    log_in(page, book.long)
    page.goto("/")
    expect(page.get_by_role("heading", name=f"您好，{LONG_NAME}")).to_be_visible()
    fits(page)
    shots(page, "home-long")
    page.goto(f"/loans/{book.loans[book.long][0]}/")
    expect(page.get_by_text("98,765,432.10 元").first).to_be_visible()
    fits(page)
    shots(page, "loan-long")
    log_in(page, book.late)
    page.goto(f"/loans/{book.loans[book.late][0]}/")
    expect(page.get_by_text("有 6,523.45 元 已过还款日 6 天")).to_be_visible()
    axe(page)
    shots(page, "loan-late")


def test_somebody_elses_loan_does_not_exist(page: Page, book: Book, log_in: LogIn) -> None:
    log_in(page, book.plain)
    answer = page.goto(f"/loans/{book.loans[book.late][0]}/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
    axe(page)
    shots(page, "404")


def test_a_notice_is_opened_and_acknowledged(
    page: Page, book: Book, log_in: LogIn, remind: Remind
) -> None:  # S2-11
    obligation_id = remind(book.plain)
    log_in(page, book.plain)
    page.goto("/")
    page.get_by_role("link", name="去看通知").click()
    expect(page.get_by_text("待确认").first).to_be_visible()
    axe(page)
    shots(page, "notices")
    page.get_by_role("link", name=re.compile("还款提醒")).click()
    expect(page.get_by_role("button", name="我已收到")).to_be_visible()
    assert InboxMessage.objects.get().opened_at is not None
    assert "/a/" not in page.locator("main").inner_text()
    axe(page)
    fits(page)
    shots(page, "notice")
    page.get_by_role("button", name="我已收到").click()
    done = page.get_by_text("您已确认收到")
    expect(done).to_be_visible()
    expect(page.locator("[data-focus]")).to_be_focused()
    assert Obligation.objects.get(pk=obligation_id).state == "proven"
    axe(page)


def test_acknowledge_without_script(
    new_context: NewContext, book: Book, log_in: LogIn, remind: Remind
) -> None:
    obligation_id = remind(book.plain)
    context = new_context(java_script_enabled=False)
    log_in(context, book.plain)
    page = context.new_page()
    page.goto("/notices/")
    page.get_by_role("link", name=re.compile("还款提醒")).click()
    page.get_by_role("button", name="我已收到").click()
    expect(page.get_by_text("您已确认收到")).to_be_visible()
    assert Obligation.objects.get(pk=obligation_id).state == "proven"


@pytest.mark.parametrize("script", [True, False])
def test_link_confirms_only_by_the_button(
    new_context: NewContext, book: Book, remind: Remind, script: bool
) -> None:
    obligation_id = remind(book.plain)
    page = new_context(java_script_enabled=script, viewport={"width": 360, "height": 740}).new_page()
    page.goto(f"/a/{ack_token(obligation_id)}")
    expect(page.get_by_text("尾号 0001")).to_be_visible()
    assert Obligation.objects.get(pk=obligation_id).state != "proven"
    main = page.locator("main").inner_text()
    assert "王小明" not in main
    assert "HL2021000001" not in main
    if script:
        axe(page)
        fits(page)
        shots(page, "link")
    page.get_by_role("button", name="我已收到").click()
    expect(page.get_by_role("heading", name="谢谢，已确认收到")).to_be_visible()
    assert Obligation.objects.get(pk=obligation_id).state == "proven"
    page.goto(f"/a/{ack_token(obligation_id)}")
    expect(page.get_by_role("heading", name="谢谢，已确认收到")).to_be_visible()
    if script:
        axe(page)
        shots(page, "link-done")


def test_a_broken_link_is_met_kindly(page: Page, book: Book, remind: Remind) -> None:
    token = ack_token(remind(book.plain))
    for bad in (token[:-2], f"{token}x", "1-2-3-4", "就是这个"):
        answer = page.goto(f"/a/{bad}")
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", name="这个链接打不开了")).to_be_visible()
    axe(page)
    shots(page, "link-bad")


def test_empty_inbox_and_me(page: Page, book: Book, log_in: LogIn) -> None:
    log_in(page, book.plain)
    page.goto("/notices/")
    expect(page.get_by_text("还没有通知")).to_be_visible()
    axe(page)
    shots(page, "notices-none")
    page.goto("/me/")
    expect(page.get_by_text("138****8001")).to_be_visible()
    assert "13800138001" not in page.content()
    axe(page)
    fits(page)
    shots(page, "me")


def test_language_size_and_darkness_are_kept(page: Page, book: Book, log_in: LogIn) -> None:
    log_in(page, book.plain)
    page.goto("/me/")
    page.get_by_role("main").get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Me", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("main").get_by_role("button", name="Large").click()
    expect(page.locator("html")).to_have_attribute("data-text", "large")
    page.locator("summary.aj-menu-button").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    axe(page)
    for path in ("/", f"/loans/{book.loans[book.plain][0]}/", "/notices/", "/me/"):
        page.goto(path)
        text = page.locator("body").inner_text()
        chinese = [line for line in text.splitlines() if re.search("[一-鿿]", line)]
        allowed = ("简体中文", "语言", "王", "安居示范银行")
        assert not [line for line in chinese if not any(word in line for word in allowed)], (path, chinese)
        fits(page)
        shots(page, f"en-large-{path.strip('/').replace('/', '-') or 'home'}")


def test_pages_read_without_script(new_context: NewContext, book: Book, log_in: LogIn) -> None:
    context = new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    log_in(context, book.plain)
    page = context.new_page()
    page.goto(f"/loans/{book.loans[book.plain][0]}/")
    page.locator("summary", has_text="看表格里的数字").first.click()
    expect(page.locator(".aj-chart table").first).to_be_visible()
    page.get_by_label("年份", exact=True).select_option("2030")
    page.get_by_role("button", name="看", exact=True).click()
    expect(page.locator("#schedule caption")).to_have_text("2030 年还款计划（单位：元）")
    page.locator("summary.aj-menu-button").click()
    expect(page.get_by_role("button", name="暗色")).to_be_visible()


def test_preferences_and_the_link_that_stops_contact(
    page: Page, book: Book, log_in: LogIn
) -> None:  # S0-16, S1-06
    at = timezone.now()
    notices.owe(
        notice_type="visit_pre_notice", key="visit", person_id=book.long, subject=("loan", book.loans[book.long][0]),
        branch_id=Branch.objects.get().pk, owed_at=at,
        variables={"visit_at": at.isoformat(), "purpose": "了解还款情况", "outline": "还款与服务"},
    )  # fmt: skip
    link = f"/a/{ack_token(Obligation.objects.get(key='visit').pk)}/stop"
    page.goto(link)
    axe(page)
    shots(page, "portal-stop")
    fits(page)
    page.get_by_role("button", name="确定停止").click()
    expect(page.get_by_role("heading", name="已停止：贷后回访")).to_be_visible()
    axe(page)
    log_in(page, book.long)
    page.goto("/me/preferences/")
    expect(page.get_by_text("经消息中的链接停止")).to_be_visible()
    axe(page)
    shots(page, "portal-preferences")
    fits(page)
    page.get_by_role("button", name="同意接受贷后回访").click()
    expect(page.get_by_role("button", name="不再接受贷后回访")).to_be_visible()
