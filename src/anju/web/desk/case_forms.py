"""Composers of the kinds of work, and what happens when they are sent: read, check, hand to the operation of the owner."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from anju.contexts.collections import operations as collections
from anju.contexts.collections import outcomes as call_outcomes
from anju.contexts.followup import operations as followup
from anju.contexts.followup import queries as followup_queries
from anju.core.errors import BadInput
from anju.core.money import fen_to_text
from anju.platform.contacts import addresses
from anju.platform.contacts.rows import ContactNotOpen, ContactRefused
from anju.platform.notices import operations as notices
from anju.platform.notices.outcomes import EXCEPTION_OUTCOMES
from anju.platform.notices.rows import NotAnException, NoteMissing, UnknownOutcome
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work
from anju.platform.work import outcomes as work_outcomes
from anju.platform.work.errors import WorkRefused
from anju.web import format as fmt
from anju.web.desk import words
from anju.web.desk.case_view import CALL_KINDS, VISIT_KINDS, Case
from anju.web.desk.composers import Choice, Composer, Field, Problem, Reading, fresh_key, said
from anju.web.desk.scope import Desk

REFUSALS = (
    collections.CallRejected, collections.PromiseRefused, followup.VisitRejected, WorkRefused, BadInput, ContactRefused,
    ContactNotOpen, NotAnException, NoteMissing, UnknownOutcome, addresses.RepairRefused,
)  # fmt: skip
"""What an operation may answer instead of doing it: shown at the form, nothing was changed."""

PART_OF = {"promise_amount_fen": "promise_amount", "promise_due_on": "promise_due_on"}
GRADES = [(str(n), str(n)) for n in range(1, 6)]


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a form: saved with a sentence, or the composer again with what is wrong."""

    text: str = ""
    again: Composer | None = None


def composer(case: Case, desk: Desk) -> Composer | None:
    """The form of this item's kind, or None when nothing can be recorded about it by this person."""
    kind = case.item.kind
    if kind in CALL_KINDS and case.case_id is not None and desk.may("call.record"):
        return _call(case, desk)
    if kind in VISIT_KINDS and desk.may("visit.record"):
        return _visit(case, desk)
    if kind == "notices.exception" and desk.may("exception.close"):
        return _exception(case)
    if (
        work_outcomes.of_kind(kind)
        and kind not in CALL_KINDS
        and kind not in VISIT_KINDS
        and _may_close(kind, desk)
    ):
        return _plain(case)
    return None


def _may_close(kind: str, desk: Desk) -> bool:
    if kind in ("risk.review", "collections.refusal_review"):
        return desk.may("risk.review")
    return kind != "notices.exception" and desk.may("work.do")


def send(case: Case, desk: Desk, form: Composer, data: Mapping[str, str]) -> Sent:
    """Check what was typed and do it. A refusal leaves everything as it was, and the form keeps what was typed."""
    kind = case.item.kind
    reading = Reading(data)
    does: Callable[[], str]
    if kind in CALL_KINDS:
        does = _send_call(case, desk, reading)
    elif kind in VISIT_KINDS:
        does = _send_visit(case, desk, reading)
    else:
        does = _send_outcome(case, desk, reading, form)
    if reading.errors:
        return Sent(again=form.filled(data, reading.errors))
    try:
        return Sent(text=does())
    except REFUSALS as refusal:
        return Sent(again=form.filled(data, problem=_problem(refusal)))


def _problem(refusal: Exception) -> Problem:
    if isinstance(refusal, ContactRefused):
        verdict = refusal.verdict
        text = verdict.en if fmt.in_english() else verdict.zh
        if verdict.next_at:
            text += _("下次可联系：%(at)s。") % {"at": fmt.moment(verdict.next_at)}
        return Problem(_("没有保存：现在不能联系此人。"), text)
    if isinstance(refusal, NotAnException):
        return Problem(_("没有保存：这条通知已不再是异常。"))
    return Problem(_("没有保存。"), said(refusal))


# ---- calls ----


