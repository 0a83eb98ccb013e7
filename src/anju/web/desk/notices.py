"""Exceptions: notices that nothing proved; and the page "why did this person get, or not get, this?"."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.contexts.parties import queries as parties
from anju.platform.identity import queries as identity
from anju.platform.notices import config
from anju.platform.notices import queries as notices
from anju.platform.notices.reasons import REASONS
from anju.platform.work import queries as work
from anju.web import format as fmt
from anju.web.desk import shell, timing, words
from anju.web.desk.loans import obligation_face
from anju.web.desk.notices_bulk import bulk_form
from anju.web.desk.notices_tabs import AGES, FILTERS, query_of, tabs, wanted_of
from anju.web.desk.reads import notices as reads
from anju.web.desk.reads.sql import Row
from anju.web.desk.scope import Desk, desk_page
from anju.web.message import without_link


@desk_page("exception.close", "work.assign")
def exceptions(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every exception of my branches, the oldest deadline first, with cause, owner, clock and next action."""
    wanted = wanted_of(request.GET, desk)
    number = request.GET.get("page", "1")
    path = reverse("desk:exceptions")
    page = reads.exceptions(
        wanted, desk.branch_ids, at=desk.at, number=int(number) if number.isdigit() and len(number) < 6 else 1,
        path=path, query=query_of(wanted),
    )  # fmt: skip
    counts = reads.causes(wanted, desk.branch_ids, at=desk.at)
    staff = identity.staff(branch_ids=desk.branch_ids)
    able = [row for row in staff if row.is_active and row.role in ("supervisor", "adviser")]
    context = {
        "tabs": tabs(desk, "exceptions"),
        "rows": [_row(row, desk) for row in page.rows],
        "page": page,
        "total": page.total,
        "every": sum(row.n for row in counts),
        "causes": [_cause_tab(row, wanted, path) for row in counts],
        "all_url": f"{path}?{query_of(wanted, reason='')}",
        "filters": _filters(wanted, desk, [(str(row.id), row.name) for row in able]),
        "narrowed": bool(query_of(wanted)),
        "clear_url": path,
        "form": bulk_form(desk, [(str(row.id), f"{row.name} {row.staff_no}") for row in able]),
        "carried": [(name, value) for name, value in request.GET.items() if name in FILTERS and value],
    }
    return shell.page(request, desk, "desk/exceptions.html", context, at="exceptions")


def _filters(wanted: reads.Wanted, desk: Desk, people: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """The fields above the list, each with its options and what is chosen."""
    branches = [(str(row.id), row.name) for row in identity.branches() if desk.sees(row.id)]
    types = [(name, words.notice(name)) for name in config.notice_types()]
    ages = [(str(days), _("超过 %(n)s 天") % {"n": days}) for days in AGES]
    fields = [
        ("owner", _("负责人"), [("none", _("尚无人认领")), *people], wanted.owner),
        ("branch", _("机构"), branches, str(wanted.branch or "")),
        ("type", _("通知"), types, wanted.type),
        ("age", _("积压时长"), ages, str(wanted.age or "")),
    ]
    return [
        {"name": name, "label": label, "options": options, "value": value}
        for name, label, options, value in fields
        if len(options) > 1 or name != "branch"
    ]


def _cause_tab(row: Row, wanted: reads.Wanted, path: str) -> dict[str, Any]:
    return {
        "label": reason_label(row.cause), "n": row.n, "late": row.late, "current": row.cause == wanted.reason,
        "url": f"{path}?{query_of(wanted, reason=row.cause)}",
    }  # fmt: skip


def reason_label(code: str) -> str:
    """Cause of an exception in words."""
    found = REASONS.get(code)
    return words.own(found) if found else words.reason(code)


def _row(row: Row, desk: Desk) -> dict[str, Any]:
    reason = REASONS.get(row.cause)
    aside = row.not_before_at is not None and row.not_before_at > desk.at
    subject = f"{row.subject_type}:{row.subject_id}"
    return {
        "item_id": row.item_id, "name": row.person or fmt.NOTHING, "loan_no": row.loan_no or "", "branch": row.branch,
        "label": words.notice(row.notice_type), "url": reverse("desk:obligation", args=[row.id]),
        "why_url": f"{reverse('desk:told', args=[row.person_id])}?subject={subject}",
        "reason": reason_label(row.cause), "next": words.own(reason, "next") if reason else "",
        "owner": row.owner or _("主管（待认领）"), "aside": _("暂放到 %(at)s") % {"at": fmt.moment(row.not_before_at)} if aside else "",
        "act_url": reverse("desk:case", args=[row.item_id]) if row.item_id else reverse("desk:obligation", args=[row.id]),
        **timing.due(row.due_at or row.deadline_at, desk.at),
    }  # fmt: skip


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
        "answer": answer(row),
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
        "told_url": f"{reverse('desk:told', args=[row.person_id])}?subject={row.subject[0]}:{row.subject[1]}",
        "act_url": reverse("desk:case", args=[item.id]) if item else "",
    }
    return shell.page(request, desk, "desk/obligation.html", context, at="exceptions")


def answer(row: notices.ObligationRow) -> dict[str, str]:
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
        "attempts": [attempt_face(one) for one in step.attempts],
    }  # fmt: skip


def attempt_face(row: notices.AttemptRow) -> dict[str, Any]:
    """One try: times, proof, why it failed or was skipped, the text as sent, receipts."""
    times = [
        (_("排队"), row.queued_at), (_("提交"), row.submitted_at), (_("送达"), row.delivered_at), (_("结束"), row.finished_at),
    ]  # fmt: skip
    return {
        "state": row.state, "provider": row.provider, "rung": words.word(words.PROOFS, row.rung) if row.rung else "",
        "channel": words.word(words.CHANNELS, row.channel),
        "times": [(label, fmt.moment(at)) for label, at in times if at is not None],
        "error": " ".join(part for part in (row.error_class, row.error) if part), "subject": row.subject,
        "body": without_link(row.body, button=False),
        "hash": row.content_hash, "ref": row.provider_ref,
        "receipts": [words.receipt(one) for one in row.receipts],
    }  # fmt: skip
