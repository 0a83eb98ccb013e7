"""A letter is taken in: kept until the mail room has it."""

from collections.abc import Sequence
from datetime import datetime

from anju.platform.letters.models import Letter
from anju.platform.letters.rows import NewLetter


def take_many(rows: Sequence[NewLetter], *, at: datetime) -> int:
    """Keep letters to be posted; how many are new. The same key again changes nothing, in whatever state it is."""
    known = set(Letter.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True))
    fresh = [row for row in rows if row.key not in known]
    Letter.objects.bulk_create(
        [
            Letter(
                key=row.key, provider=row.provider, attempt_id=row.attempt_id, person_id=row.person_id,
                branch_id=row.branch_id, recipient=row.recipient, address=row.address, subject=row.subject[:200],
                body=row.body, taken_at=at,
            )
            for row in fresh
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return len(fresh)
