"""How an instalment is fixed for a state, and what whole periods make of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import accumulate, pairwise, repeat
from math import gcd
from operator import sub

from anju.core.checks import bad, require
from anju.core.dates import add_months, month_number
from anju.core.money import PPM_ONE, divide
from anju.core.schedule.due import FORTNIGHT, Dues, Fortnightly, Monthly, first_month
from anju.core.schedule.interest import annuity, annuity_of, residue_of, stepped_base, stepped_fen
from anju.core.schedule.kernel import amortise
from anju.core.schedule.state import Accrual, Loan, Pause, State
from anju.core.schedule.terms import Stage, Terms


def opened(loan: Loan, terms: Terms) -> State:
    """State on the payout date."""
    start, dues = terms.start_on, _dues(terms)
    before, stub = dues.at(-1), loan.conventions.stub
    state = State(
        seq_next=1,
        balance_fen=terms.principal_fen,
        instalment_fen=0,
        rate_ppm=loan.rates.on(terms.start_on),
        period_start_on=terms.start_on,
        dues=dues,
        left=terms.instalments,
        plan=terms.plan,
        accrual=Accrual(start, 0, before != start),
        ends_on=add_months(start, terms.months),
    )
    if stub != "with_first" and start < before:
        state = state._replace(stub_on=before if stub == "separate" else start)
    return levelled(loan, state)


def _dues(terms: Terms) -> Dues:
    if terms.conventions.frequency == "fortnightly":
        return Fortnightly(terms.start_on + FORTNIGHT)
    return Monthly(terms.due_day, first_month(terms), terms.every)


def first_period_on(terms: Terms) -> date:
    """The day on which the first whole period begins; before payout when the first instalment falls due early."""
    return _dues(terms).at(-1)


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
    if stage.instalment_fen is not None:
        return _as_fixed(loan, state, stage, stage.instalment_fen)
    if isinstance(state.dues, Fortnightly):
        return _levelled_fortnightly(loan, state, stage)
    if stage.method == "stepped":
        return _levelled_steps(loan, state, stage)
    n = max(stage.amortise_over or state.left, state.stage_left)
    instalment, residue = _level(loan, state, stage, n)
    return state._replace(instalment_fen=instalment, base_fen=0, residue_fen=residue)


def _as_fixed(loan: Loan, state: State, stage: Stage, fen: int) -> State:
    """The instalment as the lender fixed it; the next time it is fixed it is worked out."""
    if stage.method == "level_payment":
        interest = loan.rounded(state.balance_fen * _regular_weights(loan, state, 1)[0])
        allowed, zh = f"above the interest of a period ({interest} fen)", f"高于一期利息（{interest} 分）"
        require("stage.instalment_fen", fen, fen > interest, allowed, zh)
    plan = (replace(stage, instalment_fen=None), *state.plan[1:])
    return state._replace(plan=plan, instalment_fen=fen, base_fen=0, residue_fen=0)


def _level(loan: Loan, state: State, stage: Stage, n: int) -> tuple[int, int]:
    """Instalment over n periods, and the residue its rounding leaves for the next one (residue first)."""
    balance, rules = state.balance_fen, loan.conventions
    first = rules.residue == "first" and n > 1
    if stage.method == "level_principal":
        part = in_units(loan, balance, n)
        return part, (balance - n * part if first else 0)
    if rules.levelling == "dates" and isinstance(state.dues, Monthly):
        weights = _coming_weights(loan, state, n)
        worth, once = annuity_of(weights, loan.denominator), (weights[0], loan.denominator)
    else:
        rate = state.rate_ppm * state.dues.every
        worth, once = annuity(rate, n), (rate, 12 * PPM_ONE)
    payment = in_units(loan, balance * worth[0], worth[1])
    return payment, (residue_of(balance, payment, worth, once, rules.rounding) if first else 0)


def in_units(loan: Loan, numerator: int, denominator: int) -> int:
    """An instalment, rounded to the product's unit by its rule, fen."""
    rules = loan.conventions
    unit, rounding = rules.instalment_unit_fen, rules.instalment_rounding or rules.rounding
    return divide(numerator, denominator * unit, rounding) * unit


def _regular_weights(loan: Loan, state: State, n: int) -> Sequence[int]:
    """Rate x time of the next n periods, each whole."""
    clock, rate, dues = loan.conventions.clock, state.rate_ppm, state.dues
    if not loan.conventions.by_days:
        return [rate * clock.month * dues.every] * n
    return [rate * clock.days(start, end) for start, end in pairwise(map(dues.at, range(-1, n)))]


def _coming_weights(loan: Loan, state: State, n: int) -> Sequence[int]:
    """The same; a broken period as it is where its interest is taken from the instalment."""
    weights = _regular_weights(loan, state, n)
    if loan.conventions.broken_instalment == "kept" and is_broken(loan, state) and not state.stub_on:
        return [loan.weight(state.accrual.since_on, state.dues.at(0)), *weights[1:]]
    return weights


def is_broken(loan: Loan, state: State) -> bool:
    """Whether the running period does not count as a whole one."""
    since = state.accrual.since_on
    return state.accrual.broken or len(loan.rates.parts(since, state.dues.at(0))) > 1


def _levelled_fortnightly(loan: Loan, state: State, stage: Stage) -> State:
    """Half of what a monthly loan over the rest of the contract would pay, for as long as it takes."""
    whole, _ = _level(loan, state, stage, contract_months(state))
    state = state._replace(
        instalment_fen=in_units(loan, whole, 2),
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
    fortnights = isinstance(dues, Fortnightly) and clock.even_days
    if loan.conventions.by_days and not fortnights:
        dates = [dues.at(k) for k in range(-1, n)]
        weights = [rate * clock.days(start, end) for start, end in pairwise(dates)]
    else:
        weight = rate * (FORTNIGHT.days * clock.day if fortnights else clock.month * dues.every)
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
    numerator, denominator = stepped_base(
        state.balance_fen,
        state.rate_ppm * state.dues.every,
        n,
        **steps,
        step_fen=stage.step_fen,
        step_ppm=stage.step_ppm,
    )
    base = in_units(loan, numerator, denominator)
    last = stepped_fen(base, (phase + n - 1) // stage.step_every, stage.step_fen, stage.step_ppm, rounding)
    interest = loan.rounded(
        state.balance_fen * state.rate_ppm * loan.conventions.clock.month * state.dues.every
    )
    if state.balance_fen and (base < interest or base <= 0 or last <= 0):
        field, value = (
            ("stage.step_fen", stage.step_fen) if stage.step_fen else ("stage.step_ppm", stage.step_ppm)
        )
        allowed = f"a step with which the first instalment ({base} fen) covers its interest ({interest} fen)"
        allowed += f" and the last ({last} fen) is above 0"
        zh = f"使首期（{base} 分）不低于利息（{interest} 分）且末期（{last} 分）大于 0 的递变"
        raise bad(field, value, allowed, allowed_zh=zh)
    return state._replace(instalment_fen=base, base_fen=base, phase=phase, residue_fen=0)
