"""Holds, repaired addresses, sealed reports of drills: each kind of fact as a sentence."""

from django.urls import reverse
from django.utils.translation import gettext as _

from anju.platform.contacts.addresses import KIND_WORDS, OUTCOMES
from anju.web import format as fmt
from anju.web.desk.telling import Body, Known, Said, tells


@tells("holds.opened")
def _opened(body: Body, known: Known) -> Said:
    title = _("政策搁置 %(n)s 笔业务") % {"n": body["total"]}
    return Said(title, str(body["reason"]), "clock-pause", "warn")


@tells("holds.extended")
def _later(body: Body, known: Known) -> Said:
    title = _("政策搁置延期：预计 %(on)s 恢复（原 %(was)s）") % {
        "on": body["until_on"],
        "was": body["was_until_on"],
    }
    return Said(title, str(body["note"]), "clock-pause", "warn")


@tells("holds.case.extended")
def _case_later(body: Body, known: Known) -> Said:
    text = _("%(reason)s；改为预计 %(on)s 前恢复，已另行告知客户") % {
        "reason": body["reason"],
        "on": body["until_on"],
    }
    url = reverse("desk:hold", args=[int(body["hold_id"])])
    return Said(_("业务继续暂缓（搁置延期）"), text, "clock-pause", "warn", url=url)


@tells("holds.released")
def _ended(body: Body, known: Known) -> Said:
    return Said(_("解除政策搁置"), str(body["note"]), "player-play", "good")


@tells("holds.case.held")
def _held(body: Body, known: Known) -> Said:
    text = _("%(reason)s；预计 %(on)s 前恢复，已告知客户") % {
        "reason": body["reason"],
        "on": body["until_on"],
    }
    url = reverse("desk:hold", args=[int(body["hold_id"])])
    return Said(_("业务暂缓办理（政策搁置）"), text, "clock-pause", "warn", url=url)


@tells("holds.case.released")
def _released(body: Body, known: Known) -> Said:
    url = reverse("desk:hold", args=[int(body["hold_id"])])
    return Said(_("业务恢复办理"), str(body["note"]), "player-play", "good", url=url)


@tells("contacts.address.repaired")
def _repaired(body: Body, known: Known) -> Said:
    outcome = OUTCOMES[str(body["outcome"])]
    kind = KIND_WORDS.get(str(body["kind"]), (str(body["kind"]),) * 2)
    english = fmt.in_english()
    title = _("联系方式核实：%(kind)s，%(outcome)s") % {
        "kind": kind[1 if english else 0], "outcome": outcome.en if english else outcome.zh,
    }  # fmt: skip
    return Said(title, str(body["note"]), "phone", "good", sort="internal")


@tells("drills.report.sealed")
def _sealed(body: Body, known: Known) -> Said:
    title = _("演练报告已登记：%(name)s") % {"name": body["name"]}
    return Said(
        title, f"SHA-256 {body['sha256']}", "activity", "good" if body["ok"] else "bad", sort="internal"
    )
