"""Which bills a payment settles (还款冲抵顺序; facts section 3, "Allocation, banks")."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Component = Literal["interest", "principal"]


@dataclass(frozen=True, slots=True)
class BillOpen:
    """What is still open of one bill, in fen."""

    bill_id: object
    due_on: date
    interest_fen: int
    principal_fen: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a payment: so many fen of this bill's interest or principal."""

    bill_id: object
    component: Component
    amount_fen: int


class Allocation(NamedTuple):
    """Pieces in the order in which they were taken, and what is left unapplied, in fen."""

    pieces: list[Piece]
    unapplied_fen: int

    @property
    def applied_fen(self) -> int:
        """Sum of all pieces."""
        return sum(piece.amount_fen for piece in self.pieces)


def allocate(amount_fen: int, bills: Sequence[BillOpen]) -> Allocation:
    """Oldest instalment first, interest before principal inside it; no piece is zero.

    Bills of one due date keep the order given. Raises ValueError for a negative amount or a negative open
    remainder.
    """
    if amount_fen < 0 or any(bill.interest_fen < 0 or bill.principal_fen < 0 for bill in bills):
        raise ValueError("amounts must not be negative")
    pieces: list[Piece] = []
    left = amount_fen
    for bill in sorted(bills, key=lambda each: each.due_on):
        parts: tuple[tuple[Component, int], ...] = (
            ("interest", bill.interest_fen),
            ("principal", bill.principal_fen),
        )
        for component, open_fen in parts:
            taken = min(left, open_fen)
            if taken:
                pieces.append(Piece(bill.bill_id, component, taken))
                left -= taken
    return Allocation(pieces, left)
