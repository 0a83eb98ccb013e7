"""The one fold: terms and events in, rows out (house rule 3; facts section 3; S4-006, S4-008).

`schedule`, `position`, `post`, `totals` and the quotes all walk the same pieces, so that what is shown is what
is posted. The rules of a period are in `kernel.py` and `run.py`, those of events in `apply.py`, the
conventions in `conventions.py`.

Every function here raises BadInput when an event cannot be (`events.py`, `apply.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from anju.core.checks import require
from anju.core.schedule.apply import accrued_fen, apply
from anju.core.schedule.due import Fortnightly
from anju.core.schedule.events import Event
from anju.core.schedule.levelling import opened
from anju.core.schedule.rows import Piece, Row, Run
from anju.core.schedule.run import single, through
from anju.core.schedule.state import Loan, State
from anju.core.schedule.terms import Terms

Events = Sequence[Event]


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events by day; those of one day as given."""
    return tuple(sorted(events, key=lambda event: event.on))


def follow(loan: Loan, state: State, events: Events, until: date | None = None) -> tuple[list[Piece], State]:
    """Pieces from a state on, and the state at the end: everything up to and including a day (None: all).

    Events are in order. On each day the instalment comes first, then the events.
    """
    pieces: list[Piece] = []
    for event in events:
        if until is not None and event.on > until:
            break
        state = _collect(loan, state, event.on, pieces)
        rows, state = apply(loan, state, event)
        pieces.extend(rows)
    return pieces, _collect(loan, state, until, pieces)


def _collect(loan: Loan, state: State, until: date | None, pieces: list[Piece]) -> State:
    for piece, after in through(loan, state, until):
        pieces.append(piece)
        state = after
    return state


def trace(terms: Terms, events: Events = (), until: date | None = None) -> tuple[list[Piece], State]:
    """`follow` from payout."""
    ordered = in_order(events)
    loan = Loan.of(terms, ordered)
    return follow(loan, opened(loan, terms), ordered, until)


def rows_of(pieces: Iterable[Piece]) -> tuple[Row, ...]:
    """Pieces as rows with dates."""
    rows: list[Row] = []
    for piece in pieces:
        if isinstance(piece, Run):
            rows.extend(piece.rows())
        else:
            rows.append(piece)
    return tuple(rows)


def schedule(terms: Terms, events: Events = ()) -> tuple[Row, ...]:
    """All rows of a loan's life in order of day: instalments, and what its events post."""
    return rows_of(trace(terms, events)[0])


def opening(terms: Terms, events: Events = ()) -> State:
    """State on the payout date, before any event."""
    return opened(Loan.of(terms, in_order(events)), terms)


def advance(terms: Terms, state: State, events: Events = ()) -> tuple[Row, State]:
    """The next instalment and the state after it; `events` count for their rates only. Raises ValueError when
    finished."""
    return single(Loan.of(terms, in_order(events)), state)


def position_after(terms: Terms, paid_periods: int) -> State:
    """State after so many instalments as scheduled (at most all of them), without events."""
    state = opening(terms)
    if paid_periods < 1:
        return state
    return trace(terms, (), state.dues.at(paid_periods - 1))[1]


@dataclass(frozen=True, slots=True)
class Position:
    """A loan at the close of a day, in fen; everything due or effective up to and on the day has happened.

    `accrued_fen`: interest of the running period by days, first day counted, the day itself not (what a payoff
    on the day would pay). `deferred_fen`: put off by a holiday, or added. `instalment_fen`: see `State`. `next_*`: the
    coming instalment. `end_on`: the last due date as things stand. None and 0 once the loan has ended.
    """

    on: date
    balance_fen: int
    accrued_fen: int
    deferred_fen: int
    rate_ppm: int
    instalment_fen: int
    next_seq: int
    next_due_on: date | None
    next_principal_fen: int
    next_interest_fen: int
    periods_left: int
    end_on: date | None

    @property
    def next_amount_fen(self) -> int:
        """Amount of the coming instalment."""
        return self.next_principal_fen + self.next_interest_fen


