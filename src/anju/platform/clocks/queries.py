"""Reading deadlines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from anju.platform.clocks.models import Clock
from anju.platform.journal.facts import Subject

CLOCKS_MAX = 500
LIVE = ("running", "paused")
ENDED = ("met", "breached", "cancelled")


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A deadline as screens read it. ``remaining_minutes`` only while it is paused."""

    id: int
    name: str
    subject_type: str
    subject_id: int
    branch_id: int
    rule: dict[str, Any]
    started_at: datetime
    due_at: datetime
    state: str
    paused_at: datetime | None
    pause_reason: str
    remaining_minutes: int | None
    ended_at: datetime | None

    @property
    def subject(self) -> Subject:
        return (self.subject_type, self.subject_id)


def live(subject: Subject) -> list[ClockRow]:
    """Running and paused clocks of one subject, the nearest deadline first; at most 500."""
    return live_many([subject])


def live_many(subjects: Sequence[Subject]) -> list[ClockRow]:
    """Running and paused clocks of these subjects (a page), the nearest deadline first; at most 500."""
    if not subjects:
        return []
    wanted = Q()
    for subject_type in {kind for kind, _ in subjects}:
        ids = [number for kind, number in subjects if kind == subject_type]
        wanted |= Q(subject_type=subject_type, subject_id__in=ids)
    return _rows(Clock.objects.filter(wanted, state__in=LIVE).order_by("due_at", "id"))


def ended(subject: Subject) -> list[ClockRow]:
    """Clocks of a subject that are met, breached or cancelled, the latest first; at most 500."""
    found = Clock.objects.filter(subject_type=subject[0], subject_id=subject[1], state__in=ENDED)
    return _rows(found.order_by("-ended_at", "-id"))


def _rows(found: "QuerySet[Clock]") -> list[ClockRow]:
    columns = tuple(ClockRow.__dataclass_fields__)
    return [ClockRow(*row) for row in found.values_list(*columns)[:CLOCKS_MAX]]
