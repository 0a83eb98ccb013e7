"""When a loan reprices next, and to what; the same answers as ``anju.core.rates`` gives for a whole path. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from anju.core.dates import add_months
from anju.core.rates import RateTables, Tenor
from anju.core.rates.state_rates import LONG_TERM_MONTHS_OVER, SHORT_TERM_MONTHS_MAX


@dataclass(frozen=True, slots=True)
class RateClause:
    """The rate columns of a loan."""

    kind: str
    tenor: str
    repricing: str
    cycle_months: int
    home: str
    start_on: date
    months: int
    lpr_since: date | None


def next_repricing_on(clause: RateClause, after: date) -> date | None:
    """The first repricing date later than ``after`` and before the end of the term; None when there is none."""
    if clause.kind == "fixed" or (clause.kind == "provident" and clause.months <= SHORT_TERM_MONTHS_MAX):
        return None
    cycle = clause.cycle_months if clause.kind == "lpr" else 12
    january = clause.kind == "provident" or clause.repricing == "january_1"
    base = date(clause.start_on.year, 1, 1) if january else clause.start_on
    floor = max(clause.start_on, after)
    floor = max(floor, clause.lpr_since - timedelta(days=1)) if clause.lpr_since else floor
    step = max(((floor.year - base.year) * 12 + floor.month - base.month) // cycle, 1)
    on = add_months(base, cycle * step)
    if on <= floor:
        on = add_months(base, cycle * (step + 1))
    return on if on < add_months(clause.start_on, clause.months) else None


@dataclass(frozen=True, slots=True)
class NewRate:
    """The rate from a repricing date on, where it comes from, and whether an LPR that was due is missing."""

    rate_ppm: int
    source: str
    provisional: bool


def repricer(tables: RateTables) -> Callable[[RateClause, int, date], NewRate]:
    """A function (clause, spread in ppm, repricing date) -> new rate, remembering what it looked up.

    It raises LprMissing, ProvidentRateMissing.
    """
    known: dict[tuple[object, ...], tuple[int, str, bool]] = {}

    def look_up(clause: RateClause, on: date) -> tuple[int, str, bool]:
        if clause.kind == "lpr":
            tenor = cast(Tenor, clause.tenor)
            index, provisional = tables.lpr.selected(on, "last_published_before", tables.calendar)
            return tables.lpr.rate_ppm(index, tenor), f"lpr:{tenor}:{tables.lpr.dates[index]}", provisional
        row = tables.provident.in_force(clause.home, on)
        return row.rate_ppm(clause.months), f"provident:{row.effective_on}", False

    def new_rate(clause: RateClause, spread_ppm: int, on: date) -> NewRate:
        key = (clause.kind, clause.tenor, clause.home, clause.months > LONG_TERM_MONTHS_OVER, on)
        if key not in known:
            known[key] = look_up(clause, on)
        base, source, provisional = known[key]
        return NewRate(base + spread_ppm, source, provisional)

    return new_rate
