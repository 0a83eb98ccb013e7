"""The fold compiled by numba. Importing this module imports numba: only the portfolio path does (design, section 2).

Loans go through in blocks of LANES, tile by tile of TILE periods, so that everything stays in the first cache and
each period is one vector loop. Balances and amounts are float64 that hold whole numbers below 2**53, exactly.

Interest of a whole period in the fast loop is floor(balance x m + c) with m = rate / 12e6 as a float. Why this is exact:
X = balance x rate / 12e6 lies on a grid of 1 / 12e6. With c = 0.5 + 1 / 24e6 (down: 1 / 24e6) the sum lies half a grid step
above a grid point, 4.1e-8 away from every other one, and its error is at most (3 X + 2) 2**-53 (m, the product, the sum),
fused or not. So the floor is right for X up to 1e8 fen of interest a month; books that may pass FAST_INTEREST_FEN, half-even
rounding and daily interest use the integer loop.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

import hashlib
import math
import os
from pathlib import Path
from typing import Any

import numba
import numpy as np

from anju.core.engine.basis import DOWN, HALF_EVEN, HALF_UP, MONTH_DIVISOR, SPLIT_BITS
from anju.core.engine.course import BROKEN, INSTALMENT, RATE
from anju.core.engine.level import TIE_FEN, TIE_SHARE
from anju.core.engine.residue import RESIDUE_SHARE
from anju.core.engine.stages import LEVEL_PAYMENT, LEVEL_PRINCIPAL

LANES = 128
TILE = 12
FAST_INTEREST_FEN = 1e8
NEVER = 1 << 30

MONTHLY_FLOAT = float(MONTH_DIVISOR)
NUDGE = 0.5 / MONTHLY_FLOAT
ALL_OF_IT = 1e15
LOW = (1 << SPLIT_BITS) - 1


def _cache_folder() -> str:
    """A folder for this very text of the engine: numba itself notices changes of one file only, not of what it calls."""
    text = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        text.update(file.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "anju", f"engine-{text.hexdigest()[:16]}")


_config: Any = numba.config
if not _config.CACHE_DIR:
    _config.CACHE_DIR = _cache_folder()


def compiled(function: Any, fastmath: Any = False) -> Any:
    """numba.njit without fast mathematics, kept on disk where a folder can be written."""
    try:
        return numba.njit(nogil=True, error_model="numpy", fastmath=fastmath, cache=True)(function)
    except RuntimeError:  # no folder in which a cache could lie
        return numba.njit(nogil=True, error_model="numpy", fastmath=fastmath)(function)


def compiled_sums(function: Any) -> Any:
    """The same where only the order of additions may change: of whole numbers below 2**53 every order gives the same."""
    return compiled(function, {"reassoc"})


@compiled
def divide(numerator, divisor, code):
    """Non-negative whole number by an even divisor, rounded by rule."""
    quotient = numerator // divisor
    rest = numerator - quotient * divisor
    half = divisor // 2
    if code == HALF_UP:
        return quotient + (1 if rest >= half else 0)
    if code == HALF_EVEN and (rest > half or (rest == half and quotient % 2 == 1)):
        return quotient + 1
    return quotient


@compiled
def divide_weighted(balance, weight, divisor, code):
    """As `basis.divide_weighted`."""
    high = (balance >> SPLIT_BITS) * weight
    quotient = high // divisor
    rest = ((high - quotient * divisor) << SPLIT_BITS) + (balance & LOW) * weight
    low = rest // divisor
    if code == DOWN:
        return (quotient << SPLIT_BITS) + low
    whole = (quotient << SPLIT_BITS) + low
    rest -= low * divisor
    half = divisor // 2
    up = rest >= half if code == HALF_UP else (rest > half or (rest == half and whole % 2 == 1))
    return whole + (1 if up else 0)


@compiled
def near(exact, tolerance, code):
    """Rounded amount (not below 0), and whether it lies so near to a boundary that a float must not decide."""
    shift = 0.0 if code == DOWN else 0.5
    below = np.floor(exact + shift)
    away = exact + shift - below
    return below, min(away, 1.0 - away) <= tolerance


@compiled
def level_payment(balance, rate, n, code):
    """Level payment, and whether it is in doubt."""
    if rate == 0:
        return float(divide(2 * np.int64(balance), 2 * n, code)), False
    monthly = rate / MONTHLY_FLOAT
    exact = balance * monthly / -math.expm1(-n * math.log1p(monthly))
    return near(exact, TIE_FEN + TIE_SHARE * exact, code)


@compiled
def level_residue(balance, amount, rate, n, code):
    """As `residue.level_residue`, and whether it is in doubt."""
    if rate == 0:
        return balance - n * amount, False
    monthly = rate / MONTHLY_FLOAT
    exact = (balance - amount * -math.expm1(-n * math.log1p(monthly)) / monthly) * (1.0 + monthly)
    size, doubt = near(abs(exact), TIE_FEN + RESIDUE_SHARE * balance, code)
    return (-size if exact < 0 else size), doubt


@compiled
def fix(state, lane, rate, method, n, straight_too, code, residue_first):
    """Fix the instalment of a lane for what is left. True when a float must not decide."""
    balance = state[0, lane]
    doubt = False
    extra = 0.0
    if method == LEVEL_PAYMENT:
        state[1, lane], doubt = level_payment(balance, rate, n, code)
        state[2, lane] = 1.0
        if residue_first:
            extra, doubtful = level_residue(balance, state[1, lane], rate, n, code)
            doubt = doubt or doubtful
    elif straight_too:
        state[2, lane] = 0.0
        state[1, lane] = 0.0
        if method == LEVEL_PRINCIPAL:
            state[1, lane] = float(divide(2 * np.int64(balance), 2 * n, code))
            if residue_first:
                extra = balance - n * state[1, lane]
    if straight_too or method == LEVEL_PAYMENT:
        state[4, lane] = extra
        state[1, lane] += extra
    return doubt


# A sheet takes the rows of a block: flat arrays of principal and interest, the period of the first row, elements a row, and
# where in a row the block's lanes lie, from and to. Flat, because a slice of a flat array is known to be without gaps.


@compiled
def run_fast(state, sheet, begin, end, shift):
    """Whole periods of all lanes, in floats that hold whole numbers."""
    principal, interest, first, stride, here, beyond = sheet
    balances, amounts, shares, factors = state[0], state[1], state[2], state[3]
    for period in range(begin, end):
        at = (period - first) * stride
        part, due = principal[at + here : at + beyond], interest[at + here : at + beyond]
        for lane in range(len(due)):
            balance = balances[lane]
            whole = np.floor(balance * factors[lane] + shift)
            paid = amounts[lane] - shares[lane] * whole
            paid = paid if paid > 0.0 else 0.0
            paid = paid if paid < balance else balance
            due[lane] = np.int64(whole)
            part[lane] = np.int64(paid)
            balances[lane] = balance - paid


@compiled
def run_exact(state, rates, sheet, begin, end, rules, clock, months, days):
    """The same in whole numbers, for any rounding and for daily interest (`clock` then has the weights of days)."""
    principal, interest, first, stride, here, beyond = sheet
    code, daily, divisor = rules[0], rules[3], rules[4]
    for period in range(begin, end):
        at = (period - first) * stride
        part, due = principal[at + here : at + beyond], interest[at + here : at + beyond]
        for lane in range(len(due)):
            balance = np.int64(state[0, lane])
            if balance == 0:
                due[lane] = 0
                part[lane] = 0
                continue
            if daily:
                month = months[lane] + period
                weight = rates[lane] * (clock[month, days[lane]] - clock[month - 1, days[lane]])
                whole = divide_weighted(balance, weight, divisor, code)
            else:
                whole = divide(balance * rates[lane], MONTH_DIVISOR, code)
            share = whole if state[2, lane] > 0.0 else np.int64(0)
            paid = min(max(np.int64(state[1, lane]) - share, 0), balance)
            due[lane] = whole
            part[lane] = paid
            state[0, lane] = float(balance - paid)


# What a block carries: `state` [5, LANES] balance, amount, share of interest in it, monthly factor, residue inside the
# amount; `whole` [8, LANES] rate, method, until, next event's place, end of events, period of the next stop, weight of a
# broken period or -1, and the period for which the amount was fixed.
RATE_OF, METHOD_OF, UNTIL, PLACE, END, STOP, WEIGHT, FIXED = 0, 1, 2, 3, 4, 5, 6, 7
STATES, WHOLES = 5, 8


@compiled
def open_block(loans, begin, count, event_first, event_period, state, whole, doubt, code, residue_first):
    """Load `count` loans from `begin` on into the lanes; the other lanes stay empty."""
    principal, months, rate, method, until = loans
    state[:] = 0.0
    whole[:] = 0
    whole[STOP] = NEVER
    for lane in range(count):
        at = begin + lane
        state[0, lane] = principal[at]
        state[3, lane] = rate[at] / MONTHLY_FLOAT
        whole[RATE_OF, lane], whole[METHOD_OF, lane], whole[UNTIL, lane] = rate[at], method[at], until[at]
        whole[PLACE, lane], whole[END, lane] = event_first[at], event_first[at + 1]
        if fix(state, lane, rate[at], method[at], until[at], True, code, residue_first):
            doubt[at] = True
        stop_after(state, whole, lane, -1, months[at], event_period)


@compiled
def stop_after(state, whole, lane, period, months, event_period):
    """Note the next period at which this lane needs more than the loop: an event, the residue's end, the last period."""
    stop = months - 1 if months - 1 > period else NEVER
    if whole[PLACE, lane] < whole[END, lane]:
        stop = min(stop, event_period[whole[PLACE, lane]])
    if state[4, lane] != 0.0:
        stop = min(stop, max(period, 0) + 1)
    whole[STOP, lane] = stop


