"""How far a prepayment shortens a loan that keeps its instalment."""

from dataclasses import replace
from itertools import accumulate, repeat

from anju.core.dates import add_months
from anju.core.schedule.due import Fortnightly
from anju.core.schedule.kernel import amortise
from anju.core.schedule.levelling import clearing, contract_months
from anju.core.schedule.rateline import RateLine
from anju.core.schedule.rows import Piece, Run
from anju.core.schedule.run import through
from anju.core.schedule.state import Loan, State, open_ended


def shortened(loan: Loan, before: State, after: State) -> State:
    """The state after a prepayment, cut to the periods it needs at the instalment it keeps.

    In a stage before the last one, the running stage keeps its instalment, the stages between keep their
    number of periods, and the last one is cut to the periods it needs at the instalment it would have had
    without the prepayment. Rates are taken to stay as they are. Never longer than before.
    """
    if isinstance(after.dues, Fortnightly):
        return _fortnightly_shortened(loan, after)
    flat = replace(loan, rates=RateLine.flat(before.rate_ppm))
    if len(after.plan) == 1:
        return _last_stage_shortened(flat, after)
    kept, _ = _at_last_stage(flat, before)
    reached, passed = _at_last_stage(flat, after)
    if reached.balance_fen:
        fen = kept.instalment_fen
        passed += _periods_to_zero(flat, reached._replace(instalment_fen=fen, base_fen=fen))
    return _cut_to(after, min(passed, after.left))


def _fortnightly_shortened(loan: Loan, state: State) -> State:
    """A fortnightly loan keeps its instalment; its contract ends when a monthly loan of twice that would."""
    months = contract_months(state)
    principals, _, _ = amortise(
        state.rule,
        state.balance_fen,
        2 * state.instalment_fen,
        repeat(state.rate_ppm * loan.conventions.clock.month, months),
        loan.denominator,
        loan.conventions.rounding,
    )
    needed = next(
        (n for n, paid in enumerate(accumulate(principals), 1) if paid == state.balance_fen), months
    )
    ends_on = min(add_months(state.period_start_on, needed), state.ends_on)
    return state._replace(ends_on=ends_on, left=clearing(loan, state))


def _last_stage_shortened(flat: Loan, state: State) -> State:
    """One stage to the end. A balloon also amortises over fewer periods."""
    stage = state.plan[0]
    over = max(stage.amortise_over or state.left, state.left)
    needed = _periods_to_zero(flat, _cut_to(state, state.left)._replace(left=over))
    if stage.amortise_over is not None:
        state = state._replace(plan=(replace(stage, amortise_over=needed),))
    return _cut_to(state, min(needed, state.left))


def _cut_to(state: State, left: int) -> State:
    """The state with so many instalments left; the last stage lasts as long as they do."""
    return state._replace(left=left, plan=(*state.plan[:-1], open_ended(state.plan[-1])))


def _at_last_stage(flat: Loan, state: State) -> tuple[State, int]:
    """The state when the last stage begins, or nothing is owed any more, and the periods until then."""
    at = state
    for piece, at in through(flat, state):
        if not at.balance_fen:
            return at, at.seq_next - state.seq_next - _idle(piece)
        if len(at.plan) == 1:
            break
    return at, at.seq_next - state.seq_next


def _periods_to_zero(flat: Loan, state: State) -> int:
    """Periods until nothing is owed; the last instalment left takes whatever remains."""
    for piece, at in through(flat, state):
        if not at.balance_fen:
            return at.seq_next - state.seq_next - _idle(piece)
    return state.left


def _idle(piece: Piece) -> int:
    """Periods at the end of a run in which nothing was owed any more."""
    if not isinstance(piece, Run):
        return 0
    owed, n = piece.balance_fen, len(piece.principals_fen)
    for passed, fen in enumerate(piece.principals_fen, start=1):
        owed -= fen
        if not owed:
            return n - passed
    return 0
