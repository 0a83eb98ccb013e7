"""Values and errors of letters."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A message for the post. `address`: one line, with the postcode in it when there is one."""

    key: str
    provider: str
    attempt_id: int
    person_id: int
    branch_id: int
    recipient: str
    address: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch, with how far its letters are."""

    id: int
    number: str
    branch_id: int
    made_at: datetime
    made_by: str
    letters: int
    posted: int
    delivered: int
    returned: int
    erased: bool
    pdf_sha256: str
    list_sha256: str


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """One file of the mail room."""

    id: int
    name: str
    received_at: datetime
    received_by: str
    rows_total: int
    rows_new: int
    rows_same: int
    rows_bad: int


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A row that changed nothing, and why."""

    row_no: int
    column: str
    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ReturnsReport:
    """What came of a return file. `repeated`: the same bytes were read before; nothing changed."""

    file_id: int
    total: int
    new: int
    same: int
    bad: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter without its text: what its page and tests need."""

    id: int
    reference: str
    batch: str
    posted_on: date | None
    delivered_on: date | None
    returned_on: date | None
    return_reason: str
    refused_why: str
    registered_no: str


class LettersRefused(Exception):
    """Base: nothing was changed; `message_zh` and `message_en` can be shown."""

    def __init__(self, zh: str, en: str) -> None:
        self.message_zh = zh
        self.message_en = en
        super().__init__(f"{zh} / {en}")


class ReturnsRefused(LettersRefused):
    """The file as a whole cannot be read."""


class BatchGone(LettersRefused):
    """There is no such batch, or its files were deleted when their time was over."""