@compiled
def change(state, whole, lane, period, kind, value, extra, code, residue_first):
    """A new rate, a new stage, or an instalment that is fixed already. True when a float must not decide."""
    if kind == INSTALMENT:
        state[1, lane], state[4, lane] = value, 0.0
        return False
    if kind == RATE:
        if value == whole[RATE_OF, lane]:
            return False
        whole[RATE_OF, lane] = value
        state[3, lane] = value / MONTHLY_FLOAT
    else:
        whole[METHOD_OF, lane], whole[UNTIL, lane] = value, extra
    if state[0, lane] == 0.0:
        return False
    whole[FIXED, lane] = period
    n = whole[UNTIL, lane] - period
    return fix(
        state, lane, whole[RATE_OF, lane], whole[METHOD_OF, lane], n, kind != RATE, code, residue_first
    )


@compiled
def obey(state, whole, lane, period, months, events, code, residue_first):
    """Everything that the lane's stop asks for, before its period runs. True when a float must not decide."""
    event_period, event_kind, event_value, event_extra = events
    doubt = False
    if period > whole[FIXED, lane]:
        state[1, lane] -= state[4, lane]
        state[4, lane] = 0.0
    whole[WEIGHT, lane] = -1
    while whole[PLACE, lane] < whole[END, lane] and event_period[whole[PLACE, lane]] == period:
        place = whole[PLACE, lane]
        kind, value = event_kind[place], event_value[place]
        if kind == BROKEN:
            whole[WEIGHT, lane] = value
        elif change(state, whole, lane, period, kind, value, event_extra[place], code, residue_first):
            doubt = True
        whole[PLACE, lane] += 1
    if period == months - 1:
        state[1, lane], state[2, lane], state[4, lane] = ALL_OF_IT, 0.0, 0.0
    return doubt


