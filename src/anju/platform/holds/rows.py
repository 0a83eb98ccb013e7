"""Values and errors of holds."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Subject = tuple[str, int]
WORK_KIND = "holds.overdue"
POLICY_FILE = "holds.toml"
LIVE = ("waiting", "held")


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to be put on hold: `label` is its number as people know it."""

    subject: Subject
    person_id: int
    branch_id: int
    label: str


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold with its counts; `waiting`, `held`, `released`, `dropped` are cases in that state."""

    id: int
    reason: str
    until_on: date
    note: str
    selection: dict[str, Any]
    branch_id: int
    state: str
    total: int
    skipped: int
    opened_at: datetime
    opened_by: str
    release_note: str
    release_at: datetime | None
    release_by: str
    ended_at: datetime | None
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HoldCaseRow:
    """One case on hold, with the hold's reason and expected end."""

    id: int
    hold_id: int
    subject: Subject
    person_id: int
    branch_id: int
    label: str
    state: str
    held_at: datetime | None
    released_at: datetime | None
    reason: str
    until_on: date


class HoldRefused(ValueError):
    """A hold was not opened or released; says field, value and what is allowed. Nothing was written."""

    def __init__(self, field_name: str, zh: str, en: str) -> None:
        self.field = field_name
        self.message_zh, self.message_en = zh, en
        super().__init__(f"{zh} / {en}")


def held_key(hold_id: int, subject: Subject) -> str:
    """Key of the notice that a case waits."""
    return f"hold:{hold_id}:{subject[0]}:{subject[1]}"


def extended_key(hold_id: int, subject: Subject, until_on: date) -> str:
    """Key of the notice that a case waits longer, until this day."""
    return f"hold:{hold_id}:{subject[0]}:{subject[1]}:{until_on}"


def resumed_key(hold_id: int, subject: Subject) -> str:
    """Key of the notice that a case goes on."""
    return f"resume:{hold_id}:{subject[0]}:{subject[1]}"
