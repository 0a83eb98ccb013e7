"""Every write of holds: opened and released by a supervisor, applied in chunks that can stop and go on anywhere."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from anju.core.lifecycles import HOLD, HOLD_CASE
from anju.core.working_time import BANK_ZONE
from anju.platform.bulk import insert, write_back
from anju.platform.clocks import batch as clocks
from anju.platform.holds.facts import (
    CaseExtended,
    CaseHeld,
    CaseReleased,
    HoldExtended,
    HoldOpened,
    HoldReleased,
)
from anju.platform.holds.models import Hold, HoldCase
from anju.platform.holds.rows import POLICY_FILE, HoldRefused, NewCase, extended_key, held_key, resumed_key
from anju.platform.holds.watching import keep_running, remind, stop_new_clocks, why, work_key
from anju.platform.journal import operations as journal
from anju.platform.notices import operations as notices
from anju.platform.notices.rows import Owed
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work

__all__ = [
    "advance",
    "cases_release",
    "check",
    "hold_extend",
    "hold_open",
    "hold_release",
    "limits",
    "remind",
    "stop_new_clocks",
]
_LIMITED = ("cases_max", "chunk", "days_max", "reason_characters_min", "reason_characters_max")


def limits() -> dict[str, int]:
    """Limits of the policy in force, by name."""
    row = policies.toml(POLICY_FILE)["limits"]
    return {name: int(row[name]) for name in _LIMITED}


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
    _check_until(until_on, after=today, last=today + timedelta(days=most["days_max"]))
    if not 1 <= cases <= most["cases_max"]:
        raise HoldRefused(
            "cases",
            f"选中 {cases} 笔业务：须为 1 至 {most['cases_max']} 笔",
            f"{cases} cases chosen: 1 to {most['cases_max']}",
        )


def _check_until(until_on: date, *, after: date, last: date) -> None:
    if not after < until_on <= last:
        raise HoldRefused(
            "until_on",
            f"预计恢复日 {until_on}：须在 {after + timedelta(days=1)} 至 {last} 之间",
            f"expected end {until_on}: between {after + timedelta(days=1)} and {last}",
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
        row = _locked(hold_id)
        if row.state in ("releasing", "released"):
            return
        HoldCase.objects.filter(hold_id=hold_id, state="waiting").update(state="dropped", released_at=at)
        _end(row, note.strip()[:400], by, at)


def _locked(hold_id: int) -> Hold:
    row = Hold.objects.select_for_update(of=("self",)).filter(pk=hold_id).first()
    if row is None:
        raise HoldRefused("hold", f"没有搁置 {hold_id}", f"no hold {hold_id}")
    return row


def _end(row: Hold, note: str, by: str, at: datetime) -> None:
    HOLD.require(row.state, "releasing")
    row.state, row.release_at, row.release_by, row.release_note = "releasing", at, by, note
    row.save(update_fields=["state", "release_at", "release_by", "release_note"])
    journal.record(HoldReleased(row.pk, note), at=at, actor=by)
    work.cancel_many([work_key(row.pk)], at=at, reason="hold_released")


def hold_extend(*, hold_id: int, until_on: date, note: str, by: str, at: datetime) -> None:
    """The hold is expected to end later: whoever was told the old day is told the new one by `advance`, chunk by chunk.

    `note` is the ground, for the file. Raises HoldRefused (note, hold, state, until_on).
    """
    if not note.strip():
        raise HoldRefused("note", "请写明延期的依据", "say on what ground the hold is extended")
    with transaction.atomic():
        row = _locked(hold_id)
        _require_standing(row)
        today = at.astimezone(BANK_ZONE).date()
        last = today + timedelta(days=limits()["days_max"])
        _check_until(until_on, after=max(today, row.until_on), last=last)
        if row.state == "active":
            HOLD.require(row.state, "applying")
        was, row.until_on, row.state = row.until_on, until_on, "applying"
        row.save(update_fields=["until_on", "state"])
        journal.record(HoldExtended(hold_id, was, until_on, note.strip()[:400]), at=at, actor=by)
        work.cancel_many([work_key(hold_id)], at=at, reason="hold_extended")


def _require_standing(row: Hold) -> None:
    if row.state not in ("applying", "active"):
        raise HoldRefused(
            "state", f"搁置 {row.pk} 已解除，不能再改", f"hold {row.pk} is released and cannot be changed"
        )


def cases_release(
    *, hold_id: int, case_ids: Collection[int], note: str, by: str, at: datetime,
    branch_ids: Collection[int] | None = None,
) -> int:  # fmt: skip
    """Let single cases of a hold go on while the others wait; how many. Of `branch_ids` only (None: any).

    Their clocks run again and their people are told, at once. A case that does not wait any more is passed over; the last
    one ends the hold. Raises HoldRefused (note, cases, hold, state).
    """
    if not note.strip():
        raise HoldRefused("note", "请写明解除的依据", "say on what ground the cases are released")
    most = limits()["chunk"]
    if not 1 <= len(set(case_ids)) <= most:
        count = len(set(case_ids))
        raise HoldRefused(
            "cases", f"选中 {count} 笔业务：须为 1 至 {most} 笔", f"{count} cases chosen: 1 to {most}"
        )
    with transaction.atomic():
        row = _locked(hold_id)
        _require_standing(row)
        wanted = HoldCase.objects.select_for_update(of=("self",)).filter(hold=row, id__in=list(case_ids))
        if branch_ids is not None:
            wanted = wanted.filter(branch_id__in=list(branch_ids))
        found = list(wanted.filter(state__in=("waiting", "held")).order_by("id"))
        _drop([case for case in found if case.state == "waiting"], at)
        held = [case for case in found if case.state == "held"]
        if held:
            _release(row, held, note.strip()[:400], by, at)
        if found and not HoldCase.objects.filter(hold=row, state__in=("waiting", "held")).exists():
            _end(row, note.strip()[:400], by, at)
    return len(found)


def _drop(cases: Sequence[HoldCase], at: datetime) -> None:
    for case in cases:
        HOLD_CASE.require(case.state, "dropped")
        case.state, case.released_at = "dropped", at
    write_back(cases, ("state", "released_at"))


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
        moved = _hold_chunk(row, at) if row.state == "applying" else _release_chunk(row, at)
        if not moved:
            _finish(row, at)
    return max(1, moved)


def _chunk(**which: Any) -> list[HoldCase]:
    found = HoldCase.objects.select_for_update(of=("self",)).filter(**which)
    return list(found.order_by("id")[: limits()["chunk"]])


def _hold_chunk(row: Hold, at: datetime) -> int:
    """Cases that wait to be held first, then those whose people were told another day."""
    cases = _chunk(hold=row, state="waiting")
    if cases:
        _hold(row, cases, at)
        return len(cases)
    cases = _chunk(hold=row, state="held", told_until_on__lt=row.until_on)
    if cases:
        _tell_later(row, cases, at)
    return len(cases)


def _release_chunk(row: Hold, at: datetime) -> int:
    cases = _chunk(hold=row, state="held")
    if cases:
        _release(row, cases, row.release_note, row.release_by, at)
    return len(cases)


def _hold(row: Hold, cases: Sequence[HoldCase], at: datetime) -> None:
    subjects = [(case.subject_type, case.subject_id) for case in cases]
    facts = [
        CaseHeld(subject, row.pk, case.person_id, row.reason, row.until_on)
        for subject, case in zip(subjects, cases, strict=True)
    ]
    entries = journal.record_many(facts, at=at, actor=row.opened_by)
    stopped = clocks.pause_many(subjects, reason=why(row), at=at, actor=row.opened_by, but=keep_running())
    for subject, case in zip(subjects, cases, strict=True):
        HOLD_CASE.require(case.state, "held")
        case.state, case.held_at, case.clock_ids = "held", at, stopped.get(subject, [])
        case.told_until_on = row.until_on
    write_back(cases, ("state", "held_at", "clock_ids", "told_until_on"))
    _tell(row, cases, [held_key(row.pk, subject) for subject in subjects], entries, at)


def _tell_later(row: Hold, cases: Sequence[HoldCase], at: datetime) -> None:
    """The old day is not told any more where nobody confirmed it yet; the new one is."""
    facts = [
        CaseExtended((case.subject_type, case.subject_id), row.pk, case.person_id, row.reason, row.until_on)
        for case in cases
    ]
    entries = journal.record_many(facts, at=at, actor=row.opened_by)
    notices.moot_many(keys=_told_keys(row, cases), at=at, reason="hold_extended")
    for case in cases:
        case.told_until_on = row.until_on
    write_back(cases, ("told_until_on",))
    keys = [extended_key(row.pk, (case.subject_type, case.subject_id), row.until_on) for case in cases]
    _tell(row, cases, keys, entries, at)


def _told_keys(row: Hold, cases: Sequence[HoldCase]) -> list[str]:
    """Keys of what these cases' people may have been told: when they were held, and by the last extension."""
    keys = []
    for case in cases:
        subject = (case.subject_type, case.subject_id)
        keys.append(held_key(row.pk, subject))
        if case.told_until_on is not None:
            keys.append(extended_key(row.pk, subject, case.told_until_on))
    return keys


def _tell(
    row: Hold, cases: Sequence[HoldCase], keys: Sequence[str], entries: Sequence[int], at: datetime
) -> None:
    notices.owe_many(
        [
            Owed(
                "case_on_hold", key, case.person_id, (case.subject_type, case.subject_id), case.branch_id,
                {"loan_no": case.label, "why": row.reason, "until_on": row.until_on.isoformat()}, entry, at,
            )
            for case, key, entry in zip(cases, keys, entries, strict=True)
        ]
    )  # fmt: skip


def _release(row: Hold, cases: Sequence[HoldCase], note: str, by: str, at: datetime) -> None:
    subjects = [(case.subject_type, case.subject_id) for case in cases]
    facts = [
        CaseReleased(subject, row.pk, case.person_id, note)
        for subject, case in zip(subjects, cases, strict=True)
    ]
    entries = journal.record_many(facts, at=at, actor=by)
    clocks.resume_many([number for case in cases for number in case.clock_ids], at=at, actor=by)
    for case in cases:
        HOLD_CASE.require(case.state, "released")
        case.state, case.released_at = "released", at
    write_back(cases, ("state", "released_at"))
    notices.moot_many(keys=_told_keys(row, cases), at=at, reason="hold_released")
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
