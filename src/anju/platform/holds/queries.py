"""Every read of holds."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Count, QuerySet

from anju.platform.holds.models import Hold, HoldCase
from anju.platform.holds.rows import LIVE, HoldCaseRow, HoldRow, Subject

PAGE_MAX = 200
_COLUMNS = tuple(name for name in HoldRow.__dataclass_fields__ if name != "counts")


def _of_branches(branch_ids: Collection[int] | None) -> QuerySet[Hold]:
    """Holds with at least one case of these branches (None: all)."""
    if branch_ids is None:
        return Hold.objects.all()
    cases = HoldCase.objects.filter(branch_id__in=list(branch_ids)).values("hold_id")
    return Hold.objects.filter(id__in=cases)


def holds(branch_ids: Collection[int] | None, *, limit: int = 50) -> list[HoldRow]:
    """Holds that touch these branches, the newest first, with the counts of their cases there; two queries."""
    rows = list(_of_branches(branch_ids).order_by("-id").values_list(*_COLUMNS)[: min(limit, PAGE_MAX)])
    counts = _counts([row[0] for row in rows], branch_ids)
    return [_row(row, counts.get(row[0], {})) for row in rows]


def hold(hold_id: int, branch_ids: Collection[int] | None) -> HoldRow | None:
    """One hold, or None when there is none that touches these branches."""
    row = _of_branches(branch_ids).filter(id=hold_id).values_list(*_COLUMNS).first()
    return None if row is None else _row(row, _counts([hold_id], branch_ids).get(hold_id, {}))


def _row(row: Sequence[Any], counts: dict[str, int]) -> HoldRow:
    return HoldRow(**dict(zip(_COLUMNS, row, strict=True)), counts=counts)


def _counts(ids: Sequence[int], branch_ids: Collection[int] | None) -> dict[int, dict[str, int]]:
    rows = HoldCase.objects.filter(hold_id__in=ids)
    if branch_ids is not None:
        rows = rows.filter(branch_id__in=list(branch_ids))
    found: dict[int, dict[str, int]] = {}
    for hold_id, state, count in rows.values_list("hold_id", "state").annotate(n=Count("id")):
        found.setdefault(hold_id, {})[state] = count
    return found


def cases(
    hold_id: int, branch_ids: Collection[int] | None, *, page: int = 1, size: int = 50
) -> tuple[list[HoldCaseRow], int]:
    """Cases of a hold in these branches, and how many there are in all."""
    rows = HoldCase.objects.filter(hold_id=hold_id)
    if branch_ids is not None:
        rows = rows.filter(branch_id__in=list(branch_ids))
    start = (max(page, 1) - 1) * min(size, PAGE_MAX)
    return _rows(rows.order_by("id")[start : start + min(size, PAGE_MAX)]), rows.count()


def live_of(subjects: Sequence[Subject]) -> dict[Subject, HoldCaseRow]:
    """The hold that each of these subjects waits for; those that wait for none are left out. One query."""
    found: dict[Subject, HoldCaseRow] = {}
    by_type: dict[str, list[int]] = {}
    for kind, number in subjects:
        by_type.setdefault(kind, []).append(number)
    for kind, numbers in by_type.items():
        rows = HoldCase.objects.filter(subject_type=kind, subject_id__in=numbers, state__in=LIVE)
        found |= {row.subject: row for row in _rows(rows)}
    return found


def of_person(person_id: int, subject: Subject | None = None, *, limit: int = 50) -> list[HoldCaseRow]:
    """Holds a person's cases waited for, newest first."""
    rows = HoldCase.objects.filter(person_id=person_id)
    if subject is not None:
        rows = HoldCase.objects.filter(subject_type=subject[0], subject_id=subject[1])
    return _rows(rows.order_by("-id")[: min(limit, PAGE_MAX)])


def _rows(found: "QuerySet[HoldCase]") -> list[HoldCaseRow]:
    return [
        HoldCaseRow(
            row.pk, row.hold_id, (row.subject_type, row.subject_id), row.person_id, row.branch_id, row.label, row.state,
            row.held_at, row.released_at, row.hold.reason, row.hold.until_on,
        )
        for row in found.select_related("hold")
    ]  # fmt: skip
