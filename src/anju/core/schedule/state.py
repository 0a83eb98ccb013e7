"""State of the fold between two instalments, and how an instalment is fixed for it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate, repeat
from operator import sub
from typing import Literal, NamedTuple

from anju.core.dates import add_months, month_number
from anju.core.money import PPM_ONE, divide
from anju.core.schedule.conventions import Conventions
from anju.core.schedule.due import FORTNIGHT, Dues, Fortnightly, Monthly, first_month, first_period_is_whole
from anju.core.schedule.events import Event, HolidayInterest
from anju.core.schedule.interest import level_payment_fen, level_residue_fen, stepped_base_fen, stepped_fen
from anju.core.schedule.kernel import Rule, amortise
from anju.core.schedule.penalties import PenaltyRule
from anju.core.schedule.rateline import RateLine
from anju.core.schedule.refuse import refuse, require
from anju.core.schedule.terms import Stage, Terms


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch of the plan in which nothing falls due (payment holiday)."""

    periods: int
    interest: HolidayInterest
    amortise_over: None = None
    method: Literal["pause"] = "pause"


Plan = tuple[Stage | Pause, ...]


@dataclass(frozen=True, slots=True)
class Loan:
    """What does not change while a loan is folded."""

    start_on: date
    rates: RateLine
    conventions: Conventions
    penalty: PenaltyRule

    @classmethod
    def of(cls, terms: Terms, events: tuple[Event, ...] = ()) -> "Loan":
        """The loan of these terms with the agreed rate changes of these events."""
        return cls(terms.start_on, RateLine.of(terms.rate_path, events), terms.conventions, terms.penalty)

    @property
    def denominator(self) -> int:
        """What balance x rate x time is divided by."""
        return PPM_ONE * self.conventions.clock.year

    def weight(self, start: date, end: date) -> int:
        """Sum of rate x time by days over [start, end)."""
        days = self.conventions.clock.days
        return sum(rate * days(since, until) for rate, since, until in self.rates.parts(start, end))

    def rounded(self, numerator: int) -> int:
        """Interest in fen of a sum of balance x rate x time; negative sums are 0."""
        return divide(max(numerator, 0), self.denominator, self.conventions.rounding)


class Accrual(NamedTuple):
    """The running period: the day from which the present balance bears interest, what was earned before it
    (balance x rate x time, not rounded), and whether the period counts by days."""

    since_on: date
    earned: int = 0
    broken: bool = False


class State(NamedTuple):
    """A loan before instalment `seq_next`.

    `instalment_fen` is the current level payment or stepped instalment; for level principal the principal
    part; 0 for interest only. `rate_ppm` is the rate for which it was fixed. `left` instalments are to come.
    After the last one: balance, instalment and left 0, `next_due_on` None.
    """

    seq_next: int
    balance_fen: int
    instalment_fen: int
    rate_ppm: int
    period_start_on: date
    dues: Dues
    left: int
    plan: Plan
    accrual: Accrual
    ends_on: date
    base_fen: int = 0
    """Stepped: the instalment at phase 0, and how many instalments were due since."""
    phase: int = 0
    residue_fen: int = 0
    """Residue first: what the next instalment's principal takes more."""
    deferred_fen: int = 0
    """Interest put off by a holiday; bears none."""
    prepaid: tuple[tuple[date, int], ...] = ()
    """Prepayments so far, for the yearly allowance of the penalty rule."""

    @property
    def next_due_on(self) -> date | None:
        """Due date of the next instalment."""
        return self.dues.at(0) if self.left else None

    @property
    def finished(self) -> bool:
        """Whether no instalment is left."""
        return self.left == 0

    @property
    def stage_left(self) -> int:
        """Instalments left of the running stage."""
        periods = self.plan[0].periods
        return self.left if periods is None else min(periods, self.left)

    @property
    def rule(self) -> Rule:
        """What the running stage keeps fixed."""
        stage = self.plan[0]
        if isinstance(stage, Pause) or stage.method == "interest_only":
            return "interest"
        return "principal" if stage.method == "level_principal" else "payment"


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
    principals, _, _ = amortise(
        state.rule,
        state.balance_fen,
        state.instalment_fen,
        whole_weights(loan, state, state.left),
        loan.denominator,
        loan.conventions.rounding,
    )
    owed = accumulate(principals, sub, initial=state.balance_fen)
    needed = next((n for n, left in enumerate(owed) if left == 0), state.left)
    return max(needed, 1)


def whole_weights(loan: Loan, state: State, n: int) -> Iterable[int]:
    """Rate x time of the next n whole periods."""
    clock, rate, dues = loan.conventions.clock, state.rate_ppm, state.dues
    if not loan.conventions.by_days:
        return repeat(rate * clock.month, n)
    dates = [dues.at(k) for k in range(-1, n)]
    return [rate * clock.days(dates[k], dates[k + 1]) for k in range(n)]


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
        raise refuse(field, value, allowed, zh)
    return state._replace(instalment_fen=base, base_fen=base, phase=phase, residue_fen=0)


def open_ended(stage: Stage | Pause) -> Stage | Pause:
    """The stage without a number of periods, to be the last one."""
    return stage if isinstance(stage, Pause) else replace(stage, periods=None)


def cut(plan: Plan, periods: int) -> Plan:
    """The plan without its next periods; instalments are then computed over as many fewer."""
    rest = list(plan)
    while periods and rest:
        stage = rest[0]
        if stage.periods is not None and stage.periods <= periods:
            periods -= stage.periods
            rest.pop(0)
            continue
        over = stage.amortise_over
        changed = {} if over is None else {"amortise_over": max(over - periods, 1)}
        if stage.periods is not None:
            changed["periods"] = stage.periods - periods
        rest[0] = replace(stage, **changed) if changed else stage  # type: ignore[arg-type]
        periods = 0
    require("periods", periods, bool(rest), "fewer than the instalments left", "少于剩余期数")
    return tuple(rest)
