"""What happened to batches of letters and the files of the mail room."""

from dataclasses import dataclass
from typing import ClassVar

from anju.platform.journal.facts import AboutFields


@dataclass(frozen=True, slots=True)
class BatchMade(AboutFields):
    """Letters were set for the mail room."""

    KIND: ClassVar[str] = "letters.batch.made"
    ABOUT: ClassVar[tuple[str, str]] = ("letter_batch", "batch_id")
    batch_id: int
    number: str
    letters: int
    pdf_sha256: str
    list_sha256: str


@dataclass(frozen=True, slots=True)
class BatchTaken(AboutFields):
    """Somebody took the PDF or the list of a batch: names and addresses in clear."""

    KIND: ClassVar[str] = "letters.batch.taken"
    ABOUT: ClassVar[tuple[str, str]] = ("letter_batch", "batch_id")
    batch_id: int
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReturnsRead(AboutFields):
    """The mail room's answers were read."""

    KIND: ClassVar[str] = "letters.returns.read"
    ABOUT: ClassVar[tuple[str, str]] = ("letter_returns", "file_id")
    file_id: int
    sha256: str
    rows_new: int
    rows_same: int
    rows_bad: int
