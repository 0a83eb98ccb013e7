"""Texts out of templates.toml 通知模板: typed variables, the person's language, and never a text with a hole in it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings

from anju.platform.contacts.people import PersonFacts
from anju.platform.notices.rows import MissingVariable
from anju.platform.policies import queries as policies

TEMPLATES_FILE = "templates.toml"
BODY_MAX = 8000
TEXT_MAX = 400
_FIELD = re.compile(r"\{([a-z_]+)\}")
_COMMON = frozenset({"bank_name", "service_line", "ack_url"})


@dataclass(frozen=True, slots=True)
class Rendered:
    """Exactly what is sent. `hash` is over channel, title and text."""

    hash: str
    channel: str
    template: str
    template_version: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class _Text:
    kinds: Mapping[str, str]
    subject: str
    body: str


def templates_version() -> str:
    """Version of the texts in force."""
    return policies.version(TEMPLATES_FILE)


def render(
    *, template: str, channel: str, person: PersonFacts, variables: Mapping[str, Any], ack_url: str
) -> Rendered:
    """The text for one channel in the person's language. Raises MissingVariable; then nothing may be sent."""
    version = templates_version()
    language = "en" if person.language.startswith("en") else "zh"
    text = _text(version, template, language, channel)
    values = {
        "bank_name": settings.ANJU_BANK_NAME,
        "service_line": _service_line(version),
        "ack_url": ack_url,
    }
    for name, kind in text.kinds.items():
        if name not in variables:
            raise MissingVariable(f"{template}: {name}")
        values[name] = _value(f"{template}: {name}", kind, variables[name], language, person)
    subject = _fill(template, text.subject, values)[:200]
    body = _fill(template, text.body, values)
    if len(body) > BODY_MAX:
        raise MissingVariable(f"{template}: text of {len(body)} characters")
    digest = hashlib.sha256(f"{channel}\0{subject}\0{body}".encode()).hexdigest()
    return Rendered(digest, channel, template, version, subject, body)


@lru_cache(maxsize=512)
def _text(version: str, template: str, language: str, channel: str) -> _Text:
    try:
        row = policies.toml(TEMPLATES_FILE, version=version)[template]
        words = row[language]
        body = words["sms"] if channel == "sms" else words["body"]
        subject = "" if channel == "sms" else words["subject"]
    except KeyError as error:
        raise MissingVariable(f"{template}: no text {language} for {channel} ({error})") from None
    kinds: dict[str, str] = row["variables"]
    unknown = set(_FIELD.findall(subject + body)) - set(kinds) - _COMMON
    if unknown:
        raise MissingVariable(f"{template}: {', '.join(sorted(unknown))} not declared")
    return _Text(kinds, subject, body.strip())


@lru_cache(maxsize=8)
def _service_line(version: str) -> str:
    line: str = policies.toml(TEMPLATES_FILE, version=version)["common"]["service_line"]
    return getattr(settings, "ANJU_SERVICE_LINE", "") or line


def _fill(template: str, text: str, values: Mapping[str, str]) -> str:
    def put(found: re.Match[str]) -> str:
        value = values.get(found.group(1), "")
        if not value:
            raise MissingVariable(f"{template}: {found.group(1)}")
        return value

    return _FIELD.sub(put, text)


def money_text(fen: int, language: str = "zh") -> str:
    """1,234.56 元 (Chinese) or CNY 1,234.56; from integer fen."""
    sign = "-" if fen < 0 else ""
    figure = f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
    return f"CNY {figure}" if language == "en" else f"{figure} 元"


def date_text(on: date, language: str = "zh") -> str:
    """2026年11月27日, or 27 November 2026."""
    if language == "en":
        return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"
    return f"{on.year}年{on.month}月{on.day}日"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def _value(name: str, kind: str, value: Any, language: str, person: PersonFacts) -> str:
    try:
        if kind == "money" and type(value) is int:
            return money_text(value, language)
        if kind == "integer" and type(value) is int:
            return str(value)
        if kind == "date" and isinstance(value, str):
            return date_text(date.fromisoformat(value), language)
        if kind == "datetime" and isinstance(value, str):
            return _moment(datetime.fromisoformat(value), language, person)
        if kind in ("text", "tail4") and isinstance(value, str) and value.strip():
            return _plain(value)[-4:] if kind == "tail4" else _plain(value)[:TEXT_MAX]
    except ValueError as error:
        raise MissingVariable(f"{name}: {error}") from error
    raise MissingVariable(f"{name}: {kind} expected, got {type(value).__name__}")


def _plain(value: str) -> str:
    return " ".join(value.split())


def _moment(value: datetime, language: str, person: PersonFacts) -> str:
    if value.utcoffset() is None:
        raise ValueError("an instant with its zone is needed")
    local = value.astimezone(person.tz)
    return f"{date_text(local.date(), language)}{' ' if language == 'en' else ''}{local:%H:%M}"
