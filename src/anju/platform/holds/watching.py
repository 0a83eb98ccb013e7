"""What stands still while a hold stands, and what its sweep looks after: new clocks, and holds past their day."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from anju.core.working_time import BANK_ZONE
from anju.platform.bulk import write_back
from anju.platform.clocks import batch as clocks
from anju.platform.holds.models import Hold, HoldCase
from anju.platform.holds.rows import POLICY_FILE, WORK_KIND
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work
from anju.platform.work.operations import NewWork

ACTOR = "system:holds"
OVERDUE_DUE = timedelta(days=1)


def keep_running() -> tuple[str, ...]:
    """Beginnings of the names of clocks that run on."""
    return tuple(policies.toml(POLICY_FILE)["clocks"]["keep_running"])


def why(row: Hold) -> str:
    """Why a clock stands still, as the clock keeps it."""
    return f"政策搁置：{row.reason}"


_NEW_CLOCKS = """
SELECT h.id, c.name FROM holds_holdcase h
  JOIN clocks_clock c ON c.subject_type = h.subject_type AND c.subject_id = h.subject_id
  JOIN holds_hold o ON o.id = h.hold_id AND o.state IN ('applying', 'active')
 WHERE h.state = 'held' AND c.state = 'running' AND c.due_at >= %s AND c.started_at >= h.held_at
   AND NOT c.name LIKE ANY(%s) ORDER BY h.id LIMIT 2000
"""


def stop_new_clocks(*, at: datetime) -> int:
    """Clocks that began on cases after they were held stand still too; how many."""
    likes = [beginning.replace("_", r"\_") + "%" for beginning in keep_running()]
    with connection.cursor() as cursor:
        cursor.execute(_NEW_CLOCKS, [at, likes])
        found = cursor.fetchall()
    if not found:
        return 0
    with transaction.atomic():
        ids = sorted({case_id for case_id, _ in found})
        cases = list(
            HoldCase.objects.select_for_update(of=("self",))
            .filter(id__in=ids, state="held")
            .select_related("hold")
            .order_by("id")
        )
        by_hold: dict[int, list[HoldCase]] = {}
        for case in cases:
            by_hold.setdefault(case.hold_id, []).append(case)
        count = 0
        for rows in by_hold.values():
            subjects = [(case.subject_type, case.subject_id) for case in rows]
            stopped = clocks.pause_many(
                subjects, reason=why(rows[0].hold), at=at, actor=ACTOR, but=keep_running()
            )
            for case in rows:
                case.clock_ids = [*case.clock_ids, *stopped.get((case.subject_type, case.subject_id), [])]
            write_back(rows, ("clock_ids",))
            count += sum(len(numbers) for numbers in stopped.values())
    return count


def remind(*, at: datetime) -> int:
    """A hold past its expected end is a supervisor's work: release it, or tell people anew; how many are new."""
    today = at.astimezone(BANK_ZONE).date()
    rows = Hold.objects.filter(state__in=("applying", "active"), until_on__lt=today).order_by("id")[:100]
    return work.open_many(
        [
            NewWork(
                queue="exceptions", kind=WORK_KIND, subject=("hold", row.pk), branch_id=row.branch_id,
                due_at=at + OVERDUE_DUE, dedupe_key=work_key(row.pk),
                params={
                    "hold_id": row.pk,
                    "next_zh": f"预计 {row.until_on} 恢复的搁置仍未解除（{row.total} 笔）：{row.reason}",
                    "next_en": f"The hold expected to end on {row.until_on} still stands ({row.total} cases): {row.reason}",
                },
            )
            for row in rows
        ],
        at=at,
        actor=ACTOR,
    )  # fmt: skip


def work_key(hold_id: int) -> str:
    """Key of the work item of a hold past its day."""
    return f"hold-overdue:{hold_id}"
