"""All-in annual cost (综合融资成本) of a loan, for the statement of 金规〔2026〕2号 (from 2026-08-01; S4-135).

Method: the internal rate of return of the borrower's monthly cash flows. Received at payout: the loan less every
fee paid then. Paid in month k: the instalment and every fee of that month. The monthly rate i solves

    received = sum of paid_k / (1 + i)^k

`nominal_ppm` = 12 x i (simple, 单利: comparable with the contract rate, and equal to it without fees);
`effective_ppm` = (1 + i)^12 - 1 (compound, 复利). Both are shown. The source does not say which is the headline
figure; a person confirms it (facts section 15). Periods are whole months: a broken first period, early repayment
and overdue charges are not part of it. Solved in integers to 0.05 ppm and rounded half-up to ppm, far inside the
0.01 % shown; level principal is taken with un-rounded interest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from anju.core.checks import bad
from anju.core.costs.streams import BITS, NANO, YEAR, Discount, Flows, Stream
from anju.core.money import divide_half_up

NANO_PER_PPM = NANO // 1_000_000
NANO_MAX = 100 * NANO
"""Ten thousand percent a year: beyond it no rate is sought."""

_YEAR_TO_12 = YEAR**12
_FIRST_STEP = NANO // 100
_CLOSE = NANO
"""Product of two neighbouring secant steps (nano squared) at which the next point is right to 0.05 ppm: a secant step
errs by about months / (2 YEAR) times that product."""

_ROUNDS_MAX = 60


@dataclass(frozen=True, slots=True)
class AnnualCost:
    """Cost rate a year in ppm: nominal (12 x monthly) and effective (compounded)."""

    nominal_ppm: int
    effective_ppm: int


def annual_cost(received_fen: int, streams: Sequence[Stream], *, guess_ppm: int = 40_000) -> AnnualCost:
    """Cost of receiving `received_fen` at payout and paying the streams.

    `guess_ppm` only speeds the search. Raises BadInput when nothing is received, when less is paid back than
    received (no cost rate exists), or beyond 10,000 %.
    """
    if received_fen <= 0:
        raise bad("received_fen", received_fen, "> 0")
    nano = _solve(received_fen << BITS, streams, guess_ppm * NANO_PER_PPM)
    return cost_of(nano)


def cost_of_flows(received_fen: int, paid_fen: Sequence[int]) -> AnnualCost:
    """The same for any monthly payments: `paid_fen[k]` in month k + 1. Raises as `annual_cost`."""
    return annual_cost(received_fen, (Flows(tuple(paid_fen)),))


@lru_cache(maxsize=1024)
def cost_of(nano: int) -> AnnualCost:
    """Both figures from a nominal yearly rate in nano."""
    effective = divide_half_up(((YEAR + nano) ** 12 - _YEAR_TO_12) * 1_000_000, _YEAR_TO_12)
    return AnnualCost(divide_half_up(nano, NANO_PER_PPM), effective)


def rate_cost(rate_ppm: int) -> AnnualCost:
    """Cost of a loan without fees: its rate. (Rounding to the fen moves its root by less than 0.001 %.)"""
    return cost_of(rate_ppm * NANO_PER_PPM)


def _solve(received: int, streams: Sequence[Stream], guess: int) -> int:
    """Root of present value - received, which falls in the rate: secant steps kept inside a bracket."""
    low, high = 0, NANO_MAX
    before = at = max(guess, 1)
    gap_before = gap_at = _gap(received, streams, at)
    for _ in range(_ROUNDS_MAX):
        low, high = (max(low, at), high) if gap_at >= 0 else (low, min(high, at))
        if high - low <= 1:
            break
        rise = gap_at - gap_before
        if rise:
            step = at - gap_at * (at - before) // rise
            if low <= step <= high and abs((step - at) * (at - before)) <= _CLOSE:
                return step
        else:
            step = at + max(at, _FIRST_STEP) * gap_at // received // 2 + (1 if gap_at >= 0 else -1)
        if not low < step < high:
            step = (low + high) // 2
        before, gap_before = at, gap_at
        at, gap_at = step, _gap(received, streams, step)
    if low == 0 and _gap(received, streams, 0) < 0:
        zh, en = (
            "还款总额少于实得金额，没有成本率可言。",
            "Less is paid than received: there is no cost rate.",
        )
        raise bad("paid_fen", "-", "at least what is received", zh, en)
    if low >= NANO_MAX - 1:
        raise bad("cost", "-", "0 .. 10000 %")
    return low


def _gap(received: int, streams: Sequence[Stream], nano: int) -> int:
    at = Discount.of(nano)
    return sum([stream.present(at) for stream in streams]) - received
