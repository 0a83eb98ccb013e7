"""Getting files back."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from anju.platform.documents.models import StoredFile


class FileMissing(LookupError):
    """No file with this checksum is kept."""


class FileDamaged(Exception):
    """The bytes kept do not have the checksum they are kept under."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A stored file without its bytes."""

    sha256: str
    name: str
    media_type: str
    size_bytes: int
    kind: str
    stored_at: datetime
    stored_by: str
    keep_until: date | None


def info(sha256: str) -> FileRow:
    """What is known of a file. Raises FileMissing."""
    row = StoredFile.objects.filter(sha256=sha256).values_list(*FileRow.__dataclass_fields__).first()
    if row is None:
        raise FileMissing(sha256)
    return FileRow(*row)


def kept_until_before(*, kind: str, on: date, after: int, limit: int) -> tuple[list[FileRow], int]:
    """Files of a kind whose day is over on a date, in the order they were stored, a page behind the mark `after` (0: from the
    first); with the mark of the next page.
    """
    rows = list(
        StoredFile.objects.filter(kind=kind, keep_until__lt=on, id__gt=after)
        .order_by("id")
        .values_list("id", *FileRow.__dataclass_fields__)[:limit]
    )
    return [FileRow(*row[1:]) for row in rows], rows[-1][0] if rows else after


def get(sha256: str) -> bytes:
    """The bytes, checked against their checksum. Raises FileMissing, FileDamaged."""
    content = StoredFile.objects.filter(sha256=sha256).values_list("content", flat=True).first()
    if content is None:
        raise FileMissing(sha256)
    found = bytes(content)
    if hashlib.sha256(found).hexdigest() != sha256:
        raise FileDamaged(sha256)
    return found
