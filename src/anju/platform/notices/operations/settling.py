"""How obligations end or go to a person: always locked rows in, everything about them written together.

Callers collect facts and record them once at the end of their transaction, so that chains are locked in one order.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from anju.core.lifecycles import OBLIGATION
from anju.core.sla import Deadline, deadline_at
from anju.platform.bulk import IDS, numbers
from anju.platform.clocks import operations as clocks
from anju.platform.journal import operations as journal
from anju.platform.notices import config
from anju.platform.notices.facts import (
    AnyFact,
    NoticeClosedByPerson,
    NoticeException,
    NoticeMoot,
    NoticeProven,
)
from anju.platform.notices.operations.lines import ObligationLine, write_changed
from anju.platform.notices.outcomes import WORK_KIND
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work
from anju.platform.work.operations import NewWork

DUE_DEFAULT = Deadline("working_minutes", 240)
"""For a journey whose last step does not say by when a person must act."""

REASONS = {
    "no_proof": ("各渠道均未得到确认", "No channel brought the proof in time"),
    "deadline": ("到期仍未得到确认", "Not proven by its deadline"),
    "no_address": ("没有可用的联系方式", "No usable address"),
    "governor": ("联系管控不允许发送", "The governor refuses contact"),
    "failed": ("各渠道均发送失败", "Every channel failed"),
    "content": ("通知内容不完整，未发送", "The text is incomplete and was not sent"),
}
"""Why an obligation is on a person's desk: code -> (zh, en)."""


def subject_of(row: ObligationLine) -> tuple[str, int]:
    """The subject whose chain tells about this notice."""
    return (row.subject_type, row.subject_id)


def work_key(obligation_id: int) -> str:
    """Dedupe key of the work item of an exception."""
    return f"notice:{obligation_id}"


def clock_name(obligation_id: int) -> str:
    """Name of the clock of an exception, on the notice's subject."""
    return f"notice_exception:{obligation_id}"


def prove(rows: Sequence[ObligationLine], *, how: str, at: datetime) -> list[AnyFact]:
    """These are met; `row.rung` says by which proof. The facts to record come back."""
    return prove_each([(row, how, at) for row in rows])


def prove_each(met: Sequence[tuple[ObligationLine, str, datetime]]) -> list[AnyFact]:
    """These are met, each `(obligation, how, at)` at its own time. The facts to record come back, in this order."""
    was_exception = [row for row, _, _ in met if row.state == "exception"]
    for row, how, at in met:
        OBLIGATION.require(row.state, "proven")
        row.state, row.next_step_at = "proven", None
        row.proven_at = row.ended_at = at
        row.end_reason = how
    _end([row for row, _, _ in met], was_exception, met=True)
    return [NoticeProven(subject_of(row), row.id, row.notice_type, how, row.rung) for row, how, _ in met]


def make_moot(rows: Sequence[ObligationLine], *, reason: str, at: datetime) -> list[AnyFact]:
    """The ground of these is gone. The facts to record come back."""
    was_exception = [row for row in rows if row.state == "exception"]
    for row in rows:
        OBLIGATION.require(row.state, "moot")
        row.state, row.next_step_at, row.ended_at, row.end_reason = "moot", None, at, reason[:200]
    _end(rows, was_exception, met=False)
    return [NoticeMoot(subject_of(row), row.id, row.notice_type, reason[:200]) for row in rows]


def close_by_person(row: ObligationLine, *, outcome: str, note: str, at: datetime) -> list[AnyFact]:
    """A person ends this one. Its work item is the caller's."""
    OBLIGATION.require(row.state, "closed_by_person")
    row.state, row.next_step_at, row.ended_at, row.end_reason = "closed_by_person", None, at, outcome
    write_changed([row])
    cancel_queued([row.id], at=at, reason=outcome)
    clocks.meet(name=clock_name(row.id), subject=subject_of(row), at=at)
    return [NoticeClosedByPerson(subject_of(row), row.id, row.notice_type, outcome, note)]


def _end(rows: Sequence[ObligationLine], was_exception: Sequence[ObligationLine], *, met: bool) -> None:
    if not rows:
        return
    write_changed(rows)
    together = _by_end(rows)
    for (at, reason), ended in (together if len(together) == 1 else _by_end(_with_queued(rows))).items():
        cancel_queued([row.id for row in ended], at=at, reason=reason)
    for (at, reason), ended in _by_end(was_exception).items():
        work.cancel_many([work_key(row.id) for row in ended], at=at, reason=reason)
        names = [(clock_name(row.id), subject_of(row)) for row in ended]
        if met:
            clocks.meet_many(names, at=at)
        else:
            clocks.cancel_many(names, at=at, reason=reason)


