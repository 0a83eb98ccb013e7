"""What a change of the plan would cost and bring, whether it is allowed, and those that were made."""

from datetime import date

from anju.contexts.servicing.models import Loan, LoanChange
from anju.contexts.servicing.plan import limits
from anju.contexts.servicing.plan.changes import ChangeRow, row_of
from anju.contexts.servicing.plan.contract import contract_of
from anju.core.policy import PolicyTable
from anju.core.rates import RateTables
from anju.core.schedule import Event, Quote, quote
from anju.core.verdict import Verdict
from anju.platform.policies import queries as policies

PAGE_MAX = 200


def change_quote(loan_id: int, event: Event, *, tables: RateTables | None = None) -> Quote:
    """What ``change_post`` would post for this event, to the fen, as things are known today (S4-057, S4-058, S4-130).

    For a day to come: if every instalment before it is paid and no rate changes meanwhile. Raises KeyError (no such loan),
    BadInput (the loan does not allow it), RateMissing.
    """
    contract = contract_of(_loan(loan_id), event.on, tables)
    return quote(contract.terms, contract.events, event)


def change_allowed(
    loan_id: int,
    event: Event,
    *,
    asked_on: date,
    policy: PolicyTable | None = None,
    tables: RateTables | None = None,
) -> Verdict:
    """Whether the policy of the event's day allows it when it is asked for on a day. Raises KeyError, RateMissing."""
    loan = _loan(loan_id)
    contract = contract_of(loan, event.on, tables)
    return limits.verdict(loan, contract, event, policy=policy or policies.params(), asked_on=asked_on)


def changes_of(loan_id: int) -> list[ChangeRow]:
    """The changes made to a loan's plan, the latest first."""
    rows = LoanChange.objects.filter(event__loan_id=loan_id).select_related("event")
    return [row_of(row) for row in rows.order_by("-event__effective_on", "-pk")[:PAGE_MAX]]


def _loan(loan_id: int) -> Loan:
    loan = Loan.objects.select_related("product").filter(pk=loan_id).first()
    if loan is None:
        raise KeyError(loan_id)
    return loan
