"""Imports, their quarantine and their mirror differences."""

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from anju.contexts.servicing.models import ImportFile, MirrorDifference, QuarantineRow
from anju.core.tape_rules import mask_id_number, mask_name, mask_phone

PAGE_MAX = 200
_NAMES = ("borrower_name", "co_borrower_name")
_ID_NUMBERS = ("id_number", "co_borrower_id")
_PHONES = ("phone", "co_borrower_phone", "email")


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One file handed in."""

    id: int
    kind: str
    name: str
    as_of_on: date | None
    received_at: datetime
    by: str
    state: str
    rows_total: int
    rows_new: int
    rows_changed: int
    rows_same: int
    rows_bad: int
    error: str
    differences: int


@dataclass(frozen=True, slots=True)
class QuarantineLine:
    """A value that was not taken. ``value`` is masked where it is personal."""

    id: int
    row_no: int
    key: str
    column: str
    value: str
    code: str
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A figure of the tape against ours: fen, or days."""

    id: int
    loan_id: int
    loan_no: str
    as_of_on: date
    field: str
    stated: int
    computed: int


_FIELDS = ImportRow.__slots__[:-1]


def imports_list(
    *, kind: str | None = None, before_id: int | None = None, limit: int = 50
) -> list[ImportRow]:
    """The latest files first. Files belong to no branch: whoever may see imports sees all."""
    rows = ImportFile.objects.order_by("-id")
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(id__lt=before_id) if before_id else rows
    counted = rows.annotate(found=Count("differences")).values_list(*_FIELDS, "found")
    return [ImportRow(*row) for row in counted[: min(limit, PAGE_MAX)]]


def import_row(import_id: int) -> ImportRow:
    """One file. Raises KeyError."""
    rows = ImportFile.objects.filter(pk=import_id).annotate(found=Count("differences"))
    found = [ImportRow(*row) for row in rows.values_list(*_FIELDS, "found")]
    if not found:
        raise KeyError(import_id)
    return found[0]


def quarantine_page(import_id: int, *, after_id: int = 0, limit: int = 50) -> list[QuarantineLine]:
    """Values not taken, in file order, after one; personal values masked."""
    rows = QuarantineRow.objects.filter(import_file_id=import_id, pk__gt=after_id).order_by("pk")
    return [
        QuarantineLine(r.pk, r.row_no, r.key, r.column, _masked(r), r.code, r.reason_zh, r.reason_en)
        for r in rows[: min(limit, PAGE_MAX)]
    ]


def _masked(row: QuarantineRow) -> str:
    value = str(row.value)
    if row.column in _NAMES:
        return mask_name(value) if value else ""
    if row.column in _ID_NUMBERS:
        return mask_id_number(value)
    if row.column in _PHONES:
        return mask_phone(value)
    return value if row.column else "…"


def quarantine_csv(import_id: int) -> str:
    """All of them as CSV text with CRLF, values in clear: it goes back to the bank that sent them. Raises KeyError."""
    if not ImportFile.objects.filter(pk=import_id).exists():
        raise KeyError(import_id)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("row_no", "key", "column", "value", "code", "reason_zh", "reason_en"))
    rows = QuarantineRow.objects.filter(import_file_id=import_id).order_by("row_no", "pk")
    for row in rows.iterator(chunk_size=2000):
        cells = (row.row_no, row.key, row.column, row.value, row.code, row.reason_zh, row.reason_en)
        writer.writerow([_inert(str(cell)) for cell in cells])
    return out.getvalue()


def _inert(text: str) -> str:
    """A text that a spreadsheet will not run as a formula."""
    return (
        "'" + text
        if text.startswith(("=", "+", "@", "\t", "\r")) or (text[:1] == "-" and not _number(text))
        else text
    )


def _number(text: str) -> bool:
    return text[1:].replace(".", "", 1).replace(",", "").isdigit()


def differences_page(
    import_id: int,
    branch_ids: Collection[int] | None,
    *,
    field: str | None = None,
    after_id: int = 0,
    limit: int = 50,
) -> list[DifferenceRow]:
    """Mirror differences of an import in the reader's branches, after one."""
    rows = MirrorDifference.objects.filter(import_file_id=import_id, pk__gt=after_id).order_by("pk")
    rows = rows if branch_ids is None else rows.filter(loan__branch_id__in=branch_ids)
    rows = rows.filter(field=field) if field else rows
    found = rows.values_list("id", "loan_id", "loan__loan_no", "as_of_on", "field", "stated", "computed")
    return [DifferenceRow(*row) for row in found[: min(limit, PAGE_MAX)]]
