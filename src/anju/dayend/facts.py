"""What happened to the business day itself."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from anju.platform.journal.facts import Fields, Subject


@dataclass(frozen=True, slots=True)
class DayClosed(Fields):
    """A business day was closed; `digest` says over what state."""

    KIND: ClassVar[str] = "dayend.day.closed"
    on: date
    digest: str
    counts: dict[str, dict[str, int]]

    @property
    def subject(self) -> Subject:
        return ("day", int(f"{self.on:%Y%m%d}"))
