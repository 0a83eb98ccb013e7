"""Texts of notices on the screen: a text with its sample, its length and its faults; what differs between two versions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anju.core.sms import segments
from anju.platform.notices.rows import MissingVariable
from anju.platform.notices.templates import Approval
from anju.platform.notices.templates.checking import Finding
from anju.platform.notices.templates.samples import preview
from anju.platform.notices.templates.texts import (
    LANGUAGES,
    SOURCES,
    TEMPLATES_FILE,
    Text,
    has_text,
    make_text,
    names,
)
from anju.platform.policies.parsing import parse
from anju.web import format as fmt
from anju.web.desk import journeys_words, words

KEYS: words.Words = {
    "subject": gettext_lazy("标题"),
    "sms": gettext_lazy("短信"),
    "body": gettext_lazy("站内消息与邮件正文"),
    "inbox": gettext_lazy("站内消息正文"),
    "email": gettext_lazy("邮件正文"),
    "wecom": gettext_lazy("企业微信"),
    "wechat": gettext_lazy("微信公众号"),
    "push": gettext_lazy("推送"),
    "voice": gettext_lazy("语音播报"),
    "letter": gettext_lazy("信函正文"),
}
ROWS = {
    "subject": 2,
    "sms": 4,
    "body": 12,
    "inbox": 12,
    "email": 12,
    "wecom": 4,
    "wechat": 4,
    "push": 3,
    "voice": 5,
    "letter": 14,
}


def message(finding: Finding) -> str:
    """What is wrong, in the reader's language."""
    return finding.message_en if fmt.in_english() else finding.message_zh


def faces(
    data: Mapping[str, Any], template: str, found: Iterable[Finding], approvals: Sequence[Approval]
) -> list[dict[str, Any]]:
    """Every text of a template: both languages of a channel side by side, one after the other without a text too."""
    problems = list(found)
    rows = []
    for channel in SOURCES:
        cells = [
            _cell(data, template, language, channel, problems, approvals)
            for language in LANGUAGES
        ]  # fmt: skip
        rows.append(
            {"channel": channel, "label": journeys_words.channel(channel), "icon": journeys_words.ICONS[channel], "cells": cells}
        )  # fmt: skip
    return rows


def _cell(
    data: Mapping[str, Any],
    template: str,
    language: str,
    channel: str,
    problems: Sequence[Finding],
    approvals: Sequence[Approval],
) -> dict[str, Any]:
    own = [
        one for one in problems if one.language == language and one.channel in (channel, *SOURCES[channel])
    ]
    cell: dict[str, Any] = {
        "language": language, "language_label": words.word(journeys_words.LANGUAGES, language), "there": False,
        "findings": [message(one) for one in own], "lang_tag": "en" if language == "en" else "zh-Hans",
    }  # fmt: skip
    if language not in data[template] or not has_text(data, template, language, channel):
        return cell
    try:
        text = make_text(data, template, language, channel)
        made = preview(text, data)
    except (MissingVariable, AttributeError) as error:
        return cell | {"findings": cell["findings"] or [str(error)]}
    parts = segments(made.body) if channel == "sms" else 0
    return cell | {
        "there": True, "subject": made.subject, "body": made.body, "hash": text.hash,
        "length": _length(made.body, parts), "approvals": [approval_face(row, text) for row in approvals if _is_of(row, text)],
    }  # fmt: skip


def _length(body: str, parts: int) -> str:
    if parts:
        return _("%(n)s 字，%(parts)s 条短信") % {"n": len(body), "parts": parts}
    return _("%(n)s 字") % {"n": len(body)}


def _is_of(row: Approval, text: Text) -> bool:
    return (row.channel, row.language) == (text.channel, text.language)


def approval_face(row: Approval, text: Text | None = None) -> dict[str, Any]:
    """One approval; `stale`: it is of an older text."""
    moves = {
        "draft": ("submitted", "withdrawn"),
        "submitted": ("approved", "rejected", "withdrawn"),
        "approved": ("withdrawn",),
    }
    return {
        "id": row.id, "provider": row.provider, "state": row.state, "code": row.provider_code, "at": fmt.moment(row.age_at),
        "note": row.note, "stale": text is not None and text.hash != row.text_hash, "moves": moves.get(row.state, ()),
    }  # fmt: skip


def changed_texts(before: str, after: str) -> list[dict[str, Any]]:
    """Texts that differ between two contents of templates.toml, key by key."""
    old, new = parse(TEMPLATES_FILE, before), parse(TEMPLATES_FILE, after)
    found = []
    for template in dict.fromkeys([*names(old), *names(new)]):
        for language in LANGUAGES:
            was, now = (data.get(template, {}).get(language, {}) for data in (old, new))
            for key in dict.fromkeys([*was, *now]):
                pair = (was.get(key, "").strip(), now.get(key, "").strip())
                if pair[0] != pair[1]:
                    found.append(_changed(template, language, key, pair, old, new))
    return found


def _changed(
    template: str,
    language: str,
    key: str,
    pair: tuple[str, str],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "template": template, "label": journeys_words.notice(template), "key": words.word(KEYS, key),
        "language": words.word(journeys_words.LANGUAGES, language), "was": pair[0], "now": pair[1],
        "lang_tag": "en" if language == "en" else "zh-Hans",
        "parts": (_parts(old, template, language), _parts(new, template, language)) if key == "sms" else None,
    }  # fmt: skip


def _parts(data: Mapping[str, Any], template: str, language: str) -> int:
    try:
        return segments(preview(make_text(data, template, language, "sms"), data).body)
    except MissingVariable:
        return 0