@compiled
def run_tile(block, loans, events, state, whole, doubt, sheet, rules, clock, begin, end):
    """Periods begin to end of one block: its rows stand on the sheet afterwards."""
    at, count, first_month, due_day = block
    code, fast = rules[0], rules[1]
    shift = NUDGE + (0.0 if code == DOWN else 0.5)
    stops = whole[STOP]
    period = begin
    while period < end:
        stop = NEVER
        for lane in range(LANES):
            stop = min(stop, stops[lane])
        halt = stop == period
        until = period + 1 if halt else min(stop, end)
        if halt:
            for lane in range(count):
                if stops[lane] == period:
                    found = obey(state, whole, lane, period, loans[1][at + lane], events, code, rules[2])
                    doubt[at + lane] = doubt[at + lane] or found
        if fast:
            run_fast(state, sheet, period, until, shift)
        else:
            run_exact(state, whole[RATE_OF], sheet, period, until, rules, clock, first_month, due_day)
        if halt:
            broken(block, loans, events, state, whole, sheet, rules, period)
        period = until


@compiled
def broken(block, loans, events, state, whole, sheet, rules, period):
    """After a stop: interest of broken periods by days, and the next stops."""
    principal, interest, first, stride, here, _ = sheet
    at, count = block[0], block[1]
    row = (period - first) * stride + here
    for lane in range(count):
        if whole[STOP, lane] != period:
            continue
        if whole[WEIGHT, lane] >= 0:
            before = np.int64(state[0, lane]) + principal[row + lane]
            interest[row + lane] = divide_weighted(before, whole[WEIGHT, lane], rules[4], rules[0])
        stop_after(state, whole, lane, period, loans[1][at + lane], events[0])


@compiled
def fill_balance(principal, balance, left, sheet, begin, end):
    """Balance after each row: what was left before, less its principal. Zeros keep a finished loan at zero."""
    stride, here, beyond = sheet[3], sheet[4], sheet[5]
    for period in range(begin, end):
        at = period * stride
        part, after = principal[at + here : at + beyond], balance[at + here : at + beyond]
        for lane in range(len(part)):
            left[lane] -= part[lane]
            after[lane] = left[lane]


@compiled
def rows_kernel(loans, first_month, due_day, event_first, events, rules, clock, doubt, start, stop, out):
    """Write all rows of the loans start to stop: `out` principal, interest, balance, flat [periods x (stop - start)]."""
    state, whole = np.empty((STATES, LANES)), np.empty((WHOLES, LANES), np.int64)
    principal, interest, balance = out
    months, stride = loans[1], stop - start
    periods = len(principal) // stride
    for at in range(start, stop, LANES):
        count = min(LANES, stop - at)
        block = (at, count, first_month[at : at + count], due_day[at : at + count])
        open_block(loans, at, count, event_first, events[0], state, whole, doubt, rules[0], rules[2])
        left = loans[0][at : at + count].copy()
        sheet = (principal, interest, np.int64(0), stride, at - start, at - start + count)
        for begin in range(0, months[at], TILE):
            end = min(begin + TILE, months[at])
            run_tile(block, loans, events, state, whole, doubt, sheet, rules, clock, begin, end)
            fill_balance(principal, balance, left, sheet, begin, end)
        for period in range(months[at], periods):
            row = period * stride + at - start
            for each in out:
                each[row : row + count] = 0
