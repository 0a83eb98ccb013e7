"""Journeys in words and pictures: a step, a wait, a condition, and what differs between two versions."""

from collections.abc import Sequence
from datetime import timedelta
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anju.platform.notices.journeys import Condition, Step
from anju.web import format as fmt
from anju.web.desk import words

CHANNELS: words.Words = {
    "inbox": gettext_lazy("站内消息"),
    "sms": gettext_lazy("短信"),
    "email": gettext_lazy("电子邮件"),
    "wecom": gettext_lazy("企业微信"),
    "wechat": gettext_lazy("微信公众号"),
    "push": gettext_lazy("推送"),
    "letter": gettext_lazy("信函"),
    "voice": gettext_lazy("语音电话"),
    "person": gettext_lazy("人工"),
}
ICONS = {
    "inbox": "inbox", "sms": "message", "email": "mail", "wecom": "send", "wechat": "device-mobile",
    "push": "bell", "letter": "file-text", "voice": "phone-call", "person": "user",
}  # fmt: skip
ENDS: words.Words = {
    "proven": gettext_lazy("得到证明"),
    "exception": gettext_lazy("转人工"),
    "moot": gettext_lazy("已无须通知"),
    "open": gettext_lazy("仍在途中"),
}
LANGUAGES: words.Words = {"zh": gettext_lazy("中文"), "en": gettext_lazy("英文")}
NOTICES_MORE: words.Words = {
    "overdue_guarantor": gettext_lazy("逾期告知（保证人）"),
    "case_on_hold": gettext_lazy("业务暂缓告知"),
    "case_resumed": gettext_lazy("业务恢复告知"),
}


def channel(code: str) -> str:
    """Name of a channel."""
    return words.word(CHANNELS, code)


def minutes(span: timedelta) -> str:
    """A span of time, as `2 小时 10 分`."""
    return fmt.duration(int(span.total_seconds() // 60))


def condition(rule: Condition | None) -> str:
    """When the step is taken, empty for always."""
    if rule is None:
        return ""
    proof = words.word(words.PROOFS, rule.rung)
    return (_("仅当还没有“%(proof)s”") if rule.negated else _("仅当“%(proof)s”")) % {"proof": proof}


def remarks(step: Step) -> list[str]:
    """What else the step says, each in a few words."""
    said = [condition(step.condition)]
    if step.not_before is not None:
        said.append(_("不早于 %(time)s") % {"time": f"{step.not_before:%H:%M}"})
    if step.not_before_owed is not None:
        said.append(_("应通知后满 %(span)s") % {"span": minutes(step.not_before_owed)})
    if step.send_within is not None:
        said.append(_("%(span)s 内未发出就不再发") % {"span": minutes(step.send_within)})
    if step.channel == "person":
        due = step.due
        span = (
            fmt.duration(due.amount)
            if due and due.kind != "working_days"
            else _("%(n)s 个工作日") % {"n": due.amount if due else 0}
        )
        kind = _("（工作时间）") if due and due.kind == "working_minutes" else ""
        said += [words.queue(step.queue), _("%(span)s%(kind)s 内处理") % {"span": span, "kind": kind}]
    return [text for text in said if text]


def path(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """A journey as a drawn path: one face per step."""
    return [
        {
            "number": number, "channel": channel(step.channel), "icon": ICONS[step.channel], "remarks": remarks(step),
            "wait": "" if step.channel == "person" else _("等 %(span)s") % {"span": minutes(step.wait)},
            "person": step.channel == "person",
        }
        for number, step in enumerate(steps, 1)
    ]  # fmt: skip


def differences(old: Sequence[Step], new: Sequence[Step]) -> list[str]:
    """What the new steps do otherwise, a sentence each."""
    said: list[str] = []
    moved = _moved(old, new)
    matcher = SequenceMatcher(
        a=[step.channel for step in old], b=[step.channel for step in new], autojunk=False
    )
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        if kind == "equal":
            for offset in range(a1 - a0):
                said += _step_differences(b0 + offset + 1, old[a0 + offset], new[b0 + offset])
            continue
        for number in range(a0, a1):
            if old[number] not in moved:
                said.append(
                    _("删去原第 %(n)s 步：%(step)s") % {"n": number + 1, "step": _in_words(old[number])}
                )
        for number in range(b0, b1):
            values = {"n": number + 1, "step": _in_words(new[number])}
            if new[number] in moved:
                values["was"] = list(old).index(new[number]) + 1
                said.append(_("原第 %(was)s 步移到第 %(n)s 步：%(step)s") % values)
            else:
                said.append(_("新增第 %(n)s 步：%(step)s") % values)
    return said


def _moved(old: Sequence[Step], new: Sequence[Step]) -> list[Step]:
    matcher = SequenceMatcher(
        a=[step.channel for step in old], b=[step.channel for step in new], autojunk=False
    )
    gone = [
        old[n] for kind, a0, a1, _b0, _b1 in matcher.get_opcodes() if kind != "equal" for n in range(a0, a1)
    ]
    come = [
        new[n] for kind, _a0, _a1, b0, b1 in matcher.get_opcodes() if kind != "equal" for n in range(b0, b1)
    ]
    return [step for step in gone if step in come]


def _in_words(step: Step) -> str:
    parts = [channel(step.channel)]
    if step.channel != "person":
        parts.append(_("等 %(span)s") % {"span": minutes(step.wait)})
    return "，".join(parts + remarks(step)) if not fmt.in_english() else ", ".join(parts + remarks(step))


def _step_differences(number: int, old: Step, new: Step) -> list[str]:
    head = {"n": number, "channel": channel(new.channel)}
    said = []
    if old.wait != new.wait:
        values = {**head, "was": minutes(old.wait), "now": minutes(new.wait)}
        said.append(_("第 %(n)s 步%(channel)s：等待由 %(was)s 改为 %(now)s") % values)
    before, after = remarks(old), remarks(new)
    said += [
        _("第 %(n)s 步%(channel)s：不再要求 %(text)s") % {**head, "text": text}
        for text in before
        if text not in after
    ]
    said += [
        _("第 %(n)s 步%(channel)s：改为 %(text)s") % {**head, "text": text}
        for text in after
        if text not in before
    ]
    return said


def notice(code: str) -> str:
    """Name of a notice type or template."""
    return words.word(words.NOTICES, code) if code in words.NOTICES else words.word(NOTICES_MORE, code)
