"""The consult page of both faces: inputs in the address, plans side by side, mistakes at their fields."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from anju.platform.identity.models import Staff

ASKED = {"price": "3000000", "down": "900000", "fund": "800000", "income": "30000", "debts": "2000"}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
QUERIES_MAX = 12


def text_of(response: Any) -> str:
    return response.content.decode()


def test_nothing_asked_says_what_to_do(page: Client) -> None:
    text = text_of(page.get("/consult/"))
    assert "填上房价和首付" in text
    example = re.search(r'href="(/consult/\?[^"]+)"', text)
    assert example is not None
    assert text_of(page.get(example[1].replace("&amp;", "&"))).count('id="plan-') == 3


def test_three_plans_each_with_what_it_is_best_at(page: Client) -> None:  # S4-020, S4-088
    text = text_of(page.get("/consult/", ASKED))
    assert [name in text for name in ("方案一", "方案二", "方案三")] == [True] * 3
    for best in ("总成本最低", "月供最轻", "审批最快"):
        assert best in text
    assert "2026-09-20 LPR（5y）3.50% - 45 个基点 = 3.05%" in text
    assert "计算日期 2026-09-30" in text


def test_one_product_alone_looks_at_terms_beside(
    page: Client,
) -> None:  # S4-020: at least three, or a stated shortage
    text = text_of(page.get("/consult/", {"price": "3000000", "down": "900000"}))
    assert "只看 30 年凑不够三种方案，所以也看了 25 年和 35 年" in text
    assert text.count('id="plan-') >= 3


def test_the_verdict_can_be_read_aloud_with_its_document(page: Client) -> None:  # S4-001, S4-130
    text = text_of(page.get("/consult/", ASKED))
    assert "金规〔2026〕5号第10条" in text
    assert "不是审批结果" in text
    assert "没有核对年龄" in text


@pytest.mark.parametrize(
    ("income", "tone"),
    [("30000", "good"), ("20000", "warn"), ("16000", "bad")],
)
def test_the_bar_is_amber_above_40_and_red_above_50(page: Client, income: str, tone: str) -> None:
    text = text_of(
        page.get("/consult/", {**ASKED, "debts": "0", "fund": "", "method": "level", "income": income})
    )
    assert f'<div class="ct-bar tone-{tone}">' in text


def test_too_heavy_says_the_smallest_down_payment(page: Client) -> None:  # S4-037
    text = text_of(page.get("/consult/", {**ASKED, "fund": "", "income": "9000"}))
    assert "可以这样做" in text
    assert "首付至少" in text


def test_cost_statement_with_document(page: Client) -> None:  # S4-135
    text = text_of(page.get("/consult/", {**ASKED, "fees": "3000"}))
    for word in ("综合融资成本明示", "实得金额", "一次性费用", "金规〔2026〕2号", "弹窗展示"):
        assert word in text


def test_subsidy_and_tax_are_layers_of_their_own(
    page: Client, at_time: Callable[..., None]
) -> None:  # S4-134
    small = {"price": "1400000", "down": "400000", "area": "89.5", "tax": "10"}
    text = text_of(page.get("/consult/", small))
    assert "签约日没有可以适用的贴息政策" in text  # the programme opens on 2026-10-01
    from tests.web.consult.conftest import NOVEMBER

    at_time(NOVEMBER)
    text = text_of(page.get("/consult/", small))
    assert "财金〔2026〕95号" in text
    assert "贴息合计" in text
    assert "每年约少缴个税" in text


def test_an_lpr_not_loaded_is_said(page: Client, at_time: Callable[..., None]) -> None:
    from tests.web.consult.conftest import NOVEMBER

    at_time(NOVEMBER)
    text = text_of(page.get("/consult/", ASKED))
    assert "暂按 2026-09-20 公布的一期试算" in text


def test_every_figure_says_why(page: Client) -> None:
    text = text_of(page.get("/consult/", ASKED))
    for word in ("公式", "代入", "四舍五入到分", "银发〔1999〕77号"):
        assert word in text


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"price": "abc", "down": "1"}, "price", "房价无效：abc"),
        ({"price": "100", "down": "100"}, "down", "少于房价"),
        ({"price": "3000000", "down": ""}, "down", "必填"),
        ({**ASKED, "months": "481"}, "months", "1 至 480"),
        ({**ASKED, "rate": "37"}, "rate", "0 至 36"),
        ({**ASKED, "on": "2027-01-01"}, "on", "晚于今天"),
        ({**ASKED, "on": "1999-01-01"}, "on", "请换一个日期"),
        ({**ASKED, "area": "1e9"}, "area", "0.01 至 10,000.00"),
        ({**ASKED, "w_rate": "abc"}, "w_rate", "的整数"),
        ({**ASKED, "spread": "-400"}, "spread", ""),
    ],
)
def test_a_mistake_stands_at_its_field(page: Client, given: dict[str, str], field: str, said: str) -> None:
    response = page.get("/consult/", given)
    text = text_of(response)
    assert response.status_code == 422
    assert f'href="#f-{field}"' in text
    assert said in text
    assert 'id="plan-1"' not in text
    if field in ("price", "months", "rate") and given[field] != "481":
        assert f'value="{given[field]}"' in text  # what was typed stays


def test_mistakes_in_english(page: Client) -> None:
    page.cookies["django_language"] = "en"
    text = text_of(page.get("/consult/", {"price": "abc", "down": "1"}))
    assert "price is not valid: abc" in text
    assert not re.findall(r"[一-鿿]+", text.split("<main")[1].split("</main>")[0].replace("简体中文", ""))


def test_english_speaks_no_chinese(page: Client) -> None:
    page.cookies["django_language"] = "en"
    text = text_of(
        page.get("/consult/", {**ASKED, "fees": "100", "prepay": "100000", "tax": "10", "w_rate": "25"})
    )
    main = text.split("<main")[1].split("</main>")[0]
    main = re.sub(r"[\w、]*[银金财国]\w*〔\d+〕\d+号?|民法典", "", main)
    assert not re.findall(r"[一-鿿]+", main)


def test_what_is_typed_is_escaped(page: Client) -> None:
    text = text_of(page.get("/consult/", {"price": '"><script>alert(1)</script>', "down": "1", "v": "<b>"}))
    assert "<script>alert" not in text
    assert "<b>" not in text


@pytest.mark.parametrize("query", [ASKED, {}, {"price": "x"}])
def test_queries_are_few(
    page: Client, query: dict[str, str], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(QUERIES_MAX):
        page.get("/consult/", query)


def test_the_desk_is_for_advisers_and_supervisors(
    page: Client, staff: Callable[..., Staff], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    assert page.get("/desk/consult/").status_code == 302
    for role, status in (("adviser", 200), ("supervisor", 200), ("collector", 403), ("administrator", 403)):
        page.force_login(staff(role), backend=BACKEND)
        with django_assert_max_num_queries(QUERIES_MAX):
            response = page.get("/desk/consult/", ASKED)
        assert response.status_code == status, role
        assert ('href="/desk/consult/"' in text_of(page.get("/desk/"))) is (status == 200)


def test_the_desk_shares_the_address_anybody_may_open(page: Client, staff: Callable[..., Staff]) -> None:
    page.force_login(staff("adviser"), backend=BACKEND)
    text = text_of(page.get("/desk/consult/", ASKED))
    assert re.search(r'id="share-link" value="http://[^"]+/consult/\?price=3000000', text)
    assert "/desk/consult/?price" not in re.findall(r'id="share-link" value="([^"]+)"', text)[0]


def test_nothing_is_kept(page: Client) -> None:
    response = page.get("/consult/", ASKED)
    assert response["Cache-Control"] == "private, no-store"
    assert "sessionid" not in response.cookies
