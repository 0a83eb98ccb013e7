"""Letters: what waits for the mail room, the batches with their PDF and postal list, and what the post answered."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from anju.platform.documents.pdf import PdfProblem
from anju.platform.identity import queries as identity
from anju.platform.letters import operations, queries
from anju.platform.letters.reading import BYTES_MAX, ROWS_MAX
from anju.platform.letters.rows import BatchGone, BatchRow, LettersRefused, ReturnRow
from anju.web import format as fmt
from anju.web.desk import shell, words
from anju.web.desk.composers import Problem, said
from anju.web.desk.scope import Desk, desk_page

PAGE_SIZE = 50


@desk_page("letters.run")
def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What waits, the batches of my branches, and the files of the mail room."""
    return _listing(request, desk)


def _listing(
    request: HttpRequest, desk: Desk, problem: Problem | None = None, status: int = 200
) -> HttpResponse:
    text = request.GET.get("before", "")
    before = int(text) if text.isdigit() and len(text) < 18 else None
    found = queries.batches(desk.branch_ids, before_id=before, limit=PAGE_SIZE + 1)
    here = reverse("desk:letters")
    files = queries.return_files(desk.branch_ids)
    names = _names([*(row.made_by for row in found), *(row.received_by for row in files)])
    context = {
        "waiting": queries.waiting(desk.branch_ids),
        "rows": [_batch(row, names) for row in found[:PAGE_SIZE]],
        "files": [_file(row, names) for row in files],
        "next_url": f"{here}?before={found[PAGE_SIZE - 1].id}" if len(found) > PAGE_SIZE else "",
        "first_url": here if before else "",
        "reasons": [(code, str(label)) for code, label in words.LETTER_REVEALS.items()],
        "rows_max": f"{ROWS_MAX:,}",
        "problem": problem,
    }
    return shell.page(request, desk, "desk/letters.html", context, at="letters", status=status)


def _names(actors: list[str]) -> dict[int, str]:
    """Names of the members of staff among some actors; one query."""
    return identity.staff_names([int(ref) for actor in actors if (ref := actor.partition(":")[2]).isdigit()])


def _batch(row: BatchRow, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": row.id, "number": row.number, "made": fmt.moment(row.made_at), "by": words.actor(row.made_by, names),
        "letters": f"{row.letters:,}", "posted": f"{row.posted:,}", "delivered": f"{row.delivered:,}",
        "returned": f"{row.returned:,}", "returned_count": row.returned, "erased": row.erased,
        "url": reverse("desk:letter_file", args=[row.id]),
    }  # fmt: skip


def _file(row: ReturnRow, names: dict[int, str]) -> dict[str, Any]:
    return {
        "name": row.name, "received": fmt.moment(row.received_at), "by": words.actor(row.received_by, names),
        "total": f"{row.rows_total:,}", "new": f"{row.rows_new:,}", "same": f"{row.rows_same:,}", "bad": f"{row.rows_bad:,}",
        "bad_count": row.rows_bad, "url": reverse("desk:letter_returns", args=[row.id]),
    }  # fmt: skip


@desk_page("letters.run", methods=("POST",))
def make(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Set what waits in my branches, now."""
    try:
        numbers = operations.make_batches(at=desk.at, by=desk.actor, branch_ids=desk.branch_ids)
    except PdfProblem as problem:
        return _listing(request, desk, Problem(_("没有装批，信函仍在等待。"), said(problem)), status=422)
    if numbers:
        messages.success(request, _("已装批：%(numbers)s") % {"numbers": "、".join(numbers)})
    else:
        messages.info(request, _("没有待装批的信函。"))
    return redirect("desk:letters")


@desk_page("letters.run", methods=("POST",))
def take(request: HttpRequest, desk: Desk, batch_id: int) -> HttpResponse:
    """PDF or postal list of a batch, in clear: who takes it, and why, is written down for every person in it."""
    branch_id = queries.branch_of(batch_id)
    if branch_id is None or not desk.sees(branch_id):
        raise Http404
    what, reason = request.POST.get("what", ""), request.POST.get("reason", "")
    if reason not in words.LETTER_REVEALS:
        return _listing(request, desk, Problem(_("请选择下载原因：文件里有客户的姓名和地址。")), status=422)
    try:
        file = operations.batch_file(
            batch_id=batch_id, what=what, reason=reason, staff_id=desk.staff_id, by=desk.actor, at=desk.at
        )
    except BatchGone as gone:
        return _listing(request, desk, Problem(said(gone)), status=422)
    response = HttpResponse(file.content, content_type=file.media_type)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response["Cache-Control"] = "no-store"
    return response


@desk_page("letters.run", methods=("POST",))
def upload(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Read the mail room's file; its page tells what came of it. A file that cannot be read changes nothing."""
    sent = request.FILES.get("file")
    problem = None
    if sent is None or not sent.size:
        problem = Problem(_("请选择要上传的文件。"))
    elif sent.size > BYTES_MAX:
        problem = Problem(_("文件超过 %(n)s MB，请分开上传。") % {"n": BYTES_MAX // 1024 // 1024})
    if problem is not None or sent is None:
        return _listing(request, desk, problem, status=422)
    try:
        report = operations.returns_read(
            content=sent.read(), name=str(sent.name), by=desk.actor, at=desk.at, branch_ids=desk.branch_ids,
            branch_id=None if desk.branch_ids is None else desk.branch_id,
        )  # fmt: skip
    except LettersRefused as refusal:
        return _listing(
            request, desk, Problem(_("文件没有导入，任何数据都没有改变。"), said(refusal)), status=422
        )
    if report.repeated:
        messages.info(request, _("同样的文件以前导入过，没有改变任何数据。"))
    return redirect("desk:letter_returns", report.file_id)


@desk_page("letters.run")
def returns(request: HttpRequest, desk: Desk, file_id: int) -> HttpResponse:
    """What came of one file of the mail room, with its quarantine."""
    row = queries.return_file(file_id, desk.branch_ids)
    if row is None:
        raise Http404
    lines = [
        {
            "row_no": line.row_no, "column": line.column, "value": line.value or _("（空）"),
            "reason": line.en if fmt.in_english() else line.zh,
        }
        for line in queries.problems(file_id)
    ]  # fmt: skip
    context = {"row": _file(row, _names([row.received_by])), "lines": lines, "shown": f"{len(lines):,}"}
    return shell.page(request, desk, "desk/letter_returns.html", context, at="letters")


patterns: list[URLPattern] = [
    path("letters/", listing, name="letters"),
    path("letters/batch/", make, name="letter_batch"),
    path("letters/<int:batch_id>/file/", take, name="letter_file"),
    path("letters/returns/", upload, name="letter_upload"),
    path("letters/returns/<int:file_id>/", returns, name="letter_returns"),
]
