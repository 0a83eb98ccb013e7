"""What people write down at the desk that belongs to no context: internal notes."""

from dataclasses import dataclass
from typing import Any, ClassVar

from anju.platform.journal.facts import Subject


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """An internal note about a subject; the borrower never sees it. ``key`` makes a second delivery change nothing."""

    KIND: ClassVar[str] = "desk.note.written"
    subject: Subject
    text: str
    key: str
    staff_id: int

    def body(self) -> dict[str, Any]:
        return {"text": self.text, "key": self.key, "staff_id": self.staff_id}
