"""Policy-change holds 政策搁置: choose the cases, see whom it concerns, hold them, watch it being done, release them (S2-05)."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.platform.holds import operations
from anju.platform.holds import queries as holds
from anju.platform.holds.rows import LIVE, HoldRefused, HoldRow, NewCase
from anju.platform.identity import queries as identity
from anju.web import format as fmt
from anju.web.desk import shell, words
from anju.web.desk.composers import fresh_key, said
from anju.web.desk.notices_tabs import tabs
from anju.web.desk.reads import holds as reads
from anju.web.desk.reads import notices as notice_reads
from anju.web.desk.reads.sql import Page
from anju.web.desk.scope import Desk, desk_page

NUMBERS_MAX = 5000
SAMPLE = 20
ROUNDS_NOW = 2
PAGE_SIZE = 50
TONES = {"applying": "info", "active": "warn", "releasing": "info", "released": "good"}


@desk_page("hold.manage", "exception.close")
def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Holds of my branches, the newest first, and the form of a new one."""
    return _listing(request, desk, {}, None)


def _listing(
    request: HttpRequest, desk: Desk, typed: Mapping[str, str], problem: str | None, status: int = 200
) -> HttpResponse:
    rows = holds.holds(desk.branch_ids)
    staff = notice_reads.staff_names(_staff(rows))
    context = {
        "tabs": tabs(desk, "holds"),
        "rows": [face(row, desk, staff) for row in rows],
        "may_hold": desk.may("hold.manage"),
        "problem": problem,
        "typed": {"until_on": (desk.on + timedelta(days=14)).isoformat(), "state": "any", **typed},
        "branches": [(str(row.id), row.name) for row in identity.branches() if desk.sees(row.id)],
        "products": [(str(row.id), words.own(row, "name")) for row in reads.products()],
        "states": _states(),
        "limits": operations.limits(),
        "first": (desk.on + timedelta(days=1)).isoformat(),
    }
    return shell.page(request, desk, "desk/holds.html", context, at="exceptions", status=status)


def _states() -> list[tuple[str, str]]:
    return [("any", _("全部存续业务")), ("normal", _("没有逾期的")), ("overdue", _("逾期的"))]


def _staff(rows: list[HoldRow]) -> list[int]:
    codes = [code for row in rows for code in (row.opened_by, row.release_by) if code.startswith("staff:")]
    return sorted({int(code[6:]) for code in codes if code[6:].isdigit()})


def face(row: HoldRow, desk: Desk, staff: Mapping[int, str]) -> dict[str, Any]:
    """A hold in a list: reason, expected end, counts, how far it is."""
    counts = row.counts
    done = counts.get("held", 0) if row.state in ("applying", "active") else counts.get("released", 0)
    late = row.state in ("applying", "active") and row.until_on < desk.on
    return {
        "id": row.id, "url": reverse("desk:hold", args=[row.id]), "reason": row.reason, "state": row.state,
        "tone": "bad" if late else TONES[row.state], "until": fmt.day(row.until_on), "late": late,
        "opened": fmt.moment(row.opened_at), "who": words.actor(row.opened_by, dict(staff)),
        "total": sum(counts.values()), "done": done, "skipped": row.skipped, "moving": row.state in ("applying", "releasing"),
        "live": row.state in ("applying", "active"), "note": row.note, "release_note": row.release_note,
        "released": fmt.moment(row.release_at) if row.release_at else "",
        "release_who": words.actor(row.release_by, dict(staff)) if row.release_by else "",
    }  # fmt: skip


def _choice(data: Mapping[str, str], desk: Desk) -> reads.Choice:
    """What was chosen. Raises HoldRefused."""
    branch, product = data.get("branch", ""), data.get("product", "")
    if branch and not (branch.isdigit() and len(branch) < 10 and desk.sees(int(branch))):
        raise HoldRefused(
            "branch", f"机构 {branch!r}：请选择您所辖的机构", f"branch {branch!r}: one of yours"
        )
    if product and not (product.isdigit() and len(product) < 10):
        raise HoldRefused("product", f"产品 {product!r}：请重新选择", f"product {product!r}: choose again")
    state = data.get("state", "any")
    if state not in reads.STATES:
        raise HoldRefused("state", f"状态 {state!r}：请重新选择", f"state {state!r}: choose again")
    numbers = tuple(dict.fromkeys(re.split(r"[\s,，;；、]+", data.get("numbers", "").strip())))
    found = tuple(one for one in numbers if one)
    if len(found) > NUMBERS_MAX:
        raise HoldRefused(
            "numbers",
            f"贷款编号 {len(found)} 个：最多 {NUMBERS_MAX} 个",
            f"{len(found)} loan numbers: at most {NUMBERS_MAX}",
        )
    if not (branch or product or found):
        raise HoldRefused(
            "cases", "请至少按机构、产品或贷款编号选择", "choose by branch, product or loan numbers at least"
        )
    return reads.Choice(
        int(branch) if branch else None, int(product) if product else None, state, found or None
    )


