"""Drills of notices 通知演练: every kept report with its verdict, its figures, and whether it was changed since it was sealed."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.core.errors import PolicyMissing
from anju.core.working_time import BANK_ZONE
from anju.platform.drills import files, queries
from anju.platform.policies import queries as policies
from anju.web import format as fmt
from anju.web.charts import Chart, Series
from anju.web.desk import shell, words
from anju.web.desk.composers import said
from anju.web.desk.notices_tabs import tabs
from anju.web.desk.scope import Desk, desk_page

WHO = ("exception.close", "jobs.view")
SHOWN = 50
FOUND_SHOWN = 5
QUANTILES = ("p50", "p95", "p99")
_UNITS = ((10.0, 1000.0), (600.0, 1.0), (36_000.0, 1 / 60))
"""Below so many seconds, times this: milliseconds, seconds, minutes; else hours."""


def _folder() -> Path:
    return files.folder_of(Path(settings.DATA_DIR))


def _menu(desk: Desk) -> str:
    """Administrators come here from their own page."""
    return "exceptions" if desk.may("exception.close") else "admin"


@desk_page(*WHO)
def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The drills, the newest first; whether the next one is due; how to run one."""
    folder, seals = _folder(), queries.seals()
    names = files.names(folder)
    rows = [_face(folder, name, seals) for name in names[:SHOWN]]
    gone = [_gone(name) for name in sorted(set(seals) - set(names), reverse=True)[:SHOWN]] if seals else []
    context = {
        "tabs": tabs(desk, "drills"), "rows": rows, "gone": gone if len(names) < files.REPORTS_MAX else [], "more": len(names) - len(rows),
        "due": _due(desk, rows), "days": _interval(desk),
    }  # fmt: skip
    return shell.page(request, desk, "desk/drills.html", context, at=_menu(desk))


def _interval(desk: Desk) -> int:
    try:
        return policies.params().integer("notice_drill_interval_days", "installation", desk.on)
    except PolicyMissing:  # policy of an older version: the book says nothing yet
        return 0


def _due(desk: Desk, rows: list[dict[str, Any]]) -> dict[str, str]:
    """When the last one was passed, and by when the next is due."""
    passed = [row["ended"] for row in rows if row["ok"]]
    days = _interval(desk)
    if not passed or not days:
        return {}
    last = max(passed).astimezone(BANK_ZONE).date()
    by = last + timedelta(days=days)
    late = by < desk.on
    return {
        "tone": "warn" if late else "good", "icon": "alert-triangle" if late else "circle-check",
        "text": _("上一次通过的演练在 %(last)s；下一次最迟 %(by)s。") % {"last": fmt.day(last), "by": fmt.day(by)},
        "late": _("已经过期，请安排演练。") if late else "",
    }  # fmt: skip


def _gone(name: str) -> dict[str, str]:
    return {"name": name, "problem": _("登记过，但文件已不在数据目录")}


def _face(folder: Path, name: str, seals: Mapping[str, str]) -> dict[str, Any]:
    """A drill in the list. A report that cannot be read has a row too."""
    try:
        kept = files.read(folder, name)
    except (files.DrillUnreadable, FileNotFoundError) as problem:
        text = said(problem) if isinstance(problem, files.DrillUnreadable) else _("文件已不在数据目录")
        return {"name": name, "problem": text, "ok": False, "seal": _seal(folder, name, "", "", seals)}
    told = kept.told
    figures, times = told["figures"], told["figures"]["seconds"]
    first, proof = times.get("first_attempt"), times.get("proof_acknowledged")
    return {
        "name": name, "url": reverse("desk:drill", args=[name]), "ok": kept.ok, "problem": "",
        "ended": kept.kept_at, "at": _when(kept), "profile": _profile(told), "count": f"{int(told['count']):,}",
        "verdict": verdict(told), "word": _("通过") if kept.ok else _("未通过"), "tone": "good" if kept.ok else "bad",
        "first": _span(first, "p95"), "proof": _span(proof, "p95"), "rate": f"{float(figures.get('notices_per_second', 0)):,.0f}",
        "by": kept.by, "host": kept.host, "seal": _seal(folder, name, kept.sha256, kept.page_sha256, seals),
    }  # fmt: skip


