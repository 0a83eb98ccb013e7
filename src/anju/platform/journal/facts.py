"""What a fact is. Each context keeps its facts in its ``facts.py``; the journal only knows this shape."""

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
