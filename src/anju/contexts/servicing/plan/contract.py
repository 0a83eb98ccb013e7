"""A loan as the core sees it: its terms with the rate path known on a day, and the events of its plan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from anju.contexts.catalogue.queries import conventions_of, penalty_of
from anju.contexts.servicing.models import Loan, LoanEvent
from anju.contexts.servicing.plan import codec
from anju.contexts.servicing.plan.rates import LoanTerms, rate_tables, rate_terms
from anju.core.dates import add_months
from anju.core.money import ppm_to_percent_text
from anju.core.rates import RateStep, RateTables, rate_path
from anju.core.schedule import MONTHS_MAX, Conventions, Event, Extend, PenaltyRule, Restructure, Terms
from anju.core.schedule.due import FirstDue
from anju.core.schedule.terms import Method

REPRICED = "repriced"

_EventRow = tuple[str, date, dict[str, Any]]
"""Kind, day and body of a stored event."""


@dataclass(frozen=True, slots=True)
class Contract:
    """Terms and events, those up to a day; what ``core.schedule`` folds."""

    terms: Terms
    events: tuple[Event, ...]
    published: tuple[RateStep, ...] = ()
    """The rate path as the tables give it now; that of the terms is the one applied."""


def terms_of(loan: Loan, on: date, tables: RateTables | None = None) -> Terms:
    """The core's terms of a loan with the rate path known on a date, without its events. Raises RateMissing."""
    product = vars(loan.product)
    return plain_terms(loan, on, tables or rate_tables(), conventions_of(product), penalty_of(product))


def plain_terms(
    loan: LoanTerms, on: date, tables: RateTables, conventions: Conventions, penalty: PenaltyRule
) -> Terms:
    """The same of anything that has the terms of a loan, such as a row of a tape. Raises RateMissing, BadInput."""
    path = _path(loan, loan.months, on, tables)
    method, first_due = cast("Method", loan.method), cast("FirstDue", loan.first_due)
    return Terms(
        loan.principal_fen, loan.months, method, loan.start_on, loan.due_day, first_due, path,
        conventions=conventions, penalty=penalty, first_due_on=loan.first_due_on,
    )  # fmt: skip


def contract_of(loan: Loan, on: date, tables: RateTables | None = None) -> Contract:
    """Terms and events of a loan up to a date. Raises RateMissing.

    Rates that the ledger applied on a repricing date stand as applied, also when a table was loaded later that says otherwise.
    A loan that was made longer reprices beyond the end of its first term too.
    """
    (contract,) = contracts_of([loan], on, tables)
    return contract


def contracts_of(loans: Sequence[Loan], on: date, tables: RateTables | None = None) -> list[Contract]:
    """The same for several, in their order, by one query."""
    tables = tables or rate_tables()
    rows: dict[int, list[_EventRow]] = {loan.pk: [] for loan in loans}
    found = LoanEvent.objects.filter(
        loan_id__in=list(rows), kind__in=[*codec.TYPES, REPRICED], effective_on__lte=on
    ).order_by("effective_on", "pk")
    for loan_id, *row in found.values_list("loan_id", "kind", "effective_on", "body"):
        rows[loan_id].append((row[0], row[1], row[2]))
    return [_contract(loan, rows[loan.pk], on, tables) for loan in loans]


def _contract(loan: Loan, rows: Sequence[_EventRow], on: date, tables: RateTables) -> Contract:
    events = tuple(codec.event_of(*row) for row in rows if row[0] != REPRICED)
    applied = {row[1]: row[2] for row in rows if row[0] == REPRICED}
    terms = terms_of(loan, on, tables)
    path = terms.rate_path
    if is_extended(events):
        end = add_months(loan.start_on, loan.months)
        longer = _path(loan, MONTHS_MAX, on, tables)
        path += tuple(step for step in longer if step.effective_on >= end)
    return Contract(replace(terms, rate_path=_as_applied(path, applied)), events, path)


def _as_applied(path: tuple[RateStep, ...], applied: dict[date, dict[str, Any]]) -> tuple[RateStep, ...]:
    """The path with the rates that the ledger applied, and the steps at which it put a provisional one right."""
    steps = {step.effective_on: step for step in path}
    for on, body in applied.items():
        step, rate = steps.get(on), int(body["to_ppm"])
        if step is None or step.rate_ppm != rate:
            steps[on] = RateStep(on, rate, *_why(on, body), body["source"], bool(body["provisional"]))
    return tuple(steps[on] for on in sorted(steps))


def _why(on: date, body: dict[str, Any]) -> tuple[str, str]:
    """Why the ledger applied a rate that the tables alone do not give."""
    rate, index = ppm_to_percent_text(int(body["to_ppm"])), body["source"].rpartition(":")[2]
    if "corrects" in body:
        return (
            f"{body['corrects']} 重定价时 LPR 尚未录入，现按 {index} 公布的 LPR 更正为 {rate}%",
            f"the LPR was missing at the repricing of {body['corrects']}: corrected to {rate}% by the LPR of {index}",
        )
    return (
        f"重定价日 {on}：LPR 尚未录入，暂按 {index} 公布的 LPR 执行 {rate}%",
        f"repricing date {on}: the LPR was not loaded, {rate}% by the LPR of {index} for the time being",
    )


def is_extended(events: Iterable[Event]) -> bool:
    """Whether the term may have been made longer."""
    return any(isinstance(event, Extend | Restructure) for event in events)


def _path(loan: LoanTerms, months: int, on: date, tables: RateTables) -> tuple[RateStep, ...]:
    terms = rate_terms(loan, loan.spread_ppm)
    return rate_path(terms, loan.start_on, months, tables, on, allow_missing=True)
