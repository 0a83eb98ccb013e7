"""Which step comes next: pure, so that the planner and the dry-run walk the same road."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from anju.platform.notices.journeys.steps import Step


def next_step(
    steps: Sequence[Step], step_no: int, proof_rung: str, at: datetime, owed_at: datetime, zone: ZoneInfo
) -> tuple[int | None, datetime | None]:
    """The step after `step_no` (0: none was taken yet) that the proof so far asks for, counted from 1; None: the road
    has ended. With it the instant before which it must not be taken, None when it may be taken now.

    Steps whose condition does not hold are passed over; they are those between `step_no` and the answer. `at` and
    `owed_at` are aware; `zone` is the person's.
    """
    for number in range(step_no + 1, len(steps) + 1):
        step = steps[number - 1]
        if step.condition is None or step.condition.holds(proof_rung):
            begins = earliest(step, at, owed_at, zone)
            return number, begins if begins > at else None
    return None, None


def earliest(step: Step, at: datetime, owed_at: datetime, zone: ZoneInfo) -> datetime:
    """The first instant from `at` on at which this step may be taken."""
    begins = at
    if step.not_before_owed is not None:
        begins = max(begins, owed_at + step.not_before_owed)
    if step.not_before is not None:
        local = begins.astimezone(zone)
        if local.time() < step.not_before:
            begins = datetime.combine(local.date(), step.not_before, zone)
    return begins
