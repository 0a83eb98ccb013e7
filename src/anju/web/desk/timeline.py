"""What happened, in words: one small renderer a kind of fact. A kind that has none is named plainly, never hidden."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from anju.platform.journal.queries import EntryRow
from anju.web import format as fmt
from anju.web.desk import words


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline. ``sort``: ``internal`` stays in the house, ``out`` went to the borrower, ``fact`` happened."""

    title: str
    when: str
    iso: str
    who: str
    icon: str
    tone: str
    detail: str = ""
    sort: str = "fact"
    mark: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a renderer says about one fact."""

    title: str
    detail: str = ""
    icon: str = "minus"
    tone: str = "calm"
    sort: str = "fact"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Names the renderers need: staff by id, call notes by call id, labels of outcome and choice codes."""

    staff: Mapping[int, str] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def label(self, code: object) -> str:
        return self.labels.get(str(code), str(code))


Body = Mapping[str, Any]
Renderer = Callable[[Body, Known], Said]
RENDERERS: dict[str, Renderer] = {}


def _for(kind: str) -> Callable[[Renderer], Renderer]:
    def keep(renderer: Renderer) -> Renderer:
        RENDERERS[kind] = renderer
        return renderer

    return keep


def _fen(body: Body, name: str) -> str:
    return fmt.money(int(body.get(name) or 0))


def lines(entries: Sequence[EntryRow], known: Known) -> list[Line]:
    """Entries, newest first, as lines."""
    return [line(entry, known) for entry in entries]


def line(entry: EntryRow, known: Known) -> Line:
    """One entry in words."""
    renderer = RENDERERS.get(entry.kind)
    said = renderer(entry.body, known) if renderer else Said(_("其他记录：%(kind)s") % {"kind": entry.kind})
    marks = {"internal": _("内部"), "out": _("发给客户"), "fact": ""}
    return Line(
        title=said.title, when=fmt.moment(entry.at), iso=_iso(entry.at), who=words.actor(entry.actor, known.staff),
        icon=said.icon, tone=said.tone, detail=said.detail, sort=said.sort, mark=marks[said.sort], url=said.url,
    )  # fmt: skip


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def staff_ids(entries: Sequence[EntryRow]) -> set[int]:
    """Ids of the staff who appear in these entries."""
    found = {entry.actor.partition(":")[2] for entry in entries if entry.actor.startswith("staff:")}
    named = {
        value
        for entry in entries
        for name, value in entry.body.items()
        if name in ("staff_id", "assignee_id")
    }
    return {int(ref) for ref in found if ref.isdigit()} | {value for value in named if isinstance(value, int)}


@_for("servicing.loan.opened")
def _loan_opened(body: Body, known: Known) -> Said:
    text = _("余额 %(balance)s，已还 %(n)s 期") % {
        "balance": _fen(body, "balance_fen"),
        "n": body["paid_periods"],
    }
    return Said(_("贷款录入"), text, "home-dollar")


@_for("servicing.bill.issued")
def _bill(body: Body, known: Known) -> Said:
    due = fmt.money(int(body["principal_fen"]) + int(body["interest_fen"]))
    return Said(
        _("第 %(seq)s 期到期，应还 %(due)s") % {"seq": body["seq"], "due": due},
        _("本金 %(p)s，利息 %(i)s") % {"p": _fen(body, "principal_fen"), "i": _fen(body, "interest_fen")},
        "receipt",
    )


@_for("servicing.payment.posted")
def _payment(body: Body, known: Known) -> Said:
    rest = int(body.get("unapplied_fen") or 0)
    detail = _("其中 %(rest)s 留待下期") % {"rest": fmt.money(rest)} if rest else ""
    return Said(_("收到还款 %(amount)s") % {"amount": _fen(body, "amount_fen")}, detail, "cash", "good")


@_for("servicing.arrears.started")
def _arrears(body: Body, known: Known) -> Said:
    text = _("%(due)s 到期的期供未还，逾期金额 %(amount)s") % {
        "due": body["oldest_due_on"], "amount": _fen(body, "overdue_fen"),
    }  # fmt: skip
    return Said(_("开始逾期"), text, "alert-triangle", "bad")


