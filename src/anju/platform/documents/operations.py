"""Keeping files: once by checksum."""

import hashlib
from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from anju.platform.documents.models import StoredFile

FILE_BYTES_MAX = 50 * 1024 * 1024


class FileTooLarge(ValueError):
    """More bytes than are kept."""

    message_zh = "文件过大（超过 50 MB）"
    message_en = "the file is too large (more than 50 MB)"


def store(
    *,
    name: str,
    content: bytes,
    media_type: str,
    kind: str,
    at: datetime,
    by: str,
    keep_until: date | None = None,
) -> str:
    """Keep a file; returns its SHA-256 in hex. The same bytes again: the first row stays, kept for the longer
    time.

    ``kind`` names what it is (``import.loans``, ``evidence``). Raises FileTooLarge.
    """
    if len(content) > FILE_BYTES_MAX:
        raise FileTooLarge(f"{FileTooLarge.message_zh} / {FileTooLarge.message_en}")
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        row, new = StoredFile.objects.get_or_create(
            sha256=digest,
            defaults={
                "name": name[:200], "media_type": media_type, "size_bytes": len(content), "content": content,
                "kind": kind, "stored_at": at, "stored_by": by, "keep_until": keep_until,
            },
        )  # fmt: skip
        if not new and row.keep_until is not None and (keep_until is None or keep_until > row.keep_until):
            StoredFile.objects.filter(pk=row.pk).update(keep_until=keep_until)
    return digest


def remove(digests: Collection[str], *, on: date) -> int:
    """Delete files whose time was over before `on`; how many. One that must be kept longer, or for ever, stays."""
    count, _ = StoredFile.objects.filter(sha256__in=list(digests), keep_until__lt=on).delete()
    return count
