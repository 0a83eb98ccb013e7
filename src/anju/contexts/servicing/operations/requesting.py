"""A borrower asks for a change of the plan that a person of the bank has to arrange."""

from datetime import date, datetime

from django.db import transaction

from anju.contexts.servicing.models import Loan
from anju.contexts.servicing.operations.change_refusals import ChangeLoanSettled, ChangeLoanUnknown
from anju.contexts.servicing.plan import codec
from anju.core.schedule import Event
from anju.core.sla import Deadline, deadline_at
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work
from anju.platform.work.operations import NewWork

KIND = "servicing.plan_request"
QUEUE = "account_manager"
ANSWER = Deadline("working_days", 1)


def change_request(*, loan_id: int, event: Event, asked_on: date, at: datetime, actor: str) -> bool:
    """Open work for the account manager; False when one of this kind is open already. The day of asking counts for notice.

    Raises ChangeLoanUnknown, ChangeLoanSettled.
    """
    with transaction.atomic():
        loan = Loan.objects.select_for_update().filter(pk=loan_id).first()
        if loan is None:
            raise ChangeLoanUnknown
        if loan.state == "settled":
            raise ChangeLoanSettled
        kind = codec.kind_of(event)
        params = {
            "loan_no": loan.loan_no, "change": kind, "on": event.on.isoformat(), "asked_on": asked_on.isoformat(),
            "body": codec.body_of(event),
        }  # fmt: skip
        due = deadline_at(ANSWER, at, policies.calendar(), policies.hours())
        item = NewWork(
            queue=QUEUE, kind=KIND, subject=("loan", loan_id), branch_id=loan.branch_id, due_at=due,
            dedupe_key=f"plan_request:{loan_id}:{kind}", person_id=loan.borrower_id, params=params,
            assignee_id=loan.account_manager_id,
        )  # fmt: skip
        return work.open_many([item], at=at, actor=actor) == 1
