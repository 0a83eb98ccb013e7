"""How an instalment is fixed for a state, and what whole periods make of it."""

from collections.abc import Iterable
from datetime import date
from itertools import accumulate, pairwise, repeat
from math import gcd
from operator import sub

from anju.core.checks import bad
from anju.core.dates import add_months, month_number
from anju.core.money import divide
from anju.core.schedule.due import FORTNIGHT, Fortnightly, Monthly, first_month, first_period_is_whole
from anju.core.schedule.interest import level_payment_fen, level_residue_fen, stepped_base_fen, stepped_fen
from anju.core.schedule.kernel import amortise
from anju.core.schedule.state import Accrual, Loan, Pause, State
from anju.core.schedule.terms import Stage, Terms


def opened(loan: Loan, terms: Terms) -> State:
    """State on the payout date."""
    fortnightly = loan.conventions.frequency == "fortnightly"
    dues = (
        Fortnightly(terms.start_on + FORTNIGHT) if fortnightly else Monthly(terms.due_day, first_month(terms))
    )
    broken = not fortnightly and not first_period_is_whole(terms)
    state = State(
        seq_next=1,
        balance_fen=terms.principal_fen,
        instalment_fen=0,
        rate_ppm=loan.rates.on(terms.start_on),
        period_start_on=terms.start_on,
        dues=dues,
        left=terms.months,
        plan=terms.plan,
        accrual=Accrual(terms.start_on, 0, broken),
        ends_on=add_months(terms.start_on, terms.months),
    )
    return levelled(loan, state)


def levelled(loan: Loan, state: State, on: date | None = None) -> State:
    """The state with its instalment fixed anew for the running stage; on a day: at the rate in force then.

    Raises BadInput when a stepped plan cannot pay its interest or falls to nothing.
    """
    if not state.left:
        return state._replace(instalment_fen=0, residue_fen=0, plan=state.plan[-1:])
    if on is not None:
        state = state._replace(rate_ppm=loan.rates.on(on))
    stage = state.plan[0]
    if isinstance(stage, Pause) or stage.method == "interest_only":
        return state._replace(instalment_fen=0, base_fen=0, residue_fen=0)
    if isinstance(state.dues, Fortnightly):
        return _levelled_fortnightly(loan, state, stage)
    if stage.method == "stepped":
        return _levelled_steps(loan, state, stage)
    n = max(stage.amortise_over or state.left, state.stage_left)
    instalment, residue = _level(loan, state, stage, n)
    return state._replace(instalment_fen=instalment, base_fen=0, residue_fen=residue)


def _level(loan: Loan, state: State, stage: Stage, n: int) -> tuple[int, int]:
    """Instalment over n periods, and the residue its rounding leaves for the next one (residue first)."""
    balance, rounding = state.balance_fen, loan.conventions.rounding
    first = loan.conventions.residue == "first" and n > 1
    if stage.method == "level_principal":
        part = divide(balance, n, rounding)
        return part, (balance - n * part if first else 0)
    payment = level_payment_fen(balance, state.rate_ppm, n, rounding)
    return payment, (level_residue_fen(balance, payment, state.rate_ppm, n, rounding) if first else 0)


def _levelled_fortnightly(loan: Loan, state: State, stage: Stage) -> State:
    """Half of what a monthly loan over the rest of the contract would pay, for as long as it takes."""
    whole, _ = _level(loan, state, stage, contract_months(state))
    state = state._replace(
        instalment_fen=divide(whole, 2, loan.conventions.rounding),
        left=max(state.dues.up_to(state.ends_on), 1),
        residue_fen=0,
    )
    return state._replace(left=clearing(loan, state))


def contract_months(state: State) -> int:
    """Months from the start of the running period to the end of the contract, begun ones counted, at least 1."""
    start = state.period_start_on
    months = month_number(state.ends_on) - month_number(start)
    return max(months + (add_months(start, months) < state.ends_on), 1)


def clearing(loan: Loan, state: State) -> int:
    """How many of the instalments left it takes, at the present instalment and rate, until nothing is owed."""
    principals, _, _ = whole_periods(loan, state, state.left)
    owed = accumulate(principals, sub, initial=state.balance_fen)
    needed = next((n for n, left in enumerate(owed) if left == 0), state.left)
    return max(needed, 1)


def whole_periods(
    loan: Loan, state: State, n: int, *, closes: bool = False
) -> tuple[list[int], list[int], int]:
    """Principal and regular interest of the next n periods, and the balance after them.

    Periods that are equally long have one weight; it and the denominator are reduced, for smaller numbers.
    """
    weights: Iterable[int]
    clock, rate, dues, denominator = loan.conventions.clock, state.rate_ppm, state.dues, loan.denominator
    if loan.conventions.by_days:
        dates = [dues.at(k) for k in range(-1, n)]
        weights = [rate * clock.days(start, end) for start, end in pairwise(dates)]
    else:
        weight = rate * clock.month
        common = gcd(weight, denominator // 2)  # of half of it, so that it stays even
        weights, denominator = repeat(weight // common, n), denominator // common
    return amortise(
        state.rule,
        state.balance_fen,
        state.instalment_fen + state.residue_fen,
        weights,
        denominator,
        loan.conventions.rounding,
        closes,
    )


def _levelled_steps(loan: Loan, state: State, stage: Stage) -> State:
    """A new base; the steps keep their time. The first instalment must cover its interest, the last be more
    than nothing: then no principal is negative in between."""
    n = max(stage.amortise_over or state.left, state.stage_left)
    phase, rounding = state.phase % stage.step_every, loan.conventions.rounding
    steps = {"every": stage.step_every, "first": stage.step_every - phase}
    base = stepped_base_fen(
        state.balance_fen,
        state.rate_ppm,
        n,
        **steps,
        step_fen=stage.step_fen,
        step_ppm=stage.step_ppm,
        rounding=rounding,
    )
    last = stepped_fen(base, (phase + n - 1) // stage.step_every, stage.step_fen, stage.step_ppm, rounding)
    interest = loan.rounded(state.balance_fen * state.rate_ppm * loan.conventions.clock.month)
    if state.balance_fen and (base < interest or base <= 0 or last <= 0):
        field, value = (
            ("stage.step_fen", stage.step_fen) if stage.step_fen else ("stage.step_ppm", stage.step_ppm)
        )
        allowed = f"a step with which the first instalment ({base} fen) covers its interest ({interest} fen)"
        allowed += f" and the last ({last} fen) is above 0"
        zh = f"使首期（{base} 分）不低于利息（{interest} 分）且末期（{last} 分）大于 0 的递变"
        raise bad(field, value, allowed, allowed_zh=zh)
    return state._replace(instalment_fen=base, base_fen=base, phase=phase, residue_fen=0)
