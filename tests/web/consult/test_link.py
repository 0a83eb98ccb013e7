"""The shareable link: short, without personal data, the same figures on any later day, and what differs today."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from anju.platform.policies import operations
from anju.platform.policies import queries as policies
from anju.web.consult.question import link, read
from tests.web.consult.conftest import BANK, NOVEMBER
from tests.web.consult.test_pages import ASKED, text_of

LATER = datetime(2026, 12, 21, 10, 0, tzinfo=BANK)
LENGTH_MAX = 220


def shared(response: Any) -> str:
    found = re.search(r'id="share-link" value="https?://[^/]+([^"]+)"', text_of(response))
    assert found is not None
    return found[1].replace("&amp;", "&")


def figures(response: Any) -> list[str]:
    text = text_of(response).split('class="ct-rates"')[1]
    return re.findall(
        r"[0-9][0-9,]*\.[0-9]{2}", re.sub(r'value="[^"]*"|<script.*?</script>', "", text, flags=re.S)
    )


def test_equal_questions_have_equal_links() -> None:
    one = read({**ASKED, "months": "360", "method": "both", "utm_source": "x", "debts": " 2000 "})
    other = read({"debts": "2000", **ASKED})
    assert (
        link(one.texts)
        == link(other.texts)
        == "price=3000000&down=900000&fund=800000&income=30000&debts=2000"
    )
    assert one.question == other.question


def test_the_link_shows_the_same_figures_later(page: Client, at_time: Callable[..., None]) -> None:  # S4-130
    before = page.get("/consult/", ASKED)
    address = shared(before)
    assert len(address) < LENGTH_MAX
    assert "on=2026-09-30" in address
    at_time(NOVEMBER)
    after = page.get(address)
    assert after.status_code == 200
    assert figures(after) == figures(before)
    assert "这是按 2026-09-30 的利率和规则算的" in text_of(after)


def test_another_rate_today_is_told(page: Client, at_time: Callable[..., None]) -> None:
    before = page.get("/consult/", ASKED)
    address = shared(before)
    at_time(LATER)
    lpr = policies.content("lpr.csv", policies.version("lpr.csv"))
    header, *rows = lpr.strip().splitlines()
    last = rows[-1].split(",")
    more = [",".join([day, "2.90", "3.40", *last[3:]]) for day in ("2026-10-20", "2026-11-20", "2026-12-21")]
    operations.load("lpr.csv", "\n".join([header, *rows, *more]) + "\n", at=LATER, by="system:test")
    policies.forget()
    after = page.get(address)
    assert figures(after) == figures(before)  # the versions of the link still hold
    assert "今天同样条件的商业贷款利率是 2.95%，当时是 3.05%" in text_of(after)
    again = re.search(r'href="([^"]+)">按今天的利率和规则重算', text_of(after))
    assert again is not None
    today = page.get(again[1].replace("&amp;", "&"))
    assert "2026-11-20 LPR" in text_of(today)
    assert figures(today) != figures(before)


def test_a_version_that_is_not_kept_is_told(page: Client) -> None:
    text = text_of(page.get("/consult/", {**ASKED, "on": "2026-09-30", "v": "0" * 16}))
    assert "已不再保存" in text
    assert 'id="plan-1"' in text


@pytest.mark.parametrize("version", ["x", "é" * 16, "../../etc/passwd"])
def test_an_odd_version_harms_nothing(page: Client, version: str) -> None:
    assert page.get("/consult/", {**ASKED, "v": version}).status_code == 200


def test_htmx_gets_the_answer_alone_and_the_address_follows(page: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "answer", "X-Consult-Moved": "1"}
    response = page.get("/consult/", {**ASKED, "w_rate": "25", "method": "both"}, headers=headers)
    text = text_of(response)
    assert "<html" not in text
    assert 'id="o-w_rate"' in text
    assert 'id="s-w_rate"' not in text  # the slider in hand is left alone
    assert response["HX-Replace-Url"].endswith("debts=2000&w_rate=25")
    assert "HX-Target" in response["Vary"]
    wrong = page.get("/consult/", {"price": "x", "down": "1"}, headers=headers)
    assert wrong.status_code == 200
    assert 'id="f-price-note" hx-swap-oob="true"' in text_of(wrong)
