"""A visit that took place, in the one ledger of contacts: nobody else calls on top of it (S1-06)."""

from datetime import datetime

from anju.contexts.followup.models import Visit
from anju.platform.contacts import operations as contacts

WORK_KIND = "followup.visit"


def contacted(
    visit: Visit, staff_id: int, outcome: str, at: datetime, *, answered: bool, channel: str = "call"
) -> None:
    """Somebody of the staff spoke with the borrower, or tried to. `refused` rests this purpose for a while (S1-03)."""
    contacts.log_outbound(
        person_id=visit.person_id, purpose="follow_up", channel=channel, at=at, actor=f"staff:{staff_id}",
        outcome_code=outcome, answered=answered, subject=("loan", visit.loan_id), reason=WORK_KIND,
    )  # fmt: skip
