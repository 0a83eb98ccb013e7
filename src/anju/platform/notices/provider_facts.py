"""What happened to a provider's circuit breaker; on the provider's own chain."""

from dataclasses import dataclass
from typing import ClassVar

from anju.platform.journal.facts import Fields, Subject


@dataclass(frozen=True, slots=True)
class ProviderOpened(Fields):
    """Too much failed or was slow: nothing is given to it for a while."""

    KIND: ClassVar[str] = "notices.provider.opened"
    subject: Subject
    name: str
    calls: int
    failures: int


@dataclass(frozen=True, slots=True)
class ProviderClosed(Fields):
    """It works again."""

    KIND: ClassVar[str] = "notices.provider.closed"
    subject: Subject
    name: str
