"""A decision together with its reasons (design, house rule 8)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, worded to be read aloud to the borrower. `code` is stable, texts are not."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes or no, why, under which policy version; after a no, the next instant of a yes, if known."""

    ok: bool
    reasons: tuple[Reason, ...]
    policy_version: str
    next_at: datetime | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all reasons, in order."""
        return tuple(reason.code for reason in self.reasons)

    @property
    def zh(self) -> str:
        """All reasons as one Chinese text."""
        return "".join(reason.zh for reason in self.reasons)

    @property
    def en(self) -> str:
        """All reasons as one English text."""
        return " ".join(reason.en for reason in self.reasons)
