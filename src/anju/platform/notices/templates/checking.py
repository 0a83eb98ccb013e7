"""What is wrong with the texts of a templates.toml: looked for before they come into force, and shown while they are
edited (S3-14).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from anju.core.lifecycles import proof_at_least
from anju.core.sms import segments
from anju.core.speech import SpeechRules
from anju.platform.notices import config
from anju.platform.notices.rows import MissingVariable
from anju.platform.notices.templates.samples import preview
from anju.platform.notices.templates.texts import (
    COMMON_TABLE,
    KINDS,
    LANGUAGES,
    REQUIRED,
    SOURCES,
    TEXT_KEYS,
    Text,
    has_text,
    make_text,
    names,
)
from anju.platform.policies import queries as policies

WORDS_FILE = "forbidden_words.toml"
SIGNATURES = {"zh": "【{bank_name}】", "en": "[{bank_name}]"}
WITH_LINK = frozenset({"inbox", "email", "sms", "wecom", "letter"})
"""Channels whose text carries the confirmation link itself; a push notice or a template message opens it, a voice call takes a key."""

STOP_LINK = "{ack_url}/stop"
"""Where a person ends contact for this purpose, without logging in (PIPL Art. 15)."""

CONSENT_FILE = "contact.toml"
_LIMITS = {"push": "push_characters_max", "voice": "voice_characters_max"}
SUBJECT_CHARACTERS_MAX = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a text, with where it is and what would be right."""

    template: str
    language: str
    channel: str
    code: str
    message_zh: str
    message_en: str