def _until(data: Mapping[str, str]) -> date:
    try:
        return date.fromisoformat(data.get("until_on", ""))
    except ValueError:
        text = data.get("until_on", "")[:20]
        raise HoldRefused(
            "until_on",
            f"预计恢复日 {text!r}：须为日期，如 2026-12-31",
            f"expected end {text!r}: a date, as 2026-12-31",
        ) from None


_KEPT = ("branch", "product", "state", "numbers", "reason", "until_on", "note")


@desk_page("hold.manage", methods=("POST",))
def preview(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Whom it concerns and what they are told, before anything is done."""
    typed = {name: request.POST.get(name, "")[:100_000] for name in _KEPT}
    try:
        choice, until = _choice(typed, desk), _until(typed)
        total, waiting = reads.count(choice, desk.branch_ids)
        operations.check(cases=total - waiting, reason=typed["reason"], until_on=until, today=desk.on)
    except HoldRefused as refused:
        return _listing(request, desk, typed, said(refused), 422)
    sample = reads.cases(choice, desk.branch_ids, most=SAMPLE)
    people = reads.names([row.borrower_id for row in sample])
    unknown = len(choice.numbers or ()) - total if choice.numbers else 0
    context = {
        "tabs": tabs(desk, "holds"), "typed": typed, "key": f"desk:{desk.staff_id}:{fresh_key()}", "total": total,
        "waiting": waiting, "new": total - waiting, "unknown": max(0, unknown),
        "sample": [
            {"loan_no": row.loan_no, "name": people.get(row.borrower_id, fmt.NOTHING), "waiting": row.waiting} for row in sample
        ],
        "until": fmt.day(until), "chosen": _told(typed, desk),
    }  # fmt: skip
    return shell.page(request, desk, "desk/hold_preview.html", context, at="exceptions")


def _told(typed: Mapping[str, str], desk: Desk) -> list[tuple[str, str]]:
    """The choice in words."""
    branches = {str(row.id): row.name for row in identity.branches()}
    products = {str(row.id): words.own(row, "name") for row in reads.products()}
    count = len([one for one in re.split(r"[\s,，;；、]+", typed["numbers"]) if one])
    rows = [
        (_("机构"), branches.get(typed["branch"], _("所辖全部"))), (_("产品"), products.get(typed["product"], _("全部"))),
        (_("状态"), dict(_states()).get(typed["state"], "")),
    ]  # fmt: skip
    return rows + ([(_("贷款编号"), _("%(n)s 个") % {"n": count})] if count else [])


@desk_page("hold.manage", methods=("POST",))
def start(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Hold them: the rows now, clocks and notices chunk by chunk, the rest in the background."""
    typed = {name: request.POST.get(name, "")[:100_000] for name in _KEPT}
    try:
        choice, until = _choice(typed, desk), _until(typed)
        found = reads.cases(choice, desk.branch_ids, most=operations.limits()["cases_max"] + 1)
        cases = [NewCase(("loan", row.id), row.borrower_id, row.branch_id, row.loan_no) for row in found]
        hold_id = operations.hold_open(
            key=request.POST.get("key", "")[:80] or f"desk:{desk.staff_id}:{fresh_key()}", cases=cases,
            reason=typed["reason"], until_on=until, note=typed["note"], by=desk.actor, branch_id=desk.branch_id, at=desk.at,
            selection={name: typed[name][:400] for name in ("branch", "product", "state", "numbers")},
        )  # fmt: skip
    except HoldRefused as refused:
        return _listing(request, desk, typed, said(refused), 422)
    _move_on(hold_id, desk)
    messages.success(request, _("已搁置。受影响的客户正在收到通知，相关时限已暂停。"))
    return redirect("desk:hold", hold_id)


def _move_on(hold_id: int, desk: Desk) -> None:
    """The first chunks at once, so that a small hold is done when the page is there."""
    for _round in range(ROUNDS_NOW):
        if operations.advance(at=desk.at, hold_id=hold_id) == 0:
            return


@desk_page("hold.manage", "exception.close", "loan.view")
def show(request: HttpRequest, desk: Desk, hold_id: int) -> HttpResponse:
    """One hold: how far it is, its cases, and the ways out of it."""
    return _one(request, desk, hold_id, {})


def _one(
    request: HttpRequest, desk: Desk, hold_id: int, problem: Mapping[str, str], status: int = 200
) -> HttpResponse:
    """The page; `problem`: which form (`form`) was refused and why (`text`), with what was typed."""
    row = holds.hold(hold_id, desk.branch_ids)
    if row is None:
        raise Http404
    number = request.GET.get("page", "1")
    page_no = max(1, int(number)) if number.isdigit() and len(number) < 6 else 1
    found, total = holds.cases(hold_id, desk.branch_ids, page=page_no, size=PAGE_SIZE)
    people = reads.names([case.person_id for case in found])
    chosen = problem.get("chosen", "").split(",")
    pages, path = max(1, -(-total // PAGE_SIZE)), reverse("desk:hold", args=[hold_id])
    context = {
        "tabs": tabs(desk, "holds"),
        "hold": face(row, desk, notice_reads.staff_names(_staff([row]))),
        "cases": [
            {
                "id": case.id, "live": case.state in LIVE, "chosen": str(case.id) in chosen, "label": case.label,
                "name": people.get(case.person_id, fmt.NOTHING), "state": case.state,
                "held": fmt.moment(case.held_at), "released": fmt.moment(case.released_at),
                "url": reverse("desk:loan", args=[case.subject[1]]) if case.subject[0] == "loan" else "",
                "told_url": f"{reverse('desk:told', args=[case.person_id])}?subject={case.subject[0]}:{case.subject[1]}",
            }
            for case in found
        ],
        "page": Page(
            [], page_no, pages, total, f"{path}?page={page_no - 1}" if page_no > 1 else "",
            f"{path}?page={page_no + 1}" if page_no < pages else "",
        ),
        "may_release": desk.may("hold.manage") and row.state in ("applying", "active"), "problem": problem,
        "until_first": (max(desk.on, row.until_on) + timedelta(days=1)).isoformat(),
        "until_new": problem.get("until_on") or (max(desk.on, row.until_on) + timedelta(days=14)).isoformat(),
    }  # fmt: skip
    return shell.page(request, desk, "desk/hold.html", context, at="exceptions", status=status)


def _mine(desk: Desk, hold_id: int) -> tuple[HoldRow, bool]:
    """The hold, and whether all its cases are in my branches. Raises Http404."""
    row = holds.hold(hold_id, desk.branch_ids)
    if row is None:
        raise Http404
    return row, desk.branch_ids is None or sum(row.counts.values()) >= row.total


@desk_page("hold.manage", methods=("POST",))
def extend(request: HttpRequest, desk: Desk, hold_id: int) -> HttpResponse:
    """A later expected end, with the ground of it; everybody concerned is told."""
    _row, whole = _mine(desk, hold_id)
    if not whole:
        messages.warning(request, _("没有延期：这次搁置也涉及其他机构，须由上级主管办理。"))
        return redirect("desk:hold", hold_id)
    typed = {name: request.POST.get(name, "")[:400] for name in ("until_on", "note")}
    try:
        operations.hold_extend(
            hold_id=hold_id, until_on=_until(typed), note=typed["note"], by=desk.actor, at=desk.at
        )
    except HoldRefused as refused:
        return _one(request, desk, hold_id, {**typed, "form": "extend", "text": said(refused)}, 422)
    _move_on(hold_id, desk)
    messages.success(request, _("已延期。受影响的客户正在收到新的预计恢复日。"))
    return redirect("desk:hold", hold_id)


@desk_page("hold.manage", methods=("POST",))
def release_cases(request: HttpRequest, desk: Desk, hold_id: int) -> HttpResponse:
    """Single cases of my branches go on while the others wait."""
    _mine(desk, hold_id)
    chosen = [text for text in request.POST.getlist("case") if text.isdigit() and len(text) < 18]
    note = request.POST.get("note", "")[:400]
    try:
        count = operations.cases_release(
            hold_id=hold_id, case_ids=[int(text) for text in chosen], note=note, by=desk.actor, at=desk.at,
            branch_ids=desk.branch_ids,
        )  # fmt: skip
    except HoldRefused as refused:
        typed = {"case_note": note, "chosen": ",".join(chosen), "form": "cases", "text": said(refused)}
        return _one(request, desk, hold_id, typed, 422)
    _move_on(hold_id, desk)
    if count:
        messages.success(request, _("已恢复 %(n)s 笔业务，客户正在收到通知。") % {"n": count})
    else:
        messages.warning(request, _("没有变化：所选业务已不在搁置中。"))
    return redirect("desk:hold", hold_id)


@desk_page("hold.manage", methods=("POST",))
def release(request: HttpRequest, desk: Desk, hold_id: int) -> HttpResponse:
    """Let the cases go on, with the ground of it."""
    _row, whole = _mine(desk, hold_id)
    if not whole:
        messages.warning(request, _("没有解除：这次搁置也涉及其他机构，须由上级主管解除。"))
        return redirect("desk:hold", hold_id)
    try:
        operations.hold_release(hold_id=hold_id, note=request.POST.get("note", ""), by=desk.actor, at=desk.at)
    except HoldRefused as refused:
        messages.warning(request, said(refused))
        return redirect("desk:hold", hold_id)
    _move_on(hold_id, desk)
    messages.success(request, _("已解除。时限恢复计算，受影响的客户正在收到通知。"))
    return redirect("desk:hold", hold_id)