def _by_end(rows: Sequence[ObligationLine]) -> dict[tuple[datetime, str], list[ObligationLine]]:
    """What ended at the same time for the same reason."""
    found: dict[tuple[datetime, str], list[ObligationLine]] = {}
    for row in rows:
        assert row.ended_at is not None
        found.setdefault((row.ended_at, row.end_reason), []).append(row)
    return found


def _with_queued(rows: Sequence[ObligationLine]) -> list[ObligationLine]:
    """Those with something still to cancel: few, where people answer what they received."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT obligation_id FROM notices_attempt WHERE obligation_id = ANY({IDS})"  # noqa: S608
            " AND state || '' = 'queued'",
            [numbers(row.id for row in rows)],
        )
        queued = {pk for (pk,) in cursor.fetchall()}
    return [row for row in rows if row.id in queued]


# The state is hidden from the planner on purpose: it must look at each obligation's few attempts, and never at the whole
# queue, however small old statistics say that is (during a wave it holds hundreds of thousands).
_END_QUEUED = f"""
UPDATE notices_attempt SET finished_at = %s,
    state = CASE WHEN in_doubt_at IS NULL THEN %s ELSE 'failed' END,
    error_class = CASE WHEN in_doubt_at IS NULL THEN %s ELSE 'in_doubt_expired' END,
    error = CASE WHEN in_doubt_at IS NULL THEN %s ELSE %s END
WHERE obligation_id = ANY({IDS}) AND state || '' = 'queued'
    AND (%s::timestamptz IS NULL OR send_by_at <= %s)
"""  # noqa: S608 -- a constant
_DOUBT_REMAINS = "曾经结果不明，未再重发 / its first answer never came and it was not sent again"
TOO_LATE = "到发送截止时间仍未发出 / not sent by its deadline"


def cancel_queued(obligation_ids: Sequence[int], *, at: datetime, reason: str) -> int:
    """Attempts that were not sent yet will not be sent; how many. One that was in doubt stays listed as such (S2-03)."""
    return _end_queued(obligation_ids, at, "cancelled", "cancelled", reason, None)


def too_late(obligation_ids: Sequence[int], *, at: datetime, whose_time_came: bool = False) -> int:
    """The time of their step ran out before these were sent: failed, visibly; how many.

    `whose_time_came`: only those whose own send deadline has passed.
    """
    return _end_queued(obligation_ids, at, "failed", "too_late", TOO_LATE, at if whose_time_came else None)


def _end_queued(
    ids: Sequence[int], at: datetime, state: str, error_class: str, error: str, by: datetime | None
) -> int:
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _END_QUEUED,
            [at, state, error_class, error[:400], _DOUBT_REMAINS, numbers(ids), by, by],
        )
        count: int = cursor.rowcount
    return count


def to_person(rows: Sequence[tuple[ObligationLine, str]], *, at: datetime) -> list[AnyFact]:
    """These go to a person: state exception, one work item and one clock each. The facts to record come back.

    `rows` are `(obligation, reason code)`; whoever writes them back besides must do so before this call.
    """
    if not rows:
        return []
    items, clock_rows, facts = [], [], []
    calendar, hours = policies.calendar(), policies.hours()
    for row, reason in rows:
        OBLIGATION.require(row.state, "exception")
        row.state, row.next_step_at, row.end_reason = "exception", None, reason
        step = config.steps(row.journey, row.journey_version)[-1]
        due = step.due or DUE_DEFAULT
        due_at = deadline_at(due, at, calendar, hours)
        items.append(_item(row, reason, step.queue, due_at))
        clock_rows.append(
            clocks.NewClock(
                name=clock_name(row.id), subject=subject_of(row), branch_id=row.branch_id,
                rule={"kind": due.kind, "amount": due.amount},
            )
        )  # fmt: skip
        facts.append(NoticeException(subject_of(row), row.id, row.notice_type, reason))
    write_changed([row for row, _ in rows])
    work.open_many(items, at=at)
    clocks.start_many(clock_rows, at=at)
    return list(facts)


def _item(row: ObligationLine, reason: str, queue: str, due_at: datetime) -> NewWork:
    zh, en = REASONS[reason]
    kind = config.notice_types().get(row.notice_type)
    params: dict[str, Any] = {
        "obligation_id": row.id,
        "notice_type": row.notice_type,
        "notice_zh": kind.label_zh if kind else row.notice_type,
        "notice_en": kind.label_en if kind else row.notice_type,
        "reason": reason,
        "reason_zh": zh,
        "reason_en": en,
    }
    return NewWork(
        queue=queue, kind=WORK_KIND, subject=subject_of(row), person_id=row.person_id, branch_id=row.branch_id,
        params=params, due_at=due_at, dedupe_key=work_key(row.id),
    )  # fmt: skip


def tell(facts: Sequence[AnyFact], *, at: datetime, actor: str) -> None:
    """Record the facts of one transaction at once, chains in one order."""
    if facts:
        journal.record_many(sorted(facts, key=lambda fact: fact.subject), at=at, actor=actor)
