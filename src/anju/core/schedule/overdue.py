"""Overdue instalments: penalty interest 罚息, compound interest 复利, and payments in between (facts section 3).

From the day after its due date an unpaid instalment bears

    penalty interest on its unpaid principal:  principal x rate x (1 + uplift) / 360 x days
    compound interest on its unpaid interest:  interest  x rate x (1 + uplift) / 360 x days

with the contract rate of each day (银发〔2003〕251号: +30 % .. +50 % overdue, +50 % .. +100 % misuse). The base is
the instalment's own principal; the whole balance bears it only after acceleration (`accelerated` makes the
balance one more instalment). Penalty and compound interest bear no interest themselves.

Rounding: what an instalment has earned so far is summed exactly over all its days and balances and rounded
once; what is open is that less what was paid of it. So partial payments neither create nor lose a fen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from anju.core.allocation import BANK, Allocation, BillOpen, Order, Piece, allocate
from anju.core.arrears import days_past_due
from anju.core.checks import a_day, within
from anju.core.money import FEN_MAX, PPM_ONE, divide
from anju.core.schedule.conventions import DEFAULT, Conventions
from anju.core.schedule.events import Payoff
from anju.core.schedule.fold import Events, post
from anju.core.schedule.rateline import RateLine
from anju.core.schedule.terms import Terms


@dataclass(frozen=True, slots=True)
class Unpaid:
    """An instalment as billed, in fen; whether and when it is paid is another matter. Raises BadInput."""

    bill_id: object
    due_on: date
    principal_fen: int
    interest_fen: int
    fee_fen: int = 0

    def __post_init__(self) -> None:
        a_day("due_on", self.due_on)
        for name in ("principal_fen", "interest_fen", "fee_fen"):
            within(name, getattr(self, name), 0, FEN_MAX)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received on a day, in fen. Raises BadInput."""

    on: date
    amount_fen: int

    def __post_init__(self) -> None:
        a_day("payment.on", self.on)
        within("payment.amount_fen", self.amount_fen, 0, FEN_MAX)


@dataclass(frozen=True, slots=True)
class OverdueRule:
    """What the contract says about being late: uplift as a share of the rate (+50 % = 500 000 ppm), whether
    unpaid interest bears compound interest, and the order of allocation. Raises BadInput."""

    uplift_ppm: int = 500_000
    compound: bool = True
    order: Order = BANK

    def __post_init__(self) -> None:
        within("uplift_ppm", self.uplift_ppm, 0, 2 * PPM_ONE)


@dataclass(frozen=True, slots=True)
class OverdueLine:
    """What is open of one instalment at the close of a day, in fen, and its days past due."""

    bill_id: object
    due_on: date
    days_past_due: int
    fee_fen: int
    penalty_fen: int
    compound_fen: int
    interest_fen: int
    principal_fen: int

    @property
    def total_fen(self) -> int:
        """Everything open of it."""
        return self.fee_fen + self.penalty_fen + self.compound_fen + self.interest_fen + self.principal_fen


@dataclass(frozen=True, slots=True)
class Overdue:
    """What is open on a day, and how every payment was allocated. `unapplied_fen` waits for the next bill."""

    on: date
    lines: tuple[OverdueLine, ...]
    settled: tuple[tuple[date, Piece], ...]
    unapplied_fen: int

    @property
    def total_fen(self) -> int:
        """Everything open."""
        return sum(line.total_fen for line in self.lines)


@dataclass(slots=True)
class _Running:
    """One instalment while its days are counted: open parts, exact sums earned, fen of them paid."""

    bill: Unpaid
    since_on: date
    open: dict[str, int]
    earned: dict[str, int] = field(default_factory=lambda: {"penalty": 0, "compound": 0})
    paid: dict[str, int] = field(default_factory=lambda: {"penalty": 0, "compound": 0})


@dataclass(frozen=True, slots=True)
class _Meter:
    """How late money is charged: the rates, the convention, the rule."""

    rates: RateLine
    conventions: Conventions
    rule: OverdueRule

    def weight(self, start: date, end: date) -> int:
        """Sum over [start, end) of rate x time x (1 + uplift)."""
        time = self.conventions.clock.days
        rates = sum(rate * time(since, until) for rate, since, until in self.rates.parts(start, end))
        return rates * (PPM_ONE + self.rule.uplift_ppm)

    def rounded(self, earned: int) -> int:
        return divide(earned, PPM_ONE * PPM_ONE * self.conventions.clock.year, self.conventions.rounding)


