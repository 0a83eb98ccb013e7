"""Through the periods: like instalments in one run, anything special as a single row."""

from collections.abc import Iterator
from datetime import date

from anju.core.schedule.interest import stepped_fen
from anju.core.schedule.levelling import levelled, whole_periods
from anju.core.schedule.rows import Piece, Row, Run
from anju.core.schedule.state import Accrual, Loan, Pause, State, cut


def through(loan: Loan, state: State, until: date | None = None) -> Iterator[tuple[Piece, State]]:
    """All instalments due up to and including a day (None: to the end), each piece with the state after it."""
    while state.left and (until is None or (state.stub_on or state.dues.at(0)) <= until):
        n = _alike(loan, state, until)
        piece, state = run_of(loan, state, n) if n else single(loan, state)
        yield piece, state


def _alike(loan: Loan, state: State, until: date | None) -> int:
    """How many whole, regular instalments come next before anything changes; 0: the next one is special."""
    accrual = state.accrual
    if accrual.broken or accrual.earned or state.residue_fen or state.deferred_fen or state.stub_on:
        return 0
    stage = state.plan[0]
    if isinstance(stage, Pause):
        return 0
    n = state.stage_left
    if stage.method == "stepped":
        n = min(n, stage.step_every - state.phase % stage.step_every)
    if until is not None:
        n = min(n, state.dues.up_to(until))
    change = loan.rates.next_change_on(state.period_start_on)
    return n if change is None else min(n, state.dues.up_to(change))


def run_of(loan: Loan, state: State, n: int) -> tuple[Run, State]:
    """The next n instalments, known to be alike, or as many as there is a balance for, and the state after them."""
    principals, interests, after = whole_periods(loan, state, n, closes=n == state.left)
    if loan.ends_early and not after:
        n = _paid_after(principals, state.balance_fen)
        del principals[n:], interests[n:]
    run = Run(
        seq=state.seq_next,
        dues=state.dues,
        rate_ppm=state.rate_ppm,
        balance_fen=state.balance_fen,
        principals_fen=principals,
        interests_fen=interests,
        by_days=loan.conventions.by_days,
    )
    return run, _turned(loan, state, n, after)


def _paid_after(principals: list[int], balance_fen: int) -> int:
    """How many of these it takes until the whole balance is paid."""
    for n, fen in enumerate(principals, start=1):
        balance_fen -= fen
        if not balance_fen:
            return n
    return len(principals)


def single(loan: Loan, state: State) -> tuple[Row, State]:
    """The next instalment, whatever is special about it. Raises ValueError when the schedule is finished."""
    if not state.left:
        raise ValueError("the schedule is finished")
    if state.stub_on:
        return _stub(loan, state, state.stub_on)
    due, stage = state.dues.at(0), state.plan[0]
    principal, interest = coming(loan, state)
    after = state.balance_fen - principal
    if isinstance(stage, Pause):
        return _paused(loan, state, stage, due, interest)
    interest += state.deferred_fen
    rate = loan.rates.on(state.period_start_on)
    row = Row(state.seq_next, due, "instalment", principal, interest, 0, principal + interest, after, rate)
    return row, _turned(loan, state._replace(deferred_fen=0), 1, after)


def coming(loan: Loan, state: State) -> tuple[int, int]:
    """Principal of the next instalment and its interest without what was deferred."""
    (principal,), (whole,), _ = whole_periods(loan, state, 1, closes=state.left == 1)
    interest = _interest(loan, state, state.dues.at(0), whole)
    kept = loan.conventions.broken_instalment == "kept" and state.rule == "payment" and state.left > 1
    if kept and interest != whole:
        rest = state.instalment_fen + state.residue_fen - interest
        principal = min(max(rest, 0), state.balance_fen)
    return principal, interest


def _stub(loan: Loan, state: State, on: date) -> tuple[Row, State]:
    """Interest before the first whole period, due alone."""
    until, rate = state.dues.at(-1), loan.rates.on(state.accrual.since_on)
    since, earned, _ = state.accrual
    interest = loan.rounded(earned + state.balance_fen * loan.weight(since, until))
    row = Row(state.seq_next - 1, on, "stub", 0, interest, 0, interest, state.balance_fen, rate)
    after = state._replace(
        stub_on=None, period_start_on=until, accrual=Accrual(until), rate_ppm=loan.rates.on(until)
    )
    fixed_anew = after.rate_ppm != state.rate_ppm and state.rule == "payment"
    return row, levelled(loan, after) if fixed_anew else after


def regular_of(loan: Loan, state: State) -> tuple[int, int]:
    """Principal and regular interest of the next instalment."""
    (principal,), (whole,), _ = whole_periods(loan, state, 1, closes=state.left == 1)
    return principal, whole


def interest_of(loan: Loan, state: State) -> int:
    """Interest of the running period up to the next due date, without what was deferred."""
    return _interest(loan, state, state.dues.at(0), regular_of(loan, state)[1])


def _interest(loan: Loan, state: State, due: date, whole_fen: int) -> int:
    """Interest of the running period: that of a whole one, or by days when it is broken."""
    since, earned, broken = state.accrual
    balance = state.balance_fen
    if broken or len(loan.rates.parts(since, due)) > 1:
        return loan.rounded(earned + balance * loan.weight(since, due))
    if not earned:
        return whole_fen
    return loan.rounded(earned + balance * _whole_weight(loan, state))


def _whole_weight(loan: Loan, state: State) -> int:
    """Rate x time of the next whole period."""
    clock, dues = loan.conventions.clock, state.dues
    time = clock.days(dues.at(-1), dues.at(0)) if loan.conventions.by_days else clock.month * dues.every
    return state.rate_ppm * time


def _paused(loan: Loan, state: State, pause: Pause, due: date, interest: int) -> tuple[Row, State]:
    added = interest if pause.interest == "capitalise" else 0
    forgiven = interest if pause.interest == "waive" else 0
    deferred = interest if pause.interest == "defer" else 0
    after, rate = state.balance_fen + added, loan.rates.on(state.period_start_on)
    row = Row(state.seq_next, due, "holiday", 0, 0, 0, 0, after, rate, added, forgiven)
    return row, _turned(loan, state._replace(deferred_fen=state.deferred_fen + deferred), 1, after)


def _turned(loan: Loan, state: State, n: int, balance_fen: int) -> State:
    """The state when the next n due dates have passed: a new period, perhaps a new stage, step or rate."""
    start, left = state.dues.at(n - 1), state.left - n
    if loan.ends_early and not balance_fen:
        left = 0
    stage_ends = n == state.stage_left
    turned = state._replace(
        seq_next=state.seq_next + n,
        balance_fen=balance_fen,
        instalment_fen=state.instalment_fen if left else 0,
        rate_ppm=loan.rates.on(start),
        period_start_on=start,
        dues=state.dues.after(n),
        left=left,
        plan=cut(state.plan, n) if left else state.plan,
        accrual=Accrual(start),
        phase=0 if stage_ends else state.phase + n,
        residue_fen=0,
    )
    if not left:
        return turned
    if stage_ends or (turned.rate_ppm != state.rate_ppm and state.rule == "payment"):
        return levelled(loan, turned)
    return _stepped(loan, turned)


def _stepped(loan: Loan, state: State) -> State:
    """The state with the instalment of its step, if it is stepped."""
    stage = state.plan[0]
    if isinstance(stage, Pause) or stage.method != "stepped":
        return state
    steps = state.phase // stage.step_every
    fen = stepped_fen(state.base_fen, steps, stage.step_fen, stage.step_ppm, loan.conventions.rounding)
    return state._replace(instalment_fen=fen)
