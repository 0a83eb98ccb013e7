"""Why did this person get, or not get, this? 这位客户为什么收到、没收到: everything, in order, with the reason of each."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.platform.contacts.rows import ContactRow
from anju.platform.holds import queries as holds
from anju.platform.holds.rows import HoldCaseRow
from anju.platform.notices.outcomes import EXCEPTION_OUTCOMES
from anju.platform.notices.reads.person import ToldRow, TriedRow, told
from anju.web import format as fmt
from anju.web.desk import shell, words
from anju.web.desk.notices import answer, attempt_face
from anju.web.desk.reads import notices as reads
from anju.web.desk.scope import Desk, desk_page

TONES = {"proven": "good", "closed_by_person": "good", "exception": "bad", "moot": "calm"}
ICONS = {
    "proven": "circle-check", "closed_by_person": "user-check", "exception": "alert-circle", "moot": "ban",
    "owed": "hourglass", "in_progress": "send",
}  # fmt: skip
CONTACT_ICONS = {"call": "phone-call", "voice": "phone", "visit": "user", "letter": "mail"}


@desk_page("loan.view", "exception.close")
def person(request: HttpRequest, desk: Desk, person_id: int) -> HttpResponse:
    """One person, one loan or all: what they got or did not get, newest first."""
    about = reads.about_person(person_id)
    loans = reads.json_list(about.loans) if about else []
    mine = [row for row in loans if desk.sees(row["branch_id"])]
    if about is None or (loans and not mine) or (not loans and desk.branch_ids is not None):
        raise Http404
    subject = _subject(request.GET.get("subject", ""), mine)
    before = request.GET.get("before", "")
    page = told(person_id, subject, before=int(before) if before.isdigit() and len(before) < 18 else None)
    shown = [row for row in page.notices if desk.sees(row.obligation.branch_id)]
    staff = reads.staff_names(_staff_ids(page.contacts, shown))
    lines = [_notice(row, staff) for row in shown]
    subjects = {("loan", row["id"]) for row in mine} if subject is None else {subject}
    lines += [_contact(row, staff) for row in page.contacts if row.subject is None or row.subject in subjects]
    held = [] if before else holds.of_person(person_id, subject)
    lines += [line for row in held if desk.sees(row.branch_id) for line in _hold(row)]
    lines.sort(key=lambda line: line["sort"], reverse=True)
    path = reverse("desk:told", args=[person_id])
    tail = f"subject={subject[0]}:{subject[1]}" if subject else ""
    counts = {state: sum(row.obligation.state == state for row in shown) for state in ("proven", "exception")}
    context = {
        "may_play": desk.may("recording.play"),
        "name": about.name,
        "subjects": [{"url": path, "label": _("全部"), "current": subject is None}] + [
            {
                "url": f"{path}?subject=loan:{row['id']}", "current": subject == ("loan", row["id"]),
                "label": f"{row['loan_no']} · {words.word(words.PARTIES, row['role'])}",
            }
            for row in mine
        ],
        "lines": lines,
        "summary": _("本页 %(n)s 条通知：%(proven)s 条已证明送达，%(bad)s 条异常。")
        % {"n": len(shown), "proven": counts["proven"], "bad": counts["exception"]},
        "loan_url": reverse("desk:loan", args=[subject[1]]) if subject and subject[0] == "loan" else "",
        "older_url": f"{path}?{tail}&before={page.older}" if page.older else "",
        "first_url": f"{path}?{tail}" if before else "",
    }  # fmt: skip
    return shell.page(request, desk, "desk/told.html", context, at="exceptions")


def _subject(text: str, loans: list[dict[str, Any]]) -> tuple[str, int] | None:
    """The subject asked for, when it is one of theirs; None: all of them."""
    kind, _sep, number = text.partition(":")
    wanted = (kind, int(number)) if number.isdigit() and len(number) < 18 else None
    if wanted is not None and wanted not in {("loan", row["id"]) for row in loans}:
        raise Http404
    return wanted


def _staff_ids(contacts: Iterable[ContactRow], rows: Iterable[ToldRow]) -> list[int]:
    actors = [row.actor for row in contacts] + [entry.actor for row in rows for entry in row.ends]
    return sorted({int(code[6:]) for code in actors if code.startswith("staff:") and code[6:].isdigit()})


def _notice(row: ToldRow, staff: dict[int, str]) -> dict[str, Any]:
    owner = row.obligation
    ends = [
        {
            "at": fmt.moment(entry.at), "who": words.actor(entry.actor, staff),
            "text": _end_text(entry.kind, entry.body),
        }
        for entry in reversed(row.ends)
    ]  # fmt: skip
    return {
        "sort": owner.owed_at, "kind": "notice", "title": words.notice(owner.notice_type), "state": owner.state,
        "tone": TONES.get(owner.state, "info"), "icon": ICONS.get(owner.state, "bell"), "when": fmt.moment(owner.owed_at),
        "iso": owner.owed_at.isoformat(), "answer": answer(owner)["text"], "url": reverse("desk:obligation", args=[owner.id]),
        "deadline": _("须在 %(at)s 前证明：%(proof)s") % {
            "at": fmt.moment(owner.deadline_at), "proof": words.word(words.PROOFS, owner.proof_required),
        },
        "tries": [_try(one) for one in row.tries], "ends": ends,
    }  # fmt: skip


def _end_text(kind: str, body: dict[str, Any]) -> str:
    if kind == "notices.moot":
        return _("不再需要：%(why)s") % {"why": words.reason(str(body["reason"]))}
    if kind == "notices.closed_by_person":
        found = EXCEPTION_OUTCOMES.get(str(body["outcome"]))
        return f"{words.own(found) if found else body['outcome']}：{body['note']}"
    found = EXCEPTION_OUTCOMES.get(str(body["how"]))
    how = words.own(found) if found else words.word(words.PROOFS, str(body["rung"]))
    return _("已证明：%(how)s") % {"how": how}


def _try(one: TriedRow) -> dict[str, Any]:
    """One try in a sentence: where, what came of it, and why not."""
    row = one.attempt
    face = attempt_face(row)
    parts = [_reason(row.error_class, row.error)] if row.error_class else []
    if one.opened_at is not None:
        parts.append(_("客户在门户打开：%(at)s") % {"at": fmt.moment(one.opened_at)})
    if row.rung and row.state not in ("skipped", "failed", "cancelled"):
        parts.append(_("证明：%(proof)s") % {"proof": words.word(words.PROOFS, row.rung)})
    last = row.delivered_at or row.submitted_at or row.finished_at or row.queued_at
    return {**face, "why": "；".join(part for part in parts if part), "at": fmt.moment(last)}


def _reason(code: str, text: str) -> str:
    """Why a try failed or was left out: the code in words, and what the provider or the governor said."""
    found = words.word(words.ERRORS, code)
    return f"{found}：{text}" if text and text != code else found


def _contact(row: ContactRow, staff: dict[int, str]) -> dict[str, Any]:
    way = _("我们联系客户") if row.outbound else _("客户联系我们")
    state = {"reserved": _("进行中"), "void": _("没有发生")}.get(row.state, "")
    answered = (
        (_("已接通") if row.answered else _("未接通")) if row.channel in ("call", "voice", "visit") else ""
    )
    parts = [
        words.word(words.PURPOSES, row.purpose), answered, state,
        _("录音 %(ref)s") % {"ref": row.recording_ref.removeprefix("file:")[:24]} if row.recording_ref else "",
    ]  # fmt: skip
    return {
        "sort": row.at, "kind": "contact", "title": f"{way}：{words.word(words.CHANNELS, row.channel)}",
        "tone": "info" if row.answered or not row.outbound else "calm",
        "icon": CONTACT_ICONS.get(row.channel, "message"), "when": fmt.moment(row.at), "iso": row.at.isoformat(),
        "answer": " · ".join(part for part in parts if part), "who": words.actor(row.actor, staff),
        "recording_url": reverse("desk:recording", args=[row.id]) if row.recording_ref.startswith("file:") else "",
    }  # fmt: skip


def _hold(row: HoldCaseRow) -> list[dict[str, Any]]:
    lines = []
    if row.held_at is not None:
        lines.append(
            _hold_line(row.held_at, _("业务暂缓（政策搁置）"), row.reason, "warn", "clock-pause", row.hold_id)
        )
    if row.released_at is not None and row.held_at is not None:
        lines.append(_hold_line(row.released_at, _("业务恢复办理"), "", "good", "player-play", row.hold_id))
    return lines


def _hold_line(at: datetime, title: str, text: str, tone: str, icon: str, hold_id: int) -> dict[str, Any]:
    return {
        "sort": at, "kind": "hold", "title": title, "tone": tone, "icon": icon, "when": fmt.moment(at),
        "iso": at.isoformat(), "answer": text, "url": reverse("desk:hold", args=[hold_id]),
    }  # fmt: skip
