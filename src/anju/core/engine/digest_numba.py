"""Digests compiled by numba: rows are summed while they are in the first cache and never stored."""

# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

import numpy as np

from anju.core.engine.basis import DOWN
from anju.core.engine.kernel_numba import (
    LANES,
    NUDGE,
    STATES,
    STOP,
    TILE,
    WHOLES,
    compiled,
    compiled_sums,
    open_block,
    run_tile,
)

BALANCE, INTEREST, LAST, PERIODS = 0, 1, 2, 3
"""Rows of the totals: principal and interest after `since`, the last instalment, and principal x periods to wait."""


@compiled
def sum_loans(tile, left, since, latest, sums, begin, end):
    """Add a tile to the sums of its lanes. Principal x periods to wait is the balance at the beginning of each period."""
    principal, interest = tile
    balance, paid, waits = sums
    for period in range(begin, end):
        row = (period - begin) * LANES
        part, due = principal[row : row + LANES], interest[row : row + LANES]
        if period >= latest:
            for lane in range(LANES):
                paid[lane] += due[lane]
                waits[lane] += left[lane]
                balance[lane] += part[lane]
                left[lane] -= part[lane]
        else:
            for lane in range(LANES):
                counts = period >= since[lane]
                paid[lane] += due[lane] if counts else 0
                waits[lane] += left[lane] if counts else 0
                balance[lane] += part[lane] if counts else 0
                left[lane] -= part[lane]


@compiled
def last_amounts(tile, months, lasts, begin, end):
    """The last instalments that lie in a tile."""
    principal, interest = tile
    for lane in range(len(months)):
        last = months[lane] - 1
        if begin <= last < end:
            place = (last - begin) * LANES + lane
            lasts[lane] = principal[place] + interest[place]


@compiled
def sum_months(tile, since, first_month, flows, base, begin, end):
    """Add a tile to the months in which it falls due. Lanes with the same first month are added together."""
    principal, interest = tile
    window, count = flows.shape[1], len(first_month)
    lane = 0
    while lane < count:
        month, wait = first_month[lane], since[lane]
        beyond = lane + 1
        while beyond < count and first_month[beyond] == month and since[beyond] == wait:
            beyond += 1
        low = max(begin, wait, base - month)
        high = min(end, base + window - month)
        for period in range(low, high):
            row = (period - begin) * LANES
            part, due = principal[row + lane : row + beyond], interest[row + lane : row + beyond]
            paid = np.int64(0)
            earned = np.int64(0)
            for each in range(beyond - lane):
                paid += part[each]
                earned += due[each]
            flows[0, month + period - base] += paid
            flows[1, month + period - base] += earned
        lane = beyond


@compiled
def load(loans, since, left, wait, sums, at, count):
    """Balances and waits of a block into its lanes, sums to zero; the longest wait."""
    latest = np.int64(0)
    for lane in range(LANES):
        left[lane] = loans[0][at + lane] if lane < count else 0
        wait[lane] = since[at + lane] if lane < count else 0
        latest = max(latest, wait[lane])
        sums[0][lane] = 0
        sums[1][lane] = 0
        sums[2][lane] = 0
    return latest


@compiled_sums
def run_totals(state, fast_sums, flow, begin, end, shift):
    """As `kernel_numba.run_fast`, with the sums taken at once and no row kept: for lanes that all count, from one month."""
    balances, amounts, shares, factors = state[0], state[1], state[2], state[3]
    paid, waits = fast_sums
    principal, interest = flow
    for period in range(begin, end):
        parts = 0.0
        dues = 0.0
        for lane in range(LANES):
            balance = balances[lane]
            whole = np.floor(balance * factors[lane] + shift)
            part = amounts[lane] - shares[lane] * whole
            part = part if part > 0.0 else 0.0
            part = part if part < balance else balance
            paid[lane] += whole
            waits[lane] += balance
            balances[lane] = balance - part
            parts += part
            dues += whole
        principal[period] = np.int64(parts)
        interest[period] = np.int64(dues)


