"""Values and errors of notices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Subject = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that is owed. `key` makes it idempotent; `variables` are ISO dates, integer fen, texts (see templates.toml)."""

    notice_type: str
    key: str
    person_id: int
    subject: Subject
    branch_id: int
    variables: Mapping[str, Any]
    entry_id: int | None
    owed_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptIn:
    """What a provider said: `status` as in `ladder.STATUSES`; `said_at` its own time; `raw` kept as it came."""

    provider: str
    provider_ref: str
    status: str
    said_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """Counts of one `plan`."""

    taken: int = 0
    queued: int = 0
    skipped: int = 0
    waiting: int = 0
    exceptions: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """Counts of one `send`."""

    claimed: int = 0
    submitted: int = 0
    rejected: int = 0
    in_doubt: int = 0
    put_back: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A person confirmed receipt; fields as of `acknowledge`."""

    obligation_id: int
    by: str
    at: datetime
    attempt_id: int | None = None
    how: str = "link"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Result of `acknowledge`. `first`: this call proved it; else it was proven or ended before (`state`)."""

    obligation_id: int
    state: str
    first: bool


class UnknownNoticeType(KeyError):
    """No such notice type in notice_types.toml. Nothing was written."""


class UnknownObligation(LookupError):
    """No obligation with this id. Nothing was written."""


class BadToken(ValueError):
    """The link is not one of ours, or was changed."""


class NoteMissing(ValueError):
    """An exception is closed only with a note that says what was done. Nothing was written."""


class UnknownOutcome(ValueError):
    """Not an outcome of an exception (see `outcomes.EXCEPTION_OUTCOMES`). Nothing was written."""


class NotAnException(ValueError):
    """The obligation of this work item is no exception (any more). Nothing was written."""


class MissingVariable(ValueError):
    """A text lacks a value, or has one of the wrong kind: it is never sent."""
