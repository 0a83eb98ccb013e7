"""Notice figures 通知指标: completion, time to proof, channels, exceptions by cause, branches, types, people; and as a file."""

import csv
import io
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.platform.identity import queries as identity
from anju.platform.notices.kpis import DAYS_MAX, BadPeriod, Figures, Kpis, kpis, period
from anju.web import format as fmt
from anju.web.charts import Chart, Series
from anju.web.desk import shell, words
from anju.web.desk.composers import said
from anju.web.desk.notices import reason_label
from anju.web.desk.notices_tabs import tabs
from anju.web.desk.scope import Desk, desk_page

DAYS_SHOWN = 30


def _asked(request: HttpRequest, desk: Desk) -> tuple[date, date, str]:
    """The days asked for; the last thirty, and why, when what was asked cannot be."""
    last, first = desk.on, desk.on - timedelta(days=DAYS_SHOWN - 1)
    try:
        first = date.fromisoformat(request.GET.get("from") or first.isoformat())
        last = date.fromisoformat(request.GET.get("to") or last.isoformat())
        period(first, last)
    except BadPeriod as refused:
        return desk.on - timedelta(days=DAYS_SHOWN - 1), desk.on, said(refused)
    except ValueError:
        text = f"{request.GET.get('from', '')[:20]} – {request.GET.get('to', '')[:20]}"
        problem = _("期间“%(text)s”不是日期，请写成 2026-11-30 的样子。") % {"text": text}
        return desk.on - timedelta(days=DAYS_SHOWN - 1), desk.on, problem
    return first, last, ""


