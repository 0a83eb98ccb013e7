"""What a fold gives: rows of money, and runs of like instalments from which rows are made."""

from datetime import date
from functools import partial
from itertools import accumulate, islice, repeat
from operator import add, sub
from typing import Literal, NamedTuple

from anju.core.schedule.due import Dues

RowKind = Literal["instalment", "holiday", "prepayment", "payoff", "capitalised", "waived", "stub"]


class Row(NamedTuple):
    """One posting, in fen. amount = principal + interest + fee is what is paid.

    `seq` numbers the due dates 1, 2, ...; a row of an event carries the number of the due date before it (0
    after payout). A `stub` is the interest before the first whole period, due alone (`conventions`). `rate_ppm` is
    the rate on the first day of the period, for events that of the day. `added_fen` is interest added to the
    principal, `forgiven_fen` interest given up; neither is paid. balance before - principal + added = balance after.
    """

    seq: int
    on: date
    kind: RowKind
    principal_fen: int
    interest_fen: int
    fee_fen: int
    amount_fen: int
    balance_after_fen: int
    rate_ppm: int
    added_fen: int = 0
    forgiven_fen: int = 0

    @property
    def due_on(self) -> date:
        """The day of the row, as instalments call it."""
        return self.on


Instalment = Row


class Run(NamedTuple):
    """Consecutive instalments of one rule and rate, without dates: `dues` says when they fall due. `by_days`:
    their periods count actual days, so they are not equally long."""

    seq: int
    dues: Dues
    rate_ppm: int
    balance_fen: int
    principals_fen: list[int]
    interests_fen: list[int]
    by_days: bool

    def amount_fen(self, k: int) -> int:
        """Amount of one of its instalments."""
        return self.principals_fen[k] + self.interests_fen[k]

    def highest_fen(self) -> int:
        """The highest amount. Like instalments of equal periods do not rise, but for the one that closes."""
        if self.by_days:
            return max(self.amount_fen(k) for k in range(len(self.principals_fen)))
        return max(self.amount_fen(0), self.amount_fen(-1))

    def rows(self) -> list[Row]:
        """The rows of the run."""
        n = len(self.principals_fen)
        after = accumulate(self.principals_fen, sub, initial=self.balance_fen)
        columns = zip(
            range(self.seq, self.seq + n),
            self.dues.first(n),
            repeat("instalment"),
            self.principals_fen,
            self.interests_fen,
            repeat(0),
            map(add, self.principals_fen, self.interests_fen),
            islice(after, 1, None),
            repeat(self.rate_ppm),
            repeat(0),
            repeat(0),
        )
        return list(map(_row, columns))


_row = partial(tuple.__new__, Row)
"""A Row of all its fields in order, without the price of a Python call."""

Piece = Run | Row