@compiled
def stretch(state, fast_sums, flow, left, sums, window, begin, end, shift):
    """Totals of a stretch of whole periods, into the sums and, if there is a window, into the months."""
    flows, place = window
    for lane in range(LANES):
        left[lane] = np.int64(state[0, lane])
        fast_sums[0][lane] = 0.0
        fast_sums[1][lane] = 0.0
    run_totals(state, fast_sums, flow, begin, end, shift)
    for lane in range(LANES):
        sums[0][lane] += left[lane] - np.int64(state[0, lane])
        sums[1][lane] += np.int64(fast_sums[0][lane])
        sums[2][lane] += np.int64(fast_sums[1][lane])
        left[lane] = np.int64(state[0, lane])
    for period in range(max(begin, -place), min(end, flows.shape[1] - place)):
        flows[0, place + period] += flow[0][period]
        flows[1, place + period] += flow[1][period]


@compiled
def alike(first_month, flows):
    """Whether one month can stand for all lanes: there is no window, or all begin in the same month."""
    if flows.shape[1] == 0:
        return True
    same = True
    for lane in range(len(first_month)):
        same = same and first_month[lane] == first_month[0]
    return same


@compiled
def quiet_until(stops, period, end):
    """The first period from `period` on at which some lane stops, at most `end`."""
    stop = end
    for lane in range(LANES):
        if stops[lane] < stop:
            stop = stops[lane]
    return max(stop, period)


@compiled
def digest_kernel(
    loans, first_month, due_day, event_first, events, rules, clock, doubt, since, totals, flows, base
):
    """Totals [4, loans] of each loan and flows [2, months] from month `base` on, both added to what they hold."""
    state, whole = np.empty((STATES, LANES)), np.empty((WHOLES, LANES), np.int64)
    tile = (np.empty(TILE * LANES, np.int64), np.empty(TILE * LANES, np.int64))
    months, code = loans[1], rules[0]
    shift = NUDGE + (0.0 if code == DOWN else 0.5)
    width, none = np.int64(LANES), np.int64(0)
    left, wait = np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    sums = (np.empty(LANES, np.int64), np.empty(LANES, np.int64), np.empty(LANES, np.int64))
    fast_sums = (np.empty(LANES), np.empty(LANES))
    longest = months[0] if len(months) else none
    flow = (np.empty(longest, np.int64), np.empty(longest, np.int64))
    for at in range(0, len(months), LANES):
        count = min(LANES, len(months) - at)
        block = (at, count, first_month[at : at + count], due_day[at : at + count])
        open_block(loans, at, count, event_first, events[0], state, whole, doubt, code, rules[2])
        latest = load(loans, since, left, wait, sums, at, count)
        window = (flows, first_month[at] - base)
        quick = rules[1] and alike(block[2], flows)
        end, begin = months[at], none
        while begin < end:
            stop = quiet_until(whole[STOP], begin, end)
            if quick and begin >= latest and stop - begin > 2:
                stretch(state, fast_sums, flow, left, sums, window, begin, stop, shift)
                begin = stop
                continue
            until = min(begin + TILE, end)
            until = min(until, stop + 1) if quick and until > latest else until
            sheet = (tile[0], tile[1], begin, width, none, width)
            run_tile(block, loans, events, state, whole, doubt, sheet, rules, clock, begin, until)
            sum_loans(tile, left, wait, latest, sums, begin, until)
            last_amounts(tile, months[at : at + count], totals[LAST][at : at + count], begin, until)
            if flows.shape[1]:
                sum_months(tile, wait, block[2], flows, base, begin, until)
            begin = until
        for lane in range(count):
            totals[BALANCE, at + lane] += sums[0][lane]
            totals[INTEREST, at + lane] += sums[1][lane]
            totals[PERIODS, at + lane] += sums[2][lane]