@_for("servicing.arrears.cleared")
def _cleared(body: Body, known: Known) -> Said:
    days = {"n": body["days_past_due_before"]}
    return Said(_("逾期已还清"), _("此前逾期 %(n)s 天") % days, "circle-check", "good")


@_for("servicing.loan.repriced")
def _repriced(body: Body, known: Known) -> Said:
    values = {"a": fmt.percent(body["from_ppm"]), "b": fmt.percent(body["to_ppm"])}
    note = _("LPR 尚未发布，先按旧值暂计") if body.get("provisional") else ""
    return Said(_("利率由 %(a)s 调整为 %(b)s") % values, note, "percentage", "info")


@_for("servicing.loan.settled")
def _settled(body: Body, known: Known) -> Said:
    return Said(_("贷款结清"), "", "circle-check", "good")


@_for("collections.case.opened")
def _case_opened(body: Body, known: Known) -> Said:
    text = _("逾期 %(n)s 天，%(amount)s") % {"n": body["days_past_due"], "amount": _fen(body, "overdue_fen")}
    return Said(_("逾期案件立案"), text, "folder", "warn")


@_for("collections.case.closed")
def _case_closed(body: Body, known: Known) -> Said:
    reasons = {"cured": _("逾期已还清"), "settled": _("贷款已结清")}
    return Said(
        _("逾期案件结案"), reasons.get(str(body["reason"]), str(body["reason"])), "circle-check", "good"
    )


@_for("collections.rung.moved")
def _rung(body: Body, known: Known) -> Said:
    text = _("逾期 %(n)s 天，%(amount)s") % {"n": body["days_past_due"], "amount": _fen(body, "overdue_fen")}
    return Said(_("进入预警%(rung)s") % {"rung": words.rung(int(body["to_rung"]))}, text, "stairs-up", "warn")


@_for("collections.call.recorded")
def _call(body: Body, known: Known) -> Said:
    said = [known.label(body[name]) for name in ("willingness", "overdue_reason") if body.get(name)]
    note = known.notes.get(int(body["call_id"]), "")
    detail = "\n".join(part for part in ("，".join(said), note) if part)
    tone = "info" if body.get("answered") else "calm"
    return Said(
        _("通话：%(outcome)s") % {"outcome": known.label(body["outcome_code"])}, detail, "phone-call", tone
    )


@_for("collections.promise.taken")
def _promise(body: Body, known: Known) -> Said:
    values = {"amount": _fen(body, "amount_fen"), "due": body["due_on"]}
    return Said(_("承诺在 %(due)s 前还款 %(amount)s") % values, "", "heart-handshake", "info")


@_for("collections.promise.kept")
def _kept(body: Body, known: Known) -> Said:
    return Said(
        _("承诺已兑现"), _("实收 %(paid)s") % {"paid": _fen(body, "paid_fen")}, "circle-check", "good"
    )


@_for("collections.promise.broken")
def _broken(body: Body, known: Known) -> Said:
    values = {"paid": _fen(body, "paid_fen"), "amount": _fen(body, "amount_fen")}
    return Said(_("承诺未兑现"), _("承诺 %(amount)s，实收 %(paid)s") % values, "alert-circle", "bad")


@_for("work.opened")
def _work_opened(body: Body, known: Known) -> Said:
    values = {"kind": words.word(words.KINDS, str(body["kind"]))}
    queue = _("队列：%(queue)s") % {"queue": words.queue(str(body["queue"]))}
    return Said(_("派工：%(kind)s") % values, queue, "checklist")


@_for("work.closed")
def _work_closed(body: Body, known: Known) -> Said:
    values = {
        "kind": words.word(words.KINDS, str(body["kind"])),
        "outcome": known.label(body["outcome_code"]),
    }
    late = _("超过时限") if body.get("late") else ""
    return Said(_("办结：%(kind)s，%(outcome)s") % values, late, "progress-check", "warn" if late else "good")


