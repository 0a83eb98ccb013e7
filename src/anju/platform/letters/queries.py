"""Every read of letters. Frozen rows out, without names and addresses."""

from collections.abc import Collection

from django.db.models import Count, Q

from anju.platform.letters.marks import reference
from anju.platform.letters.models import Batch, Letter, ReturnFile, ReturnProblem
from anju.platform.letters.rows import BatchRow, LetterRow, ProblemRow, ReturnRow

LIMIT_MAX = 200


def waiting(branch_ids: Collection[int] | None) -> int:
    """How many letters wait for a batch in these branches (None: all)."""
    rows = Letter.objects.filter(batch=None, refused_at=None)
    return (rows if branch_ids is None else rows.filter(branch_id__in=list(branch_ids))).count()


def batches(
    branch_ids: Collection[int] | None, *, before_id: int | None = None, limit: int = 50
) -> list[BatchRow]:
    """Batches, newest first, with how far their letters are; two queries' worth in one."""
    rows = Batch.objects.all() if branch_ids is None else Batch.objects.filter(branch_id__in=list(branch_ids))
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    counted = rows.annotate(
        posted=Count("rows", filter=Q(rows__posted_on__isnull=False)),
        delivered=Count("rows", filter=Q(rows__delivered_on__isnull=False)),
        returned=Count("rows", filter=Q(rows__returned_on__isnull=False)),
    )
    return [
        BatchRow(
            row.pk, row.number, row.branch_id, row.made_at, row.made_by, row.letters, row.posted, row.delivered, row.returned,
            row.erased_at is not None, row.pdf_sha256, row.list_sha256,
        )
        for row in counted.order_by("-id")[: min(limit, LIMIT_MAX)]
    ]  # fmt: skip


def branch_of(batch_id: int) -> int | None:
    """Whose batch it is; None: there is no such batch."""
    return Batch.objects.filter(pk=batch_id).values_list("branch_id", flat=True).first()


def return_files(branch_ids: Collection[int] | None, *, limit: int = 20) -> list[ReturnRow]:
    """The latest files of the mail room, newest first."""
    rows = (
        ReturnFile.objects.all()
        if branch_ids is None
        else ReturnFile.objects.filter(branch_id__in=list(branch_ids))
    )
    return [
        ReturnRow(*row)
        for row in rows.order_by("-id").values_list(*ReturnRow.__dataclass_fields__)[: min(limit, LIMIT_MAX)]
    ]


def problems(file_id: int, *, limit: int = LIMIT_MAX) -> list[ProblemRow]:
    """The first rows of a file that changed nothing, with their reasons."""
    rows = ReturnProblem.objects.filter(file_id=file_id).order_by("row_no", "id")
    return [
        ProblemRow(*row)
        for row in rows.values_list("row_no", "column", "value", "zh", "en")[: min(limit, LIMIT_MAX)]
    ]


def of_key(key: str) -> LetterRow | None:
    """The letter of a notice's attempt."""
    row = Letter.objects.filter(key=key).select_related("batch").first()
    if row is None:
        return None
    return LetterRow(
        row.pk, reference(row.pk), row.batch.number if row.batch else "", row.posted_on, row.delivered_on, row.returned_on,
        row.return_reason, row.refused_why, row.registered_no,
    )  # fmt: skip


def return_file(file_id: int, branch_ids: Collection[int] | None) -> ReturnRow | None:
    """One file of the mail room, of these branches (None: all)."""
    rows = ReturnFile.objects.filter(pk=file_id)
    if branch_ids is not None:
        rows = rows.filter(branch_id__in=list(branch_ids))
    row = rows.values_list(*ReturnRow.__dataclass_fields__).first()
    return None if row is None else ReturnRow(*row)