def position(terms: Terms, events: Events, on: date) -> Position:
    """Where the loan stands at the close of a day; later events are not known yet. Raises BadInput."""
    require("on", on, on >= terms.start_on, f"from {terms.start_on}", f"不早于 {terms.start_on}")
    known = tuple(event for event in in_order(events) if event.on <= on)
    return position_of(Loan.of(terms, known), trace(terms, known, on)[1], on)


def lived(terms: Terms, events: Events, on: date) -> tuple[tuple[Row, ...], Position]:
    """The rows up to the close of a day, and where the loan stands then, by one walk; for a ledger. Raises BadInput."""
    require("on", on, on >= terms.start_on, f"from {terms.start_on}", f"不早于 {terms.start_on}")
    known = tuple(event for event in in_order(events) if event.on <= on)
    loan = Loan.of(terms, known)
    pieces, state = follow(loan, opened(loan, terms), known, on)
    return rows_of(pieces), position_of(loan, state, on)


def position_of(loan: Loan, state: State, on: date) -> Position:
    """The outward view of a state on a day of its running period."""
    coming = single(loan, state)[0] if state.left else None
    periods_left, end_on = to_come(loan, state)
    return Position(
        on=on,
        balance_fen=state.balance_fen,
        accrued_fen=accrued_fen(loan, state, on) if coming else 0,
        deferred_fen=state.deferred_fen,
        rate_ppm=loan.rates.on(on),
        instalment_fen=state.instalment_fen,
        next_seq=state.seq_next,
        next_due_on=state.next_due_on,
        next_principal_fen=coming.principal_fen if coming else 0,
        next_interest_fen=coming.interest_fen if coming else 0,
        periods_left=periods_left,
        end_on=end_on,
    )


def to_come(loan: Loan, state: State) -> tuple[int, date | None]:
    """How many instalments are to come, and the last due date. A later rate moves the end of a fortnightly loan
    only, and a loan may be paid off before its last period, so these are walked to their end."""
    if not state.left:
        return 0, None
    if isinstance(state.dues, Fortnightly) or loan.ends_early:
        end = follow(loan, state, ())[1]
        return end.seq_next - state.seq_next, end.period_start_on
    return state.left, state.dues.at(state.left - 1)


class Totals(NamedTuple):
    """Sums of a schedule, in fen. `first`, `last` and `highest` are amounts of instalments."""

    instalments: int
    principal_fen: int
    interest_fen: int
    fee_fen: int
    first_fen: int
    last_fen: int
    highest_fen: int

    @property
    def amount_fen(self) -> int:
        """Everything that is paid."""
        return self.principal_fen + self.interest_fen + self.fee_fen


def totals(terms: Terms, events: Events = ()) -> Totals:
    """Sums of `schedule` without building its rows: the light path for comparing plans."""
    return totals_of(trace(terms, events)[0])


def totals_of(pieces: Iterable[Piece]) -> Totals:
    """Sums of pieces."""
    count = principal = interest = fee = highest = 0
    ends: list[int] = []
    for piece in pieces:
        if isinstance(piece, Run):
            count += len(piece.principals_fen)
            principal += sum(piece.principals_fen)
            interest += sum(piece.interests_fen)
            highest = max(highest, piece.highest_fen())
            ends += (piece.amount_fen(0), piece.amount_fen(-1))
            continue
        principal += piece.principal_fen
        interest += piece.interest_fen
        fee += piece.fee_fen
        if piece.kind in ("instalment", "holiday"):
            count += 1
            highest = max(highest, piece.amount_fen)
            ends.append(piece.amount_fen)
    first, last = (ends[0], ends[-1]) if ends else (0, 0)
    return Totals(count, principal, interest, fee, first, last, highest)


def post(terms: Terms, events: Events, event: Event) -> tuple[Row, ...]:
    """The rows that an event adds when it happens after these events (those of later days are not known yet).

    Rows of instalments due up to its day are not among them. Raises BadInput.
    """
    known = [each for each in in_order(events) if each.on <= event.on]
    loan = Loan.of(terms, (*known, event))
    state = follow(loan, opened(loan, terms), known, event.on)[1]
    return apply(loan, state, event)[0]


def total_interest_fen(rows: Iterable[Row]) -> int:
    """Interest of all rows."""
    return sum(row.interest_fen for row in rows)