@_for("work.recorded")
def _work_recorded(body: Body, known: Known) -> Said:
    values = {
        "kind": words.word(words.KINDS, str(body["kind"])),
        "outcome": known.label(body["outcome_code"]),
    }
    again = fmt.moment(datetime.fromisoformat(str(body["again_at"])))
    return Said(_("已记录：%(kind)s，%(outcome)s") % values, _("%(at)s 再办") % {"at": again}, "history")


@_for("work.skipped")
def _work_skipped(body: Body, known: Known) -> Said:
    values = {"kind": words.word(words.KINDS, str(body["kind"]))}
    return Said(_("跳过：%(kind)s") % values, str(body["reason"]), "player-skip-forward", sort="internal")


@_for("work.assigned")
def _work_assigned(body: Body, known: Known) -> Said:
    to = known.staff.get(int(body["assignee_id"]), "") if body.get("assignee_id") else _("全队")
    return Said(_("改派给 %(who)s") % {"who": to}, words.word(words.KINDS, str(body["kind"])), "user-check")


@_for("work.cancelled")
def _work_cancelled(body: Body, known: Known) -> Said:
    values = {"kind": words.word(words.KINDS, str(body["kind"]))}
    return Said(_("不再需要：%(kind)s") % values, words.reason(str(body["reason"])), "ban")


@_for("desk.note.written")
def _note(body: Body, known: Known) -> Said:
    return Said(_("内部备注"), str(body["text"]), "note", "warn", sort="internal")


@_for("identity.value.revealed")
def _revealed(body: Body, known: Known) -> Said:
    what = {"phone": _("电话号码"), "id_number": _("身份证号")}.get(str(body["field"]), str(body["field"]))
    return Said(
        _("查看了客户的%(what)s") % {"what": what}, words.reveal(str(body["reason"])), "eye", sort="internal"
    )


@_for("identity.borrower.entered")
def _entered(body: Body, known: Known) -> Said:
    return Said(_("客户登录了门户"), "", "login")


@_for("identity.code.issued")
def _code(body: Body, known: Known) -> Said:
    return Said(_("已向客户发送登录验证码"), "", "key")


@_for("followup.visit.planned")
def _visit_planned(body: Body, known: Known) -> Said:
    return Said(_("计划回访"), _("应在 %(due)s 完成") % {"due": body["due_on"]}, "calendar-event")


@_for("followup.visit.noticed")
def _visit_noticed(body: Body, known: Known) -> Said:
    return Said(_("回访预告已送达"), "", "bell", "info")


@_for("followup.visit.done")
def _visit_done(body: Body, known: Known) -> Said:
    text = _("还款能力 %(a)s 分，还款意愿 %(w)s 分") % {"a": body["ability"], "w": body["willingness"]}
    return Said(_("完成回访"), text, "user-check", "good")


@_for("followup.visit.refused")
def _visit_refused(body: Body, known: Known) -> Said:
    values = {"who": words.word(words.PARTIES, str(body["party"])), "why": known.label(body["reason"])}
    return Said(_("%(who)s谢绝回访") % values, _("原因：%(why)s") % values, "hand-stop", "warn")


@_for("followup.visit.missed")
def _visit_missed(body: Body, known: Known) -> Said:
    return Said(_("回访未能完成"), "", "user-question", "warn")


@_for("followup.visit.cancelled")
def _visit_cancelled(body: Body, known: Known) -> Said:
    return Said(_("回访取消"), words.reason(str(body["reason"])), "ban")


def _notice_url(body: Body) -> str:
    return reverse("desk:obligation", args=[int(body["obligation_id"])])


def _notice_name(body: Body) -> str:
    return words.notice(str(body["type"]))


@_for("notices.owed")
def _owed(body: Body, known: Known) -> Said:
    deadline = fmt.moment(datetime.fromisoformat(str(body["deadline_at"])))
    text = _("须在 %(at)s 前证明送达") % {"at": deadline}
    return Said(_("应通知：%(type)s") % {"type": _notice_name(body)}, text, "bell", url=_notice_url(body))


