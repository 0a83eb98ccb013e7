"""What a contract says: `Terms`, made of one or several `Stage`s (facts section 3; S4-006, S4-008)."""

import itertools
from dataclasses import dataclass
from datetime import date
from typing import Literal

from anju.core.checks import a_day, one_of, require, within
from anju.core.dates import add_months, clamped, month_number
from anju.core.money import FEN_MAX, PPM_MAX, PPM_ONE
from anju.core.rates.steps import RateStep
from anju.core.schedule.conventions import DEFAULT, MONTHS_OF, Conventions
from anju.core.schedule.due import FirstDue
from anju.core.schedule.penalties import NO_PENALTY, PenaltyRule

Method = Literal["level_payment", "level_principal", "interest_only", "stepped"]
METHODS: tuple[Method, ...] = ("level_payment", "level_principal", "interest_only", "stepped")
_ONE_STAGE_METHODS: tuple[Method, ...] = ("level_payment", "level_principal")
FIRST_DUE_AFTER_MONTHS_MAX = 24
"""Structural limit: how many months after payout the first instalment may fall due."""

MONTHS_MAX = 480
"""Structural limit on a term: 40 years, which original term and extensions together may not pass either
(金规〔2026〕5号 Art. 13 and 26), so no lawful loan needs more. Lower limits are policy."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of the term with one method.

    `periods`: how many instalments; None: to the end of the term (last stage only). `amortise_over`: the
    number of periods over which the instalment is computed; None: all that are left of the loan when the stage
    begins; never fewer than its own. More than are left: 气球贷, the last instalment takes the rest. Stepped 等额递增/递减: after every
    `step_every` instalments the instalment changes by `step_fen`, or by the share `step_ppm` (+5 % = 50 000);
    instalment k steps on is base + k x step_fen, or divide(base x (1 + step)^k). `instalment_fen`: the instalment (of
    level principal its principal part) as the lender fixed it; it holds until it is fixed anew, by a new rate or an
    event; the loan ends when it is paid, and the last instalment of the term takes the rest. Raises BadInput.
    """

    method: Method
    periods: int | None = None
    amortise_over: int | None = None
    step_every: int = 0
    step_fen: int = 0
    step_ppm: int = 0
    instalment_fen: int | None = None

    def __post_init__(self) -> None:
        one_of("stage.method", self.method, METHODS)
        if self.periods is not None:
            within("stage.periods", self.periods, 1, MONTHS_MAX)
        if self.amortise_over is not None:
            within("stage.amortise_over", self.amortise_over, 1, MONTHS_MAX)
        if self.instalment_fen is not None:
            within("stage.instalment_fen", self.instalment_fen, 1, FEN_MAX)
            level, allowed = (
                self.method in _ONE_STAGE_METHODS,
                "left out unless level payment or level principal",
            )
            require("stage.instalment_fen", self.instalment_fen, level, allowed, "只用于等额本息或等额本金")
        if self.method == "stepped":
            within("stage.step_every", self.step_every, 1, MONTHS_MAX)
            within("stage.step_fen", self.step_fen, -FEN_MAX, FEN_MAX)
            within("stage.step_ppm", self.step_ppm, -PPM_ONE + 1, PPM_ONE)
            one = (self.step_fen != 0) != (self.step_ppm != 0)
            require(
                "stage.step_fen",
                self.step_fen,
                one,
                "step_fen or step_ppm, one of them",
                "金额或比例，二选一",
            )
        else:
            steps = (self.step_every, self.step_fen, self.step_ppm)
            require("stage.step_every", steps, steps == (0, 0, 0), "0 unless stepped", "非递变方式时为 0")


