"""What people write down at the desk that belongs to no context: internal notes."""

from dataclasses import dataclass
from typing import ClassVar

from anju.platform.journal.facts import Fields, Subject


@dataclass(frozen=True, slots=True)
class NoteWritten(Fields):
    """An internal note about a subject; the borrower never sees it. ``key`` makes a second delivery change nothing."""

    KIND: ClassVar[str] = "desk.note.written"
    subject: Subject
    text: str
    key: str
    staff_id: int
