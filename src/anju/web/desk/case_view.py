"""A case as its page shows it: queue, who, may we contact them, the card before a call, context. Reads only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.contexts.collections import outcomes as call_outcomes
from anju.contexts.parties import queries as parties
from anju.core.verdict import Verdict
from anju.core.working_time import BANK_ZONE
from anju.platform.contacts import queries as contacts
from anju.platform.contacts.desk import rules_on
from anju.platform.contacts.people import PersonFacts
from anju.platform.identity import queries as identity
from anju.platform.journal import queries as journal
from anju.platform.journal.queries import EntryRow
from anju.platform.notices import queries as notices
from anju.platform.policies import queries as policies
from anju.platform.work import outcomes as work_outcomes
from anju.platform.work import queries as work
from anju.platform.work.queries import ItemRow
from anju.platform.work.queues import queues_of
from anju.web import format as fmt
from anju.web.desk import timeline, timing, words
from anju.web.desk.reads import case as reads
from anju.web.desk.scope import Desk

ALLOWED = re.compile(r"^(可以联系[:：]|Allowed: )")
"""The rule's own first words; the head of the page says them already."""

QUEUE_SHOWN = 20
TIMELINE_SHOWN = 30
CALL_KINDS = ("collections.call",)
VISIT_KINDS = ("followup.visit",)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything read for one case page."""

    item: ItemRow
    picture: Mapping[str, Any]
    persons: Mapping[int, parties.PersonRow]
    verdict: Verdict | None
    purpose: str

    @property
    def loan(self) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self.picture.get("loan")
        return found

    @property
    def loan_id(self) -> int | None:
        return self.item.subject_id if self.item.subject_type == "loan" else None

    @property
    def case_id(self) -> int | None:
        row = self.picture.get("case")
        return int(row["id"]) if row else None


def item_of(desk: Desk, item_id: int) -> ItemRow:
    """The item, if its branch is in scope and its queue or a supervisor's eye allows it. Raises Http404."""
    item = work.item(item_id)
    if item is None or not desk.sees(item.branch_id):
        raise Http404
    return item


def purpose_of(item: ItemRow) -> str:
    """For what purpose we would contact the person."""
    if item.kind.startswith("collections.") or item.kind == "risk.review":
        return "collection"
    if item.kind.startswith("followup."):
        return "follow_up"
    overdue = str(item.params.get("notice_type", "")).startswith("overdue")
    return "collection" if overdue else "service"


def read(desk: Desk, item: ItemRow) -> Case:
    """The whole case; six queries and those of the governor."""
    day = datetime.combine(desk.on, time(), BANK_ZONE)
    loan_id = item.subject_id if item.subject_type == "loan" else None
    picture = reads.picture(
        loan=loan_id, person=item.person_id, type=item.subject_type, id=item.subject_id, day=day, at=desk.at,
        visit=item.params.get("visit_id"), holder=item.holder_id, assignee=item.assignee_id,
    )  # fmt: skip
    ids = {party["person_id"] for party in picture.get("parties") or []}
    if item.person_id is not None:
        ids.add(item.person_id)
    persons = parties.persons(ids)
    purpose = purpose_of(item)
    verdict = None
    if item.person_id is not None:
        person = persons.get(item.person_id)
        verdict = contacts.ask(
            person_id=item.person_id, purpose=purpose, channel="call", at=desk.at, actor=desk.actor,
            facts=PersonFacts(person.language, person.zone) if person else None,
        )  # fmt: skip
    return Case(item, picture, persons, verdict, purpose)


def who(case: Case) -> dict[str, Any]:
    """Name, role and loan number for the head that stays."""
    person = case.persons.get(case.item.person_id or 0)
    roles = {party["person_id"]: party["role"] for party in case.picture.get("parties") or []}
    role = roles.get(case.item.person_id, "borrower")
    number = case.loan["loan_no"] if case.loan else ""
    return {
        "name": person.name if person else _("（无关联客户）"),
        "role": words.word(words.PARTIES, role),
        "loan_no": number,
    }


