"""What a fact is. Each context keeps its facts in its ``facts.py``; the journal only knows this shape."""

from dataclasses import fields
from datetime import date
from functools import cache
from typing import Any, ClassVar, Protocol

Subject = tuple[str, int]
"""Whose chain a fact goes on: ``("loan", 17)``, ``("person", 4)``, ``("day", 20261123)`` ..."""

Body = dict[str, Any]


class Fact(Protocol):
    """Something that happened, in the past tense. A frozen dataclass.

    ``KIND`` is dotted (``collections.promise.broken``); ``body()`` holds integers, strings, booleans, None,
    and lists or dicts of these. Never a float: two machines may print it differently, and money is integer
    fen.
    """

    KIND: ClassVar[str]

    @property
    def subject(self) -> Subject: ...

    def body(self) -> Body: ...


class Fields:
    """A fact told by its own fields: the body is all of them by name, dates and instants as ISO text.

    The subject is the field ``subject``; or ``ABOUT`` says its type and the field that holds its number, as in
    ``("loan", "loan_id")``. It stands on the chain, so the body leaves it out.
    """

    __slots__ = ()
    ABOUT: ClassVar[tuple[str, str] | None] = None

    def body(self) -> Body:
        kind: Any = type(self)
        return {name: _plain(getattr(self, name)) for name in _told(kind)}


class AboutFields(Fields):
    """The same for facts whose subject is one of their fields."""

    __slots__ = ()
    ABOUT: ClassVar[tuple[str, str]]

    @property
    def subject(self) -> Subject:
        kind, name = self.ABOUT
        return kind, getattr(self, name)


@cache
def _told(fact: Any) -> tuple[str, ...]:
    left_out = fact.ABOUT[1] if fact.ABOUT else "subject"
    return tuple(field.name for field in fields(fact) if field.name != left_out)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
