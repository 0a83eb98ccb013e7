"""A fact for tests."""

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class Happened:
    KIND: ClassVar[str] = "test.thing.happened"
    number: int
    content: dict[str, Any] = field(default_factory=dict)
    kind_of_subject: str = "loan"

    @property
    def subject(self) -> tuple[str, int]:
        return (self.kind_of_subject, self.number)

    def body(self) -> dict[str, Any]:
        return self.content


@dataclass(frozen=True)
class Ended(Happened):
    KIND: ClassVar[str] = "test.thing.ended"
