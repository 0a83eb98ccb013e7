"""What a change of the plan would cost and bring, whether it is allowed, and those that were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from anju.contexts.servicing.models import LedgerDay, Loan, LoanChange, Position
from anju.contexts.servicing.plan import codec, limits
from anju.contexts.servicing.plan.changes import ChangeRow, row_of
from anju.contexts.servicing.plan.contract import contract_of
from anju.core.errors import BadInput
from anju.core.policy import PolicyTable
from anju.core.rates import RateTables
from anju.core.schedule import Event, Explanation, Quote, explain, quote
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
    return _with_arrears(found, _unpaid_on(loan_id), event, policy)


def _unpaid_on(loan_id: int) -> date | None:
    return Position.objects.filter(pk=loan_id).values_list("oldest_unpaid_due_on", flat=True).first()


def _with_arrears(found: Verdict, unpaid_on: date | None, event: Event, policy: PolicyTable) -> Verdict:
    if unpaid_on is None or unpaid_on >= event.on or limits.is_relief(policy, event):
        return found
    zh, en = (
        f"{unpaid_on} 到期的期供未还清，须先还清。",
        f"The instalment due on {unpaid_on} is not paid; it must be paid first.",
    )
    return Verdict(False, (*found.reasons, Reason("overdue", zh, en)), policy.version)


@dataclass(frozen=True, slots=True)
class ChangeOption:
    """One change a borrower may choose: its quote and how it comes about (None where the loan does not allow it), whether it
    is allowed, and whether the borrower may accept it without a person of the bank."""

    event: Event
    quote: Quote | None
    explanation: Explanation | None
    verdict: Verdict
    self_service: bool


def change_options(
    loan_id: int,
    events: Sequence[Event],
    *,
    asked_on: date,
    policy: PolicyTable | None = None,
    tables: RateTables | None = None,
) -> list[ChangeOption]:
    """Changes of one day side by side, each on top of what has happened, not of the others. Raises KeyError, RateMissing."""
    loan, policy = _loan(loan_id), policy or policies.params()
    contract = contract_of(loan, events[0].on, tables)
    unpaid_on = _unpaid_on(loan_id)
    found = []
    for event in events:
        verdict = limits.verdict(loan, contract, event, policy=policy, asked_on=asked_on)
        verdict = _with_arrears(verdict, unpaid_on, event, policy)
        own = limits.self_service(policy, loan.product.loan_type, codec.kind_of(event), event.on)
        try:
            quoted = quote(contract.terms, contract.events, event)
            why = explain(contract.terms, contract.events, event)
        except BadInput:  # the verdict has its words
            found.append(ChangeOption(event, None, None, verdict, own))
        else:
            found.append(ChangeOption(event, quoted, why, verdict, own))
    return found


def change_day(loan_id: int) -> date:
    """The open business day, on which a change can be posted. Raises KeyError."""
    opened_on = Position.objects.filter(pk=loan_id).values_list("opened_on", flat=True).first()
    if opened_on is None:
        raise KeyError(loan_id)
    closed = LedgerDay.objects.order_by("-closed_on").values_list("closed_on", flat=True).first()
    return max(closed or date.min, opened_on) + timedelta(days=1)


def changes_of(loan_id: int) -> list[ChangeRow]:
    """The changes made to a loan's plan, the latest first."""
    rows = LoanChange.objects.filter(event__loan_id=loan_id).select_related("event")
    return [row_of(row) for row in rows.order_by("-event__effective_on", "-pk")[:PAGE_MAX]]


def _loan(loan_id: int) -> Loan:
    loan = Loan.objects.select_related("product").filter(pk=loan_id).first()
    if loan is None:
        raise KeyError(loan_id)
    return loan
