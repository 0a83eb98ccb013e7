"""Changes of a loan's plan: what was quoted and accepted is posted by the same fold, in one transaction."""

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from anju.contexts.servicing.facts import PlanChanged
from anju.contexts.servicing.models import Bill, Loan, LoanChange, LoanEvent, Position
from anju.contexts.servicing.operations.ageing import arrears_refresh
from anju.contexts.servicing.operations.base import ACTOR, touch_ids
from anju.contexts.servicing.operations.change_money import pay
from anju.contexts.servicing.operations.change_refusals import (
    Accepted,
    ChangeDayNotOpen,
    ChangeInArrears,
    ChangeKeyReused,
    ChangeLoanSettled,
    ChangeLoanUnknown,
    ChangeNotAllowed,
    ChangeOfArrears,
    MoneyNotEnough,
    PlanDiffers,
    QuoteChanged,
)
from anju.contexts.servicing.operations.files import bank_date
from anju.contexts.servicing.operations.folding import Folded, move_one, store
from anju.contexts.servicing.operations.posting import apply_money, settle_done
from anju.contexts.servicing.plan import codec, limits
from anju.contexts.servicing.plan.changes import ChangeRow, figures_of, row_of
from anju.contexts.servicing.plan.contract import Contract, contract_of
from anju.core.policy import PolicyTable
from anju.core.rates import RateTables
from anju.core.schedule import Capitalise, Event, Payoff, Quote, position, quote
from anju.platform.journal.facts import Fact
from anju.platform.journal.operations import record_many
from anju.platform.policies import queries as policies

_KEY_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7205250103))"
_CLOSED = "SELECT closed_on FROM servicing_ledgerday ORDER BY closed_on DESC LIMIT 1 FOR SHARE"
_ONE_DAY = timedelta(days=1)


def change_post(
    *,
    loan_id: int,
    event: Event,
    accepted_total_fen: int,
    idempotency_key: str,
    at: datetime,
    actor: str,
    accepted_instalment_fen: int | None = None,
    accepted_end_on: date | None = None,
    asked_on: date | None = None,
    policy: PolicyTable | None = None,
    tables: RateTables | None = None,
) -> ChangeRow:
    """Post an event of the plan as quoted (S4-054, S4-055, S4-057, S4-058, S4-063, S4-066).

    On the open business day. The day's instalment comes first: it is billed, and money waiting is put against it. Then the
    event takes what it costs from money received and not used, which must be there, and the plan runs on by the core's fold.
    A payoff settles the loan. ``accepted_*``: what the borrower was quoted and accepted, the total, and (None: not compared)
    the new instalment and the last due date. ``asked_on``: when it was asked for (default: the bank's day of ``at``); notice
    counts from then. Arrears stand in the way, but not of relief that the policy offers (银发〔2026〕171号 Art. 26). The same
    key and body again: the first result, and nothing happens.

    Raises, in this order: ChangeLoanUnknown, ChangeKeyReused, ChangeLoanSettled, ChangeDayNotOpen, ChangeOfArrears,
    PlanDiffers, ChangeInArrears, ChangeNotAllowed, QuoteChanged, MoneyNotEnough; RateMissing where a rate is not loaded.
    """
    asked_on = asked_on or bank_date(at)
    accepted = Accepted(accepted_total_fen, accepted_instalment_fen, accepted_end_on)
    digest = _digest(loan_id, event, accepted, asked_on)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_KEY_LOCK, [idempotency_key])
        stored = _locked(loan_id)
        before = LoanChange.objects.filter(idempotency_key=idempotency_key).select_related("event").first()
        if before is not None:
            if before.body_hash != digest:
                raise ChangeKeyReused
            return row_of(before)
        _check(cursor, stored, event, tables)
        policy = policy or policies.params()
        contract, facts = _bring_forward(
            cursor, stored, event.on, at, tables, limits.is_relief(policy, event)
        )
        quoted = _quoted(stored, contract, event, policy, asked_on, accepted)
        row = LoanEvent.objects.create(
            loan_id=loan_id, kind=codec.kind_of(event), effective_on=event.on, recorded_at=at, body=codec.body_of(event)
        )  # fmt: skip
        change = LoanChange.objects.create(
            event=row, idempotency_key=idempotency_key, body_hash=digest, principal_fen=quoted.principal_fen,
            interest_fen=quoted.interest_fen, fee_fen=quoted.fee_fen, figures=figures_of(quoted), asked_on=asked_on,
            policy_version=policy.version, actor=actor,
        )  # fmt: skip
        taken = pay(stored, quoted)
        store(stored, contract_of(stored.loan, event.on, tables), event.on)
        record_many(facts, at=at, actor=ACTOR)
        record_many([_fact(change, taken)], at=at, actor=actor)
        if isinstance(event, Payoff):
            record_many(settle_done(cursor, on=event.on), at=at, actor=ACTOR)
    return row_of(change)


