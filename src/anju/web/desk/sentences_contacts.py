"""What the person said about contact, appointments, overrides, and contacts against the rule: each kind of fact as a sentence."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from anju.web import format as fmt
from anju.web.desk import contact_words, words
from anju.web.desk.telling import Body, Known, Said, tells


def _what(body: Body) -> str:
    purpose = words.word(words.PURPOSES, str(body["purpose"]))
    channel = str(body.get("channel") or "")
    return f"{purpose} · {words.word(words.CHANNELS, channel)}" if channel else purpose


def _span(body: Body, start: str, end: str) -> str:
    begins, ends = datetime.fromisoformat(str(body[start])), datetime.fromisoformat(str(body[end]))
    return f"{fmt.moment(begins)}–{fmt.moment(ends)}"


@tells("contacts.consent.stated")
def _consent(body: Body, known: Known) -> Said:
    source = words.word(contact_words.SOURCES, str(body["source"]))
    if body["agreed"]:
        return Said(_("同意联系：%(what)s") % {"what": _what(body)}, source, "circle-check", "good")
    return Said(_("拒绝联系：%(what)s") % {"what": _what(body)}, source, "hand-stop", "warn")


@tells("contacts.hours.stated")
def _hours(body: Body, known: Known) -> Said:
    return Said(_("客户登记了希望的联系时段"), "", "clock", "info")


@tells("contacts.appointment.made")
def _appointment(body: Body, known: Known) -> Said:
    return Said(
        _("预约：%(what)s") % {"what": _what(body)},
        _span(body, "starts_at", "ends_at"),
        "calendar-event",
        "info",
    )


@tells("contacts.appointment.cancelled")
def _cancelled(body: Body, known: Known) -> Said:
    return Said(_("预约取消"), str(body["reason"]), "calendar", "calm")


@tells("contacts.override.asked")
def _asked(body: Body, known: Known) -> Said:
    text = f"{_span(body, 'from_at', 'to_at')}\n{body['reason']}"
    return Said(_("申请特批：%(what)s") % {"what": _what(body)}, text, "shield", "warn")


@tells("contacts.override.granted")
def _granted(body: Body, known: Known) -> Said:
    return Said(_("特批已批准，限一次"), str(body["reason"]), "shield-check", "good")


@tells("contacts.override.refused")
def _refused(body: Body, known: Known) -> Said:
    return Said(_("特批未批准"), str(body["reason"]), "ban", "bad")


@tells("contacts.override.used")
def _used(body: Body, known: Known) -> Said:
    return Said(_("按特批进行了联系"), "", "shield-check", "info")


@tells("contacts.override.expired")
def _expired(body: Body, known: Known) -> Said:
    return Said(
        _("特批过期"), _("没有审批") if body["was"] == "asked" else _("没有使用"), "hourglass", "calm"
    )


@tells("contacts.contact.outside_rules")
def _outside(body: Body, known: Known) -> Said:
    return Said(_("超出联系规则的联系：%(what)s") % {"what": _what(body)}, "", "alert-triangle", "bad")


@tells("contacts.third_party.named")
def _named(body: Body, known: Known) -> Said:
    role = words.word(contact_words.ROLES, str(body["role"]))
    return Said(
        _("登记%(role)s") % {"role": role}, "" if body["consented"] else _("尚未取得其同意"), "users", "info"
    )


@tells("contacts.recording.played")
def _played(body: Body, known: Known) -> Said:
    url = reverse("desk:recording", args=[int(body["contact_id"])])
    return Said(
        _("播放了通话录音"), words.word(words.PLAYS, str(body["reason"])), "headset", sort="internal", url=url
    )


@tells("contacts.recording.erased")
def _erased(body: Body, known: Known) -> Said:
    text = _("%(on)s 的通话；保存 %(n)s 年已满，校验值 %(sum)s 留存") % {
        "on": body["recorded_on"], "n": body["years"], "sum": str(body["checksum"])[:16] or "—",
    }  # fmt: skip
    return Said(_("通话录音到期删除"), text, "trash", sort="internal")


@tells("contacts.agency.engaged")
def _engaged(body: Body, known: Known) -> Said:
    text = _("委托合同 %(ref)s") % {"ref": body["contract_ref"]}
    return Said(_("委托催收机构：%(name)s") % {"name": body["name"]}, text, "briefcase", "info")


@tells("contacts.agency.ended")
def _agency_over(body: Body, known: Known) -> Said:
    return Said(_("结束委托催收机构"), str(body["reason"]), "briefcase", "calm")


@tells("contacts.agency.assigned")
def _assigned(body: Body, known: Known) -> Said:
    until = body.get("to_at")
    text = str(body["reason"])
    if until:
        text = _("%(reason)s；至 %(until)s") % {
            "reason": text,
            "until": fmt.moment(datetime.fromisoformat(str(until))),
        }
    return Said(
        _("委托给催收机构：%(name)s") % {"name": body["name"]}, text, "briefcase", "info", sort="internal"
    )


@tells("contacts.agency.withdrawn")
def _withdrawn(body: Body, known: Known) -> Said:
    name = {"name": body["name"]}
    return Said(
        _("从催收机构收回：%(name)s") % name, str(body["reason"]), "briefcase", "calm", sort="internal"
    )


@tells("contacts.third_party.removed")
def _removed(body: Body, known: Known) -> Said:
    return Said(_("取消指定联系人"), str(body["reason"]), "users", "calm")


@tells("servicing.party.joined")
def _joined(body: Body, known: Known) -> Said:
    role = words.word(words.PARTIES, str(body["role"]))
    return Said(_("加入贷款：%(role)s") % {"role": role}, str(body["reason"]), "users", "info")
