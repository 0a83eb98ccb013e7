"""Many exceptions at once 批量处理: assigned, restarted, ended or put aside, with a result for each (S2-16)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from anju.platform.clocks import batch as clocks
from anju.platform.notices.operations.ending import close_exception
from anju.platform.notices.operations.settling import clock_name
from anju.platform.notices.outcomes import EXCEPTION_OUTCOMES, WORK_KIND
from anju.platform.notices.rows import NotAnException, NoteMissing, Subject, UnknownOutcome
from anju.platform.work import claims
from anju.platform.work.errors import WorkRefused

BATCH_MAX = 200
ASIDE_DAYS_MAX = 92
"""Most exceptions of one call, one transaction; longest time an exception may be put aside."""

ACTIONS = ("assign", "outcome", "aside")


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one exception: done, or refused with the reason in words."""

    item_id: int
    ok: bool
    zh: str = ""
    en: str = ""


class BadBatch(ValueError):
    """The batch as a whole is wrong; says field, value and what is allowed. Nothing was written."""

    def __init__(self, field: str, zh: str, en: str) -> None:
        self.field, self.message_zh, self.message_en = field, zh, en
        super().__init__(f"{zh} / {en}")


def handle_many(
    *,
    action: str,
    item_ids: Sequence[int],
    staff_id: int,
    at: datetime,
    note: str = "",
    assignee_id: int | None = None,
    outcome: str = "",
    until: datetime | None = None,
) -> list[Handled]:
    """One action on at most 200 work items of exceptions, in one transaction; a result for each, in their order.

    `assign`: give them to a person (None: back to everybody). `outcome`: end them as `close_exception` does (told by phone,
    address repaired and sent again, closed on the owner's word ...). `aside`: put aside until an instant; the clock stands
    still and runs again then. A row that cannot be done is refused with its reason and the others go on.
    Raises BadBatch (field: action, item_ids, outcome, note, until).
    """
    _check(action, item_ids, note, outcome, until, at)
    does: Callable[[int], object]
    if action == "assign":
        does = lambda item: claims.assign(item_id=item, assignee_id=assignee_id, staff_id=staff_id, at=at)  # noqa: E731
    elif action == "outcome":
        does = lambda item: close_exception(  # noqa: E731
            item_id=item, staff_id=staff_id, outcome=outcome, note=note, at=at
        )
    else:
        does = lambda item: _aside(item, staff_id, until or at, note, at)  # noqa: E731
    with transaction.atomic():
        return [_one(does, item) for item in dict.fromkeys(item_ids)]


def _check(
    action: str, item_ids: Sequence[int], note: str, outcome: str, until: datetime | None, at: datetime
) -> None:
    if action not in ACTIONS:
        raise BadBatch(
            "action",
            f"操作 {action!r}：须为 {', '.join(ACTIONS)}",
            f"action {action!r}: {', '.join(ACTIONS)}",
        )
    if not 1 <= len(item_ids) <= BATCH_MAX:
        raise BadBatch(
            "item_ids",
            f"选中 {len(item_ids)} 条：每批 1 至 {BATCH_MAX} 条",
            f"{len(item_ids)} chosen: 1 to {BATCH_MAX} a batch",
        )
    if action == "outcome" and outcome not in EXCEPTION_OUTCOMES:
        known = ", ".join(EXCEPTION_OUTCOMES)
        raise BadBatch("outcome", f"结果 {outcome!r}：须为 {known}", f"outcome {outcome!r}: {known}")
    if action != "assign" and not note.strip():
        raise BadBatch("note", "请写明办理说明", "say what was done, or why")
    if action == "aside" and (until is None or not at < until <= at + timedelta(days=ASIDE_DAYS_MAX)):
        raise BadBatch(
            "until",
            f"搁置到 {until}：须在今后 {ASIDE_DAYS_MAX} 天之内",
            f"aside until {until}: within the next {ASIDE_DAYS_MAX} days",
        )


def _one(does: Callable[[int], object], item_id: int) -> Handled:
    try:
        with transaction.atomic():
            does(item_id)
    except WorkRefused as refused:
        return Handled(item_id, False, refused.message_zh, refused.message_en)
    except (NotAnException, NoteMissing, UnknownOutcome):
        return Handled(item_id, False, "这条通知已不再是异常", "This notice is no exception any more")
    return Handled(item_id, True)


def _aside(item_id: int, staff_id: int, until: datetime, note: str, at: datetime) -> None:
    item = claims.lock_live(item_id)
    if item.kind != WORK_KIND:
        raise NotAnException(item_id)
    claims.defer(item_id=item_id, staff_id=staff_id, until=until, reason=note, at=at)
    subject: Subject = (item.subject_type, item.subject_id)
    clocks.pause_many(
        [subject],
        names=[clock_name(int(item.params["obligation_id"]))],
        reason=note,
        at=at,
        actor=f"staff:{staff_id}",
    )


_AWAKE = """
SELECT w.id, c.id FROM work_workitem w
  JOIN clocks_clock c ON c.name = 'notice_exception:' || (w.params->>'obligation_id')
   AND c.subject_type = w.subject_type AND c.subject_id = w.subject_id AND c.state = 'paused'
 WHERE w.kind = %s AND w.state IN ('open', 'claimed') AND w.not_before_at <= %s ORDER BY w.id LIMIT %s
"""


def wake(*, at: datetime, limit: int = 1000) -> int:
    """Exceptions that were put aside come back: their clocks run again, their work is due when the clock is; how many."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_AWAKE, [WORK_KIND, at, limit])
            pairs = cursor.fetchall()
        if not pairs:
            return 0
        clocks.resume_many([clock for _, clock in pairs], at=at, actor="system:notices")
        due = clocks.due_of([clock for _, clock in pairs])
        claims.postpone_due(
            item_ids=[item for item, clock in pairs if clock in due],
            due=[due[clock] for _, clock in pairs if clock in due],
        )
    return len(pairs)
