"""Which notice a message belongs to: for ports whose work goes on outside, a letter in the post or a call (house rule 13)."""

from collections.abc import Collection
from dataclasses import dataclass

from anju.platform.notices.models import Attempt
from anju.platform.notices.rows import Subject


@dataclass(frozen=True, slots=True)
class AttemptOwner:
    """The obligation behind an attempt."""

    attempt_id: int
    obligation_id: int
    notice_type: str
    person_id: int
    branch_id: int
    subject: Subject


def owners(attempt_ids: Collection[int]) -> dict[int, AttemptOwner]:
    """Owner by attempt; unknown attempts are left out. One query."""
    rows = Attempt.objects.filter(id__in=list(attempt_ids)).values_list(
        "id", "obligation_id", "obligation__notice_type", "obligation__person_id", "obligation__branch_id",
        "obligation__subject_type", "obligation__subject_id",
    )  # fmt: skip
    return {row[0]: AttemptOwner(row[0], row[1], row[2], row[3], row[4], (row[5], row[6])) for row in rows}
