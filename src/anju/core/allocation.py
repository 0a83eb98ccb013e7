"""Which bills and debts a payment settles (还款冲抵顺序; facts section 3, "Allocation"). Orders are data.

民法典 561: costs, interest, principal, unless agreed otherwise. 560, several debts: as the debtor designates,
else due first, least secured, most burdensome, earliest due, pro rata. Banks agree on: oldest instalment first,
inside it fees, penalty and compound interest, interest, principal; long overdue often principal first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal, NamedTuple

from anju.core.arrears import days_past_due

Component = Literal["fee", "penalty", "compound", "interest", "principal"]
COMPONENTS: tuple[Component, ...] = ("fee", "penalty", "compound", "interest", "principal")


@dataclass(frozen=True, slots=True)
class BillOpen:
    """What is still open of one bill, in fen."""

    bill_id: object
    due_on: date
    interest_fen: int
    principal_fen: int
    fee_fen: int = 0
    penalty_fen: int = 0
    compound_fen: int = 0

    def open_fen(self, component: Component) -> int:
        """What is open of one component."""
        fen: int = getattr(self, f"{component}_fen")
        return fen


@dataclass(frozen=True, slots=True)
class Order:
    """An order of allocation.

    across: `oldest_first` settles bill by bill, `by_component` one component of all bills before the next.
    `components` in the order in which they are settled. With `principal_first_over_days`, bills more than so
    many days past due settle principal before everything else. Raises ValueError.
    """

    across: Literal["oldest_first", "by_component"] = "oldest_first"
    components: tuple[Component, ...] = COMPONENTS
    principal_first_over_days: int | None = None

    def __post_init__(self) -> None:
        if sorted(self.components) != sorted(COMPONENTS):
            raise ValueError("an order names every component once")

    def components_of(self, bill: BillOpen, on: date | None) -> tuple[Component, ...]:
        """The order inside one bill on a day."""
        limit = self.principal_first_over_days
        if limit is None or on is None or days_past_due(bill.due_on, on) <= limit:
            return self.components
        return ("principal", *(each for each in self.components if each != "principal"))


BANK = Order()
"""Oldest instalment first: fees, penalty, compound, interest, principal."""

LEGAL = Order("by_component", ("fee", "interest", "compound", "penalty", "principal"))
"""民法典 561, when nothing is agreed: costs, then all interest, then principal; inside each the oldest first."""

BANK_PRINCIPAL_FIRST = Order(principal_first_over_days=90)
"""As BANK, but bills more than 90 days past due settle principal first."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a payment: so many fen of this bill's component."""

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


def allocate(
    amount_fen: int, bills: Sequence[BillOpen], order: Order = BANK, on: date | None = None
) -> Allocation:
    """Settle bills by an order; no piece is zero, none above what is open.

    Bills of one due date keep the order given. `on` is the day of payment, for orders that look at days past
    due. Raises ValueError for a negative amount or a negative open remainder.
    """
    if amount_fen < 0 or any(bill.open_fen(part) < 0 for bill in bills for part in COMPONENTS):
        raise ValueError("amounts must not be negative")
    pieces: list[Piece] = []
    left = amount_fen
    for bill, component in _claims(bills, order, on):
        taken = min(left, bill.open_fen(component))
        if taken:
            pieces.append(Piece(bill.bill_id, component, taken))
            left -= taken
    return Allocation(pieces, left)


def _claims(bills: Sequence[BillOpen], order: Order, on: date | None) -> Iterator[tuple[BillOpen, Component]]:
    """Every bill's every component, in the order in which they are settled."""
    oldest_first = sorted(bills, key=lambda each: each.due_on)
    if order.across == "oldest_first":
        for bill in oldest_first:
            for component in order.components_of(bill, on):
                yield bill, component
        return
    for rank in range(len(COMPONENTS)):
        for bill in oldest_first:
            yield bill, order.components_of(bill, on)[rank]


@dataclass(frozen=True, slots=True)
class Debt:
    """One of several debts to the same creditor, in fen. `secured_fen`: value that secures it; `burden_ppm`:
    what it costs the debtor a year (rate in ppm)."""

    debt_id: object
    due_on: date
    open_fen: int
    secured_fen: int = 0
    burden_ppm: int = 0


def allocate_debts(
    amount_fen: int, debts: Sequence[Debt], on: date, designated: Sequence[object] = ()
) -> dict[object, int]:
    """How much of a payment goes to each debt, fen (民法典 560): designated ones first in the order named, then
    due before not due, least secured, most burdensome, earliest due, and pro rata among equals.

    Pro rata shares are rounded down and the fen left over go one each to the first ones. Debts that get nothing
    are left out. Raises ValueError for negative amounts.
    """
    if amount_fen < 0 or any(debt.open_fen < 0 for debt in debts):
        raise ValueError("amounts must not be negative")
    named = {debt_id: rank for rank, debt_id in enumerate(designated)}
    left, shares = amount_fen, dict[object, int]()

    def rank(debt: Debt) -> tuple[int, bool, int, int, date]:
        chosen = named.get(debt.debt_id, len(named))
        return chosen, debt.due_on > on, debt.secured_fen, -debt.burden_ppm, debt.due_on

    for _, equals in groupby(sorted(debts, key=rank), key=rank):
        for debt, share in _pro_rata(left, list(equals)):
            if share:
                shares[debt.debt_id] = share
                left -= share
    return shares


def _pro_rata(amount_fen: int, debts: Sequence[Debt]) -> list[tuple[Debt, int]]:
    total = sum(debt.open_fen for debt in debts)
    if amount_fen >= total:
        return [(debt, debt.open_fen) for debt in debts]
    shares = [amount_fen * debt.open_fen // total for debt in debts]
    odd = amount_fen - sum(shares)
    for k, debt in enumerate(debts):
        if odd and shares[k] < debt.open_fen:
            shares[k] += 1
            odd -= 1
    return list(zip(debts, shares, strict=True))
