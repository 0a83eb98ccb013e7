"""People who join a loan after it was opened."""

from datetime import datetime

from django.db import transaction

from anju.contexts.servicing.models import Loan, LoanParty
from anju.contexts.servicing.party_facts import PartyJoined
from anju.core.checks import bad, one_of
from anju.platform.journal.operations import record

JOINING = tuple(role for role in LoanParty.ROLES if role != "borrower")
REASON_CHARACTERS = (5, 200)


def party_join(*, loan_id: int, person_id: int, role: str, reason: str, at: datetime, by: str) -> bool:
    """A person stands in this role of the loan from `at`; False: they do already, and nothing was written.

    What came before is not told to them: notices owed to their role are those of later facts. The borrower does not change.
    Raises, in this order: BadInput (role, reason), KeyError (no such loan).
    """
    one_of("role", role, JOINING)
    low, high = REASON_CHARACTERS
    words = " ".join(reason.split())
    if not low <= len(words) <= high:
        raise bad("reason", reason, f"{low} .. {high} characters", allowed_zh=f"{low} 至 {high} 个字")
    with transaction.atomic():
        if not Loan.objects.select_for_update().filter(pk=loan_id).exists():
            raise KeyError(loan_id)
        _, new = LoanParty.objects.get_or_create(loan_id=loan_id, person_id=person_id, role=role)
        if new:
            record(PartyJoined(loan_id, person_id, role, words), at=at, actor=by)
    return new
