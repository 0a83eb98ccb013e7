"""What need not be kept any longer: names, addresses and texts of letters, PDFs and lists. Proof and dates stay."""

from datetime import datetime, timedelta

from django.db import transaction

from anju.core.working_time import BANK_ZONE
from anju.platform.documents import operations as documents
from anju.platform.letters import config
from anju.platform.letters.models import Batch, Letter

ROWS_MAX = 1000


def purge(*, at: datetime) -> int:
    """Erase what is older than `keep_days`; how many rows changed. A letter that still waits is never erased."""
    on = at.astimezone(BANK_ZONE).date()
    with transaction.atomic():
        batches = list(
            Batch.objects.select_for_update(skip_locked=True)
            .filter(erased_at=None, keep_until__lt=on)
            .order_by("id")[:ROWS_MAX]
        )
        documents.remove([digest for row in batches for digest in (row.pdf_file, row.list_file)], on=on)
        Batch.objects.filter(id__in=[row.id for row in batches]).update(erased_at=at)
        limit = at - timedelta(days=config.rules().keep_days)
        old = list(
            Letter.objects.filter(erased_at=None, taken_at__lt=limit)
            .exclude(batch=None, refused_at=None)
            .order_by("taken_at")
            .values_list("id", flat=True)[:ROWS_MAX]
        )
        Letter.objects.filter(id__in=old).update(
            recipient=None, address=None, subject="", body="", erased_at=at
        )
    return len(batches) + len(old)
