"""Texts out of templates.toml 通知模板: typed variables, the person's language, and never a text with a hole in it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings

from anju.platform.contacts.people import PersonFacts
from anju.platform.notices.rows import MissingVariable
from anju.platform.notices.templates.texts import TEMPLATES_FILE, Text, templates_version
from anju.platform.notices.templates.texts import text as text_of
from anju.platform.policies import queries as policies

BODY_MAX = 8000
TEXT_MAX = 400


@dataclass(frozen=True, slots=True)
class Rendered:
    """Exactly what is sent. `hash` is over channel, title and text."""

    hash: str
    channel: str
    template: str
    template_version: str
    subject: str
    body: str


def render(
    *, template: str, channel: str, person: PersonFacts, variables: Mapping[str, Any], ack_url: str
) -> Rendered:
    """The text for one channel in the person's language. Raises MissingVariable; then nothing may be sent."""
    version = templates_version()
    text = text_of(version, template, language_of(person), channel)
    return render_text(
        text, version=version, person=person, variables=variables, ack_url=ack_url, service_line=_service_line(version)
    )  # fmt: skip


def language_of(person: PersonFacts) -> str:
    """Which of the languages of the texts a person reads."""
    return "en" if person.language.startswith("en") else "zh"


def render_text(
    text: Text,
    *,
    version: str,
    person: PersonFacts,
    variables: Mapping[str, Any],
    ack_url: str,
    service_line: str,
) -> Rendered:
    """One text with its values, also of a draft that is not in force. Raises MissingVariable."""
    template = text.template
    values = _values(text, person, variables, ack_url, service_line)
    subject = text.subject_filler.fill(template, values)[:200] if text.subject else ""
    body = text.body_filler.fill(template, values)
    if len(body) > BODY_MAX:
        raise MissingVariable(f"{template}: text of {len(body)} characters")
    digest = hashlib.sha256(f"{text.channel}\0{subject}\0{body}".encode()).hexdigest()
    return Rendered(digest, text.channel, template, version, subject, body)


def values_of(
    text: Text, *, version: str, person: PersonFacts, variables: Mapping[str, Any], ack_url: str
) -> dict[str, str]:
    """Every variable of a text as it is written in it, the common ones too. Raises MissingVariable."""
    return _values(text, person, variables, ack_url, _service_line(version))


def _values(
    text: Text, person: PersonFacts, variables: Mapping[str, Any], ack_url: str, service_line: str
) -> dict[str, str]:
    values = {"bank_name": settings.ANJU_BANK_NAME, "service_line": service_line, "ack_url": ack_url}
    for name, kind in text.kinds.items():
        if name not in variables:
            raise MissingVariable(f"{text.template}: {name}")
        values[name] = _value(text.template, name, kind, variables[name], text.language, person)
    return values


@lru_cache(maxsize=8)
def _service_line(version: str) -> str:
    return service_line_of(policies.toml(TEMPLATES_FILE, version=version))


def service_line_of(data: Mapping[str, Any]) -> str:
    """The telephone number that the texts name."""
    line: str = data["common"]["service_line"]
    return getattr(settings, "ANJU_SERVICE_LINE", "") or line


def money_text(fen: int, language: str = "zh") -> str:
    """1,234.56 元 (Chinese) or CNY 1,234.56; from integer fen."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    figure = f"{sign}{yuan:,}.{rest:02d}"
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


@lru_cache(maxsize=4096)
def _iso_date_text(text: str, language: str) -> str:
    """A wave shares its days: each is put into words once."""
    return date_text(date.fromisoformat(text), language)


def _value(template: str, name: str, kind: str, value: Any, language: str, person: PersonFacts) -> str:
    try:
        if kind == "money" and type(value) is int:
            return money_text(value, language)
        if kind == "integer" and type(value) is int:
            return str(value)
        if kind == "date" and isinstance(value, str):
            return _iso_date_text(value, language)
        if kind == "datetime" and isinstance(value, str):
            return _moment(datetime.fromisoformat(value), language, person)
        if kind in ("text", "tail4") and isinstance(value, str) and value.strip():
            return _plain(value)[-4:] if kind == "tail4" else _plain(value)[:TEXT_MAX]
    except ValueError as error:
        raise MissingVariable(f"{template}: {name}: {error}") from error
    raise MissingVariable(f"{template}: {name}: {kind} expected, got {type(value).__name__}")


def _plain(value: str) -> str:
    return " ".join(value.split())


def _moment(value: datetime, language: str, person: PersonFacts) -> str:
    if value.utcoffset() is None:
        raise ValueError("an instant with its zone is needed")
    local = value.astimezone(person.tz)
    return f"{date_text(local.date(), language)}{' ' if language == 'en' else ''}{local:%H:%M}"