def overdue_position(
    bills: Iterable[Unpaid],
    payments: Iterable[Payment],
    on: date,
    rates: RateLine,
    rule: OverdueRule = OverdueRule(),
    conventions: Conventions = DEFAULT,
) -> Overdue:
    """What is open at the close of a day of bills due up to then, after the payments up to then.

    A payment settles only what is due; the rest waits and settles the next bill on its due day. On a day bills
    come before payments. `rates`: `RateLine.of(terms.rate_path, events)`.
    """
    meter = _Meter(rates, conventions, rule)
    due = sorted((bill for bill in bills if bill.due_on <= on), key=lambda bill: bill.due_on)
    money = sorted((each for each in payments if each.on <= on), key=lambda each: each.on)
    running: list[_Running] = []
    settled: list[tuple[date, Piece]] = []
    purse = 0
    for today in sorted({bill.due_on for bill in due} | {each.on for each in money}):
        running += [_opened(bill) for bill in due if bill.due_on == today]
        purse += sum(each.amount_fen for each in money if each.on == today)
        taken = _settle(running, purse, today, meter)
        settled += [(today, piece) for piece in taken.pieces]
        purse = taken.unapplied_fen
    for each in running:
        _count(each, on, meter)
    lines = tuple(_line(each, on, meter) for each in running)
    return Overdue(on, tuple(line for line in lines if line.total_fen), tuple(settled), purse)


def accelerated(terms: Terms, events: Events, on: date, bill_id: object = "accelerated") -> Unpaid:
    """The whole balance called due (加速到期), with the interest of the running period by days. Raises BadInput."""
    (row,) = post(terms, events, Payoff(on, fee_fen=0))
    return Unpaid(bill_id, on, row.principal_fen, row.interest_fen)


def _opened(bill: Unpaid) -> _Running:
    parts = {"fee": bill.fee_fen, "interest": bill.interest_fen, "principal": bill.principal_fen}
    return _Running(bill, bill.due_on, parts)


def _count(each: _Running, on: date, meter: _Meter) -> None:
    """Earn penalty and compound interest from the last counted day up to this one."""
    weight = meter.weight(each.since_on, on)
    each.earned["penalty"] += each.open["principal"] * weight
    if meter.rule.compound:
        each.earned["compound"] += each.open["interest"] * weight
    each.since_on = max(on, each.since_on)


def _charge(each: _Running, name: str, meter: _Meter) -> int:
    return meter.rounded(each.earned[name]) - each.paid[name]


def _settle(running: Sequence[_Running], purse_fen: int, on: date, meter: _Meter) -> Allocation:
    if not purse_fen:
        return Allocation([], 0)
    for each in running:
        _count(each, on, meter)
    open_bills = [
        BillOpen(
            number,
            each.bill.due_on,
            each.open["interest"],
            each.open["principal"],
            each.open["fee"],
            _charge(each, "penalty", meter),
            _charge(each, "compound", meter),
        )
        for number, each in enumerate(running)
    ]
    taken = allocate(purse_fen, open_bills, meter.rule.order, on)
    pieces = [_book(running, piece) for piece in taken.pieces]
    return Allocation(pieces, taken.unapplied_fen)


def _book(running: Sequence[_Running], piece: Piece) -> Piece:
    """Take a piece off the instalment that it names by number, and name it by its bill."""
    assert isinstance(piece.bill_id, int)
    each = running[piece.bill_id]
    if piece.component in ("penalty", "compound"):
        each.paid[piece.component] += piece.amount_fen
    else:
        each.open[piece.component] -= piece.amount_fen
    return Piece(each.bill.bill_id, piece.component, piece.amount_fen)


def _line(each: _Running, on: date, meter: _Meter) -> OverdueLine:
    return OverdueLine(
        each.bill.bill_id,
        each.bill.due_on,
        days_past_due(each.bill.due_on, on),
        each.open["fee"],
        _charge(each, "penalty", meter),
        _charge(each, "compound", meter),
        each.open["interest"],
        each.open["principal"],
    )
