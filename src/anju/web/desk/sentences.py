"""Loans, arrears, calls, promises, work, visits and people: each kind of fact as a sentence."""

from datetime import datetime

from django.utils.translation import gettext as _

from anju.core.schedule.events import NAMES as EVENT_NAMES
from anju.web import format as fmt
from anju.web.desk import words
from anju.web.desk.telling import Body, Known, Said, tells


def _fen(body: Body, name: str) -> str:
    return fmt.money(int(body.get(name) or 0))


@tells("servicing.loan.opened")
def _loan_opened(body: Body, known: Known) -> Said:
    text = _("余额 %(balance)s，已还 %(n)s 期") % {
        "balance": _fen(body, "balance_fen"),
        "n": body["paid_periods"],
    }
    return Said(_("贷款录入"), text, "home-dollar")


@tells("servicing.bill.issued")
def _bill(body: Body, known: Known) -> Said:
    due = fmt.money(int(body["principal_fen"]) + int(body["interest_fen"]))
    return Said(
        _("第 %(seq)s 期到期，应还 %(due)s") % {"seq": body["seq"], "due": due},
        _("本金 %(p)s，利息 %(i)s") % {"p": _fen(body, "principal_fen"), "i": _fen(body, "interest_fen")},
        "receipt",
    )


@tells("servicing.payment.posted")
def _payment(body: Body, known: Known) -> Said:
    rest = int(body.get("unapplied_fen") or 0)
    detail = _("其中 %(rest)s 留待下期") % {"rest": fmt.money(rest)} if rest else ""
    return Said(_("收到还款 %(amount)s") % {"amount": _fen(body, "amount_fen")}, detail, "cash", "good")


@tells("servicing.arrears.started")
def _arrears(body: Body, known: Known) -> Said:
    text = _("%(due)s 到期的期供未还，逾期金额 %(amount)s") % {
        "due": body["oldest_due_on"], "amount": _fen(body, "overdue_fen"),
    }  # fmt: skip
    return Said(_("开始逾期"), text, "alert-triangle", "bad")


@tells("servicing.arrears.cleared")
def _cleared(body: Body, known: Known) -> Said:
    days = {"n": body["days_past_due_before"]}
    return Said(_("逾期已还清"), _("此前逾期 %(n)s 天") % days, "circle-check", "good")


@tells("servicing.loan.repriced")
def _repriced(body: Body, known: Known) -> Said:
    values = {"a": fmt.percent(body["from_ppm"]), "b": fmt.percent(body["to_ppm"])}
    note = _("LPR 尚未发布，先按旧值暂计") if body.get("provisional") else ""
    return Said(_("利率由 %(a)s 调整为 %(b)s") % values, note, "percentage", "info")


@tells("servicing.repricing.corrected")
def _repricing_corrected(body: Body, known: Known) -> Said:
    values = {"day": body["since"], "b": fmt.percent(body["to_ppm"])}
    if body["from_ppm"] == body["to_ppm"]:
        return Said(_("%(day)s 的暂定利率已确认为 %(b)s") % values, "", "percentage", "info")
    parts = [
        (body["added_fen"], _("补计利息 %(fen)s，并入下期")),
        (body["credited_fen"], _("多收利息 %(fen)s 已退入待用款项")),
        (body["unclaimed_fen"], _("少收利息 %(fen)s，已无后续期供，未补收")),
    ]
    said = "；".join(text % {"fen": fmt.money(fen)} for fen, text in parts if fen)
    return Said(_("%(day)s 的暂定利率更正为 %(b)s") % values, said, "percentage", "info")


@tells("servicing.plan.changed")
def _plan_changed(body: Body, known: Known) -> Said:
    name = next(each for each in EVENT_NAMES.values() if each.code == body["kind"])
    paid = ""
    if body["principal_fen"] or body["interest_fen"]:
        paid = _("本金 %(p)s，利息 %(i)s") % {
            "p": _fen(body, "principal_fen"),
            "i": _fen(body, "interest_fen"),
        }
    return Said(name.en if fmt.in_english() else name.zh, paid, "receipt", "info")


@tells("servicing.loan.settled")
def _settled(body: Body, known: Known) -> Said:
    return Said(_("贷款结清"), "", "circle-check", "good")


@tells("collections.case.opened")
def _case_opened(body: Body, known: Known) -> Said:
    text = _("逾期 %(n)s 天，%(amount)s") % {"n": body["days_past_due"], "amount": _fen(body, "overdue_fen")}
    return Said(_("逾期案件立案"), text, "folder", "warn")


@tells("collections.case.closed")
def _case_closed(body: Body, known: Known) -> Said:
    reasons = {"cured": _("逾期已还清"), "settled": _("贷款已结清")}
    return Said(
        _("逾期案件结案"), reasons.get(str(body["reason"]), str(body["reason"])), "circle-check", "good"
    )


@tells("collections.rung.moved")
def _rung(body: Body, known: Known) -> Said:
    text = _("逾期 %(n)s 天，%(amount)s") % {"n": body["days_past_due"], "amount": _fen(body, "overdue_fen")}
    return Said(_("进入预警%(rung)s") % {"rung": words.rung(int(body["to_rung"]))}, text, "stairs-up", "warn")


@tells("collections.call.recorded")
def _call(body: Body, known: Known) -> Said:
    said = [known.label(body[name]) for name in ("willingness", "overdue_reason") if body.get(name)]
    note = known.notes.get(int(body["call_id"]), "")
    detail = "\n".join(part for part in ("，".join(said), note) if part)
    tone = "info" if body.get("answered") else "calm"
    return Said(
        _("通话：%(outcome)s") % {"outcome": known.label(body["outcome_code"])}, detail, "phone-call", tone
    )