def _call(case: Case, desk: Desk) -> Composer:
    table = call_outcomes.table()
    promise = policies.toml("timetable.toml")["promise"]
    overdue = int((case.loan or {}).get("overdue_fen") or 0)
    last_on = desk.on + timedelta(days=promise["days_max"])
    lists = {name: [(one.code, words.own(one)) for one in options] for name, options in table.options.items()}
    fields = (
        Field("willingness", _("还款意愿"), "radio", "willingness", lists["willingness"], wide=True),
        Field("overdue_reason", _("逾期原因"), "select", "overdue_reason", lists["overdue_reason"]),
        Field("refusal_reason", _("拒绝原因"), "select", "refusal_reason", lists["refusal_reason"]),
        Field(
            "promise_amount", _("承诺金额（元）"), "money", "promise_amount", max=20,
            value=fen_to_text(overdue) if overdue else "", help=_("逾期金额 %(a)s") % {"a": fmt.money(overdue)},
        ),
        Field(
            "promise_due_on", _("承诺还款日"), "date", "promise_due_on", min=desk.on.isoformat(),
            max_value=last_on.isoformat(), help=_("%(first)s 至 %(last)s") % {"first": desk.on, "last": last_on},
        ),
        Field("callback_at", _("回电时间"), "datetime-local", "callback_at", help=_("须在 08:00–22:00 之间")),
        Field("stop_flag", _("情况"), "select", "stop_flag", lists["stop_flag"]),
        Field("recording_ref", _("录音编号"), max=100, hint=_("接通时必填"), help=_("话务系统自动给出；人工补录请写明来源")),
        Field("note", _("通话纪要"), "textarea", max=2000, wide=True, hint=_("接通时必填"), help=_("客观记录：说了什么、对方要求、下一步")),
    )  # fmt: skip
    choices = tuple(
        Choice(one.key, one.code, words.own(one), " ".join(PART_OF.get(name, name) for name in one.requires))
        for one in table.outcomes.values()
    )
    return Composer(
        title=_("记录通话"), url=reverse("desk:case_record", args=[case.item.id]), draft=_draft(case), key=fresh_key(),
        outcomes=choices, outcome_label=_("通话结果"), fields=fields, blocked=bool(case.verdict and not case.verdict.ok),
    )  # fmt: skip


def _send_call(case: Case, desk: Desk, reading: Reading) -> Callable[[], str]:
    table = call_outcomes.table()
    code = reading.choice("outcome", _("通话结果"), table.outcomes, need=True)
    outcome = table.outcomes.get(code)
    needs = set(outcome.requires) if outcome else set()
    values: dict[str, Any] = {}
    names = {
        "willingness": _("还款意愿"), "overdue_reason": _("逾期原因"), "refusal_reason": _("拒绝原因"), "stop_flag": _("情况"),
    }  # fmt: skip
    for name in (one for one in call_outcomes.CHOICE_FIELDS if one in needs):
        values[name] = reading.choice(name, names[name], [one.code for one in table.options[name]], need=True)
    if "promise_amount_fen" in needs:
        values["promise_amount_fen"] = reading.fen("promise_amount", _("承诺金额"), need=True)
    if "promise_due_on" in needs:
        values["promise_due_on"] = reading.day("promise_due_on", _("承诺还款日"), need=True)
    if "callback_at" in needs:
        values["callback_at"] = reading.instant("callback_at", _("回电时间"), need=True)
    answered = outcome is not None and outcome.answered
    note = reading.text("note", _("通话纪要"), need=answered)
    recording = reading.text("recording_ref", _("录音编号"), need=answered, most=100)

    def record() -> str:
        collections.call_record(
            case_id=case.case_id or 0, staff_id=desk.staff_id, work_item_id=case.item.id, outcome_code=code, fields=values,
            note=note, recording_ref=recording, idempotency_key=_key(reading, desk), at=desk.at,
        )  # fmt: skip
        return _("已记录通话：%(outcome)s。") % {"outcome": words.own(outcome)}

    return record


# ---- follow-up visits ----


def _visit(case: Case, desk: Desk) -> Composer:
    visit = case.picture.get("visit")
    reasons = [(one.code, words.own(one)) for one in followup_queries.refusal_choices()]
    lead = ""
    if visit and visit["state"] == "planned":
        lead = _("回访预告尚未送达。须先让客户知道时间、目的和内容，才能开始回访；客户已谢绝的可直接登记。")
    choices = (
        Choice(1, "done", _("完成回访"), "done"),
        Choice(2, "refused", _("明确谢绝"), "refused"),
        Choice(3, "missed", _("未能联系上"), "missed"),
    )
    fields = (
        Field("ability", _("还款能力"), "radio", "done", GRADES, hint=_("1 很困难 – 5 很充裕")),
        Field("willingness_grade", _("还款意愿"), "radio", "done", GRADES, hint=_("1 很低 – 5 很高")),
        Field("opinion", _("客户意见"), "textarea", "done", max=2000, wide=True),
        Field(
            "party",
            _("由谁谢绝"),
            "select",
            "refused",
            [(code, str(label)) for code, label in words.PARTIES.items()],
        ),
        Field("refusal_reason", _("谢绝原因"), "select", "refused", reasons, help=_("未接听不算谢绝")),
        Field(
            "refusal_text", _("补充说明"), "textarea", "refused", max=400, wide=True, hint=_("选“其他”时必填")
        ),
    )
    return Composer(
        title=_("记录回访"), url=reverse("desk:case_record", args=[case.item.id]), draft=_draft(case), key=fresh_key(),
        outcomes=choices, outcome_label=_("回访结果"), fields=fields, lead=lead,
    )  # fmt: skip