def _when(kept: files.Kept) -> str:
    """With its year: drills are compared over years."""
    local = kept.kept_at.astimezone(BANK_ZONE)
    return f"{fmt.day(local.date())} {local:%H:%M}"


def _seal(folder: Path, name: str, sha256: str, page_sha256: str, seals: Mapping[str, str]) -> dict[str, str]:
    """Whether the report is what was sealed."""
    sealed = seals.get(name)
    own = sha256 or files.checksum(folder, name)
    if sealed is None:
        return {"tone": "info", "word": _("待登记"), "text": _("后台每 10 分钟把新报告的校验值登记到日志。")}
    if sealed != own:
        return {"tone": "bad", "word": _("已被改动"), "text": _("报告与登记时的校验值不同，不能作为依据。")}
    if page_sha256 and not _page_is(folder, name, page_sha256):
        return {"tone": "bad", "word": _("网页不符"), "text": _("归档网页不见了或被改动，数字文件未变。")}
    return {"tone": "good", "word": _("校验一致"), "text": _("与登记在日志里的校验值一致。")}


def _page_is(folder: Path, name: str, sha256: str) -> bool:
    try:
        return hashlib.sha256(files.page(folder, name)).hexdigest() == sha256
    except FileNotFoundError:
        return False


def _profile(told: Mapping[str, Any]) -> str:
    profile = told["profile"]
    label = profile.get("label_en" if fmt.in_english() else "label_zh") or ""
    return f"{label} ({profile['name']})" if label else str(profile["name"])


def verdict(told: Mapping[str, Any]) -> str:
    """The verdict as one sentence."""
    figures = told["figures"]
    values = {
        name: f"{int(figures.get(name, 0)):,}"
        for name in ("lost", "doubled", "in_doubt", "proven", "exceptions")
    }
    values["count"] = f"{int(told['count']):,}"
    text = (
        _(
            "%(count)s 条通知：丢失 %(lost)s，重复 %(doubled)s，结果不明 %(in_doubt)s，已证明 %(proven)s，转人工 %(exceptions)s。"
        )
        % values
    )
    wrong = sum(not line["ok"] for line in told["verdicts"])
    return text if told["ok"] else text + _("有 %(n)s 条结论不成立。") % {"n": wrong}


def _span(times: Mapping[str, float] | None, name: str) -> str:
    return span(float(times[name])) if times and name in times else fmt.NOTHING


def span(seconds: float) -> str:
    """A measured time as people read it."""
    if seconds < 1:
        return _("%(n)s 毫秒") % {"n": round(seconds * 1000)}
    return _("%(n)s 秒") % {"n": f"{seconds:.1f}"} if seconds < 120 else fmt.duration(round(seconds / 60))


def _chart(name: str, question: str, times: Mapping[str, float]) -> Chart:
    """p50, p95 and p99 as three bars, in a unit that keeps them readable."""
    values = [float(times[key]) for key in QUANTILES]
    units = list(zip((_("毫秒"), _("秒"), _("分钟")), _UNITS, strict=True))
    fitting = [(unit, factor) for unit, (below, factor) in units if max(values) < below]
    unit, factor = fitting[0] if fitting else (_("小时"), 1 / 3600)
    title = f"{question}（{unit}）" if not fmt.in_english() else f"{question} ({unit})"
    heights = [max(0, round(value * factor)) for value in values]
    return Chart(
        f"drill-{name}", title, "bar", _("分位"), list(QUANTILES), [Series(unit, heights)], unit="count"
    )


