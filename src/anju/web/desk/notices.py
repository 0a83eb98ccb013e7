"""Exceptions: notices that nothing proved; and the page "why did this person get, or not get, this?"."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.contexts.parties import queries as parties
from anju.platform.notices import queries as notices
from anju.platform.work import queries as work
from anju.web import format as fmt
from anju.web.desk import shell, timing, words
from anju.web.desk.loans import obligation_face
from anju.web.desk.reads import notices as reads
from anju.web.desk.reads.sql import Page
from anju.web.desk.scope import Desk, desk_page
from anju.web.message import without_link

PAGE_SIZE = 50


@desk_page("exception.close", "work.assign")
def exceptions(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every exception of my branches, the oldest deadline first, with owner, clock and next action."""
    number = request.GET.get("page", "1")
    page_no = max(1, int(number)) if number.isdigit() and len(number) < 6 else 1
    found, total = notices.exceptions(desk.branch_ids, page=page_no, size=PAGE_SIZE)
    people = parties.persons({row.person_id for row in found})
    items = reads.items_of([row.id for row in found])
    rows = []
    for row in found:
        item = items.get(row.id)
        person = people.get(row.person_id)
        clock = timing.due(item.due_at, desk.at) if item else timing.due(row.deadline_at, desk.at)
        rows.append({
            **obligation_face(row), **clock, "name": person.name if person else fmt.NOTHING,
            "owner": (item.holder or item.assignee or _("主管（待认领）")) if item else _("主管"),
            "act_url": reverse("desk:case", args=[item.id]) if item else reverse("desk:obligation", args=[row.id]),
        })  # fmt: skip
    pages = max(1, -(-total // PAGE_SIZE))
    path = reverse("desk:exceptions")
    pager = Page(
        [], page_no, pages, total, f"{path}?page={page_no - 1}" if page_no > 1 else "",
        f"{path}?page={page_no + 1}" if page_no < pages else "",
    )  # fmt: skip
    return shell.page(
        request, desk, "desk/exceptions.html", {"rows": rows, "page": pager, "total": total}, at="exceptions"
    )


@desk_page("loan.view")
def obligation(request: HttpRequest, desk: Desk, obligation_id: int) -> HttpResponse:
    """Why did this person get, or not get, this?"""
    found = notices.obligation_page(obligation_id)
    if found is None or not desk.sees(found.obligation.branch_id):
        raise Http404
    row = found.obligation
    person = parties.persons([row.person_id]).get(row.person_id)
    items = (
        work.items(subjects=[row.subject], kinds=["notices.exception"], limit=20)
        if row.state == "exception"
        else []
    )
    item = next((one for one in items if one.params.get("obligation_id") == row.id), None)
    context = {
        "row": obligation_face(row),
        "name": person.name if person else fmt.NOTHING,
        "answer": _answer(row),
        "facts": [
            (_("应通知时间"), fmt.moment(row.owed_at)),
            (_("证明期限"), fmt.moment(row.deadline_at)),
            (_("要求的证明"), words.word(words.PROOFS, row.proof_required)),
            (_("现有证明"), words.word(words.PROOFS, row.rung)),
            (_("下一步时间"), fmt.moment(row.next_step_at)),
            (_("结束时间"), fmt.moment(row.ended_at)),
            (_("通知流程"), f"{found.journey} · {found.journey_version}"),
            (_("唯一编号"), row.key),
        ],
        "steps": [_step(step) for step in found.steps],
        "loan_url": reverse("desk:loan", args=[row.subject[1]]) if row.subject[0] == "loan" else "",
        "act_url": reverse("desk:case", args=[item.id]) if item else "",
    }
    return shell.page(request, desk, "desk/obligation.html", context, at="exceptions")


def _answer(row: notices.ObligationRow) -> dict[str, str]:
    """The question answered in one sentence."""
    reason = row.reason_en if fmt.in_english() else row.reason_zh
    proof = words.word(words.PROOFS, row.rung)
    texts = {
        "owed": (_("还没有发出：到时间后会按流程通知。"), "info"),
        "in_progress": (_("正在通知，目前的证明是“%(proof)s”。") % {"proof": proof}, "info"),
        "proven": (_("已送达并有证明：%(proof)s。") % {"proof": proof}, "good"),
        "exception": (_("没有证明客户收到：%(reason)s。已交由人工处理。") % {"reason": reason}, "bad"),
        "moot": (_("不再需要通知：%(reason)s。") % {"reason": words.reason(row.reason)}, "calm"),
        "closed_by_person": (
            _("由工作人员办结：%(reason)s。") % {"reason": exception_outcome(row.reason)},
            "good",
        ),
    }
    text, tone = texts.get(row.state, (row.state, "calm"))
    return {"text": text, "tone": tone}


def exception_outcome(code: str) -> str:
    """Label of the outcome of an exception."""
    from anju.platform.notices.outcomes import EXCEPTION_OUTCOMES

    found = EXCEPTION_OUTCOMES.get(code)
    return words.own(found) if found else code


def _step(step: notices.StepRow) -> dict[str, Any]:
    states = {"not_reached": _("未走到这一步"), "none": _("没有发送"), "with_person": _("人工处理中")}
    wait = fmt.duration(step.wait_minutes) if step.wait_minutes else ""
    return {
        "number": step.number, "channel": words.word(words.CHANNELS, step.channel), "known": step.state not in states,
        "state": states.get(step.state, step.state), "wait": _("等待 %(span)s") % {"span": wait} if wait else "",
        "attempts": [_attempt(one) for one in step.attempts],
    }  # fmt: skip


def _attempt(row: notices.AttemptRow) -> dict[str, Any]:
    times = [
        (_("排队"), row.queued_at), (_("提交"), row.submitted_at), (_("送达"), row.delivered_at), (_("结束"), row.finished_at),
    ]  # fmt: skip
    return {
        "state": row.state, "provider": row.provider, "rung": words.word(words.PROOFS, row.rung),
        "times": [(label, fmt.moment(at)) for label, at in times if at is not None],
        "error": " ".join(part for part in (row.error_class, row.error) if part), "subject": row.subject,
        "body": without_link(row.body, button=False),
        "hash": row.content_hash, "ref": row.provider_ref,
        "receipts": [(one.status, fmt.moment(one.at), one.effect) for one in row.receipts],
    }  # fmt: skip
