"""State of the fold between two instalments: plain data."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple

from anju.core.checks import bad
from anju.core.money import PPM_ONE, divide
from anju.core.schedule.conventions import Conventions
from anju.core.schedule.due import Dues
from anju.core.schedule.events import Event, HolidayInterest, MethodChange, Restructure
from anju.core.schedule.kernel import Rule
from anju.core.schedule.penalties import PenaltyRule
from anju.core.schedule.rateline import RateLine
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
    ends_early: bool = False
    """Whether instalments may pay it off before its last period: they are rounded up, or fixed by the lender."""

    @classmethod
    def of(cls, terms: Terms, events: tuple[Event, ...] = ()) -> "Loan":
        """The loan of these terms with the agreed rate changes of these events."""
        rules = terms.conventions
        early = not rules.plain_instalments or _has_fixed(terms.stages, events)
        return cls(terms.start_on, RateLine.of(terms.rate_path, events), rules, terms.penalty, early)

    @property
    def denominator(self) -> int:
        """What balance x rate x time is divided by."""
        return PPM_ONE * self.conventions.clock.year

    def weight(self, start: date, end: date) -> int:
        """Sum of rate x time over [start, end), a broken stretch."""
        time = self.conventions.time
        return sum(rate * time(since, until) for rate, since, until in self.rates.parts(start, end))

    def rounded(self, numerator: int) -> int:
        """Interest in fen of a sum of balance x rate x time; negative sums are 0."""
        return divide(max(numerator, 0), self.denominator, self.conventions.rounding)


def _has_fixed(stages: tuple[Stage, ...], events: tuple[Event, ...]) -> bool:
    """Whether the lender fixed an instalment."""
    plans = (stages, *(event.stages for event in events if isinstance(event, MethodChange | Restructure)))
    return any(stage.instalment_fen for plan in plans for stage in plan)


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
    stub_on: date | None = None
    """When the interest of a first stub falls due alone, if it is still to come (`conventions`)."""

    @property
    def next_due_on(self) -> date | None:
        """When the next instalment falls due, or before it the interest of a stub that is paid alone."""
        return (self.stub_on or self.dues.at(0)) if self.left else None

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


def open_ended(stage: Stage | Pause) -> Stage | Pause:
    """The stage without a number of periods, to be the last one."""
    return stage if isinstance(stage, Pause) else replace(stage, periods=None)


def cut(plan: Plan, periods: int) -> Plan:
    """The plan without its next periods; instalments are then computed over as many fewer. Raises BadInput."""
    for k, stage in enumerate(plan):
        if stage.periods is None or stage.periods > periods:
            return (_shorter(stage, periods), *plan[k + 1 :])
        periods -= stage.periods
    raise bad("periods", periods, "fewer than the instalments left", allowed_zh="少于剩余期数")


def _shorter(stage: Stage | Pause, periods: int) -> Stage | Pause:
    if not periods or (stage.periods is None and stage.amortise_over is None):
        return stage
    if isinstance(stage, Pause):
        return replace(stage, periods=stage.periods - periods)
    over, left = stage.amortise_over, stage.periods
    left = None if left is None else left - periods
    return replace(
        stage, periods=left, amortise_over=None if over is None else max(over - periods, left or 1)
    )
