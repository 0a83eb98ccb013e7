"""What follows from a call's outcome: the work item, other work, the address, a stop flag."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from anju.contexts.collections import reads, rungs
from anju.contexts.collections.models import Call, Case
from anju.contexts.collections.operations.effects import CALL_KIND
from anju.contexts.collections.outcomes import Opens, Outcome
from anju.core.sla import Deadline, deadline_at
from anju.core.working_time import BANK_ZONE
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries as contact_queries
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work
from anju.platform.work import outcomes as work_outcomes
from anju.platform.work import queries as work_queries
from anju.platform.work.operations import NewWork

_DEBTOR = "debtor_all_numbers_loans_channels"


def after_call(
    case: Case,
    call: Call,
    outcome: Outcome,
    values: Mapping[str, Any],
    work_item_id: int | None,
    at: datetime,
) -> None:
    """Everything the outcome's row asks for. Raises WorkHeldByOther."""
    actor = f"staff:{call.staff_id}"
    if outcome.marks_address:
        phone = contact_queries.address(case.person_id, "phone")
        if phone is not None:
            contacts.mark_addresses(address_ids=[phone.id], health=outcome.marks_address, at=at, actor=actor)
    if values.get("stop_flag"):
        reason = f"通话 {call.pk}:{outcome.label_zh}"
        contacts.flag(person_id=case.person_id, kind=values["stop_flag"], reason=reason, by=actor, at=at)
    again_at = _again_at(outcome, values, at)
    if outcome.next == "callback" and again_at is not None:
        # The wish to be called back is an invitation: it opens that time, caps and window or not (S1-07).
        contacts.appoint(
            person_id=case.person_id, purpose="collection", channel="call", starts_at=again_at, by=actor, at=at,
            note=f"call:{call.pk}",
        )  # fmt: skip
    closed = _item(call, outcome, work_item_id, again_at, at)
    items = []
    if outcome.opens is not None:
        items.append(
            _new(
                case,
                outcome.opens.kind,
                outcome.opens.queue,
                outcome.opens.priority,
                0,
                _due(outcome.opens, at),
            )
        )
    if outcome.next == "callback" and not closed and again_at is not None:
        queue = "collections" if case.rung == rungs.RUNGS[-1] else "account_manager"
        items.append(_new(case, CALL_KIND, queue, 3, case.rung, again_at + timedelta(hours=2), again_at))
    work.open_many(items, at=at, actor=actor)


def _item(
    call: Call, outcome: Outcome, work_item_id: int | None, again_at: datetime | None, at: datetime
) -> bool:
    """Close the call's work item, or let it come back later; whether there was one. An item that ended
    meanwhile is left.
    """
    item = None if work_item_id is None else work_queries.item(work_item_id)
    if item is None or item.state not in work_queries.LIVE or item.kind != CALL_KIND:
        return False
    code = outcome.code
    if work_outcomes.find(CALL_KIND, code) is None:
        code = "recorded" if outcome.closes_work else "again"
    work.close(
        item_id=item.id, staff_id=call.staff_id, outcome_code=code, note=call.note, at=at, again_at=again_at,
    )  # fmt: skip
    return True


def _again_at(outcome: Outcome, values: Mapping[str, Any], at: datetime) -> datetime | None:
    if outcome.next == "callback":
        wished: datetime = values["callback_at"]
        return wished
    if outcome.next == "retry":
        return _preferred(at + timedelta(hours=outcome.retry_hours))
    return None


def _preferred(at: datetime) -> datetime:
    """The instant itself, or the next opening of the preferred hours of contact in Shanghai."""
    local, table = at.astimezone(BANK_ZONE), policies.params()
    start = table.time("contact_preferred_start", _DEBTOR, local.date())
    end = table.time("contact_preferred_end", _DEBTOR, local.date())
    if start <= local.time() < end:
        return at
    day = local.date() if local.time() < start else local.date() + timedelta(days=1)
    return datetime.combine(day, start, BANK_ZONE)


def _due(opens: Opens, at: datetime) -> datetime:
    return deadline_at(
        Deadline("working_days", opens.working_days), at, policies.calendar(), policies.hours()
    )


def _new(
    case: Case,
    kind: str,
    queue: str,
    priority: int,
    rung: int,
    due_at: datetime,
    not_before_at: datetime | None = None,
) -> NewWork:
    loan_no, person_id, branch_id, manager_id = reads.loan_heads([case.loan_id])[case.loan_id]
    return NewWork(
        queue=queue, kind=kind, subject=("loan", case.loan_id), person_id=person_id, branch_id=branch_id, due_at=due_at,
        dedupe_key=rungs.work_key(kind, case.pk, rung), priority=priority, not_before_at=not_before_at,
        assignee_id=manager_id if queue == "account_manager" else None,
        params={
            "case_id": case.pk, "rung": case.rung, "loan_no": loan_no, "days_past_due": case.days_past_due,
            "overdue_fen": case.overdue_fen,
        },
    )  # fmt: skip
