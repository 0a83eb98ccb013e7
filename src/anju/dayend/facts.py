"""What happened to the business day itself."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class DayClosed:
    """A business day was closed; `digest` says over what state."""

    KIND: ClassVar[str] = "dayend.day.closed"
    on: date
    digest: str
    counts: dict[str, dict[str, int]]

    @property
    def subject(self) -> tuple[str, int]:
        return ("day", int(f"{self.on:%Y%m%d}"))

    def body(self) -> dict[str, Any]:
        return {"on": self.on.isoformat(), "digest": self.digest, "counts": self.counts}