@tells("collections.promise.taken")
def _promise(body: Body, known: Known) -> Said:
    values = {"amount": _fen(body, "amount_fen"), "due": body["due_on"]}
    return Said(_("承诺在 %(due)s 前还款 %(amount)s") % values, "", "heart-handshake", "info")


@tells("collections.promise.kept")
def _kept(body: Body, known: Known) -> Said:
    return Said(
        _("承诺已兑现"), _("实收 %(paid)s") % {"paid": _fen(body, "paid_fen")}, "circle-check", "good"
    )


@tells("collections.promise.broken")
def _broken(body: Body, known: Known) -> Said:
    values = {"paid": _fen(body, "paid_fen"), "amount": _fen(body, "amount_fen")}
    return Said(_("承诺未兑现"), _("承诺 %(amount)s，实收 %(paid)s") % values, "alert-circle", "bad")


@tells("work.opened")
def _work_opened(body: Body, known: Known) -> Said:
    values = {"kind": words.word(words.KINDS, str(body["kind"]))}
    queue = _("队列：%(queue)s") % {"queue": words.queue(str(body["queue"]))}
    return Said(_("派工：%(kind)s") % values, queue, "checklist")


@tells("work.closed")
def _work_closed(body: Body, known: Known) -> Said:
    values = {
        "kind": words.word(words.KINDS, str(body["kind"])),
        "outcome": known.label(body["outcome_code"]),
    }
    late = _("超过时限") if body.get("late") else ""
    return Said(_("办结：%(kind)s，%(outcome)s") % values, late, "progress-check", "warn" if late else "good")


@tells("work.recorded")
def _work_recorded(body: Body, known: Known) -> Said:
    values = {
        "kind": words.word(words.KINDS, str(body["kind"])),
        "outcome": known.label(body["outcome_code"]),
    }
    again = fmt.moment(datetime.fromisoformat(str(body["again_at"])))
    return Said(_("已记录：%(kind)s，%(outcome)s") % values, _("%(at)s 再办") % {"at": again}, "history")


@tells("work.skipped")
def _work_skipped(body: Body, known: Known) -> Said:
    values = {"kind": words.word(words.KINDS, str(body["kind"]))}
    return Said(_("跳过：%(kind)s") % values, str(body["reason"]), "player-skip-forward", sort="internal")


@tells("work.deferred")
def _deferred(body: Body, known: Known) -> Said:
    again = fmt.moment(datetime.fromisoformat(str(body["again_at"])))
    text = _("%(reason)s；%(at)s 再处理") % {"reason": body["reason"], "at": again}
    return Said(
        _("工作暂放：%(kind)s") % {"kind": words.word(words.KINDS, str(body["kind"]))},
        text,
        "clock-pause",
        sort="internal",
    )


@tells("work.assigned")
def _work_assigned(body: Body, known: Known) -> Said:
    to = known.staff.get(int(body["assignee_id"]), "") if body.get("assignee_id") else _("全队")
    return Said(_("改派给 %(who)s") % {"who": to}, words.word(words.KINDS, str(body["kind"])), "user-check")


@tells("work.cancelled")
def _work_cancelled(body: Body, known: Known) -> Said:
    values = {"kind": words.word(words.KINDS, str(body["kind"]))}
    return Said(_("不再需要：%(kind)s") % values, words.reason(str(body["reason"])), "ban")


@tells("desk.note.written")
def _note(body: Body, known: Known) -> Said:
    return Said(_("内部备注"), str(body["text"]), "note", "warn", sort="internal")


@tells("identity.value.revealed")
def _revealed(body: Body, known: Known) -> Said:
    what = {"phone": _("电话号码"), "id_number": _("身份证号")}.get(str(body["field"]), str(body["field"]))
    return Said(
        _("查看了客户的%(what)s") % {"what": what}, words.reveal(str(body["reason"])), "eye", sort="internal"
    )


@tells("identity.borrower.entered")
def _entered(body: Body, known: Known) -> Said:
    return Said(_("客户登录了门户"), "", "login")


@tells("identity.code.issued")
def _code(body: Body, known: Known) -> Said:
    return Said(_("已向客户发送登录验证码"), "", "key")


@tells("followup.visit.planned")
def _visit_planned(body: Body, known: Known) -> Said:
    return Said(_("计划回访"), _("应在 %(due)s 完成") % {"due": body["due_on"]}, "calendar-event")


@tells("followup.visit.noticed")
def _visit_noticed(body: Body, known: Known) -> Said:
    return Said(_("回访预告已送达"), "", "bell", "info")


@tells("followup.visit.done")
def _visit_done(body: Body, known: Known) -> Said:
    text = _("还款能力 %(a)s 分，还款意愿 %(w)s 分") % {"a": body["ability"], "w": body["willingness"]}
    return Said(_("完成回访"), text, "user-check", "good")


@tells("followup.visit.refused")
def _visit_refused(body: Body, known: Known) -> Said:
    values = {"who": words.word(words.PARTIES, str(body["party"])), "why": known.label(body["reason"])}
    return Said(_("%(who)s谢绝回访") % values, _("原因：%(why)s") % values, "hand-stop", "warn")


@tells("followup.visit.missed")
def _visit_missed(body: Body, known: Known) -> Said:
    return Said(_("回访未能完成"), "", "user-question", "warn")


@tells("followup.visit.cancelled")
def _visit_cancelled(body: Body, known: Known) -> Said:
    return Said(_("回访取消"), words.reason(str(body["reason"])), "ban")
