"""Repricings made while an LPR was missing are put right when it comes (S4-059). Closed rows stay as they are.

From the running period on, or from the repricing date if that lies in it, the loan runs at the right rate. What the periods
billed since the repricing date bore too little falls due with the next instalment (补计利息); what they bore too much is money
received, used like any other. Both are made on the open business day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from anju.contexts.servicing.facts import RepricingCorrected
from anju.contexts.servicing.models import Loan, LoanEvent, Payment, Position
from anju.contexts.servicing.operations import correction_notices
from anju.contexts.servicing.operations.base import ACTOR, Counts, rate_tables, touch_ids
from anju.contexts.servicing.operations.folding import store
from anju.contexts.servicing.operations.posting import apply_money
from anju.contexts.servicing.plan import codec
from anju.contexts.servicing.plan.contract import REPRICED, Contract, contract_of
from anju.core.rates import RateStep, RateTables, step_on
from anju.core.schedule import AddInterest, RateLine, interest_difference_fen, level_payment_fen, position
from anju.platform.journal.facts import Fact
from anju.platform.journal.operations import record_many

CREDIT_CHANNEL = "rate_correction"
BATCH = 2_000

_DAYS = "SELECT DISTINCT provisional_on FROM servicing_position WHERE provisional_on IS NOT NULL"
_WAITING = """
SELECT loan_id FROM servicing_position
WHERE provisional_on = ANY(%(days)s) AND opened_on < %(on)s AND loan_id > %(after)s
  AND (next_due_on IS NULL OR next_due_on > %(on)s)
