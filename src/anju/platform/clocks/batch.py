"""Many clocks stand still, or run again, together: what a hold does to the deadlines of its cases (S2-05)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from anju.core import sla
from anju.core.lifecycles import CLOCK
from anju.platform.bulk import write_back
from anju.platform.clocks import facts
from anju.platform.clocks.models import Clock
from anju.platform.clocks.operations import ReasonMissing
from anju.platform.journal.facts import Subject
from anju.platform.journal.operations import record_many
from anju.platform.policies import queries as policies


def pause_many(
    subjects: Collection[Subject],
    *,
    reason: str,
    at: datetime,
    actor: str,
    but: Sequence[str] = (),
    names: Collection[str] | None = None,
) -> dict[Subject, list[int]]:
    """Stop every running clock of these subjects, but those whose name begins with one of `but`; ids by subject.

    `names`: only clocks of these names. A clock past its deadline is left for the sweep to breach: a pause does not undo a
    missed promise. Three statements whatever the number; one fact each. Raises ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing("pause_many")
    if not subjects:
        return {}
    wanted = Q(pk__in=[])
    for kind in sorted({kind for kind, _ in subjects}):
        wanted |= Q(subject_type=kind, subject_id__in=[number for of, number in subjects if of == kind])
    if names is not None:
        wanted &= Q(name__in=list(names))
    for beginning in but:
        wanted &= ~Q(name__startswith=beginning)
    calendar, hours = policies.calendar(), policies.hours()
    stopped: dict[Subject, list[int]] = {}
    told = []
    with transaction.atomic():
        rows = list(
            Clock.objects.select_for_update(of=("self",))
            .filter(wanted, state="running", due_at__gte=at)
            .order_by("id")
        )
        for row in rows:
            CLOCK.require(row.state, "paused")
            rule = sla.Deadline(row.rule["kind"], row.rule["amount"])
            row.remaining_minutes = sla.remaining_minutes(rule, row.due_at, at, calendar, hours)
            row.state, row.paused_at, row.pause_reason = "paused", at, reason.strip()[:200]
            subject = (row.subject_type, row.subject_id)
            stopped.setdefault(subject, []).append(row.pk)
            told.append(
                facts.ClockPaused(
                    row.pk, row.name, subject, row.due_at, row.pause_reason, row.remaining_minutes
                )
            )
        write_back(rows, ("state", "paused_at", "pause_reason", "remaining_minutes"))
        record_many(told, at=at, actor=actor)
    return stopped


def resume_many(clock_ids: Collection[int], *, at: datetime, actor: str) -> int:
    """Let these clocks run again with the time they had left; those that do not stand still are left alone. How many."""
    if not clock_ids:
        return 0
    calendar, hours = policies.calendar(), policies.hours()
    told = []
    with transaction.atomic():
        rows = list(
            Clock.objects.select_for_update(of=("self",))
            .filter(id__in=list(clock_ids), state="paused")
            .order_by("id")
        )
        for row in rows:
            CLOCK.require(row.state, "running")
            rule = sla.Deadline(row.rule["kind"], row.rule["amount"])
            row.due_at = sla.resumed_deadline_at(rule, at, row.remaining_minutes or 0, calendar, hours)
            row.state, row.paused_at, row.remaining_minutes = "running", None, None
            told.append(facts.ClockResumed(row.pk, row.name, (row.subject_type, row.subject_id), row.due_at))
        write_back(rows, ("state", "due_at", "paused_at", "remaining_minutes"))
        record_many(told, at=at, actor=actor)
    return len(rows)


def due_of(clock_ids: Collection[int]) -> dict[int, datetime]:
    """Deadlines of running clocks by id; those that do not run are left out."""
    return dict(Clock.objects.filter(id__in=list(clock_ids), state="running").values_list("id", "due_at"))
