"""Other people's ways to the same schedule: plain loops of ours, and published packages as their pages tell to use them.

Each peer gives (interest, principal) in fen of every instalment of one loan (principal fen, rate ppm, months), level payment,
whole months, half-up where the package lets one choose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Rows = list[tuple[int, int]]
Schedule = Callable[[int, int, int], Rows]

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Peer:
    """A published package: the name of its distribution, and how it is asked."""

    name: str
    schedule: Callable[[], Schedule]

    @property
    def version(self) -> str | None:
        """The installed version; None when it is not installed."""
        try:
            return version(self.name)
        except PackageNotFoundError:
            return None


def decimal_loop(principal_fen: int, rate_ppm: int, months: int) -> list[tuple[Decimal, Decimal]]:
    """The loop that everybody writes first: Decimal yuan, a rounding a row. (interest, principal) in yuan."""
    balance = Decimal(principal_fen) / 100
    with localcontext():
        monthly = Decimal(rate_ppm) / 12_000_000
        growth = (1 + monthly) ** months
        payment = (balance * monthly * growth / (growth - 1)).quantize(_CENT, ROUND_HALF_UP)
        found = []
        for month in range(months):
            interest = (balance * monthly).quantize(_CENT, ROUND_HALF_UP)
            principal = balance if month == months - 1 else payment - interest
            balance -= principal
            found.append((interest, principal))
    return found


def numpy_loop(principal: Ints, rate: Ints, payment: Ints, months: int) -> tuple[Ints, Ints, Ints]:
    """Numpy looped over periods: whole columns, a fresh array a step, schedules [periods, loans] kept."""
    interest = np.empty((months, len(principal)), dtype=np.int64)
    part, left = np.empty_like(interest), np.empty_like(interest)
    balance = principal
    for month in range(months):
        interest[month] = (balance * rate + 6_000_000) // 12_000_000
        last = month == months - 1
        part[month] = balance if last else np.minimum(np.maximum(payment - interest[month], 0), balance)
        balance = balance - part[month]
        left[month] = balance
    return interest, part, left


def numpy_totals(principal: Ints, rate: Ints, payment: Ints, months: int) -> tuple[Ints, Ints]:
    """Numpy looped over periods for sums only: total interest and balance x periods of each loan, no row kept."""
    balance, total, waits = principal, np.zeros_like(principal), np.zeros_like(principal)
    for month in range(months):
        interest = (balance * rate + 6_000_000) // 12_000_000
        last = month == months - 1
        part = balance if last else np.minimum(np.maximum(payment - interest, 0), balance)
        total, waits = total + interest, waits + balance
        balance = balance - part
    return total, waits


def _fen(value: Any) -> int:
    return int(Decimal(str(value)).quantize(_CENT, ROUND_HALF_UP) * 100)


def _mortgagemath() -> Schedule:
    import mortgagemath as package

    def schedule(principal: int, rate: int, months: int) -> Rows:
        terms = package.LoanParams(
            principal=Decimal(principal) / 100,
            annual_rate=Decimal(rate) / 10_000,
            term_months=months,
            payment_rounding=package.PaymentRounding.ROUND_HALF_UP,
        )
        found = [row for row in package.amortization_schedule(terms) if row.number > 0]
        return [(_fen(row.interest), _fen(row.principal)) for row in found]

    return schedule


def _loankit() -> Schedule:
    import loan as package

    strategy: Any = package.STRATEGIES["equal-installment"]

    def schedule(principal: int, rate: int, months: int) -> Rows:
        amount, percent = Decimal(principal) / 100, Decimal(rate) / 10_000
        asked = package.LoanRequest(amount, percent, months, "equal-installment")
        found = strategy().generate(asked).installments
        return [(_fen(row.interest), _fen(row.principal)) for row in found]

    return schedule


def _amortization() -> Schedule:
    from amortization.schedule import amortization_schedule

    def schedule(principal: int, rate: int, months: int) -> Rows:
        found = amortization_schedule(principal / 100, rate / 1_000_000, months)
        return [(round(row.interest * 100), round(row.principal * 100)) for row in found]

    return schedule


def _numpy_financial() -> Schedule:
    import numpy_financial as package

    def schedule(principal: int, rate: int, months: int) -> Rows:
        monthly, amount, periods = rate / 12_000_000, principal / 100, np.arange(1, months + 1)
        interest = -package.ipmt(monthly, periods, months, amount)
        part = -package.ppmt(monthly, periods, months, amount)
        both = zip(np.round(interest, 2).tolist(), np.round(part, 2).tolist(), strict=True)
        return [(round(one * 100), round(other * 100)) for one, other in both]

    return schedule


def _quantlib() -> Schedule:
    import QuantLib as ql

    def schedule(principal: int, rate: int, months: int) -> Rows:
        term = ql.Period(months, ql.Months)
        left = list(ql.sinkingNotionals(term, ql.Monthly, rate / 1_000_000, principal / 100))
        start = ql.Date(20, 1, 2020)
        dates = ql.sinkingSchedule(start, term, ql.Monthly, ql.NullCalendar())
        day_count = ql.Thirty360(ql.Thirty360.BondBasis)
        bond = ql.AmortizingFixedRateBond(0, left[: len(dates) - 1], dates, [rate / 1_000_000], day_count)
        flows: dict[Any, list[int]] = {}
        for flow in bond.cashflows():
            coupon = ql.as_coupon(flow)
            row = flows.setdefault(flow.date().serialNumber(), [0, 0])
            row[0 if coupon is not None else 1] = round(flow.amount() * 100)
        return [(interest, part) for interest, part in flows.values()]

    return schedule


PEERS = (
    Peer("mortgagemath", _mortgagemath),
    Peer("loankit", _loankit),
    Peer("amortization", _amortization),
    Peer("numpy-financial", _numpy_financial),
    Peer("QuantLib", _quantlib),
)
