"""Quotes (试算): what an event would post, and what the loan looks like before and after it.

A quote runs the same fold as posting does, so a quote accepted posts the same fen (S4-057, S4-058).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from anju.core.schedule.apply import apply
from anju.core.schedule.events import PREPAY_THEN, Capitalise, Event, Prepay, PrepayInterest
from anju.core.schedule.fold import Events, follow, in_order, rows_of, to_come, totals_of
from anju.core.schedule.levelling import opened
from anju.core.schedule.rows import Piece, Row
from anju.core.schedule.run import single
from anju.core.schedule.state import Loan, State
from anju.core.schedule.terms import Terms


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is still to come from a day on, in fen, at the rates known.

    `instalment_fen`: the level payment, or for level principal the principal part. `next_amount_fen`: the
    coming instalment. `interest_left_fen`: all that will be paid beyond the balance, interest that will be added to
    the principal among it. None and 0 when nothing is.
    """

    balance_fen: int
    instalment_fen: int
    next_due_on: date | None
    next_amount_fen: int
    periods_left: int
    end_on: date | None
    interest_left_fen: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What an event costs on its day and what it changes, in fen.

    `rows` are what posting it posts; principal, interest, fee and total are their sums. `per_day_fen` is one
    day's interest on the balance before, so what waiting costs. `interest_saved_fen` counts all interest from
    the day on, with and without the event; negative when the event costs interest. `break_even_on` is the
    first day by which the interest saved makes up for the fee: the day itself without a fee, None if never.
    """

    event: Event
    on: date
    rows: tuple[Row, ...]
    principal_fen: int
    interest_fen: int
    fee_fen: int
    per_day_fen: int
    before: Outlook
    after: Outlook
    interest_saved_fen: int
    break_even_on: date | None

    @property
    def total_fen(self) -> int:
        """What is to be paid on the day."""
        return self.principal_fen + self.interest_fen + self.fee_fen

    @property
    def net_saved_fen(self) -> int:
        """Interest saved less the fee."""
        return self.interest_saved_fen - self.fee_fen

    @property
    def months_saved(self) -> int:
        """Instalments fewer than before; negative when there are more."""
        return self.before.periods_left - self.after.periods_left


def quote(terms: Terms, events: Events, event: Event) -> Quote:
    """What posting this event after these would post (events of later days are not known yet).

    Raises BadInput where posting would.
    """
    known = tuple(each for each in in_order(events) if each.on <= event.on)
    as_was, as_is = Loan.of(terms, known), Loan.of(terms, (*known, event))
    before = follow(as_was, opened(as_was, terms), known, event.on)[1]
    rows, after = apply(as_is, follow(as_is, opened(as_is, terms), known, event.on)[1], event)
    without, still = follow(as_was, before, ())[0], follow(as_is, after, ())[0]
    was, now = _outlook(as_was, before, without), _outlook(as_is, after, still)
    principal = sum(row.principal_fen for row in rows)
    interest, fee = sum(row.interest_fen for row in rows), sum(row.fee_fen for row in rows)
    # Interest of the plan that became principal is no saving; that of arrears was owed besides the plan.
    arrears = isinstance(event, Capitalise) and event.of == "arrears"
    added = 0 if arrears else now.balance_fen - was.balance_fen + principal
    return Quote(
        event=event,
        on=event.on,
        rows=rows,
        principal_fen=principal,
        interest_fen=interest,
        fee_fen=fee,
        per_day_fen=as_was.rounded(
            before.balance_fen * as_was.weight(event.on, event.on + timedelta(days=1))
        ),
        before=was,
        after=now,
        interest_saved_fen=was.interest_left_fen - now.interest_left_fen - interest - added,
        break_even_on=_break_even_on(event.on, fee, rows_of(without), (*rows, *rows_of(still))),
    )


def prepay_options(
    terms: Terms, events: Events, on: date, amount_fen: int, interest: PrepayInterest = "on_prepaid"
) -> tuple[Quote, ...]:
    """The three ways of a partial prepayment side by side: lower instalment, shorter term, shorter and levelled.

    Raises BadInput.
    """
    return tuple(quote(terms, events, Prepay(on, amount_fen, then, interest)) for then in PREPAY_THEN)


def _paid_fen(pieces: list[Piece]) -> int:
    """Everything still to be paid but fees. Interest that will be added to the principal is in it."""
    totals = totals_of(pieces)
    return totals.principal_fen + totals.interest_fen


def _outlook(loan: Loan, state: State, pieces: list[Piece]) -> Outlook:
    coming = single(loan, state)[0] if state.left else None
    periods_left, end_on = to_come(loan, state)
    return Outlook(
        balance_fen=state.balance_fen,
        instalment_fen=state.instalment_fen,
        next_due_on=state.next_due_on,
        next_amount_fen=coming.amount_fen if coming else 0,
        periods_left=periods_left,
        end_on=end_on,
        interest_left_fen=_paid_fen(pieces) - state.balance_fen,
    )


def _break_even_on(on: date, fee_fen: int, without: Iterable[Row], with_it: Iterable[Row]) -> date | None:
    """First day by which the interest of one schedule exceeds that of the other by the fee."""
    if fee_fen == 0:
        return on
    changes = [(row.on, row.interest_fen) for row in without]
    changes += [(row.on, -row.interest_fen) for row in with_it]
    changes.sort()
    saved = accumulate(fen for _, fen in changes)
    by_day = {day: fen for (day, _), fen in zip(changes, saved, strict=True)}  # the last of a day counts
    return next((day for day, fen in by_day.items() if fen >= fee_fen), None)
