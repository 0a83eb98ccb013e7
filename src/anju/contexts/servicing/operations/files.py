"""The frame of every import: the same bytes once, one import at a time, the whole file in one transaction."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from anju.contexts.servicing.facts import ImportLoaded
from anju.contexts.servicing.models import ImportFile
from anju.contexts.servicing.operations.base import IMPORT_LOCK, copy_rows
from anju.contexts.servicing.operations.reports import ImportReport, report_of
from anju.contexts.servicing.tape.columns import Header
from anju.contexts.servicing.tape.rows import Issue, TapeRefused
from anju.core.working_time import BANK_ZONE
from anju.platform.identity.crypto import encrypt
from anju.platform.journal.facts import Fact
from anju.platform.journal.operations import record_many


def bank_date(at: datetime) -> date:
    """The date at the bank. Raises ValueError for a naive instant."""
    if at.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    return at.astimezone(BANK_ZONE).date()


def loaded_before(kind: str, digest: str) -> ImportFile | None:
    """The import that loaded these bytes, if one did."""
    return ImportFile.objects.filter(kind=kind, sha256=digest, state="loaded").first()


def digest_of(content: bytes) -> str:
    """SHA-256 of a file, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def refuse(*, kind: str, name: str, digest: str, by: str, at: datetime, why: TapeRefused) -> None:
    """Keep a refused file as a rejected import, so that the desk shows it too."""
    ImportFile.objects.create(
        kind=kind,
        name=name[:200],
        sha256=digest,
        received_at=at,
        by=by,
        state="rejected",
        error=str(why)[:400],
    )


def reject_resting(*, before: datetime) -> int:
    """Files received before an instant that are neither loaded nor rejected become rejected; how many. They hold no rows:
    rows come in the transaction that makes a file loaded."""
    resting = ImportFile.objects.filter(state__in=("received", "checked"), received_at__lt=before)
    return resting.update(
        state="rejected", error="导入中断，未写入任何数据 / the import broke off; nothing was written"
    )


def in_one_piece(
    *,
    kind: str,
    name: str,
    digest: str,
    as_of: date,
    by: str,
    at: datetime,
    body: Callable[[Any, ImportFile, ImportReport], tuple[Sequence[Issue], Sequence[Fact]]],
) -> ImportReport:
    """Run ``body`` as the one import at work, in one transaction with its quarantine, counts and facts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
        before = loaded_before(kind, digest)
        if before is not None:
            return report_of(before, repeated=True)
        row = ImportFile.objects.create(
            kind=kind, name=name[:200], sha256=digest, as_of_on=as_of, received_at=at, by=by, state="checked"
        )
        report = ImportReport(row.pk, kind, name)
        issues, facts = body(cursor, row, report)
        _store_issues(cursor, row, issues)
        report.issues = len(issues)
        report.rows_bad = len({issue.row_no for issue in issues})
        report.rows_total = report.rows_new + report.rows_changed + report.rows_same + report.rows_bad
        for count in ("rows_total", "rows_new", "rows_changed", "rows_same", "rows_bad"):
            setattr(row, count, getattr(report, count))
        row.report = report.stored()
        if report.rows_bad and report.rows_bad == report.rows_total:
            row.state, row.error = "rejected", "没有一行可以导入 / not a single row could be taken"
            row.save()
            return report
        row.state, row.loaded_at = "loaded", at
        row.save()
        loaded = ImportLoaded(
            row.pk,
            kind,
            digest,
            report.rows_total,
            report.rows_new,
            report.rows_changed,
            report.rows_same,
            report.rows_bad,
        )
        record_many([*facts, loaded], at=at, actor=by)
    return report


def _store_issues(cursor: Any, row: ImportFile, issues: Sequence[Issue]) -> None:
    copy_rows(
        cursor,
        "servicing_quarantinerow",
        '"import_file_id", "row_no", "key", "column", "value", "code", "reason_zh", "reason_en"',
        (
            (row.pk, i.row_no, i.key, i.column, encrypt(i.value), i.code, i.zh[:300], i.en[:300])
            for i in sorted(issues, key=lambda issue: issue.row_no)
        ),
    )


def header_notes(header: Header) -> list[tuple[str, str]]:
    """What of the header was not understood."""
    notes = []
    if header.unknown:
        names = ", ".join(header.unknown[:20])
        notes.append((f"未识别的列（已忽略）：{names}", f"unknown columns, ignored: {names}"))
    if header.doubled:
        names = ", ".join(header.doubled[:20])
        notes.append(
            (f"重复的列（只用第一个）：{names}", f"columns that stand twice, the first is used: {names}")
        )
    return notes
