"""A person asks to be called back 客户要求回电: a work item of somebody who knows the case, and a row in the contact ledger."""

from datetime import datetime

from anju.core.sla import Deadline, deadline_at
from anju.platform.contacts import operations as contacts
from anju.platform.notices.owners import owners
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work
from anju.platform.work import outcomes as work_outcomes
from anju.platform.work.operations import NewWork
from anju.platform.work.outcomes import Outcome

WORK_KIND = "notices.callback"
QUEUE = "exceptions"
DUE = Deadline("working_minutes", 240)
"""As an exception whose journey names no time (`settling.DUE_DEFAULT`)."""

OUTCOMES = (
    Outcome("called_back", "已回电", "Called back", fields=("note",)),
    Outcome("no_answer", "未接通，稍后再试", "No answer, try again later", closes=False),
    Outcome("not_needed", "无需回电", "No call needed", fields=("note",)),
)


def register() -> None:
    """Tell the work list how such an item ends."""
    work_outcomes.register(WORK_KIND, OUTCOMES)


def callback_wanted(*, attempt_id: int, channel: str, at: datetime, provider: str) -> bool:
    """Somebody answered a message with "call me back"; whether a work item was opened. Told twice, one item is open."""
    owner = owners([attempt_id]).get(attempt_id)
    if owner is None:
        return False
    due_at = deadline_at(DUE, at, policies.calendar(), policies.hours())
    opened = work.open_many(
        [
            NewWork(
                queue=QUEUE, kind=WORK_KIND, subject=owner.subject, branch_id=owner.branch_id, due_at=due_at,
                dedupe_key=f"callback:{attempt_id}", person_id=owner.person_id,
                params={"obligation_id": owner.obligation_id, "notice_type": owner.notice_type},
            )
        ],
        at=at,
    )  # fmt: skip
    if opened:
        contacts.log_inbound(
            person_id=owner.person_id, purpose="service", channel=channel, at=at, actor=f"provider:{provider}"[:80],
            subject=owner.subject, outcome_code="callback_wanted",
        )  # fmt: skip
    return bool(opened)
