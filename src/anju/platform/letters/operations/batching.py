"""Letters are set for the mail room: one PDF/A with every letter, and the postal list, kept encrypted."""

import csv
import hashlib
import io
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from anju.core.working_time import BANK_ZONE
from anju.platform.documents import operations as documents
from anju.platform.documents import queries as stored
from anju.platform.documents.pdf import LetterMissing, render_pdf, require_letters
from anju.platform.identity import operations as identity
from anju.platform.identity.crypto import decrypt_bytes, encrypt_bytes
from anju.platform.journal import operations as journal
from anju.platform.letters import config
from anju.platform.letters.facts import BatchMade, BatchTaken
from anju.platform.letters.marks import postcode_of, reference
from anju.platform.letters.models import Batch, Letter
from anju.platform.letters.rows import BatchGone
from anju.platform.notices import operations as notices
from anju.platform.notices.rows import ReceiptIn

VALUES_BYTES_MAX = 400 * 1024
BATCHES_MAX = 20
FILES = {"pdf": ("application/pdf", "pdf"), "list": ("text/csv; charset=utf-8", "csv")}


def make_batches(*, at: datetime, by: str, branch_ids: Collection[int] | None = None) -> list[str]:
    """Set every waiting letter of these branches (None: all), a batch at a time; numbers of the batches made, at most 20.

    A letter with a character that no font has is refused: its notice goes on by another channel. Two runs at once share
    the letters between them. Raises FontMissing when the fonts are not there; then nothing was set.
    """
    waiting = Letter.objects.filter(batch=None, refused_at=None)
    if branch_ids is not None:
        waiting = waiting.filter(branch_id__in=list(branch_ids))
    numbers: list[str] = []
    for branch_id in sorted(set(waiting.values_list("branch_id", flat=True))):
        while len(numbers) < BATCHES_MAX:
            found, number = _make_one(branch_id, at, by)
            if number:
                numbers.append(number)
            if not found:
                break
    return numbers


def _make_one(branch_id: int, at: datetime, by: str) -> tuple[bool, str]:
    """Whether there were letters, and the number of the batch made of them."""
    rules = config.rules()
    with transaction.atomic():
        rows = list(
            Letter.objects.select_for_update(skip_locked=True)
            .filter(branch_id=branch_id, batch=None, refused_at=None)
            .order_by("id")[: rules.batch_max]
        )
        good = [row for row in rows if not _refused(row, at)]
        good = good[: _fit(good, rules, at)]
        if not good:
            return bool(rows), ""
        batch = _kept(branch_id, good, rules, at, by)
        return True, batch.number


def _refused(row: Letter, at: datetime) -> bool:
    """Refuse a letter that cannot be printed, and tell its notice."""
    try:
        require_letters([row.recipient or "", row.address or "", row.subject, row.body])
    except LetterMissing as error:
        row.refused_at, row.refused_why = at, error.message_zh[:200]
        row.save(update_fields=["refused_at", "refused_why"])
        raw = {"error_class": "content", "why": error.message_en[:200]}
        notices.receive_many([ReceiptIn(row.provider, row.key, "failed", at, raw)], at=at)
        return True
    return False


def _fit(rows: Sequence[Letter], rules: config.Rules, at: datetime) -> int:
    """How many of them one document holds."""
    size = 0
    for count, row in enumerate(rows):
        size += len(json.dumps(_sheet(row, rules, at), ensure_ascii=False).encode())
        if size > VALUES_BYTES_MAX and count:
            return count
    return len(rows)


def _sheet(row: Letter, rules: config.Rules, at: datetime) -> dict[str, Any]:
    """What is printed of one letter."""
    postcode, address = postcode_of(row.address or "")
    on = at.astimezone(BANK_ZONE).date()
    mark = reference(row.pk)
    english = not any("一" <= letter <= "鿿" for letter in row.body)
    bank = settings.ANJU_BANK_NAME
    return {
        "reference": mark, "sender": rules.sender or bank, "postcode": postcode, "address": address,
        "recipient": row.recipient if english else f"{row.recipient} 收",
        "facts": [["Date", on.isoformat()], ["Reference", mark]] if english else
                 [["日期", f"{on.year}年{on.month}月{on.day}日"], ["编号", mark]],
        "subject": row.subject, "paragraphs": [part for part in row.body.strip().split("\n\n") if part.strip()],
        "foot": f"{bank} · {mark}",
    }  # fmt: skip


