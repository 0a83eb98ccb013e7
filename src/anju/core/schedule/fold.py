"""The scalar schedule as a fold: terms open a position, each instalment advances it (facts section 3; S4-006,
S4-008).

Conventions, all per contract and all here:

- A whole period bears balance x annual / 12. The first period is whole when payout falls on the due day of
  the month before the first due date; otherwise it is a stub and bears balance x annual / 360 x actual days,
  first day counted, last not. Its principal is the regular one of a whole period 1; only the interest
  differs.
- The rate of a period is the one in force on its first day. A change on a due date belongs to the next period
  whole. A change inside a period splits its interest by days at annual / 360, rounded once for the sum; its
  principal stays that of a whole period at the old rate. From the next period the level payment is computed
  anew over the remaining balance and term. A step that does not change the rate changes nothing.
- Level payment: principal = level payment - whole-period interest, never below 0 or above the balance. Level
  principal: principal = P / n rounded half-up, untouched by rate changes, never above the balance.
- The last instalment takes the whole remaining balance, so it carries the rounding residue and ends at 0.
- Due dates do not move for holidays.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date

from anju.core.money import divide_half_up
from anju.core.rates import rate_on
from anju.core.schedule.due import due_on, first_period_is_whole
from anju.core.schedule.interest import level_payment_fen, period_interest_fen, stub_interest_fen
from anju.core.schedule.terms import MONTHS_MAX, Method, Terms

__all__ = ["MONTHS_MAX", "Method", "Terms"]


@dataclass(frozen=True, slots=True)
class Instalment:
    """One row of the schedule, in fen. `rate_ppm` is the rate on the first day of the period."""

    seq: int
    due_on: date
    principal_fen: int
    interest_fen: int
    amount_fen: int
    balance_after_fen: int
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class Position:
    """State of the fold before instalment `seq_next`.

    `instalment_fen` is the current level payment, or for level principal the current principal part.
    `rate_ppm` is the rate on `period_start_on`. After the last instalment: balance and instalment 0,
    `next_due_on` None.
    """

    seq_next: int
    balance_fen: int
    instalment_fen: int
    rate_ppm: int
    period_start_on: date
    next_due_on: date | None

    @property
    def finished(self) -> bool:
        """Whether no instalment is left."""
        return self.next_due_on is None


def opening(terms: Terms) -> Position:
    """Position on the payout date."""
    rate = rate_on(terms.rate_path, terms.start_on)
    return Position(
        seq_next=1,
        balance_fen=terms.principal_fen,
        instalment_fen=_instalment_fen(terms, terms.principal_fen, rate, terms.months),
        rate_ppm=rate,
        period_start_on=terms.start_on,
        next_due_on=due_on(terms, 1),
    )


def advance(terms: Terms, position: Position) -> tuple[Instalment, Position]:
    """The instalment of the position's period, and the position after it. Raises ValueError when finished."""
    seq, due, rate, balance = position.seq_next, position.next_due_on, position.rate_ppm, position.balance_fen
    if due is None:
        raise ValueError("the schedule is finished")
    whole_interest = period_interest_fen(balance, rate)
    if seq == terms.months:
        principal = balance
    elif terms.method == "level_payment":
        principal = min(max(position.instalment_fen - whole_interest, 0), balance)
    else:
        principal = min(position.instalment_fen, balance)
    parts = _parts(terms, position.period_start_on, due, rate)
    if len(parts) == 1 and (seq > 1 or first_period_is_whole(terms)):
        interest = whole_interest
    else:
        interest = stub_interest_fen(balance, sum(ppm * days for ppm, days in parts))
    after = balance - principal
    row = Instalment(seq, due, principal, interest, principal + interest, after, rate)
    return row, _next_position(terms, position, due, after)


def _next_position(terms: Terms, position: Position, due: date, balance_fen: int) -> Position:
    seq = position.seq_next + 1
    rate = rate_on(terms.rate_path, due)
    if seq > terms.months:
        return Position(seq, balance_fen, 0, rate, due, None)
    instalment = position.instalment_fen
    if rate != position.rate_ppm and terms.method == "level_payment":
        instalment = level_payment_fen(balance_fen, rate, terms.months - seq + 1)
    return Position(seq, balance_fen, instalment, rate, due, due_on(terms, seq))


def schedule(terms: Terms) -> tuple[Instalment, ...]:
    """All instalments."""
    rows = []
    position = opening(terms)
    while not position.finished:
        row, position = advance(terms, position)
        rows.append(row)
    return tuple(rows)


def position_after(terms: Terms, paid_periods: int) -> Position:
    """Position after so many instalments as scheduled (at most all of them)."""
    position = opening(terms)
    for _ in range(min(paid_periods, terms.months)):
        position = advance(terms, position)[1]
    return position


def total_interest_fen(rows: tuple[Instalment, ...]) -> int:
    """Interest of all rows."""
    return sum(row.interest_fen for row in rows)


def _instalment_fen(terms: Terms, balance_fen: int, rate_ppm: int, n: int) -> int:
    if terms.method == "level_payment":
        return level_payment_fen(balance_fen, rate_ppm, n)
    return divide_half_up(balance_fen, n)


def _parts(terms: Terms, start: date, end: date, rate: int) -> list[tuple[int, int]]:
    """Rates and days of a period [start, end), equal neighbours joined. One part means no change inside."""
    path = terms.rate_path
    if path[-1].effective_on <= start:
        return [(rate, (end - start).days)]
    first = bisect_right(path, start, key=lambda step: step.effective_on)
    last = bisect_left(path, end, key=lambda step: step.effective_on)
    parts: list[tuple[int, int]] = []
    since, current = start, rate
    for step in path[first:last]:
        if step.rate_ppm != current:
            parts.append((current, (step.effective_on - since).days))
            since, current = step.effective_on, step.rate_ppm
    parts.append((current, (end - since).days))
    return parts