def head(case: Case, desk: Desk) -> dict[str, Any]:
    """The item itself: kind, queue, deadline, who holds it, what may be done."""
    item, staff = case.item, case.picture.get("staff") or {}
    holder = staff.get(str(item.holder_id), "") if item.holder_id else ""
    running = item.claim_ends_at is not None and item.claim_ends_at > desk.at
    mine = item.state == "claimed" and item.holder_id == desk.staff_id and running
    others = item.state == "claimed" and running and not mine
    dpd = (case.loan or {}).get("days_past_due") or 0
    closed = ""
    if item.state not in work.LIVE:
        closed = _("这一件已结束，不再需要处理。")
    claim_text = _("这一件还没有人处理。由您处理后，30 分钟内不会派给别人。")
    if others and item.claim_ends_at:
        claim_text = _("%(who)s 正在处理这一件，最迟 %(at)s 放回队列。") % {
            "who": holder,
            "at": fmt.moment(item.claim_ends_at),
        }
    return {
        "assignee_id": item.assignee_id, "assignee": staff.get(str(item.assignee_id), "") if item.assignee_id else "",
        "id": item.id, "kind": words.word(words.KINDS, item.kind), "queue": words.queue(item.queue), "holder": holder,
        "mine": mine, "closed": closed, "claim_text": claim_text, "can_claim": desk.may("work.do") and not others,
        "dpd": _("逾期 %(n)s 天") % {"n": dpd} if dpd else "", **timing.due(item.due_at, desk.at),
    }  # fmt: skip


def able(item: ItemRow, desk: Desk) -> list[identity.StaffRow]:
    """Who of the item's branch can work its queue."""
    people = identity.staff(branch_ids=None if item.branch_id is None else [item.branch_id])
    return [row for row in people if row.is_active and item.queue in queues_of(row.role)]


def ask(case: Case) -> dict[str, Any]:
    """May we contact this person now: yes or no, why, and from when; and the way to all that stands about it."""
    url = ""
    if case.item.person_id is not None:
        here = reverse("desk:person_contact", args=[case.item.person_id])
        url = f"{here}?purpose={case.purpose}"
    return {**_answer(case.verdict), "url": url}