def _send_visit(case: Case, desk: Desk, reading: Reading) -> Callable[[], str]:
    visit_id = int(case.item.params.get("visit_id") or 0)
    common: dict[str, Any] = {"visit_id": visit_id, "staff_id": desk.staff_id, "at": desk.at}
    code = reading.choice("outcome", _("回访结果"), ("done", "refused", "missed"), need=True)
    grades = [code for code, _label in GRADES]
    if code == "done":
        ability = reading.choice("ability", _("还款能力"), grades, need=True)
        willingness = reading.choice("willingness_grade", _("还款意愿"), grades, need=True)
        opinion = reading.text("opinion", _("客户意见"), need=True)

        def done() -> str:
            followup.visit_record(
                **common, ability=int(ability), willingness=int(willingness), opinion=opinion
            )
            return _("已记录回访。")

        return done
    if code == "refused":
        party = reading.choice("party", _("由谁谢绝"), words.PARTIES, need=True)
        options = [one.code for one in followup_queries.refusal_choices()]
        reason = reading.choice("refusal_reason", _("谢绝原因"), options, need=True)
        text = reading.text("refusal_text", _("补充说明"), need=reason == "other", most=400)

        def refuse() -> str:
            followup.visit_refuse(**common, party=party, reason=reason, text=text)
            return _("已登记谢绝，并派出相应的补救工作。")

        return refuse

    def miss() -> str:
        followup.visit_miss(**common)
        return _("已登记未访成。")

    return miss


# ---- everything that ends with an outcome and a note: reviews, legal papers, exceptions ----


def _exception(case: Case) -> Composer:
    choices = tuple(
        Choice(number, row.code, words.own(row))
        for number, row in enumerate(EXCEPTION_OUTCOMES.values(), start=1)
    )
    reason = str(case.item.params.get("reason_en" if fmt.in_english() else "reason_zh", ""))
    name = str(case.item.params.get("notice_en" if fmt.in_english() else "notice_zh", ""))
    return Composer(
        title=_("办结通知异常"), url=reverse("desk:case_record", args=[case.item.id]), draft=_draft(case), key=fresh_key(),
        outcomes=choices, outcome_label=_("办结结果"), fields=(_note_field(),),
        lead=_("%(name)s：%(reason)s。") % {"name": name, "reason": reason},
    )  # fmt: skip


def _plain(case: Case) -> Composer:
    found = work_outcomes.of_kind(case.item.kind)[:9]
    choices = tuple(
        Choice(number, one.code, one.en if fmt.in_english() else one.zh)
        for number, one in enumerate(found, start=1)
    )
    return Composer(
        title=words.word(words.KINDS, case.item.kind), url=reverse("desk:case_record", args=[case.item.id]),
        draft=_draft(case), key=fresh_key(), outcomes=choices, outcome_label=_("办理结果"), fields=(_note_field(),),
        lead=str(case.item.params.get("next_en" if fmt.in_english() else "next_zh", "")),
    )  # fmt: skip


def _note_field() -> Field:
    return Field("note", _("办理说明"), "textarea", max=2000, wide=True, help=_("做了什么、依据是什么"))


def _send_outcome(case: Case, desk: Desk, reading: Reading, form: Composer) -> Callable[[], str]:
    code = reading.choice("outcome", form.outcome_label, [one.code for one in form.outcomes], need=True)
    note = reading.text("note", _("办理说明"), need=True)
    label = next((one.label for one in form.outcomes if one.code == code), code)

    def close() -> str:
        if case.item.kind == "notices.exception":
            notices.close_exception(
                item_id=case.item.id, staff_id=desk.staff_id, outcome=code, note=note, at=desk.at
            )
        elif case.item.kind == addresses.WORK_KIND:
            addresses.close_repair(
                item_id=case.item.id, staff_id=desk.staff_id, person_id=case.item.person_id or 0, outcome=code, note=note,
                at=desk.at,
            )  # fmt: skip
        else:
            work.close(
                item_id=case.item.id, staff_id=desk.staff_id, outcome_code=code, note=note, at=desk.at,
                fields={"note": note},
            )  # fmt: skip
        return _("已办结：%(outcome)s。") % {"outcome": label}

    return close


def _draft(case: Case) -> str:
    return f"case-{case.item.id}"


def _key(reading: Reading, desk: Desk) -> str:
    """The form's own key, bound to the person who sent it; a form without one gets a fresh one."""
    key = reading.data.get("idempotency_key", "")[:40]
    return f"desk:{desk.staff_id}:{key or fresh_key()}"
