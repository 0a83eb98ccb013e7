"""The letters page and its return page: axe, 360 px, pictures. S2-04."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from anju.adapters.simulated import mailroom
from anju.platform.letters import operations as letters
from anju.platform.letters import queries
from anju.platform.letters.operations import batching
from anju.platform.letters.rows import NewLetter
from tests.browser.desk.test_look import look
from tests.web.desk_world import AT, World


def test_letters(world: World, staff_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "render_pdf", lambda name, values, *, at: b"%PDF-1.7")
    monkeypatch.setattr(batching, "require_letters", lambda texts: None)
    at = AT - timedelta(days=5)
    person, branch = world.loans[0].borrower_id, world.branch.pk
    rows = [
        NewLetter(f"anju-{n}", "post", n, person, branch, "张三", "上海市徐汇区1号 200030", "标题", "正文")
        for n in range(10)
    ]
    letters.take_many(rows, at=at)
    letters.make_batches(at=at, by="system:letters")
    (batch,) = queries.batches([branch])
    made = letters.batch_file(
        batch_id=batch.id, what="list", reason="x", staff_id=None, by="system:test", at=at
    )
    said = (
        mailroom.answers(made.content, on=at.date())
        + "L1,一个很长很长的挂号号码超出范围,2026-11-23,,,\r\n".encode()
    )
    report = letters.returns_read(
        content=said,
        name="收发室回执-2026年11月第三批-徐汇支行-非常长的文件名.csv",
        by="system:test",
        at=AT,
        branch_id=branch,
    )
    letters.take_many(
        [NewLetter("anju-x", "post", 99, person, branch, "张三", "上海市1号 200030", "标题", "正文")], at=AT
    )
    page = staff_page("supervisor")
    look(page, "/desk/letters/", "letters")
    look(page, f"/desk/letters/returns/{report.file_id}/", "letter-returns")