@_for("notices.sent")
def _sent(body: Body, known: Known) -> Said:
    values = {"type": _notice_name(body), "channel": words.word(words.CHANNELS, str(body["channel"]))}
    return Said(
        _("已发出：%(type)s") % values,
        _("渠道：%(channel)s") % values,
        "send",
        "info",
        "out",
        _notice_url(body),
    )


@_for("notices.delivered")
def _delivered(body: Body, known: Known) -> Said:
    values = {"type": _notice_name(body), "channel": words.word(words.CHANNELS, str(body["channel"]))}
    text = _("%(channel)s，证明：%(rung)s") % {**values, "rung": words.word(words.PROOFS, str(body["rung"]))}
    return Said(_("已送达：%(type)s") % values, text, "mail", "good", url=_notice_url(body))


@_for("notices.proven")
def _proven(body: Body, known: Known) -> Said:
    text = _("证明：%(rung)s") % {"rung": words.word(words.PROOFS, str(body["rung"]))}
    return Said(
        _("通知义务已履行：%(type)s") % {"type": _notice_name(body)},
        text,
        "shield-check",
        "good",
        url=_notice_url(body),
    )


@_for("notices.exception")
def _exception(body: Body, known: Known) -> Said:
    title = _("通知未能证明送达：%(type)s") % {"type": _notice_name(body)}
    return Said(title, words.reason(str(body["reason"])), "alert-circle", "bad", url=_notice_url(body))


@_for("notices.moot")
def _moot(body: Body, known: Known) -> Said:
    title = _("已无须通知：%(type)s") % {"type": _notice_name(body)}
    return Said(title, words.reason(str(body["reason"])), "ban", url=_notice_url(body))


@_for("notices.closed_by_person")
def _closed_by_person(body: Body, known: Known) -> Said:
    values = {"type": _notice_name(body), "outcome": known.label(body["outcome"])}
    title = _("通知异常办结：%(type)s，%(outcome)s") % values
    return Said(title, str(body["note"]), "progress-check", "good", url=_notice_url(body))


@_for("clocks.breached")
def _breached(body: Body, known: Known) -> Said:
    return Said(
        _("超过时限：%(name)s") % {"name": words.clock(str(body.get("name", "")))},
        "",
        "clock-exclamation",
        "bad",
    )


@_for("clocks.paused")
def _paused(body: Body, known: Known) -> Said:
    title = _("时限暂停：%(name)s") % {"name": words.clock(str(body.get("name", "")))}
    return Said(title, str(body.get("reason", "")), "clock-pause", "warn")


@_for("clocks.resumed")
def _resumed(body: Body, known: Known) -> Said:
    return Said(_("时限恢复：%(name)s") % {"name": words.clock(str(body.get("name", "")))}, "", "clock")


@_for("clocks.cancelled")
def _clock_cancelled(body: Body, known: Known) -> Said:
    return Said(_("时限取消：%(name)s") % {"name": words.clock(str(body.get("name", "")))}, "", "ban")


@_for("collections.evidence.exported")
def _evidence(body: Body, known: Known) -> Said:
    return Said(
        _("导出证据包"), _("清单校验值 %(hash)s") % {"hash": body["sha256"]}, "file-export", sort="internal"
    )


@_for("contacts.flag.set")
def _flag(body: Body, known: Known) -> Said:
    title = _("停止联系：%(kind)s") % {"kind": words.word(words.STOP_FLAGS, str(body["kind"]))}
    return Said(title, str(body["reason"]), "hand-stop", "bad")


@_for("contacts.flag.lifted")
def _unflag(body: Body, known: Known) -> Said:
    title = _("解除停止联系：%(kind)s") % {"kind": words.word(words.STOP_FLAGS, str(body["kind"]))}
    return Said(title, str(body["reason"]), "flag-off", "good")


@_for("contacts.address.failed")
def _address(body: Body, known: Known) -> Said:
    health = words.word(words.HEALTH, str(body["health"]))
    return Said(_("联系方式失效：%(health)s") % {"health": health}, "", "phone", "warn")
