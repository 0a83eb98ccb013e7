"""Messages by the provider's own template 服务商模板: its code and typed values instead of a text, where its rules say so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from anju.platform.contacts.people import PersonFacts
from anju.platform.notices.ports import Coded, Value
from anju.platform.notices.render import language_of, values_of
from anju.platform.notices.rows import MissingVariable
from anju.platform.notices.templates.texts import COMMON, Text, templates_version
from anju.platform.notices.templates.texts import text as text_of


def coded(
    *,
    code: str,
    fields: Mapping[str, str],
    template: str,
    channel: str,
    person: PersonFacts,
    variables: Mapping[str, Any],
    ack_url: str,
) -> Coded:
    """The values of one message under the provider's names. `fields`: its field -> our variable; none: the variables of the
    text under our own names. Raises MissingVariable, as the text itself would.
    """
    text = text_of(templates_version(), template, language_of(person), channel)
    texts = values_of(text, version=templates_version(), person=person, variables=variables, ack_url=ack_url)
    used = {name: name for name in (*text.subject_filler.names, *text.body_filler.names)}
    values = {}
    for field, name in (fields or used).items():
        if not texts.get(name):
            raise MissingVariable(f"{template}: {name}")
        values[field] = _value(text, name, texts[name], variables, person)
    return Coded(code, values, text.language, ack_url)


def _value(text: Text, name: str, written: str, variables: Mapping[str, Any], person: PersonFacts) -> Value:
    """A value with its type. What is shown in part only is given in part only."""
    kind = "text" if name in COMMON else text.kinds[name]
    if kind in ("money", "integer", "date"):
        return Value(kind, variables[name], written)
    if kind == "datetime":
        local = datetime.fromisoformat(variables[name]).astimezone(person.tz)
        return Value(kind, local.isoformat(), written)
    return Value("text", written, written)