class TextRefused(ValueError):
    """Texts with these faults cannot come into force."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        first = findings[0]
        place = ".".join(part for part in (first.template, first.language, first.channel) if part)
        more = len(findings) - 1
        self.message_zh = f"{place}：{first.message_zh}" + (f"（另有 {more} 处）" if more else "")
        self.message_en = f"{place}: {first.message_en}" + (f" (and {more} more)" if more else "")
        super().__init__(f"{self.message_zh} / {self.message_en}")


def check_file(data: Mapping[str, Any]) -> None:
    """Pass for texts that may come into force. Raises TextRefused."""
    found = findings(data)
    if found:
        raise TextRefused(found)


def findings(data: Mapping[str, Any], only: str | None = None) -> list[Finding]:
    """Every fault of a parsed templates.toml, or of one template in it."""
    if not isinstance(data.get(COMMON_TABLE), Mapping) or not data[COMMON_TABLE].get("service_line"):
        return [
            Finding(
                COMMON_TABLE,
                "",
                "",
                "no_service_line",
                "缺少客服电话 service_line",
                "service_line is missing",
            )
        ]
    rules = _speech_rules()
    proofs, stops = _confirmed(), _stoppable()
    found: list[Finding] = []
    for template in [only] if only else names(data):
        found += _template(data, template, rules, template in proofs)
        if isinstance(data[template], Mapping):
            found += _stop_links(data[template], template, stops)
    return found


def _stoppable() -> Mapping[str, bool]:
    """Template -> whether a person may end contact for the purpose of its notices; those no notice uses are left out."""
    try:
        types = config.notice_types().values()
        purposes = {row["purpose"] for row in policies.toml(CONSENT_FILE)["consent"]}
    except policies.PolicyNotLoaded:
        return {}
    return {kind.template: kind.purpose in purposes for kind in types}


def _stop_links(row: Mapping[str, Any], template: str, stops: Mapping[str, bool]) -> Iterator[Finding]:
    """The link that ends contact stands in the e-mail where it may be ended, and in no text where it may not."""
    for language in LANGUAGES:
        words = row.get(language)
        if not isinstance(words, Mapping) or template not in stops:
            continue
        linked = [key for key, text in words.items() if isinstance(text, str) and STOP_LINK in text]
        if stops[template] and "body" in words and "body" not in linked:
            yield Finding(
                template, language, "email", "no_stop_link", f"此类联系可以谢绝，邮件中须有停止链接 {STOP_LINK}",
                f"this contact may be declined: the e-mail needs the link {STOP_LINK}",
            )  # fmt: skip
        for key in linked if not stops[template] else ():
            yield Finding(
                template, language, key, "stop_link", f"此类通知不能谢绝，文字中不得有停止链接 {STOP_LINK}",
                f"this notice cannot be declined: no link {STOP_LINK} in its text",
            )  # fmt: skip


def _speech_rules() -> SpeechRules:
    try:
        rules: SpeechRules = policies.value(WORDS_FILE)
        return rules
    except policies.PolicyNotLoaded:
        return SpeechRules(())


def _confirmed() -> frozenset[str]:
    """Templates of notices whose proof is that the person opened or confirmed them."""
    try:
        types = config.notice_types().values()
    except policies.PolicyNotLoaded:
        return frozenset()
    return frozenset(kind.template for kind in types if proof_at_least(kind.proof, "opened"))


def _template(
    data: Mapping[str, Any], template: str, rules: SpeechRules, confirmed: bool
) -> Iterator[Finding]:
    row = data[template]
    kinds = row.get("variables") if isinstance(row, Mapping) else None
    if not isinstance(kinds, Mapping):
        yield Finding(template, "", "", "no_variables", "缺少 variables", "variables are missing")
        return
    for name, kind in kinds.items():
        if kind not in KINDS:
            allowed = " | ".join(KINDS)
            yield Finding(
                template, "", "", "bad_kind", f"变量 {name} 的类型 {kind} 不可用，应为 {allowed}",
                f"variable {name} has kind {kind}, expected {allowed}",
            )  # fmt: skip
            return
    for language in LANGUAGES:
        words = row.get(language)
        if not isinstance(words, Mapping):
            yield Finding(
                template, language, "", "no_language", "缺少这种语言的文字", "this language is missing"
            )
            continue
        yield from _keys(template, language, words)
        for channel in SOURCES:
            if has_text(data, template, language, channel) and isinstance(words.get("subject"), str):
                yield from _text(data, template, language, channel, rules, confirmed)


def _keys(template: str, language: str, words: Mapping[str, Any]) -> Iterator[Finding]:
    for key in words:
        if key not in TEXT_KEYS:
            allowed = ", ".join(sorted(TEXT_KEYS))
            yield Finding(
                template,
                language,
                key,
                "unknown",
                f"未知的项，应为 {allowed}",
                f"unknown, expected {allowed}",
            )
        elif not isinstance(words[key], str) or not words[key].strip():
            yield Finding(template, language, key, "empty", "不能为空", "must not be empty")
    for key in REQUIRED:
        if key not in words:
            yield Finding(template, language, key, "missing", "缺少这一项文字", "this text is missing")


def _text(
    data: Mapping[str, Any], template: str, language: str, channel: str, rules: SpeechRules, confirmed: bool
) -> Iterator[Finding]:
    try:
        text = make_text(data, template, language, channel)
        body = preview(text, data).body
    except MissingVariable as error:
        yield Finding(
            template, language, channel, "undeclared", f"变量没有声明或没有值：{error}", f"variable without value: {error}"
        )  # fmt: skip
        return
    except AttributeError:
        yield Finding(template, language, channel, "empty", "应为文字", "must be text")
        return
    yield from _form(text, confirmed)
    yield from _length(text, body, data[COMMON_TABLE])
    for spoken in rules.find(f"{text.subject}\n{text.body}"):
        kind = spoken.category
        yield Finding(
            template, language, channel, "forbidden",
            f"含禁用词“{spoken.word}”（{kind.label_zh}，依据 {kind.source}）",
            f"holds the forbidden word {spoken.word!r} ({kind.label_en}; {kind.source})",
        )  # fmt: skip


def _form(text: Text, confirmed: bool) -> Iterator[Finding]:
    where = (text.template, text.language, text.channel)
    sign = SIGNATURES[text.language]
    if text.channel == "sms" and not text.body.startswith(sign):
        yield Finding(
            *where, "no_signature", f"短信须以签名 {sign} 开头", f"a text message begins with {sign}"
        )
    if confirmed and text.channel in WITH_LINK and "{ack_url}" not in text.body:
        yield Finding(
            *where, "no_link", "此类通知须本人确认，文字中须有确认链接 {ack_url}",
            "this notice is to be confirmed: its text needs the link {ack_url}",
        )  # fmt: skip


def _length(text: Text, body: str, common: Mapping[str, Any]) -> Iterator[Finding]:
    where = (text.template, text.language, text.channel)
    if len(text.subject) > SUBJECT_CHARACTERS_MAX and text.language == "zh":
        yield Finding(
            *where,
            "long_subject",
            f"标题超过 {SUBJECT_CHARACTERS_MAX} 字",
            f"title over {SUBJECT_CHARACTERS_MAX}",
        )
    parts, most = segments(body), common.get("sms_segments_max")
    if text.channel == "sms" and most is not None and parts > most:
        yield Finding(
            *where, "long", f"按样例计 {parts} 条短信，最多 {most} 条", f"{parts} SMS parts, at most {most}"
        )
    limit = common.get(_LIMITS.get(text.channel, ""))
    if limit is not None and len(body) > limit:
        yield Finding(
            *where,
            "long",
            f"按样例计 {len(body)} 字，最多 {limit} 字",
            f"{len(body)} characters, at most {limit}",
        )
