"""Imports: hand in a tape or a payments file, see what came of it, its quarantine and its mirror differences."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.contexts.servicing import operations as servicing
from anju.contexts.servicing import queries
from anju.contexts.servicing.tape.rows import TapeRefused
from anju.platform.identity import queries as identity
from anju.platform.journal import handlers
from anju.web import format as fmt
from anju.web.desk import shell, words
from anju.web.desk.composers import Problem, said
from anju.web.desk.scope import Desk, desk_page

PAGE_SIZE = 50
UPLOAD_BYTES_MAX = 64 * 1024 * 1024
SUFFIXES = (".csv", ".xlsx", ".parquet")
LOADERS = {"loans": servicing.loans_load, "payments": servicing.payments_load}


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdigit() and len(text) < 18 else 0


@desk_page("imports.view", "imports.load")
def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The latest files, and the form to hand in another."""
    return _listing(request, desk)


def _listing(
    request: HttpRequest, desk: Desk, problem: Problem | None = None, status: int = 200
) -> HttpResponse:
    before = _number(request, "before")
    found = queries.imports_list(before_id=before or None, limit=PAGE_SIZE + 1)
    context = {
        "rows": [_row(row) for row in found[:PAGE_SIZE]],
        "next_url": f"{reverse('desk:imports')}?before={found[PAGE_SIZE - 1].id}"
        if len(found) > PAGE_SIZE
        else "",
        "first_url": reverse("desk:imports") if before else "",
        "may_load": desk.may("imports.load"),
        "problem": problem,
        "kinds": [(code, str(label)) for code, label in words.IMPORT_KINDS.items()],
        "kind": request.POST.get("kind", "loans"),
        "as_of": request.POST.get("as_of", ""),
        "most": _("%(n)s MB") % {"n": UPLOAD_BYTES_MAX // 1024 // 1024},
    }
    return shell.page(request, desk, "desk/imports.html", context, at="imports", status=status)


def _row(row: queries.ImportRow) -> dict[str, Any]:
    return {
        "url": reverse("desk:import", args=[row.id]), "id": row.id, "kind": words.word(words.IMPORT_KINDS, row.kind),
        "name": row.name, "as_of": fmt.day(row.as_of_on), "received": fmt.moment(row.received_at), "state": row.state,
        "total": f"{row.rows_total:,}", "new": f"{row.rows_new:,}", "changed": f"{row.rows_changed:,}",
        "same": f"{row.rows_same:,}", "bad": f"{row.rows_bad:,}", "bad_count": row.rows_bad,
        "differences": f"{row.differences:,}", "differences_count": row.differences, "error": row.error,
    }  # fmt: skip


@desk_page("imports.load", methods=("POST",))
def upload(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Load a file; its result page tells what came of it. A file that cannot be taken changes nothing."""
    kind, sent = request.POST.get("kind", ""), request.FILES.get("file")
    as_of, problem = _as_of(request.POST.get("as_of", ""))
    if kind not in LOADERS:
        problem = Problem(_("请选择数据种类。"))
    elif sent is None:
        problem = Problem(_("请选择要上传的文件。"))
    elif not str(sent.name).lower().endswith(SUFFIXES):
        problem = Problem(_("不支持“%(name)s”这种文件，请上传 CSV、XLSX 或 Parquet。") % {"name": sent.name})
    elif (sent.size or 0) > UPLOAD_BYTES_MAX:
        values = {"n": UPLOAD_BYTES_MAX // 1024 // 1024}
        problem = Problem(_("文件超过 %(n)s MB。请分批上传，或由运维人员用命令行导入。") % values)
    elif not sent.size:
        problem = Problem(_("文件是空的。"))
    if problem is not None or sent is None:
        return _listing(request, desk, problem, status=422)
    try:
        report = LOADERS[kind](
            content=sent.read(), name=str(sent.name)[:200], by=desk.actor, at=desk.at, as_of=as_of
        )
    except TapeRefused as refusal:
        return _listing(
            request, desk, Problem(_("文件没有导入，任何数据都没有改变。"), said(refusal)), status=422
        )
    if report.repeated:
        messages.info(request, _("同样的文件以前导入过，没有改变任何数据。"))
    else:
        handlers.pump()
        for zh, en in report.notes:
            messages.info(request, en if fmt.in_english() else zh)
    return redirect("desk:import", report.import_id)


def _as_of(text: str) -> tuple[date | None, Problem | None]:
    if not text:
        return None, None
    try:
        return date.fromisoformat(text), None
    except ValueError:
        return None, Problem(
            _("“数据日期”%(text)s 不是日期，请写成 2026-11-30 的样子。") % {"text": text[:20]}
        )


def _import(import_id: int) -> queries.ImportRow:
    try:
        return queries.import_row(import_id)
    except KeyError:
        raise Http404 from None


@desk_page("imports.view", "imports.load")
def show(request: HttpRequest, desk: Desk, import_id: int) -> HttpResponse:
    """What came of one file."""
    row = _import(import_id)
    quarantine = queries.quarantine_page(import_id, after_id=_number(request, "after"), limit=PAGE_SIZE + 1)
    differences = queries.differences_page(
        import_id, desk.branch_ids, after_id=_number(request, "diff"), limit=PAGE_SIZE + 1
    )
    here = reverse("desk:import", args=[import_id])
    context = {
        "row": _row(row),
        "by": words.actor(
            row.by, identity.staff_names([int(ref)] if (ref := row.by.partition(":")[2]).isdigit() else [])
        ),
        "quarantine": [_line(line) for line in quarantine[:PAGE_SIZE]],
        "quarantine_next": f"{here}?after={quarantine[PAGE_SIZE - 1].id}#quarantine"
        if len(quarantine) > PAGE_SIZE
        else "",
        "differences": [_difference(one) for one in differences[:PAGE_SIZE]],
        "differences_next": f"{here}?diff={differences[PAGE_SIZE - 1].id}#mirror"
        if len(differences) > PAGE_SIZE
        else "",
        "csv_url": reverse("desk:quarantine_csv", args=[import_id])
        if row.rows_bad and desk.may("imports.load")
        else "",
    }
    return shell.page(request, desk, "desk/import.html", context, at="imports")


def _line(line: queries.QuarantineLine) -> dict[str, Any]:
    return {
        "row_no": line.row_no, "key": line.key or fmt.NOTHING, "column": line.column or fmt.NOTHING,
        "value": line.value or _("（空）"), "reason": line.reason_en if fmt.in_english() else line.reason_zh,
    }  # fmt: skip


def _difference(row: queries.DifferenceRow) -> dict[str, Any]:
    days = row.field == "days_past_due"
    show_value = (lambda value: _("%(n)s 天") % {"n": value}) if days else fmt.amount
    gap = row.computed - row.stated
    return {
        "url": reverse("desk:loan", args=[row.loan_id]), "loan_no": row.loan_no, "as_of": fmt.day(row.as_of_on),
        "field": words.word(words.MIRROR_FIELDS, row.field), "stated": show_value(row.stated),
        "computed": show_value(row.computed), "gap": f"{'+' if gap > 0 else ''}{show_value(gap)}",
    }  # fmt: skip


@desk_page("imports.load")
def quarantine_csv(request: HttpRequest, desk: Desk, import_id: int) -> HttpResponse:
    """All quarantined values as CSV, in clear: it goes back to where the file came from."""
    row = _import(import_id)
    text = queries.quarantine_csv(import_id)
    response = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="quarantine-{row.id}.csv"'
    response["Cache-Control"] = "no-store"
    return response
