"""Every write of holds: opened and released by a supervisor, applied in chunks that can stop and go on anywhere."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from anju.core.lifecycles import HOLD, HOLD_CASE
from anju.core.working_time import BANK_ZONE
from anju.platform.bulk import insert, write_back
from anju.platform.clocks import batch as clocks
from anju.platform.holds.facts import CaseHeld, CaseReleased, HoldOpened, HoldReleased
from anju.platform.holds.models import Hold, HoldCase
from anju.platform.holds.rows import WORK_KIND, HoldRefused, NewCase, held_key, resumed_key
from anju.platform.journal import operations as journal
from anju.platform.notices import operations as notices
from anju.platform.notices.rows import Owed
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work
from anju.platform.work.operations import NewWork

ACTOR = "system:holds"
POLICY_FILE = "holds.toml"
OVERDUE_DUE = timedelta(days=1)
_LIMITED = ("cases_max", "chunk", "days_max", "reason_characters_min", "reason_characters_max")


def limits() -> dict[str, int]:
    """Limits of the policy in force, by name."""
    row = policies.toml(POLICY_FILE)["limits"]
    return {name: int(row[name]) for name in _LIMITED}


def _keep_running() -> tuple[str, ...]:
    return tuple(policies.toml(POLICY_FILE)["clocks"]["keep_running"])


def check(*, cases: int, reason: str, until_on: date, today: date) -> None:
    """Whether a hold of so many cases may be opened. Raises HoldRefused (reason, until_on, cases)."""
    reason = " ".join(reason.split())
    most = limits()
    low, high = most["reason_characters_min"], most["reason_characters_max"]
    if not low <= len(reason) <= high:
        raise HoldRefused(
            "reason",
            f"原因 {len(reason)} 个字：须为 {low} 至 {high} 个字，会原样告诉客户",
            f"reason of {len(reason)} characters: {low} to {high}, people are told it as it stands",
        )
    last = today + timedelta(days=most["days_max"])
    if not today < until_on <= last:
        raise HoldRefused(
            "until_on",
            f"预计恢复日 {until_on}：须在 {today + timedelta(days=1)} 至 {last} 之间",
            f"expected end {until_on}: between {today + timedelta(days=1)} and {last}",
        )
    if not 1 <= cases <= most["cases_max"]:
        raise HoldRefused(
            "cases",
            f"选中 {cases} 笔业务：须为 1 至 {most['cases_max']} 笔",
            f"{cases} cases chosen: 1 to {most['cases_max']}",
        )


def hold_open(
    *,
    key: str,
    cases: Sequence[NewCase],
    reason: str,
    until_on: date,
    by: str,
    branch_id: int,
    at: datetime,
    selection: dict[str, Any] | None = None,
    note: str = "",
) -> int:
    """Put these cases on hold; id of the hold. The same `key` again changes nothing and gives the same id.

    Only the rows are written here; `advance` stops clocks and owes the notices, chunk by chunk. A case that waits for another
    hold already stays with that one and is counted as skipped. Raises HoldRefused (reason, until_on, cases).
    """
    known = Hold.objects.filter(key=key).values_list("id", flat=True).first()
    if known is not None:
        return int(known)
    reason = " ".join(reason.split())
    check(cases=len(cases), reason=reason, until_on=until_on, today=at.astimezone(BANK_ZONE).date())
    with transaction.atomic():
        row = Hold.objects.create(
            key=key, reason=reason, until_on=until_on, note=note.strip()[:400], selection=selection or {},
            branch_id=branch_id, total=0, opened_at=at, opened_by=by,
        )  # fmt: skip
        insert([_case(row, case) for case in cases], ignore_conflicts=True)
        row.total = HoldCase.objects.filter(hold=row).count()
        row.skipped = len({case.subject for case in cases}) - row.total
        if row.total == 0:
            raise HoldRefused(
                "cases", "所选业务都已在其他搁置中", "every case chosen waits for another hold already"
            )
        row.save(update_fields=["total", "skipped"])
        journal.record(HoldOpened(row.pk, reason, until_on, row.total, row.skipped), at=at, actor=by)
    return row.pk


def _case(hold: Hold, case: NewCase) -> HoldCase:
    return HoldCase(
        hold_id=hold.pk, subject_type=case.subject[0], subject_id=case.subject[1], person_id=case.person_id,
        branch_id=case.branch_id, label=case.label[:60], clock_ids=[],
    )  # fmt: skip


def hold_release(*, hold_id: int, note: str, by: str, at: datetime) -> None:
    """Let the cases of a hold go on; `advance` does it chunk by chunk. Again: nothing. Raises HoldRefused."""
    if not note.strip():
        raise HoldRefused("note", "请写明解除的依据", "say on what ground the hold is released")
    with transaction.atomic():
        row = Hold.objects.select_for_update(of=("self",)).filter(pk=hold_id).first()
        if row is None:
            raise HoldRefused("hold", f"没有搁置 {hold_id}", f"no hold {hold_id}")
        if row.state in ("releasing", "released"):
            return
        HOLD.require(row.state, "releasing")
        row.state, row.release_at, row.release_by = "releasing", at, by
        row.release_note = note.strip()[:400]
        row.save(update_fields=["state", "release_at", "release_by", "release_note"])
        HoldCase.objects.filter(hold_id=hold_id, state="waiting").update(state="dropped", released_at=at)
        journal.record(HoldReleased(hold_id, row.release_note), at=at, actor=by)
        work.cancel_many([_work_key(hold_id)], at=at, reason="hold_released")


def advance(*, at: datetime, hold_id: int | None = None) -> int:
    """One chunk of one hold moves: cases are held and told, or released and told; how many moved.

    One transaction a chunk; any number may run at once, a hold belongs to one of them at a time. 0: nothing is left to do, or
    another process does it.
    """
    with transaction.atomic():
        moving = Hold.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            state__in=("applying", "releasing")
        )
        if hold_id is not None:
            moving = moving.filter(pk=hold_id)
        row = moving.order_by("id").first()
        if row is None:
            return 0
        wanted = "waiting" if row.state == "applying" else "held"
        cases = list(
            HoldCase.objects.select_for_update(of=("self",))
            .filter(hold=row, state=wanted)
            .order_by("id")[: limits()["chunk"]]
        )
        if cases:
            (_hold if row.state == "applying" else _release)(row, cases, at)
        else:
            _finish(row, at)
    return max(1, len(cases))


def _hold(row: Hold, cases: Sequence[HoldCase], at: datetime) -> None:
    subjects = [(case.subject_type, case.subject_id) for case in cases]
    facts = [
        CaseHeld(subject, row.pk, case.person_id, row.reason, row.until_on)
        for subject, case in zip(subjects, cases, strict=True)
    ]
    entries = journal.record_many(facts, at=at, actor=row.opened_by)
    stopped = clocks.pause_many(subjects, reason=_why(row), at=at, actor=row.opened_by, but=_keep_running())
    for subject, case in zip(subjects, cases, strict=True):
        HOLD_CASE.require(case.state, "held")
        case.state, case.held_at, case.clock_ids = "held", at, stopped.get(subject, [])
    write_back(cases, ("state", "held_at", "clock_ids"))
    notices.owe_many(
        [
            Owed(
                "case_on_hold", held_key(row.pk, subject), case.person_id, subject, case.branch_id,
                {"loan_no": case.label, "why": row.reason, "until_on": row.until_on.isoformat()}, entry, at,
            )
            for subject, case, entry in zip(subjects, cases, entries, strict=True)
        ]
    )  # fmt: skip


def _why(row: Hold) -> str:
    return f"政策搁置：{row.reason}"


def _release(row: Hold, cases: Sequence[HoldCase], at: datetime) -> None:
    subjects = [(case.subject_type, case.subject_id) for case in cases]
    facts = [
        CaseReleased(subject, row.pk, case.person_id, row.release_note)
        for subject, case in zip(subjects, cases, strict=True)
    ]
    entries = journal.record_many(facts, at=at, actor=row.release_by)
    clocks.resume_many([number for case in cases for number in case.clock_ids], at=at, actor=row.release_by)
    for case in cases:
        HOLD_CASE.require(case.state, "released")
        case.state, case.released_at = "released", at
    write_back(cases, ("state", "released_at"))
    notices.moot_many(keys=[held_key(row.pk, subject) for subject in subjects], at=at, reason="hold_released")
    resumed_on = at.astimezone(BANK_ZONE).date().isoformat()
    notices.owe_many(
        [
            Owed(
                "case_resumed", resumed_key(row.pk, subject), case.person_id, subject, case.branch_id,
                {"loan_no": case.label, "resumed_on": resumed_on}, entry, at,
            )
            for subject, case, entry in zip(subjects, cases, entries, strict=True)
        ]
    )  # fmt: skip


def _finish(row: Hold, at: datetime) -> None:
    """No case is left to move."""
    target = "active" if row.state == "applying" else "released"
    HOLD.require(row.state, target)
    row.state, row.ended_at = target, at if target == "released" else None
    row.save(update_fields=["state", "ended_at"])


_NEW_CLOCKS = """
SELECT h.id, c.name FROM holds_holdcase h
  JOIN clocks_clock c ON c.subject_type = h.subject_type AND c.subject_id = h.subject_id
  JOIN holds_hold o ON o.id = h.hold_id AND o.state IN ('applying', 'active')
 WHERE h.state = 'held' AND c.state = 'running' AND c.due_at >= %s AND c.started_at >= h.held_at
   AND NOT c.name LIKE ANY(%s) ORDER BY h.id LIMIT 2000
"""


def stop_new_clocks(*, at: datetime) -> int:
    """Clocks that began on cases after they were held stand still too; how many."""
    likes = [beginning.replace("_", r"\_") + "%" for beginning in _keep_running()]
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
                subjects, reason=_why(rows[0].hold), at=at, actor=ACTOR, but=_keep_running()
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
                due_at=at + OVERDUE_DUE, dedupe_key=_work_key(row.pk),
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


def _work_key(hold_id: int) -> str:
    return f"hold-overdue:{hold_id}"