@desk_page("exception.close", "jobs.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The figures of a period, for my branches."""
    first, last, problem = _asked(request, desk)
    since, until = period(first, last)
    found = kpis(since=since, until=until, branch_ids=_scope(desk))
    names = {row.id: row.name for row in identity.branches()}
    query = f"from={first}&to={last}"
    context = {
        "tabs": tabs(desk, "notice_kpis"),
        "first": first.isoformat(), "last": last.isoformat(), "today": desk.on.isoformat(), "problem": problem,
        "days_max": DAYS_MAX,
        "any": found.total.owed > 0,
        "stats": _stats(found),
        "charts": _charts(found),
        "branches": [(names.get(number, str(number)), *_cells(row)) for number, row in found.branches.items()],
        "types": [(words.notice(name), *_cells(row)) for name, row in found.types.items()],
        "causes": [(reason_label(row.reason), row.count, row.open) for row in found.causes],
        "staff": [
            (row.name, row.handled, fmt.share(row.in_time, row.handled), span(row.median_seconds), row.proven)
            for row in found.staff
        ],
        "csv_url": f"{reverse('desk:notice_kpis_csv')}?{query}",
    }  # fmt: skip
    return shell.page(request, desk, "desk/kpis.html", context, at="exceptions")


def _scope(desk: Desk) -> list[int] | None:
    return None if desk.may("jobs.view") else desk.branch_ids


def span(seconds: int | None) -> str:
    """Seconds as people say them."""
    if seconds is None:
        return fmt.NOTHING
    return _("%(n)s 秒") % {"n": seconds} if seconds < 60 else fmt.duration(seconds // 60)


def _within(seconds: int | None) -> str:
    return "" if seconds is None else _("95%% 在 %(t)s 内") % {"t": span(seconds)}


def _cells(row: Figures) -> tuple[Any, ...]:
    return (
        f"{row.owed:,}", f"{row.due:,}", fmt.share(row.in_time, row.due), span(row.p50_seconds), span(row.p95_seconds),
        f"{row.exceptions:,}", f"{row.closed_by_person:,}",
    )  # fmt: skip


def _stats(found: Kpis) -> list[dict[str, str]]:
    total = found.total
    return [
        {"label": _("按时证明送达"), "value": fmt.share(total.in_time, total.due), "note": _("到期 %(n)s 条") % {"n": f"{total.due:,}"}},
        {
            "label": _("到证明用时（中位）"), "value": span(total.p50_seconds),
            "note": _within(total.p95_seconds),
        },
        {
            "label": _("到首次发送（中位）"), "value": span(found.first_try_p50_seconds),
            "note": _within(found.first_try_p95_seconds),
        },
        {"label": _("未办结的异常"), "value": f"{total.exceptions:,}", "note": _("应通知 %(n)s 条") % {"n": f"{total.owed:,}"}},
    ]  # fmt: skip


def _charts(found: Kpis) -> list[Chart]:
    days = [fmt.day(on) for on in found.days]
    rows = list(found.days.values())
    charts = [
        Chart(
            "kpi-days",
            _("每天应通知的，有多少按时证明送达？"),
            "stack",
            _("日期"),
            days,
            [
                Series(_("按时证明"), [row.in_time for row in rows]),
                Series(_("其余到期"), [max(0, row.due - row.in_time) for row in rows]),
                Series(_("未到期"), [max(0, row.owed - row.moot - row.due) for row in rows]),
            ],
            unit="count",
        )
    ]
    if found.channels:
        charts.append(
            Chart(
                "kpi-channels",
                _("各渠道发出多少、证明多少？"),
                "bar",
                _("渠道"),
                [words.word(words.CHANNELS, row.channel) for row in found.channels],
                [
                    Series(_("已发出"), [row.sent for row in found.channels]),
                    Series(_("由此证明"), [row.proved for row in found.channels]),
                    Series(_("失败或未发"), [row.failed + row.skipped for row in found.channels]),
                ],
                unit="count",
            )
        )
    if found.causes:
        charts.append(
            Chart(
                "kpi-causes",
                _("异常是什么原因造成的？"),
                "bar",
                _("原因"),
                [reason_label(row.reason) for row in found.causes],
                [
                    Series(_("全部"), [row.count for row in found.causes]),
                    Series(_("未办结"), [row.open for row in found.causes]),
                ],
                unit="count",
            )
        )
    return charts  # fmt: skip


@desk_page("exception.close", "jobs.view")
def download(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The same figures as a CSV file: slice, name, counts, shares in ppm, seconds."""
    first, last, _problem = _asked(request, desk)
    since, until = period(first, last)
    found = kpis(since=since, until=until, branch_ids=_scope(desk))
    names = {row.id: row.name for row in identity.branches()}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["slice", "name", "owed", "moot", "due", "proven", "in_time", "completion_ppm", "exceptions", "closed_by_person",
         "p50_seconds", "p95_seconds"]
    )  # fmt: skip
    slices: list[tuple[str, str, Figures]] = [("total", "", found.total)]
    slices += [("branch", names.get(number, str(number)), row) for number, row in found.branches.items()]
    slices += [("type", name, row) for name, row in found.types.items()]
    slices += [("day", on.isoformat(), row) for on, row in found.days.items()]
    for kind, name, row in slices:
        writer.writerow(
            [kind, _safe(name), row.owed, row.moot, row.due, row.proven, row.in_time, row.completion_ppm, row.exceptions,
             row.closed_by_person, row.p50_seconds, row.p95_seconds]
        )  # fmt: skip
    for one in found.channels:
        writer.writerow(
            ["channel", one.channel, one.sent, "", "", one.delivered, one.proved, "", one.failed, one.skipped]
        )
    for cause in found.causes:
        writer.writerow(["cause", cause.reason, cause.count, "", "", "", "", "", cause.open])
    for person in found.staff:
        counts = [person.handled, "", "", person.proven, person.in_time, "", "", "", person.median_seconds]
        writer.writerow(["staff", _safe(person.name), *counts])
    response = HttpResponse("﻿" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="notices-{first}-{last}.csv"'
    return response


def _safe(text: str) -> str:
    """A spreadsheet must not take a name for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
