"""Reads of the business day: which days are closed, what each run did, what the ledger holds that the steps
need.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from anju.dayend.models import DayRun

PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a run as the desk shows it."""

    ordinal: int
    name: str
    finished_at: datetime
    seconds: float
    counts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One business day as the desk shows it. `steps_done` of `steps_total`; `error` says where a failed run
    stands.
    """

    id: int
    business_on: date
    at: datetime
    state: str
    started_at: datetime
    finished_at: datetime | None
    digest: str
    error: str
    seconds: float
    steps: tuple[StepRow, ...]
    report: dict[str, Any]


def last_closed_on() -> date | None:
    """The last closed business day, None before the first."""
    return (
        DayRun.objects.filter(state="closed")
        .order_by("-business_on")
        .values_list("business_on", flat=True)
        .first()
    )


def opening_on() -> date | None:
    """The day at whose close the earliest loaded tape stands; None when there is no loan."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT min(as_of_on) FROM servicing_importfile WHERE kind = 'loans' AND state = 'loaded'),"
            " (SELECT min(opened_on) FROM servicing_position))"
            " WHERE EXISTS (SELECT 1 FROM servicing_loan)"
        )
        row = cursor.fetchone()
    return None if row is None else row[0]


def posted_fen(at: datetime) -> int:
    """Fen of the payments posted by the day end recorded at this instant."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum((body->>'amount_fen')::bigint), 0)::bigint FROM journal_entry"
            " WHERE kind = 'servicing.payment.posted' AND at = %s",
            [at],
        )
        total: int = cursor.fetchone()[0]
    return total


def runs(*, before: date | None = None, limit: int = 50) -> list[RunRow]:
    """Runs, newest day first, without their reports; `before` is the day of the last row of the page
    before.
    """
    rows = DayRun.objects.order_by("-business_on").prefetch_related("steps")
    if before is not None:
        rows = rows.filter(business_on__lt=before)
    return [_row(run) for run in rows[: min(limit, PAGE_MAX)]]


def run(on: date) -> RunRow | None:
    """The run of a business day with its steps, or None."""
    found = DayRun.objects.filter(business_on=on).prefetch_related("steps").first()
    return None if found is None else _row(found)


def _row(found: DayRun) -> RunRow:
    steps = tuple(
        StepRow(step.ordinal, step.name, step.finished_at, step.seconds, step.counts)
        for step in sorted(found.steps.all(), key=lambda step: step.ordinal)
    )
    return RunRow(
        found.pk, found.business_on, found.at, found.state, found.started_at, found.finished_at, found.digest,
        found.error, sum(step.seconds for step in steps), steps, found.report,
    )  # fmt: skip