def _answer(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {
            "ok": True,
            "tone": "calm",
            "icon": "info-circle",
            "head": _("没有需要联系的人"),
            "why": "",
            "next": "",
        }
    why = verdict.en if fmt.in_english() else verdict.zh
    if verdict.ok:
        return {
            "ok": True,
            "tone": "good",
            "icon": "circle-check",
            "head": _("现在可以联系"),
            "why": ALLOWED.sub("", why),
            "next": "",
        }
    next_text = (
        _("下次可联系：%(at)s。") % {"at": fmt.moment(verdict.next_at)}
        if verdict.next_at
        else _("须先解除上述限制。")
    )
    return {
        "ok": False,
        "tone": "bad",
        "icon": "hand-stop",
        "head": _("现在不能联系"),
        "why": why,
        "next": next_text,
    }


def brief(case: Case, desk: Desk) -> dict[str, Any]:
    """The card before a call: last contact, broken promises, tries left today, allowed hours, flags, opening."""
    picture = case.picture
    rules = rules_on(policies.params(), desk.on)
    today = picture.get("today") or {"tries": 0, "answered": 0}
    left = max(0, rules.attempts_per_day_max - today["tries"])
    if today["answered"] >= rules.answered_per_day_max:
        left = 0
    broken = int(picture.get("broken") or 0)
    flags = [words.word(words.STOP_FLAGS, kind) for kind in picture.get("flags") or []]
    return {
        "last": _last_contact(picture.get("contact")),
        "broken_count": broken,
        "broken": _("%(n)s 次") % {"n": broken} if broken else _("没有"),
        "left": _("%(n)s 次（每天最多 %(most)s 次）") % {"n": left, "most": rules.attempts_per_day_max},
        "hours": f"{rules.window_start:%H:%M}–{rules.window_end:%H:%M}",
        "flags": "、".join(flags) or _("没有"),
        "script": script(case, desk),
    }


def _last_contact(contact: Mapping[str, Any] | None) -> str:
    if not contact:
        return _("还没有联系过")
    when = fmt.moment(datetime.fromisoformat(contact["at"]))
    channel = words.word(words.CHANNELS, contact["channel"])
    if contact["channel"] in ("call", "visit"):
        how = _("已接通") if contact["answered"] else _("未接通")
        return f"{when} {channel} {how}"
    return f"{when} {channel}"


def script(case: Case, desk: Desk) -> list[str]:
    """A suggested opening: who calls, recording, identity first, then the matter; help is offered before pressure (S3-13..S3-16)."""
    person = case.persons.get(case.item.person_id or 0)
    values = {"bank": settings.ANJU_BANK_NAME, "me": desk.name, "name": person.name if person else ""}
    lines = [
        _("您好，我是%(bank)s的%(me)s，请问是%(name)s本人吗？本次通话会录音。") % values,
        _("为保护您的信息，请先说出身份证号后四位，核对后再谈贷款。"),
    ]
    loan = case.loan or {}
    if case.purpose == "collection" and loan.get("overdue_fen"):
        figures = {"days": loan["days_past_due"], "amount": fmt.money(loan["overdue_fen"])}
        lines.append(
            _(
                "您的住房贷款已逾期 %(days)s 天，逾期金额 %(amount)s。我想了解您的情况，一起商量合适的还款办法。"
            )
            % figures
        )
        if case.picture.get("broken"):
            lines.append(
                _("上次约定的还款没有到账，是遇到什么困难了吗？如果暂时有困难，我们可以帮您申请调整。")
            )
        else:
            lines.append(_("如果暂时有困难，我们可以帮您申请调整还款安排。"))
    elif case.purpose == "follow_up":
        lines.append(_("这次回访想了解您的还款安排和对我们服务的意见，大约十分钟，您现在方便吗？"))
    else:
        lines.append(_("有一份与您贷款有关的通知需要当面告知您，并请您确认收到。"))
    return lines


def queue(case: Case, desk: Desk) -> dict[str, Any]:
    """The left pane: the first items of the same queue."""
    found = reads.queue(queues=[case.item.queue], branch_ids=desk.branch_ids, limit=QUEUE_SHOWN)
    return {
        "rows": [row_face(row, desk, current=case.item.id) for row in found],
        "url": reverse("desk:queue", args=[case.item.queue]),
        "shown": len(found),
    }


def row_face(row: Any, desk: Desk, *, current: int = 0) -> dict[str, Any]:
    """One line of a queue."""
    params = row.params or {}
    notes = [str(params["loan_no"])] if params.get("loan_no") else []
    if row.days_past_due:
        notes.append(_("逾期 %(n)s 天") % {"n": row.days_past_due})
    if params.get("notice_zh"):
        notes.append(str(params["notice_en"] if fmt.in_english() else params["notice_zh"]))
    mine = row.holder_id == desk.staff_id
    return {
        "url": reverse("desk:case", args=[row.id]), "name": row.person or _("（无关联客户）"), "current": row.id == current,
        "kind": words.word(words.KINDS, row.kind), "note": " · ".join(notes),
        "amount": fmt.money(row.overdue_fen) if row.overdue_fen else "",
        "holder": "" if row.holder is None else _("您") if mine else row.holder, **timing.due(row.due_at, desk.at),
    }  # fmt: skip


def past(case: Case, before: int | None) -> tuple[list[timeline.Line], int | None]:
    """The timeline, newest first, and the id from which older entries go on."""
    subjects = [case.item.subject]
    if case.item.person_id is not None and case.item.subject_type != "person":
        subjects.append(("person", case.item.person_id))
    entries = journal.timeline(subjects, before=before, limit=TIMELINE_SHOWN + 1)
    shown = entries[:TIMELINE_SHOWN]
    return told(shown, case.picture), shown[-1].id if len(entries) > TIMELINE_SHOWN else None


def told(entries: Sequence[EntryRow], picture: Mapping[str, Any]) -> list[timeline.Line]:
    """Entries in words, with names, labels and the texts of messages."""
    staff = {int(ref): name for ref, name in (picture.get("staff") or {}).items()}
    notes = {int(row["id"]): row["note"] for row in picture.get("calls") or []}
    texts = notices.texts(timeline.contents(entries))
    return timeline.lines(entries, timeline.Known(staff, notes, labels(), texts))


def labels() -> dict[str, str]:
    """Labels of outcome and choice codes of every kind of work, in the reader's language."""
    table = call_outcomes.table()
    found: dict[str, str] = {}
    for kind in words.KINDS:
        for one in work_outcomes.of_kind(kind):
            found[one.code] = one.en if fmt.in_english() else one.zh
    for options in table.options.values():
        found |= {option.code: words.own(option) for option in options}
    for row in policies.toml("timetable.toml")["visits"]["refusal"]:
        found[row["code"]] = words.own(row)
    return found | {code: words.own(outcome) for code, outcome in table.outcomes.items()}
