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
    Raises, in this order: BadInput (role, reason), KeyError (no such loan), BadInput (loan_id of a settled loan, person_id of
    its borrower).
    """
    one_of("role", role, JOINING)
    low, high = REASON_CHARACTERS
    words = " ".join(reason.split())
    if not low <= len(words) <= high:
        raise bad("reason", reason, f"{low} .. {high} characters", allowed_zh=f"{low} 至 {high} 个字")
    with transaction.atomic():
        loan = Loan.objects.select_for_update().filter(pk=loan_id).first()
        if loan is None:
            raise KeyError(loan_id)
        _require_open_to(loan, person_id)
        _, new = LoanParty.objects.get_or_create(loan_id=loan_id, person_id=person_id, role=role)
        if new:
            record(PartyJoined(loan_id, person_id, role, words), at=at, actor=by)
    return new


def _require_open_to(loan: Loan, person_id: int) -> None:
    if loan.state == "settled":
        raise bad("loan_id", loan.loan_no, "a loan that is not settled", allowed_zh="未结清的贷款")
    if person_id == loan.borrower_id:
        raise bad("person_id", person_id, "anybody but the borrower", allowed_zh="借款人以外的人")
