"""One agency 委外机构 with its loans 委案: which it may act for, give it more, take one back. Loans of my branches only."""

import re
from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.core.errors import BadInput
from anju.core.working_time import BANK_ZONE
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries
from anju.platform.contacts.operations.parties import LOANS_MAX, REASON_MAX
from anju.platform.contacts.rows import AgencyLoanRow, AgencyRow, ReasonMissing
from anju.web import format as fmt
from anju.web.desk import contact_view, contact_words, shell, words
from anju.web.desk.composers import Problem, Reading, said
from anju.web.desk.contact_parties import STATE_TONES
from anju.web.desk.reads import agencies as reads
from anju.web.desk.reads.sql import Row
from anju.web.desk.scope import Desk, desk_page

SHOWN = 5
"""Numbers named in a refusal."""
_BETWEEN = re.compile(r"[\s,，;；、]+")


def _agency(desk: Desk, agency_id: int) -> AgencyRow:
    try:
        return queries.agency(agency_id, desk.at)
    except KeyError:
        raise Http404 from None


@desk_page("contact.override", "staff.manage")
def show(request: HttpRequest, desk: Desk, agency_id: int) -> HttpResponse:
    """One agency: what it is engaged for, its loans, and the form that gives it more."""
    return _page(request, desk, _agency(desk, agency_id), {}, {})


def _page(
    request: HttpRequest, desk: Desk, row: AgencyRow, typed: dict[str, str], wrong: dict[str, str]
) -> HttpResponse:
    given = queries.agency_loans(row.id, desk.at)
    faces = reads.loans([one.loan_id for one in given], desk.branch_ids)
    names = contact_view.staff_names({code for one in given for code in (one.by, one.ended_by)} | {row.by})
    may = desk.may("contact.override")
    until = fmt.day(_on(row.active_to)) if row.active_to else _("未定期限")
    context = {
        "agency": row, "span": f"{fmt.day(_on(row.active_from))} – {until}", "who": words.actor(row.by, names),
        "state": words.word(contact_words.AGENCY_STATES, row.state), "tone": STATE_TONES[row.state],
        "scope": words.word(contact_words.AGENCY_SCOPES, row.scope), "for_all": row.scope == "all",
        "loans": [
            {**_face(one, faces[one.loan_id], names, may), "error": wrong.get(f"end-{one.id}", "")}
            for one in given if one.loan_id in faces
        ],
        "elsewhere": sum(one.loan_id not in faces for one in given), "may_set": may and row.state != "ended",
        "typed": typed, "wrong": wrong, "problem": _problem(wrong, may and row.state != "ended"),
        "today": desk.on.isoformat(), "reason_max": REASON_MAX, "loans_max": LOANS_MAX,
    }  # fmt: skip
    return shell.page(
        request, desk, "desk/agency.html", context, at="overrides", status=422 if wrong else 200
    )


def _problem(wrong: dict[str, str], form: bool) -> Problem | None:
    """What is wrong at the head of the page; where the form is shown, each text leads to its field."""
    if not wrong:
        return None
    items = tuple((name if name.startswith("end-") else f"f-{name}", text) for name, text in wrong.items())
    title = _("还没有保存，请更正下面 %(n)s 处。") % {"n": len(wrong)} if form else _("没有保存")
    return Problem(title, items=items) if form else Problem(title, " ".join(wrong.values()))


def _face(row: AgencyLoanRow, loan: Row, names: dict[int, str], may: bool) -> dict[str, Any]:
    until = fmt.day(_on(row.active_to)) if row.active_to else _("直至收回")
    late = _("逾期 %(n)s 天，%(due)s") % {"n": loan.days_past_due, "due": fmt.money(loan.overdue_fen)}
    return {
        "id": row.id, "loan_no": loan.loan_no, "name": loan.name, "url": reverse("desk:loan", args=[row.loan_id]),
        "span": f"{fmt.day(_on(row.active_from))} – {until}", "state": words.word(contact_words.ASSIGNMENT_STATES, row.state),
        "tone": STATE_TONES[row.state], "arrears": late if loan.overdue_fen else _("没有逾期"), "reason": row.reason,
        "who": words.actor(row.by, names), "end_reason": row.end_reason,
        "end_who": words.actor(row.ended_by, names) if row.ended_by else "", "may_end": may and row.state != "ended",
    }  # fmt: skip