ORDER BY loan_id LIMIT %(limit)s FOR UPDATE
"""


@dataclass(slots=True)
class _Case:
    """One loan with its rates as applied and as they should be."""

    stored: Position
    contract: Contract
    right: tuple[RateStep, ...]
    since: date

    @property
    def begin(self) -> date:
        """From here on the right rate can still be applied: nothing after it is billed."""
        return max(self.stored.period_start_on, self.since)


def repricings_correct(*, on: date, at: datetime, tables: RateTables | None = None) -> Counts:
    """Put right every provisional repricing whose LPR is loaded by now, on the open business day ``on``. Again: nothing.

    A loan of which an instalment falls due on ``on`` is billed first and put right a day later. Counts: confirmed (the provisional
    rate was right), corrected, added_fen, credited_fen, unclaimed_fen.
    """
    counts = {"confirmed": 0, "corrected": 0, "added_fen": 0, "credited_fen": 0, "unclaimed_fen": 0}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_DAYS)
        days = [row[0] for row in cursor.fetchall()]
        if not days:
            return counts
        tables = tables or rate_tables()
        known = [
            day for day in days if not tables.lpr.selected(day, "last_published_before", tables.calendar)[1]
        ]
        after = 0
        while known:
            cursor.execute(_WAITING, {"days": known, "on": on, "after": after, "limit": BATCH})
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                break
            _correct(cursor, ids, on, at, tables, counts)
            after = ids[-1]
    return counts


def _correct(
    cursor: Any, ids: Sequence[int], on: date, at: datetime, tables: RateTables, counts: Counts
) -> None:
    made: list[RepricingCorrected] = []
    loans: dict[int, Loan] = {}
    credited: list[int] = []
    for stored in Position.objects.select_related("loan__product").filter(pk__in=ids).order_by("pk"):
        case = _case(stored, contract_of(stored.loan, on, tables))
        if case is None:
            continue
        fact = _put_right(case, on, at, tables)
        counts["corrected" if fact.from_ppm != fact.to_ppm or _fen(fact) else "confirmed"] += 1
        for name in ("added_fen", "credited_fen", "unclaimed_fen"):
            counts[name] += getattr(fact, name)
        credited += [stored.pk] if fact.credited_fen else []
        made.append(fact)
        loans[stored.pk] = stored.loan
    facts: list[Fact] = [*made]
    if credited:
        touch_ids(cursor, credited)
        facts += apply_money(cursor, on=on)[1]
    record_many(facts, at=at, actor=ACTOR)
    correction_notices.owe(made, loans, at)


def _fen(fact: RepricingCorrected) -> int:
    return fact.added_fen + fact.credited_fen + fact.unclaimed_fen


def _case(stored: Position, contract: Contract) -> _Case | None:
    """The loan, or None while another LPR that it needs is missing."""
    since = stored.provisional_on
    assert since is not None
    later = tuple(step for step in contract.published if step.effective_on >= since)
    if any(step.provisional for step in later):
        return None
    before = tuple(step for step in contract.terms.rate_path if step.effective_on < since)
    return _Case(stored, contract, before + later, since)


def _put_right(case: _Case, on: date, at: datetime, tables: RateTables) -> RepricingCorrected:
    stored, contract, since = case.stored, case.contract, case.since
    was, now = (step_on(path, since) for path in (contract.terms.rate_path, case.right))
    before_fen = stored.instalment_after_fen
    fen = interest_difference_fen(
        contract.terms, contract.events, case.right, after=stored.opened_on, until=stored.period_start_on
    )
    added, credited, unclaimed = max(fen, 0), max(-fen, 0), 0
    stored.provisional_on = None
    if stored.next_due_on is None:
        added, unclaimed = 0, added
        stored.save(update_fields=["provisional_on"])
    else:
        moved = _store_steps(case, on, at)
        if added:
            event = AddInterest(on, added)
            _store(stored, codec.kind_of(event), on, at, codec.body_of(event))
        if moved or fen:
            stored.corrected_on = on
            _move(stored, contract_of(stored.loan, on, tables), on)
        stored.save()
    if credited:
        _credit(stored, credited, on, at)
    return RepricingCorrected(
        stored.pk, on, since, was.rate_ppm, now.rate_ppm, added, credited, unclaimed, before_fen,
        stored.instalment_after_fen, stored.next_due_on, stored.next_principal_fen + stored.next_interest_fen, now.source,
    )  # fmt: skip


def _store_steps(case: _Case, on: date, at: datetime) -> bool:
    """Store the right rates from where they can still be applied; whether one differs from what was applied."""
    applied, begin = case.contract.terms.rate_path, case.begin
    days = [begin, *(step.effective_on for step in case.right if begin < step.effective_on <= on)]
    if _agreed_since(case, begin):
        days = days[1:]
    moved = False
    for day in days:
        old, new = step_on(applied, day), step_on(case.right, day)
        if old.rate_ppm != new.rate_ppm or old.provisional:
            body = {
                "from_ppm": old.rate_ppm, "to_ppm": new.rate_ppm, "source": new.source, "provisional": False,
                "corrects": case.since.isoformat(),
            }  # fmt: skip
            _store(case.stored, REPRICED, day, at, body)
            moved = moved or old.rate_ppm != new.rate_ppm
    return moved


def _agreed_since(case: _Case, begin: date) -> bool:
    """Whether a rate agreed since the last repricing stands in place of the path on a day that is no repricing date."""
    step = step_on(case.right, begin)
    return step.effective_on < begin and any(
        getattr(event, "rate_ppm", None) is not None and step.effective_on <= event.on <= begin
        for event in case.contract.events
    )


def _store(stored: Position, kind: str, day: date, at: datetime, body: dict[str, Any]) -> None:
    LoanEvent.objects.create(loan_id=stored.pk, kind=kind, effective_on=day, recorded_at=at, body=body)


def _move(stored: Position, contract: Contract, on: date) -> None:
    """The running period and what follows by the corrected history; the columns of a set-based loan too."""
    if stored.by_fold:
        store(stored, contract, on)
        return
    terms, now = contract.terms, position(contract.terms, contract.events, on)
    line = RateLine.of(terms.rate_path, contract.events)
    parts = line.parts(stored.period_start_on, on)
    stored.period_rate_ppm, stored.rate_ppm = line.on(stored.period_start_on), line.on(on)
    running = [*parts, (stored.rate_ppm, on, on)] if not parts or parts[-1][0] != stored.rate_ppm else parts
    stored.rate_since_on = running[-1][1]
    stored.rate_days = sum(rate * (end - start).days for rate, start, end in running[:-1])
    stored.instalment_fen, stored.added_interest_fen = now.instalment_fen, now.deferred_fen
    stored.next_principal_fen, stored.next_interest_fen = now.next_principal_fen, now.next_interest_fen
    left = stored.loan.months - stored.seq_next
    stored.instalment_after_fen = now.instalment_fen
    if stored.rate_ppm != stored.period_rate_ppm and terms.method == "level_payment" and left > 0:
        stored.instalment_after_fen = level_payment_fen(
            now.balance_fen - now.next_principal_fen, stored.rate_ppm, left
        )
    stored.as_of_on = max(stored.as_of_on, on)


def _credit(stored: Position, fen: int, on: date, at: datetime) -> None:
    """Money the borrower has paid too much, received once more: it goes to what is open, or waits."""
    Payment.objects.create(
        external_ref=f"{CREDIT_CHANNEL}:{stored.pk}:{on}", loan_id=stored.pk, amount_fen=fen, paid_on=on,
        channel=CREDIT_CHANNEL, received_at=at,
    )  # fmt: skip
