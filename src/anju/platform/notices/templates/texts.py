"""Texts of templates.toml 通知模板, one per template, language and channel, each compiled once per version."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from anju.platform.notices.rows import MissingVariable
from anju.platform.policies import queries as policies

TEMPLATES_FILE = "templates.toml"
COMMON_TABLE = "common"
LANGUAGES = ("zh", "en")
KINDS = ("money", "date", "datetime", "integer", "text", "tail4")
COMMON = frozenset({"bank_name", "service_line", "ack_url"})
"""Variables that every text may use."""

SOURCES: Mapping[str, tuple[str, ...]] = {
    "inbox": ("inbox", "body"),
    "email": ("email", "body"),
    "sms": ("sms",),
    "wecom": ("wecom",),
    "wechat": ("wechat", "wecom"),
    "push": ("push",),
    "voice": ("voice",),
    "letter": ("letter",),
}
"""Keys of a channel's text, the first one that is there: the whole of the fallback rules. No channel takes another one's
text otherwise, and no language another one's."""

WITHOUT_SUBJECT = frozenset({"sms", "voice"})
TEXT_KEYS = frozenset({"subject", *(key for keys in SOURCES.values() for key in keys)})
REQUIRED = ("subject", "sms", "body")
_FIELD = re.compile(r"\{([a-z_0-9]+)\}")


@dataclass(frozen=True, slots=True)
class Filler:
    """A text ready to be filled: `pattern % values of names`."""

    pattern: str
    names: tuple[str, ...]

    def fill(self, template: str, values: Mapping[str, str]) -> str:
        """The text with its values. Raises MissingVariable for one that is not there or empty."""
        try:
            chosen = tuple([values[name] for name in self.names])
        except KeyError as error:
            raise MissingVariable(f"{template}: {error.args[0]}") from None
        if not all(chosen):
            empty = next(name for name in self.names if not values[name])
            raise MissingVariable(f"{template}: {empty}")
        return self.pattern % chosen


@dataclass(frozen=True, slots=True)
class Text:
    """What one channel says in one language. `hash` names it for a provider's approval."""

    template: str
    language: str
    channel: str
    kinds: Mapping[str, str]
    subject: str
    body: str
    hash: str
    subject_filler: Filler
    body_filler: Filler


def compiled(text: str) -> Filler:
    """A text with its `{names}`, ready to be filled."""
    names: list[str] = []
    pieces = []
    for number, piece in enumerate(_FIELD.split(text)):
        if number % 2:
            names.append(piece)
            pieces.append("%s")
        else:
            pieces.append(piece.replace("%", "%%"))
    return Filler("".join(pieces), tuple(names))


def fields(text: str) -> frozenset[str]:
    """Names of the variables in a text."""
    return frozenset(_FIELD.findall(text))


def text_hash(subject: str, body: str) -> str:
    """16 hex digits that name a text: what a provider approved."""
    return hashlib.sha256(f"{subject}\0{body}".encode()).hexdigest()[:16]


def names(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the templates in a parsed templates.toml, in its order."""
    return tuple(name for name in data if name != COMMON_TABLE)


def texts_of(data: Mapping[str, Any], template: str) -> Iterator[Text]:
    """Every text of a template. Raises KeyError, MissingVariable."""
    for language in LANGUAGES:
        for channel in SOURCES:
            if language in data[template] and has_text(data, template, language, channel):
                yield make_text(data, template, language, channel)


def has_text(data: Mapping[str, Any], template: str, language: str, channel: str) -> bool:
    """Whether the channel can say it in this language."""
    words = data[template].get(language, {})
    return any(key in words for key in SOURCES[channel])


def make_text(data: Mapping[str, Any], template: str, language: str, channel: str) -> Text:
    """One text out of a parsed templates.toml. Raises MissingVariable: there is none, or a variable is not declared."""
    try:
        row = data[template]
        words = row[language]
        body: str = next(words[key] for key in SOURCES[channel] if key in words).strip()
        subject: str = "" if channel in WITHOUT_SUBJECT else words["subject"]
        kinds: Mapping[str, str] = row["variables"]
    except (KeyError, StopIteration) as error:
        raise MissingVariable(f"{template}: no text {language} for {channel} ({error})") from None
    unknown = fields(subject + body) - set(kinds) - COMMON
    if unknown:
        raise MissingVariable(f"{template}: {', '.join(sorted(unknown))} not declared")
    return Text(
        template, language, channel, kinds, subject, body, text_hash(subject, body), compiled(subject), compiled(body)
    )  # fmt: skip


@lru_cache(maxsize=2048)
def text(version: str, template: str, language: str, channel: str) -> Text:
    """One text of a version, compiled once. Raises MissingVariable."""
    return make_text(policies.toml(TEMPLATES_FILE, version=version), template, language, channel)


def templates_version() -> str:
    """Version of the texts in force."""
    return policies.version(TEMPLATES_FILE)