def _on(at: datetime) -> Any:
    return at.astimezone(BANK_ZONE).date()


@desk_page("contact.override", methods=("POST",))
def assign(request: HttpRequest, desk: Desk, agency_id: int) -> HttpResponse:
    """Loans of my branches, by number, are given to the agency; all of them or none."""
    row, reading = _agency(desk, agency_id), Reading(request.POST)
    typed = {name: request.POST.get(name, "")[:60_000] for name in ("numbers", "to_on", "reason")}
    loan_ids = _numbered(reading, desk)
    last = reading.day("to_on", _("委案截止日"))
    reason = reading.text("reason", _("原因"), need=True, most=REASON_MAX)
    if last is not None and last < desk.on:
        reading.errors["to_on"] = _("委案截止日 %(on)s：不能早于今天。") % {"on": fmt.day(last)}
    if reading.errors:
        return _page(request, desk, row, typed, reading.errors)
    try:
        new = contacts.agency_assign(
            agency_id=agency_id, loan_ids=loan_ids, reason=reason, by=desk.actor, at=desk.at,
            to_at=datetime.combine(last, time(23, 59, 59), BANK_ZONE) if last else None,
        )  # fmt: skip
    except (BadInput, contacts.AgencyNotEngaged) as refused:
        return _page(request, desk, row, typed, {"numbers": said(refused)})
    there = len(loan_ids) - new
    if new:
        messages.success(request, _("已委托 %(n)s 笔。该机构只可就委托给它的贷款联系客户。") % {"n": new})
    if there:
        messages.warning(request, _("%(n)s 笔已在该机构名下，没有变化。") % {"n": there})
    return redirect("desk:agency", agency_id)


def _numbered(reading: Reading, desk: Desk) -> list[int]:
    """Ids of the loans whose numbers were typed; what cannot be given is an error of `numbers`."""
    text = reading.text("numbers", _("贷款编号"), need=True, most=60_000)
    numbers = list(dict.fromkeys(one for one in _BETWEEN.split(text) if one))
    if "numbers" in reading.errors:
        return []
    if len(numbers) > LOANS_MAX:
        values = {"n": len(numbers), "most": LOANS_MAX}
        reading.errors["numbers"] = _("贷款编号 %(n)s 个：一次最多 %(most)s 个。") % values
        return []
    found = reads.numbered(numbers, desk.branch_ids)
    unknown = sorted(set(numbers) - {row.loan_no for row in found})
    settled = [row.loan_no for row in found if row.state == "settled"]
    if unknown:
        reading.errors["numbers"] = _("所辖机构没有这些贷款编号：%(some)s。") % {"some": _some(unknown)}
    elif settled:
        reading.errors["numbers"] = _("这些贷款已结清，不能委托：%(some)s。") % {"some": _some(settled)}
    return [row.id for row in found]


def _some(numbers: list[str]) -> str:
    listed = (", " if fmt.in_english() else "、").join(one[:40] for one in numbers[:SHOWN])
    more = len(numbers) - SHOWN
    return listed if more <= 0 else _("%(some)s 等 %(n)s 个") % {"some": listed, "n": len(numbers)}


@desk_page("contact.override", methods=("POST",))
def withdraw(request: HttpRequest, desk: Desk, agency_id: int, assignment_id: int) -> HttpResponse:
    """A loan of my branches is taken back now."""
    row = _agency(desk, agency_id)
    mine = next((one for one in queries.agency_loans(agency_id, desk.at) if one.id == assignment_id), None)
    if mine is None or not reads.loans([mine.loan_id], desk.branch_ids):
        raise Http404
    reason = request.POST.get("reason", "")
    try:
        done = contacts.agency_withdraw(assignment_id=assignment_id, reason=reason, by=desk.actor, at=desk.at)
    except ReasonMissing:
        return _page(request, desk, row, {}, {f"end-{assignment_id}": _("请写明收回的原因。")})
    except BadInput as refused:
        return _page(request, desk, row, {}, {f"end-{assignment_id}": said(refused)})
    if done:
        messages.success(request, _("已收回：该机构从现在起不可就这笔贷款联系客户。"))
    else:
        messages.warning(request, _("没有变化：这笔委托已经结束。"))
    return redirect("desk:agency", agency_id)
