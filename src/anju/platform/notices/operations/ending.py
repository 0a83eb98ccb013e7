"""Notices end for another reason than proof: their ground is gone, or a person closes an exception."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from anju.core.lifecycles import OBLIGATION
from anju.platform.clocks import operations as clocks
from anju.platform.notices.models import Obligation
from anju.platform.notices.operations.bulk import ObligationLine, lock_obligations, write_back
from anju.platform.notices.operations.owing import deadline_of
from anju.platform.notices.operations.settling import (
    clock_name,
    close_by_person,
    make_moot,
    prove,
    subject_of,
    tell,
)
from anju.platform.notices.outcomes import EXCEPTION_OUTCOMES, WORK_KIND
from anju.platform.notices.recipients import keys_of_others
from anju.platform.notices.rows import NotAnException, NoteMissing, Subject, UnknownOutcome
from anju.platform.work import operations as work
from anju.platform.work import queries as work_queries

ACTOR = "system:notices"
_LIVE = ("owed", "in_progress", "exception")


def moot_many(
    *,
    at: datetime,
    reason: str,
    keys: Collection[str] | None = None,
    subjects: Collection[Subject] | None = None,
    notice_types: Collection[str] | None = None,
) -> int:
    """The ground of these notices is gone (a payment cleared the arrears): they need not be sent; how many.

    By `keys` (with them what other people of the subject were owed), or by
    `subjects` (of one or several types when `notice_types` is given). What is queued is cancelled,
    an exception's work item and clock too. What is proven or ended stays. Set-based, in the caller's transaction.
    """
    if keys is None and subjects is None:
        raise ValueError("keys or subjects are needed")
    wanted = Obligation.objects.filter(state__in=_LIVE)
    if keys is not None:
        wanted = wanted.filter(key__in=[*keys, *keys_of_others(keys)])
    if subjects is not None:
        by_type: dict[str, list[int]] = {}
        for kind, number in subjects:
            by_type.setdefault(kind, []).append(number)
        any_of = Q(pk__in=[])
        for kind, numbers in by_type.items():
            any_of |= Q(subject_type=kind, subject_id__in=numbers)
        wanted = wanted.filter(any_of)
    if notice_types is not None:
        wanted = wanted.filter(notice_type__in=list(notice_types))
    with transaction.atomic():
        locked = lock_obligations(wanted.values_list("id", flat=True))
        rows = [row for row in locked.values() if row.state in _LIVE]
        tell(make_moot(rows, reason=reason, at=at), at=at, actor=ACTOR)
    return len(rows)


def close_exception(*, item_id: int, staff_id: int, outcome: str, note: str, at: datetime) -> str:
    """A person ends the exception of a work item, with an outcome and a note; the obligation's state (S2-16).

    Outcomes stand in `outcomes.EXCEPTION_OUTCOMES`. `reached_by_phone` counts as acknowledged by a person;
    `address_repaired` begins the journey again with a new deadline. Raises, in this order: UnknownOutcome, NoteMissing,
    NotAnException, and what closing a work item raises.
    """
    chosen = EXCEPTION_OUTCOMES.get(outcome)
    if chosen is None:
        raise UnknownOutcome(outcome)
    if not note.strip():
        raise NoteMissing(outcome)
    with transaction.atomic():
        row = _exception_of(item_id)
        work.close(
            item_id=item_id, staff_id=staff_id, outcome_code=outcome, note=note, at=at, fields={"note": note}
        )
        if chosen.effect == "later":
            return row.state
        if chosen.effect == "proven":
            row.rung = "acknowledged"
            facts = prove([row], how=outcome, at=at)
        elif chosen.effect == "restart":
            _restart(row, at)
            facts = []
        else:
            facts = close_by_person(row, outcome=outcome, note=note, at=at)
        tell(facts, at=at, actor=f"staff:{staff_id}")
    return row.state


def _exception_of(item_id: int) -> ObligationLine:
    item = work_queries.item(item_id)
    if item is None or item.kind != WORK_KIND:
        raise NotAnException(item_id)
    obligation_id = int(item.params["obligation_id"])
    row = lock_obligations([obligation_id]).get(obligation_id)
    if row is None or row.state != "exception":
        raise NotAnException(item_id)
    return row


def _restart(row: ObligationLine, at: datetime) -> None:
    OBLIGATION.require(row.state, "in_progress")
    row.state, row.step_no, row.next_step_at, row.end_reason = "in_progress", 0, at, ""
    row.deadline_at = deadline_of(row.notice_type, at)
    write_back([row], ("state", "step_no", "next_step_at", "end_reason", "deadline_at"))
    clocks.meet(name=clock_name(row.id), subject=subject_of(row), at=at)