def _charts(told: Mapping[str, Any]) -> list[Chart]:
    times = told["figures"]["seconds"]
    questions = (
        ("first_attempt", _("从应通知到首次发出要多久？")), ("proof_acknowledged", _("从应通知到本人确认要多久？")),
        ("proof_carrier_delivered", _("从应通知到运营商送达要多久？")),
    )  # fmt: skip
    return [_chart(name, text, times[name]) for name, text in questions if times.get(name)]


@desk_page(*WHO)
def show(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    """One drill: verdict line by line, figures, times, doubtful sends, where and by whom."""
    folder = _folder()
    try:
        kept = files.read(folder, name)
    except (files.DrillUnreadable, FileNotFoundError):
        raise Http404 from None
    told = kept.told
    language = "en" if fmt.in_english() else "zh"
    context = {
        "tabs": tabs(desk, "drills"), "row": _face(folder, name, queries.seals()),
        "lines": [
            {"ok": line["ok"], "text": line[language], "found": [str(one) for one in line["found"]][:FOUND_SHOWN]}
            for line in told["verdicts"]
        ],
        "charts": _charts(told), "stats": _stats(told["figures"]), "facts": _facts(kept),
        "in_doubt": [
            {**one, "channel": words.word(words.CHANNELS, one["channel"])} for one in told["in_doubt"][:SHOWN]
        ], "in_doubt_more": max(0, len(told["in_doubt"]) - SHOWN),
    }  # fmt: skip
    return shell.page(request, desk, "desk/drill.html", context, at=_menu(desk))


def _stats(figures: Mapping[str, Any]) -> list[dict[str, str]]:
    def number(name: str) -> str:
        return f"{float(figures.get(name) or 0):,.0f}"

    return [
        {"label": _("丢失"), "value": number("lost"), "note": _("须为 0")},
        {"label": _("重复"), "value": number("doubled"), "note": _("须为 0")},
        {"label": _("结果不明"), "value": number("in_doubt"), "note": _("逐条列在下面")},
        {"label": _("已证明"), "value": number("proven"), "note": _("转人工 %(n)s") % {"n": number("exceptions")}},
        {
            "label": _("办结速度"), "value": _("%(n)s 条/秒") % {"n": number("notices_per_second")},
            "note": _("发出消息 %(n)s 条") % {"n": number("messages_total")},
        },
    ]  # fmt: skip


def _facts(kept: files.Kept) -> list[tuple[str, str]]:
    told, machine = kept.told, kept.told["machine"]
    besides = [_("随时 kill -9")] * bool(told.get("kill")) + [_("时钟跳变")] * bool(told.get("clock_step"))
    return [
        (_("留存时间"), _when(kept)), (_("演练人（系统用户）"), kept.by or fmt.NOTHING),
        (_("机器"), f"{kept.host} · {machine.get('cpus', '')} × {machine.get('cpu', '')}"),
        (_("软件"), f"Anju {told.get('version', '')} · Python {machine.get('python', '')} · PostgreSQL {machine.get('postgresql', '')}"),
        (_("故障画像"), _profile(told)), (_("随机种子"), str(told["seed"])), (_("后台进程"), str(told.get("workers", ""))),
        (_("另加"), "、".join(besides) or fmt.NOTHING),
        (_("真实用时"), fmt.duration(max(1, round(float(told.get("seconds", 0)) / 60)))), ("SHA-256", kept.sha256),
    ]  # fmt: skip


@desk_page(*WHO)
def download(request: HttpRequest, desk: Desk, name: str, kind: str) -> HttpResponse:
    """The page to be printed and filed, or the figures for a program; always as a file, never shown by the desk."""
    folder = _folder()
    try:
        body = files.page(folder, name) if kind == "html" else _figures(folder, name)
    except FileNotFoundError:
        raise Http404 from None
    answer = HttpResponse(
        body, content_type="text/html; charset=utf-8" if kind == "html" else "application/json"
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _figures(folder: Path, name: str) -> bytes:
    if not files.NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return (folder / f"{name}.json").read_bytes()
