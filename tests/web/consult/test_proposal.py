"""The proposal as PDF: PDF/A with the bank's head, letters one can search, loud when a font is missing."""

import re
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from anju.platform.documents import pdf
from anju.web.consult import views
from tests.web.consult.test_pages import ASKED, text_of

AT = datetime(2026, 9, 30, 2, 0, tzinfo=UTC)
FULL = {**ASKED, "fees": "3000", "prepay": "100000", "tax": "10"}
fonts = pytest.mark.skipif(
    not (pdf.FONTS_DIR / pdf.FONT_FILES[0]).is_file(), reason="fonts not fetched: run anju assets"
)


def letters_of(made: bytes) -> set[str]:
    """Characters that a reader can copy out of the PDF: the targets of its ToUnicode maps."""
    found: set[str] = set()
    for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.S):
        try:
            text = zlib.decompress(raw)
        except zlib.error:
            continue
        if b"begincmap" not in text:
            continue
        for target in re.findall(rb"<[0-9A-Fa-f]+>\s+<([0-9A-Fa-f]{4,})>", text):
            found |= set(bytes.fromhex(target.decode()).decode("utf-16-be"))
    return found


@fonts
def test_the_proposal_is_a_pdf_with_letters_one_can_search(page: Client) -> None:  # S4-020, S4-135
    response = page.get("/consult/proposal.pdf", FULL)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    made = response.content
    assert made.startswith(b"%PDF-1.7")
    letters = letters_of(made)
    assert set("个人住房贷款方案书安居示范银行综合融资成本明示逐年还款计划") <= letters
    assert set("0123456789.,%") <= letters
    assert b"pdfaid" in made or any(b"pdfaid" in part for part in made.split(b"stream"))


@fonts
def test_the_same_question_gives_the_same_bytes(page: Client) -> None:
    one, other = (page.get("/consult/proposal.pdf", FULL) for _ in range(2))
    assert one.content == other.content
    assert one["X-Anju-SHA256"] == other["X-Anju-SHA256"]


@fonts
def test_the_values_hold_plans_statement_years_and_proof(
    page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(views, "render_pdf", lambda name, values, *, at: given.update(values) or b"%PDF")
    page.get("/consult/proposal.pdf", FULL)
    assert len(given["plans"]) == len(given["statements"]) == 3
    assert len(given["years"]) == 30
    assert given["years"][-1][-1] == "0.00"
    proof = dict(given["proof"])
    assert proof["计算日期"] == "2026-09-30"
    assert "/consult/?price=3000000" in proof["在线查看"]
    assert re.fullmatch(r"[0-9a-f]{64}", proof["校验码"])
    shown = text_of(page.get("/consult/", FULL))
    for plan in given["plans"]:
        assert plan["first"] in shown


def test_a_mistake_goes_back_to_the_page(page: Client) -> None:
    response = page.get("/consult/proposal.pdf", {"price": "x", "down": "1"})
    assert response.status_code == 303
    assert response["Location"] == "/consult/?price=x&down=1"


def test_so_many_an_hour(page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PDF_PER_ADDRESS_MAX", 1)
    monkeypatch.setattr(views, "render_pdf", lambda name, values, *, at: b"%PDF")
    assert [page.get("/consult/proposal.pdf", ASKED).status_code for _ in range(2)] == [200, 429]


def test_without_its_font_there_is_no_pdf(
    page: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(pdf.FontMissing, match="anju assets"):
        pdf.render_pdf("proposal", {}, at=AT, fonts_dir=tmp_path)

    def missing(*args: Any, **kwargs: Any) -> bytes:
        raise pdf.FontMissing("缺少字体", "font missing")

    monkeypatch.setattr(views, "render_pdf", missing)
    response = page.get("/consult/proposal.pdf", ASKED)
    assert response.status_code == 503
    assert "缺少字体" in text_of(response)


@fonts
def test_a_letter_that_the_font_lacks_is_refused() -> None:
    with pytest.raises(pdf.LetterMissing, match="U\\+1F3E0"):
        pdf.render_pdf("proposal", {"title": "家 🏠"}, at=AT)


@fonts
@pytest.mark.parametrize(
    ("template", "values"), [("nothing", {}), ("../pdf", {}), ("proposal", {"title": "少了别的"})]
)
def test_a_broken_template_is_refused(template: str, values: dict[str, str]) -> None:
    with pytest.raises(pdf.TemplateBroken):
        pdf.render_pdf(template, values, at=AT)


@fonts
def test_text_is_never_markup(page: Client, settings: Any) -> None:
    settings.ANJU_BANK_NAME = '#panic("x") *bold* $x^2$'
    assert page.get("/consult/proposal.pdf", ASKED).status_code == 200
