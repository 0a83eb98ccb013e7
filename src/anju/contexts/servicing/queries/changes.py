"""What a change of the plan would cost and bring, whether it is allowed, and those that were made."""

from datetime import date

from anju.contexts.servicing.models import Loan, LoanChange, Position
from anju.contexts.servicing.plan import codec, limits
from anju.contexts.servicing.plan.changes import ChangeRow, row_of
from anju.contexts.servicing.plan.contract import contract_of
from anju.core.policy import PolicyTable
from anju.core.rates import RateTables
from anju.core.schedule import Event, Quote, quote
from anju.core.verdict import Reason, Verdict
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
    """Whether the policy of the event's day, and arrears unless it is relief, allow it when it is asked for on a day.

    Raises KeyError, RateMissing.
    """
    loan, policy = _loan(loan_id), policy or policies.params()
    contract = contract_of(loan, event.on, tables)
    found = limits.verdict(loan, contract, event, policy=policy, asked_on=asked_on)
    unpaid_on = Position.objects.filter(pk=loan_id).values_list("oldest_unpaid_due_on", flat=True).first()
    if unpaid_on is None or unpaid_on >= event.on or limits.is_relief(policy, event):
        return found
    zh, en = (
        f"{unpaid_on} 到期的期供未还清，须先还清。",
        f"The instalment due on {unpaid_on} is not paid; it must be paid first.",
    )
    return Verdict(False, (*found.reasons, Reason("overdue", zh, en)), policy.version)


def self_service(loan_id: int, event: Event, *, policy: PolicyTable | None = None) -> bool:
    """Whether the borrower may accept the event on the portal without a person of the bank. Raises KeyError."""
    kind, loan_type = codec.kind_of(event), _loan(loan_id).product.loan_type
    return limits.self_service(policy or policies.params(), loan_type, kind, event.on)


def changes_of(loan_id: int) -> list[ChangeRow]:
    """The changes made to a loan's plan, the latest first."""
    rows = LoanChange.objects.filter(event__loan_id=loan_id).select_related("event")
    return [row_of(row) for row in rows.order_by("-event__effective_on", "-pk")[:PAGE_MAX]]


def _loan(loan_id: int) -> Loan:
    loan = Loan.objects.select_related("product").filter(pk=loan_id).first()
    if loan is None:
        raise KeyError(loan_id)
    return loan