def _kept(branch_id: int, rows: Sequence[Letter], rules: config.Rules, at: datetime, by: str) -> Batch:
    number = _number(branch_id, at.astimezone(BANK_ZONE).date())
    sheets = [_sheet(row, rules, at) for row in rows]
    bank = settings.ANJU_BANK_NAME
    values = {"title": f"信函批次 {number}", "bank": bank, "page": "{n} / {m}", "letters": sheets}
    pdf = render_pdf("letters", values, at=at)
    listing = _listing(sheets, rules)
    keep_until = at.astimezone(BANK_ZONE).date() + timedelta(days=rules.keep_days)
    files = {
        what: documents.store(
            name=f"{number}.{FILES[what][1]}", content=encrypt_bytes(content), media_type=f"{FILES[what][0]}; encrypted",
            kind=f"letters.{what}", at=at, by=by, keep_until=keep_until,
        )
        for what, content in (("pdf", pdf), ("list", listing))
    }  # fmt: skip
    batch = Batch.objects.create(
        number=number, branch_id=branch_id, made_at=at, made_by=by, letters=len(rows), pdf_file=files["pdf"],
        pdf_sha256=hashlib.sha256(pdf).hexdigest(), list_file=files["list"],
        list_sha256=hashlib.sha256(listing).hexdigest(), keep_until=keep_until,
    )  # fmt: skip
    for place, row in enumerate(rows, start=1):
        row.batch, row.place = batch, place
    Letter.objects.bulk_update(rows, ["batch", "place"])
    fact = BatchMade(batch.pk, number, len(rows), batch.pdf_sha256, batch.list_sha256)
    journal.record(fact, at=at, actor=by)
    return batch


def _number(branch_id: int, on: date) -> str:
    """The next number of a branch on a day; runs at the same time wait for each other here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('letters.batch'), %s)", [branch_id % 2**31])
    stem = f"{on:%Y%m%d}-{branch_id}-"
    return f"{stem}{Batch.objects.filter(number__startswith=stem).count() + 1:02d}"


def _listing(sheets: Sequence[dict[str, Any]], rules: config.Rules) -> bytes:
    """The postal list as CSV; the column of the registered number is for the mail room to fill in."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(rules.list_head)
    for place, sheet in enumerate(sheets, start=1):
        name = str(sheet["recipient"]).removesuffix(" 收")
        cells = (name, sheet["address"], sheet["postcode"], "", sheet["reference"])
        writer.writerow([place, *(_inert(str(cell)) for cell in cells)])
    return out.getvalue().encode("utf-8-sig")


def _inert(text: str) -> str:
    """A text that a spreadsheet will not run as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A file of a batch, in clear."""

    name: str
    media_type: str
    content: bytes


def batch_file(
    *, batch_id: int, what: str, reason: str, staff_id: int | None, by: str, at: datetime
) -> BatchFile:
    """PDF (`pdf`) or postal list (`list`) of a batch, after writing down who takes it, and why.

    A member of staff (`staff_id`) is logged for every person whose address is in it, as for any reveal. Raises BatchGone,
    NotPermitted, ReasonMissing, FileDamaged.
    """
    batch = Batch.objects.filter(pk=batch_id).first()
    if batch is None or batch.erased_at is not None or what not in FILES:
        raise BatchGone(
            "没有这个批次，或文件已按期删除。", "There is no such batch, or its files were deleted in time."
        )
    with transaction.atomic():
        if staff_id is not None:
            for person_id in sorted(
                set(Letter.objects.filter(batch=batch).values_list("person_id", flat=True))
            ):
                identity.reveal_record(
                    staff_id=staff_id, person_id=person_id, field="post", reason=reason, at=at
                )
        journal.record(BatchTaken(batch.pk, what, reason[:200]), at=at, actor=by)
        content = decrypt_bytes(stored.get(batch.pdf_file if what == "pdf" else batch.list_file))
    if hashlib.sha256(content).hexdigest() != (batch.pdf_sha256 if what == "pdf" else batch.list_sha256):
        raise stored.FileDamaged(batch.number)
    return BatchFile(f"{batch.number}.{FILES[what][1]}", FILES[what][0], content)
