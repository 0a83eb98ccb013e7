"""Notices, deadlines and contact details: each kind of fact as a sentence."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from anju.web import format as fmt
from anju.web.desk import words
from anju.web.desk.telling import Body, Known, Said, tells
from anju.web.message import without_link


def _notice_url(body: Body) -> str:
    return reverse("desk:obligation", args=[int(body["obligation_id"])])


def _notice_name(body: Body) -> str:
    return words.notice(str(body["type"]))


@tells("notices.owed")
def _owed(body: Body, known: Known) -> Said:
    deadline = fmt.moment(datetime.fromisoformat(str(body["deadline_at"])))
    text = _("须在 %(at)s 前证明送达") % {"at": deadline}
    return Said(_("应通知：%(type)s") % {"type": _notice_name(body)}, text, "bell", url=_notice_url(body))


@tells("notices.sent")
def _sent(body: Body, known: Known) -> Said:
    values = {"type": _notice_name(body), "channel": words.word(words.CHANNELS, str(body["channel"]))}
    subject, text = known.texts.get(str(body["content"]), ("", ""))
    text = without_link(text, button=False)
    folded = {"detail": subject, "text": text} if subject else {"detail": text}
    return Said(
        _("已发出：%(type)s（%(channel)s）") % values,
        icon="send",
        tone="info",
        sort="out",
        url=_notice_url(body),
        **folded,
    )


@tells("notices.delivered")
def _delivered(body: Body, known: Known) -> Said:
    values = {"type": _notice_name(body), "channel": words.word(words.CHANNELS, str(body["channel"]))}
    text = _("%(channel)s，证明：%(rung)s") % {**values, "rung": words.word(words.PROOFS, str(body["rung"]))}
    return Said(_("已送达：%(type)s") % values, text, "mail", "good", url=_notice_url(body))


@tells("notices.proven")
def _proven(body: Body, known: Known) -> Said:
    text = _("证明：%(rung)s") % {"rung": words.word(words.PROOFS, str(body["rung"]))}
    return Said(
        _("通知义务已履行：%(type)s") % {"type": _notice_name(body)},
        text,
        "shield-check",
        "good",
        url=_notice_url(body),
    )


@tells("notices.exception")
def _exception(body: Body, known: Known) -> Said:
    title = _("通知未能证明送达：%(type)s") % {"type": _notice_name(body)}
    return Said(title, words.reason(str(body["reason"])), "alert-circle", "bad", url=_notice_url(body))


@tells("notices.moot")
def _moot(body: Body, known: Known) -> Said:
    title = _("已无须通知：%(type)s") % {"type": _notice_name(body)}
    return Said(title, words.reason(str(body["reason"])), "ban", url=_notice_url(body))


@tells("notices.closed_by_person")
def _closed_by_person(body: Body, known: Known) -> Said:
    values = {"type": _notice_name(body), "outcome": known.label(body["outcome"])}
    title = _("通知异常办结：%(type)s，%(outcome)s") % values
    return Said(title, str(body["note"]), "progress-check", "good", url=_notice_url(body))


@tells("notices.audited")
def _audited(body: Body, known: Known) -> Said:
    found = sum(int(body["counts"].get(name, 0)) for name in ("missing", "late", "resting"))
    title = _("通知核查：发现 %(n)s 项") % {"n": found} if found else _("通知核查：无遗漏")
    return Said(title, "", "shield-check", "bad" if found else "good", url=reverse("desk:audit"))


@tells("clocks.breached")
def _breached(body: Body, known: Known) -> Said:
    return Said(
        _("超过时限：%(name)s") % {"name": words.clock(str(body.get("name", "")))},
        "",
        "clock-exclamation",
        "bad",
    )


@tells("clocks.paused")
def _paused(body: Body, known: Known) -> Said:
    title = _("时限暂停：%(name)s") % {"name": words.clock(str(body.get("name", "")))}
    return Said(title, str(body.get("reason", "")), "clock-pause", "warn")


@tells("clocks.resumed")
def _resumed(body: Body, known: Known) -> Said:
    return Said(_("时限恢复：%(name)s") % {"name": words.clock(str(body.get("name", "")))}, "", "clock")


@tells("clocks.cancelled")
def _clock_cancelled(body: Body, known: Known) -> Said:
    return Said(_("时限取消：%(name)s") % {"name": words.clock(str(body.get("name", "")))}, "", "ban")


@tells("collections.evidence.exported")
def _evidence(body: Body, known: Known) -> Said:
    return Said(
        _("导出证据包"), _("清单校验值 %(hash)s") % {"hash": body["sha256"]}, "file-export", sort="internal"
    )


@tells("contacts.flag.set")
def _flag(body: Body, known: Known) -> Said:
    title = _("停止联系：%(kind)s") % {"kind": words.word(words.STOP_FLAGS, str(body["kind"]))}
    return Said(title, str(body["reason"]), "hand-stop", "bad")


@tells("contacts.flag.lifted")
def _unflag(body: Body, known: Known) -> Said:
    title = _("解除停止联系：%(kind)s") % {"kind": words.word(words.STOP_FLAGS, str(body["kind"]))}
    return Said(title, str(body["reason"]), "flag-off", "good")


@tells("contacts.address.failed")
def _address(body: Body, known: Known) -> Said:
    health = words.word(words.HEALTH, str(body["health"]))
    return Said(_("联系方式失效：%(health)s") % {"health": health}, "", "phone", "warn")