def _digest(loan_id: int, event: Event, accepted: Accepted, asked_on: date) -> str:
    body = {
        "loan_id": loan_id, "kind": codec.kind_of(event), "on": event.on.isoformat(), "body": codec.body_of(event),
        "accepted": [each and str(each) for each in accepted], "asked_on": asked_on.isoformat(),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _locked(loan_id: int) -> Position:
    """The position, locked. The loan is read in a statement of its own, after whoever held the lock before."""
    stored = Position.objects.select_for_update().filter(pk=loan_id).first()
    if stored is None:
        raise ChangeLoanUnknown
    stored.loan = Loan.objects.select_related("product").get(pk=loan_id)
    return stored


def _check(cursor: Any, stored: Position, event: Event, tables: RateTables | None) -> None:
    if stored.loan.state == "settled":
        raise ChangeLoanSettled
    cursor.execute(_CLOSED)
    closed = cursor.fetchone()
    open_on = max(closed[0] if closed else date.min, stored.opened_on) + _ONE_DAY
    if event.on != open_on:
        raise ChangeDayNotOpen(event.on, open_on)
    if isinstance(event, Capitalise) and event.of == "arrears":
        raise ChangeOfArrears
    if not _in_agreement(stored, event.on, tables):
        raise PlanDiffers


def _in_agreement(stored: Position, on: date, tables: RateTables | None) -> bool:
    """Whether the stored position is what the fold gives on the last day that it stands for."""
    ahead = [day - _ONE_DAY for day in (stored.next_due_on, stored.next_reprice_on) if day is not None]
    known = min([on, *ahead])
    contract = contract_of(stored.loan, known, tables)
    now = position(contract.terms, contract.events, known)
    return (now.balance_fen, now.next_due_on, now.next_principal_fen, now.next_interest_fen) == (
        stored.balance_fen, stored.next_due_on, stored.next_principal_fen, stored.next_interest_fen,
    )  # fmt: skip


def _bring_forward(
    cursor: Any, stored: Position, on: date, at: datetime, tables: RateTables | None, relief: bool
) -> tuple[Contract, list[Fact]]:
    """The loan at the close of the day as far as it is known: repriced, billed, money applied; arrears refuse, unless it is
    relief."""
    contract = contract_of(stored.loan, on, tables)
    done = Folded()
    move_one(stored, contract, on=on, at=at, done=done)
    touch_ids(cursor, [stored.loan_id])
    applied, aged = apply_money(cursor, on=on), arrears_refresh(cursor, loan_ids=[stored.loan_id])
    late = Bill.objects.filter(loan_id=stored.loan_id, state="open", due_on__lt=on).order_by("due_on").first()
    if late is not None and not relief:
        raise ChangeInArrears(late.due_on)
    loan = stored.loan
    stored.refresh_from_db()
    stored.loan = loan
    return contract, [*done.bills, *done.facts, *applied[1], *aged[1]]


def _quoted(
    stored: Position,
    contract: Contract,
    event: Event,
    policy: PolicyTable,
    asked_on: date,
    accepted: Accepted,
) -> Quote:
    verdict = limits.verdict(stored.loan, contract, event, policy=policy, asked_on=asked_on)
    if not verdict.ok:
        raise ChangeNotAllowed(verdict)
    quoted = quote(contract.terms, contract.events, event)
    now = Accepted(quoted.total_fen, quoted.after.instalment_fen, quoted.after.end_on)
    if any(said is not None and said != is_now for said, is_now in zip(accepted, now, strict=True)):
        raise QuoteChanged(accepted, now)
    if quoted.total_fen > stored.unapplied_fen:
        raise MoneyNotEnough(quoted.total_fen, stored.unapplied_fen)
    return quoted


def _fact(change: LoanChange, taken: list[list[int]]) -> PlanChanged:
    event = change.event
    return PlanChanged(
        event.loan_id, event.pk, event.kind, event.effective_on, event.body, change.principal_fen, change.interest_fen,
        change.fee_fen, change.figures, taken, change.policy_version,
    )  # fmt: skip
