"""How a contract fixes its rate, and the steps that come of it (S4-006, S4-007).

Rates are ppm a year (3.50 % = 35 000); a spread is in basis points, whole or exact parts (1 bp = 100 ppm).
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from anju.core.basis_points import BasisPoints, bp_to_ppm
from anju.core.checks import bad, one_of, within
from anju.core.money import PPM_MAX, PPM_ONE
from anju.core.rates.lpr import LprSelection, LprTable, Tenor
from anju.core.rates.state_rates import NO_BENCHMARK, BenchmarkTable, ProvidentTable
from anju.core.working_time import WorkCalendar

RateKind = Literal["fixed", "lpr", "provident", "benchmark"]
Repricing = Literal["january_1", "anniversary"]
KINDS: tuple[RateKind, ...] = ("fixed", "lpr", "provident", "benchmark")
REPRICINGS: tuple[Repricing, ...] = ("january_1", "anniversary")
FACTOR_MAX = 3 * PPM_ONE


@dataclass(frozen=True, slots=True)
class RateTables:
    """Everything `rate_path` reads. Without a calendar, LPR publication days follow Monday to Friday only;
    without benchmark rates, loans of the benchmark era are refused.
    """

    lpr: LprTable
    provident: ProvidentTable
    calendar: WorkCalendar | None = None
    benchmark: BenchmarkTable = NO_BENCHMARK


@dataclass(frozen=True, slots=True)
class SpreadChange:
    """An agreed change of the spread, effective at once on the LPR in use (e.g. -30 bp on 2024-10-25)."""

    on: date
    spread_bp: BasisPoints

    @property
    def spread_ppm(self) -> int:
        """The new spread in ppm, exact."""
        return bp_to_ppm(self.spread_bp)

    def __post_init__(self) -> None:
        bp_to_ppm(self.spread_bp)


@dataclass(frozen=True, slots=True)
class CycleChange:
    """An agreed change of the repricing cycle (since 2024-11-01, PBOC公告〔2024〕11号): later dates follow it."""

    on: date
    cycle_months: int

    def __post_init__(self) -> None:
        check_cycle(self.cycle_months)


@dataclass(frozen=True, slots=True)
class Conversion:
    """The one conversion of a benchmark loan in 2020 (PBOC公告〔2019〕30号): to LPR + spread, or to a fixed rate.

    The last executed rate stays until the first repricing date after `on`; a fixed one stays for good. Made by
    `anju.core.rates.convert`, which takes the spread from the policy of the time.
    """

    on: date
    to: Literal["lpr", "fixed"]
    spread_bp: BasisPoints = 0
    repricing: Repricing = "january_1"
    cycle_months: int = 12
    document: str = ""

    def __post_init__(self) -> None:
        one_of("conversion.to", self.to, ("lpr", "fixed"))
        one_of("repricing", self.repricing, REPRICINGS)
        check_cycle(self.cycle_months)
        bp_to_ppm(self.spread_bp)


@dataclass(frozen=True, slots=True)
class RateTerms:
    """How a contract fixes its rate.

    fixed: `fixed_ppm`. lpr: LPR of the tenor (None: 5y for more than 60 months, else 1y) + `spread_bp`.
    provident: the state rate of `home`; for a second home `spread_bp` may raise it above the floor.
    benchmark: state benchmark rate of the term x `factor_ppm` (0.85 = 850 000), before the LPR; `conversion`
    says what became of it in 2020, and spread and cycle changes then apply to the converted loan.

    An lpr loan may carry `fixed_ppm` and `lpr_since`: it starts at that fixed rate and reprices only on
    repricing dates from `lpr_since` on (a staged rate 阶段性利率, or a converted loan of which only the last rate
    is known).

    `spread_bp` is a whole number, or a Decimal ("-63.5"); all arithmetic uses `spread_ppm`.
    Raises BadInput.
    """

    kind: RateKind
    fixed_ppm: int | None = None
    tenor: Tenor | None = None
    spread_bp: BasisPoints = 0
    repricing: Repricing = "january_1"
    cycle_months: int = 12
    home: Literal["first", "second"] = "first"
    lpr_selection: LprSelection = "last_published_before"
    spread_changes: tuple[SpreadChange, ...] = ()
    lpr_since: date | None = None
    cycle_changes: tuple[CycleChange, ...] = ()
    factor_ppm: int = PPM_ONE
    conversion: Conversion | None = None

    @property
    def spread_ppm(self) -> int:
        """The spread in ppm, exact."""
        return bp_to_ppm(self.spread_bp)

    def __post_init__(self) -> None:
        one_of("rate_kind", self.kind, KINDS)
        one_of("repricing", self.repricing, REPRICINGS)
        check_cycle(self.cycle_months)
        spread = bp_to_ppm(self.spread_bp)
        within("factor_ppm", self.factor_ppm, 1, FACTOR_MAX)
        if self.fixed_ppm is not None:
            within("fixed_ppm", self.fixed_ppm, 0, PPM_MAX)
        elif self.kind == "fixed":
            raise bad("fixed_ppm", None, f"0 .. {PPM_MAX}")
        if (self.kind == "lpr" and self.fixed_ppm is not None) != (self.lpr_since is not None):
            raise bad("lpr_since", self.lpr_since, "lpr: given together with fixed_ppm")
        if self.kind == "provident" and (spread < 0 or (spread and self.home == "first")):
            raise bad("spread_bp", self.spread_bp, "provident: 0, or above the floor of a second home")
        if self.kind != "benchmark" and (self.conversion is not None or self.factor_ppm != PPM_ONE):
            raise bad("conversion", self.kind, "conversion and factor_ppm: benchmark loans only")


def check_cycle(months: int) -> None:
    """A repricing cycle is 3, 6 or 12 months, or whole years. Raises BadInput."""
    if months not in (3, 6) and (months < 12 or months % 12):
        raise bad("cycle_months", months, "3 | 6 | 12 or whole years")
