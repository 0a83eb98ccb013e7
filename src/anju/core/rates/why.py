"""Which rate applies on a day, since when, why, and what comes next (S4-038, S4-039, S4-059)."""

from dataclasses import dataclass
from datetime import date, timedelta

from anju.core.basis_points import bp_text
from anju.core.checks import bad
from anju.core.dates import add_months
from anju.core.money import PPM_ONE, ppm_to_percent_text
from anju.core.rates.lpr import LprTable, last_publication_on
from anju.core.rates.path import (
    converted_terms,
    lpr_step,
    rate_on,
    rate_path,
    repricing_dates,
    step_on,
    tenor_of,
)
from anju.core.rates.state_rates import SHORT_TERM_MONTHS_MAX
from anju.core.rates.steps import RateStep
from anju.core.rates.terms import RateTables, RateTerms

_ONE_DAY = timedelta(days=1)
_PREVIEW = ("下一重定价日预估", "estimate for the next repricing date")


@dataclass(frozen=True, slots=True)
class RateAnswer:
    """The rate on a day and its reason.

    `clause_zh/en` say how the contract fixes the rate, `why_zh/en` how it came to this figure on `since`.
    `next_repricing_on` is None when the rate will not move again by itself. `preview` is the step that would
    be made then if rates stayed as published up to the day asked for; always marked provisional.
    """

    on: date
    rate_ppm: int
    since: date
    why_zh: str
    why_en: str
    source: str
    provisional: bool
    clause_zh: str
    clause_en: str
    next_repricing_on: date | None
    preview: RateStep | None


def rate_why(
    terms: RateTerms,
    start_on: date,
    months: int,
    tables: RateTables,
    on: date,
    *,
    allow_missing: bool = False,
) -> RateAnswer:
    """The rate of a loan on a day of its life, with the reason, the next repricing date and a preview of it.

    Raises BadInput for a day outside the term, and whatever `rate_path` raises.
    """
    end = add_months(start_on, months) - _ONE_DAY
    if not start_on <= on <= end:
        raise bad("on", on, f"{start_on} .. {end}")
    path = rate_path(terms, start_on, months, tables, on, allow_missing=allow_missing)
    step = step_on(path, on)
    running = _running_terms(terms, path, on)
    coming = _next_repricing(running, start_on, months, on, end)
    zh, en = clause(running, months, on)
    return RateAnswer(
        on,
        step.rate_ppm,
        step.effective_on,
        step.why_zh,
        step.why_en,
        step.source,
        step.provisional,
        zh,
        en,
        coming,
        None if coming is None else _preview(running, start_on, months, tables, on, coming),
    )


def _running_terms(terms: RateTerms, path: tuple[RateStep, ...], on: date) -> RateTerms:
    """The terms as they stand on the day: a benchmark loan converted before it counts as what it became."""
    done = terms.conversion
    if done is None or on < done.on:
        return terms
    last = rate_on(path, done.on)
    return RateTerms("fixed", fixed_ppm=last) if done.to == "fixed" else converted_terms(terms, done, last)


def _next_repricing(terms: RateTerms, start_on: date, months: int, on: date, end: date) -> date | None:
    short = months <= SHORT_TERM_MONTHS_MAX
    if terms.kind == "fixed" or (terms.kind in ("provident", "benchmark") and short):
        return None
    if terms.kind == "provident":
        terms = RateTerms("provident", home=terms.home)
    last = end
    if terms.conversion is not None:
        last = min(end, terms.conversion.on - _ONE_DAY)
    since = terms.lpr_since or start_on
    return next((day for day in repricing_dates(terms, start_on, last) if day > on and day >= since), None)


def _preview(
    terms: RateTerms, start_on: date, months: int, tables: RateTables, on: date, coming: date
) -> RateStep:
    """The step on the next repricing date, from what was published up to `on`."""
    if terms.kind == "lpr":
        known = _published(tables.lpr, on)
        index, _ = known.selected(coming, terms.lpr_selection, tables.calendar)
        spread = terms.spread_ppm
        for change in sorted(terms.spread_changes, key=lambda each: each.on):
            spread = change.spread_ppm if change.on <= coming else spread
        return lpr_step(coming, _PREVIEW, known, index, tenor_of(terms, months), spread, True)
    if terms.kind == "provident":
        ppm = tables.provident.in_force(terms.home, on).rate_ppm(months) + terms.spread_ppm
    else:
        base = tables.benchmark.in_force(on).rate_ppm(months)
        ppm = (2 * base * terms.factor_ppm + PPM_ONE) // (2 * PPM_ONE)
    text = ppm_to_percent_text(ppm)
    return RateStep(coming, ppm, f"{_PREVIEW[0]}：{text}%", f"{_PREVIEW[1]}: {text}%", "preview", True)


def _published(table: LprTable, on: date) -> LprTable:
    """The table as it was known at the close of a day."""
    size = sum(published <= on for published in table.dates)
    return LprTable(table.dates[:size], table.lpr_1y_ppm[:size], table.lpr_5y_ppm[:size])


def clause(terms: RateTerms, months: int, on: date) -> tuple[str, str]:
    """How the contract fixes the rate, as it stands on a day: one Chinese and one English sentence (S4-039)."""
    if terms.kind == "fixed":
        text = ppm_to_percent_text(terms.fixed_ppm or 0)
        return f"固定利率 {text}%，合同期内不变。", f"Fixed rate of {text}% for the whole term."
    if terms.kind == "provident":
        return (
            "公积金贷款利率，按国家公布的利率执行，调整后自次年 1 月 1 日起适用。",
            "Provident fund rate as set by the state; a change applies from the next 1 January.",
        )
    when_zh, when_en = _when(terms, on)
    if terms.kind == "benchmark":
        factor = ppm_to_percent_text(terms.factor_ppm)
        return (
            f"贷款基准利率乘以 {factor}%，{when_zh}。",
            f"Benchmark lending rate times {factor}%, {when_en}.",
        )
    spread = terms.spread_ppm
    for change in sorted(terms.spread_changes, key=lambda each: each.on):
        spread = change.spread_ppm if change.on <= on else spread
    tenor = tenor_of(terms, months)
    name_zh, name_en = ("5 年期以上", "over 5 years") if tenor == "5y" else ("1 年期", "1 year")
    sign_zh, sign_en = ("减", "minus") if spread < 0 else ("加", "plus")
    return (
        f"{name_zh} LPR {sign_zh} {bp_text(spread)} 个基点，{when_zh}。",
        f"LPR {name_en} {sign_en} {bp_text(spread)} bp, {when_en}.",
    )


def _when(terms: RateTerms, on: date) -> tuple[str, str]:
    cycle = terms.cycle_months
    for change in sorted(terms.cycle_changes, key=lambda each: each.on):
        cycle = change.cycle_months if change.on <= on else cycle
    day_zh, day_en = (
        (" 1 月 1 日", "1 January") if terms.repricing == "january_1" else ("放款日对应日", "the payout day")
    )
    return f"每 {cycle} 个月重定价一次，自{day_zh}起算", f"repriced every {cycle} months from {day_en}"


def preview_is_open(answer: RateAnswer, tables: RateTables) -> bool:
    """Whether a publication that may still move the preview lies before the next repricing date."""
    coming = answer.next_repricing_on
    return coming is not None and last_publication_on(coming - _ONE_DAY, tables.calendar) > answer.on
