"""Kept reports of notice drills: listed with figures and verdict, sealed, and a change is seen. S2-17."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse

from anju.platform.drills import files, jobs, queries
from anju.site.cli import drill as command
from tests.web.desk_world import AT, World

AsRole = Callable[[str], Client]


def told(ok: bool = True, **times: Any) -> dict[str, Any]:
    """A report as `anju drill notices --json` gives it."""
    return {
        "ok": ok, "date": "2026-11-22T01:00:00Z", "version": "0", "count": 50_000, "seed": 7, "workers": 2, "kill": True,
        "clock_step": False, "seconds": 610.0, "machine": {"cpus": 2, "cpu": "test", "python": "3.11", "postgresql": "18"},
        "profile": {"name": "rough", "label_zh": "不顺", "label_en": "Rough"},
        "verdicts": [
            {"name": "lost", "ok": ok, "zh": "没有丢失", "en": "none lost", "found": [] if ok else ["drill:1:<b>7</b>"]},
        ],
        "figures": {
            "lost": 0 if ok else 1, "doubled": 0, "in_doubt": 1, "proven": 48_800, "exceptions": 1_199,
            "messages_total": 71_000, "notices_per_second": 474.2,
            "seconds": {
                "first_attempt": {"p50": 0.41, "p95": 1.58, "p99": 2.2},
                "proof_acknowledged": times.get("proof", {"p50": 3600.0, "p95": 90_000.0, "p99": 172_000.0}),
            },
        },
        "in_doubt": [{"key": "anju-9-1", "channel": "sms", "provider": "sim-sms", "state": "in_doubt", "since": None, "reached": True}],
    }  # fmt: skip


@pytest.fixture
def folder(world: World, tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return files.folder_of(tmp_path)


def keep(folder: Path, *, ok: bool = True, days_ago: int = 1, **times: Any) -> str:
    at = AT - timedelta(days=days_ago)
    return files.keep(
        told(ok, **times), "<h1>report</h1>", folder=folder, by="ops", host="bank-1", at=at
    ).stem


def test_without_reports_it_says_how_to_run_one(folder: Path, as_role: AsRole) -> None:
    for role in ("supervisor", "administrator"):
        text = as_role(role).get(reverse("desk:drills")).content.decode()
        assert "还没有演练过" in text
        assert "anju drill notices --count" in text
        assert "每季度一次" in text
    assert as_role("collector").get(reverse("desk:drills")).status_code == 403


def test_a_report_is_listed_sealed_and_drawn(
    folder: Path, as_role: AsRole, django_assert_max_num_queries: Callable[..., object]
) -> None:
    name, client = keep(folder), as_role("supervisor")
    assert "待登记" in client.get(reverse("desk:drills")).content.decode()
    jobs.seal(AT)
    jobs.seal(AT)  # the same again changes nothing
    assert list(queries.seals()) == [name]
    with django_assert_max_num_queries(12):
        text = client.get(reverse("desk:drills")).content.decode()
    for words in (
        "校验一致",
        "不顺 (rough)",
        "50,000",
        "1.6 秒",
        "1 天 1 小时",
        "474",
        "ops",
        "bank-1",
        "下一次最迟 2027-02-22",
    ):
        assert words in text, words
    shown = client.get(reverse("desk:drill", args=[name])).content.decode()
    for words in (
        "丢失 0，重复 0",
        "从应通知到首次发出要多久？（毫秒）",
        "从应通知到本人确认要多久？（小时）",
        "anju-9-1",
        "成立",
    ):
        assert words in shown, words
    english = client.get(
        reverse("desk:drill", args=[name]), headers={"Accept-Language": "en"}
    ).content.decode()
    assert "none lost" in english
    filed = client.get(reverse("desk:drill_report", args=[name, "html"]))
    assert (filed.content, filed["Content-Disposition"][:10]) == (b"<h1>report</h1>", "attachment")
    assert (
        json.loads(client.get(reverse("desk:drill_report", args=[name, "json"])).content)["told"]["seed"] == 7
    )


def test_a_change_after_the_seal_is_seen(folder: Path, as_role: AsRole) -> None:
    client = as_role("administrator")
    changed, page_gone, gone = (keep(folder, days_ago=number) for number in (1, 2, 3))
    jobs.seal(AT)
    path = folder / f"{changed}.json"
    path.write_text(path.read_text().replace('"proven": 48800', '"proven": 49999'))
    (folder / f"{page_gone}.html").write_text("<h1>better</h1>")
    (folder / f"{gone}.json").unlink()
    text = client.get(reverse("desk:drills")).content.decode()
    for words in ("已被改动", "网页不符", "不见了"):
        assert words in text, words
    assert "不能作为依据" in client.get(reverse("desk:drill", args=[changed])).content.decode()


@pytest.mark.parametrize("body", ["", "{", "[]", '{"told": {}}', '{"kept_at": "soon"}'])
def test_a_spoilt_file_spoils_no_page(folder: Path, as_role: AsRole, body: str) -> None:
    good, bad = keep(folder), keep(folder, ok=False, days_ago=200)
    spoilt = f"{good[:-8]}00000000"
    (folder / f"{spoilt}.json").write_text(body)
    jobs.seal(AT)
    assert set(queries.seals()) == {good, bad}
    client = as_role("supervisor")
    text = client.get(reverse("desk:drills")).content.decode()
    assert "读不出来" in text
    assert "未通过" in text
    for name in (spoilt, "../../secrets", "20261122T000000Z-notices-x-00000000"):
        assert client.get(f"/desk/drills/{name}/").status_code == 404
    found = client.get(reverse("desk:drill", args=[bad])).content.decode()
    assert "有 1 条结论不成立" in found
    assert "&lt;b&gt;7" in found


def test_an_old_or_failed_drill_is_not_enough(folder: Path, as_role: AsRole) -> None:
    keep(folder, ok=False)
    client = as_role("supervisor")
    assert "上线前须通过一次" in client.get(reverse("desk:drills")).content.decode()
    keep(folder, days_ago=93, proof=None)
    assert "已经过期" in client.get(reverse("desk:drills")).content.decode()


def test_the_command_keeps_the_report_of_the_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command._keep(told(), "<p>x</p>", tmp_path)
    [name] = files.names(tmp_path / "drills")
    assert files.read(tmp_path / "drills", name).told["count"] == 50_000
    blocked = tmp_path / "file"
    blocked.write_text("")
    command._keep(told(), "<p>x</p>", blocked)  # a folder that cannot be made spoils no drill
    assert "not kept" in capsys.readouterr().err
    assert "--no-keep" in CliRunner().invoke(command.notices, ["--help"]).output