_ONE_STAGE: dict[Method, tuple[Stage, ...]] = {
    "level_payment": (Stage("level_payment"),),
    "level_principal": (Stage("level_principal"),),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract says, in fen, months and ppm.

    `stages` () means one stage of `method`; otherwise `method` is that of the first stage, every stage but the
    last has `periods`, and together they fit into `months`. `rate_path` must reach back to `start_on`; a rate
    of 0 is a rate. `first_due_on`: the first due date itself, on the due day; `first_due` then does not count.
    Periods longer than a month divide the term; stages count instalments. 组合还款 is several stages, or a principal
    split over several Terms (`combined`).
    Fortnightly loans have one stage of level payment or level principal; `due_day` and `first_due` do not
    apply to them. Raises BadInput.
    """

    principal_fen: int
    months: int
    method: Method
    start_on: date
    due_day: int
    first_due: FirstDue
    rate_path: tuple[RateStep, ...]
    stages: tuple[Stage, ...] = ()
    conventions: Conventions = DEFAULT
    penalty: PenaltyRule = NO_PENALTY
    first_due_on: date | None = None

    def __post_init__(self) -> None:
        within("principal_fen", self.principal_fen, 1, FEN_MAX)
        within("months", self.months, 1, MONTHS_MAX)
        one_of("method", self.method, METHODS)
        a_day("start_on", self.start_on)
        within("due_day", self.due_day, 1, 31)
        one_of("first_due", self.first_due, ("next_month", "first_due_day"))
        if self.first_due_on is not None:
            _check_first_due(self)
        if self.every != 1:
            _check_periods(self)
        _check_rates(self.rate_path, self.start_on)
        if self.stages:
            named = self.stages[0].method
            require(
                "method", self.method, self.method == named, f"{named} (first stage)", f"{named}（首阶段）"
            )
            check_stages(self.stages, self.instalments)
        if self.conventions.frequency == "fortnightly":
            _check_fortnightly(self.plan)

    @classmethod
    def fixed(
        cls,
        principal_fen: int,
        rate_ppm: int,
        months: int,
        start_on: date,
        method: Method = "level_payment",
        *,
        due_day: int | None = None,
        first_due: FirstDue = "next_month",
        stages: tuple[Stage, ...] = (),
        conventions: Conventions = DEFAULT,
        penalty: PenaltyRule = NO_PENALTY,
        first_due_on: date | None = None,
    ) -> "Terms":
        """Terms at one rate for the whole term; the due day is that of payout unless given. Raises BadInput."""
        a_day("start_on", start_on)
        path = (RateStep(start_on, rate_ppm, "合同约定利率", "contract rate", "contract"),)
        due = (first_due_on or start_on).day if due_day is None else due_day
        method = stages[0].method if stages else method
        return cls(
            principal_fen, months, method, start_on, due, first_due, path, stages, conventions, penalty, first_due_on
        )  # fmt: skip

    @property
    def every(self) -> int:
        """Months from one due date to the next (fortnightly: 1, see conventions)."""
        return MONTHS_OF[self.conventions.frequency] or self.months

    @property
    def instalments(self) -> int:
        """How many fall due in the term (fortnightly: as if monthly)."""
        return self.months // self.every

    @property
    def plan(self) -> tuple[Stage, ...]:
        """The stages, also when there is only the one that `method` names."""
        return self.stages or _ONE_STAGE.get(self.method) or (Stage(self.method),)


def check_stages(stages: tuple[Stage, ...], months: int) -> None:
    """Raises BadInput unless the stages fill so many instalments exactly, or the last one is open-ended."""
    require("stages", len(stages), 1 <= len(stages) <= MONTHS_MAX, "at least one", "至少一个")
    open_ended = [stage.periods is None for stage in stages]
    require(
        "stages", "periods", not any(open_ended[:-1]), "periods in all but the last", "除最后阶段外均有期数"
    )
    fixed = sum(stage.periods or 0 for stage in stages)
    fits = fixed < months if open_ended[-1] else fixed == months
    require("stages", fixed, fits, f"{months} instalments in all", f"合计 {months} 期")
    for stage in stages:
        own, over = stage.periods or months - fixed, stage.amortise_over
        zh = f"不少于本阶段的 {own} 期"
        require("stage.amortise_over", over, over is None or over >= own, f"at least the stage's {own}", zh)


def _check_rates(path: tuple[RateStep, ...], start_on: date) -> None:
    dates = [step.effective_on for step in path]
    in_order = bool(dates) and dates[0] <= start_on and all(a < b for a, b in itertools.pairwise(dates))
    shown = ", ".join(map(str, dates))
    require(
        "rate_path",
        shown,
        in_order,
        "rising dates, the first not after start_on",
        "日期递增，首个不晚于放款日",
    )
    for step in path:
        within("rate_path.rate_ppm", step.rate_ppm, 0, PPM_MAX)


def _check_first_due(terms: Terms) -> None:
    first = terms.first_due_on
    a_day("first_due_on", first)
    assert first is not None
    latest = add_months(terms.start_on, FIRST_DUE_AFTER_MONTHS_MAX)
    on_day = (
        first == clamped(month_number(first), terms.due_day) and terms.conventions.frequency != "fortnightly"
    )
    allowed = f"a due day ({terms.due_day}) after {terms.start_on}, up to {latest}; left out for fortnightly"
    zh = f"{terms.start_on} 之后、{latest} 之前的还款日（{terms.due_day} 日）；双周供不填"
    require("first_due_on", first, on_day and terms.start_on < first <= latest, allowed, zh)


def _check_periods(terms: Terms) -> None:
    every = terms.every
    allowed, zh = (
        f"a multiple of {every} ({terms.conventions.frequency})",
        f"{every} 的整数倍（还款间隔月数）",
    )
    require("months", terms.months, terms.months % every == 0, allowed, zh)


def _check_fortnightly(plan: tuple[Stage, ...]) -> None:
    simple = len(plan) == 1 and plan in _ONE_STAGE.values()
    shown = ", ".join(stage.method for stage in plan)
    allowed = "one stage of level_payment | level_principal for fortnightly"
    require("frequency", shown, simple, allowed, "双周供限一个阶段：等额本息或等额本金")
