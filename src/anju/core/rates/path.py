"""The rate path of one loan: from its contract and the dated tables to the steps at which its rate was set."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from anju.core.basis_points import bp_text, bp_to_ppm, signed_bp
from anju.core.checks import bad
from anju.core.dates import add_months
from anju.core.errors import LprMissing
from anju.core.money import PPM_MAX, PPM_ONE, divide_half_up, ppm_to_percent_text
from anju.core.rates.lpr import LprTable, Tenor, last_publication_on
from anju.core.rates.state_rates import LONG_TERM_MONTHS_OVER, SHORT_TERM_MONTHS_MAX, BenchmarkTable
from anju.core.rates.steps import RateStep
from anju.core.rates.terms import Conversion, RateTables, RateTerms

_ONE_DAY = timedelta(days=1)
_PAYOUT = ("放款日", "payout")
_REPRICING = ("重定价日", "repricing")
_JANUARY = ("1 月 1 日调整", "1 January adjustment")


def rate_path(
    terms: RateTerms,
    start_on: date,
    months: int,
    tables: RateTables,
    until: date,
    *,
    allow_missing: bool = False,
) -> tuple[RateStep, ...]:
    """Rate steps of a loan paid out on `start_on` for `months`, up to and including `until`; the first is at
    payout.

    Raises LprMissing for an LPR that is due but not loaded, unless `allow_missing`; ProvidentRateMissing;
    BenchmarkRateMissing; BadInput when a rate leaves 0..36 %.
    """
    end = min(until, add_months(start_on, months) - _ONE_DAY)
    if terms.kind == "fixed":
        return (_fixed_step(terms, start_on),)
    if terms.kind == "provident":
        return tuple(_provident_steps(terms, start_on, months, tables, end))
    if terms.kind == "benchmark":
        return tuple(_benchmark_steps(terms, start_on, months, tables, end, allow_missing))
    return tuple(_lpr_steps(terms, start_on, months, tables, end, allow_missing))


def rate_on(path: Sequence[RateStep], on: date) -> int:
    """Rate in force on a day, ppm. Raises BadInput before the first step."""
    return step_on(path, on).rate_ppm


def step_on(path: Sequence[RateStep], on: date) -> RateStep:
    """The step in force on a day. Raises BadInput before the first step."""
    for step in reversed(path):  # a path is short and the day asked for is mostly late in it
        if step.effective_on <= on:
            return step
    raise bad("on", on, f"from {path[0].effective_on} on" if path else "a path with a step")


def repricing_dates(terms: RateTerms, start_on: date, end: date) -> Iterator[date]:
    """Repricing dates after payout, up to and including `end`; a cycle change counts from the day after it."""
    base = date(start_on.year, 1, 1) if terms.repricing == "january_1" else start_on
    cycle, since = terms.cycle_months, start_on
    for change in sorted(terms.cycle_changes, key=lambda each: each.on):
        yield from _dates(base, cycle, since, min(end, change.on))
        cycle, since = change.cycle_months, max(since, change.on)
    yield from _dates(base, cycle, since, end)


def _dates(base: date, cycle: int, after: date, end: date) -> Iterator[date]:
    """Dates base + k cycles in (after, end]."""
    step = max(((after.year - base.year) * 12 + after.month - base.month) // cycle, 1)
    while (on := add_months(base, cycle * step)) <= end:
        if on > after:
            yield on
        step += 1


def tenor_of(terms: RateTerms, months: int) -> Tenor:
    """The LPR tenor of a loan: as agreed, else 5 years for terms over 60 months, 1 year for shorter ones."""
    return terms.tenor or ("5y" if months > LONG_TERM_MONTHS_OVER else "1y")


def _fixed_step(terms: RateTerms, start_on: date) -> RateStep:
    ppm = terms.fixed_ppm or 0
    text = ppm_to_percent_text(ppm)
    return RateStep(start_on, ppm, f"合同约定利率 {text}%", f"contract rate {text}%", "contract")


def _provident_steps(
    terms: RateTerms, start_on: date, months: int, tables: RateTables, end: date
) -> Iterator[RateStep]:
    yearly = RateTerms("provident", home=terms.home)
    later = repricing_dates(yearly, start_on, end) if months > SHORT_TERM_MONTHS_MAX else ()
    for on in [start_on, *later]:
        row = tables.provident.in_force(terms.home, on)
        ppm = _lawful(row.rate_ppm(months) + terms.spread_ppm)
        text = ppm_to_percent_text(ppm)
        zh, en = _PAYOUT if on == start_on else _JANUARY
        yield RateStep(
            on,
            ppm,
            f"{zh}：公积金贷款利率 {text}%（{row.effective_on} 起）",
            f"{en}: provident fund rate {text}% (in force from {row.effective_on})",
            f"provident:{row.effective_on}",
        )


def _benchmark_steps(
    terms: RateTerms, start_on: date, months: int, tables: RateTables, end: date, allow_missing: bool
) -> Iterator[RateStep]:
    """Benchmark x factor until the conversion, then the converted loan."""
    conversion = terms.conversion
    last = end if conversion is None else min(end, conversion.on - _ONE_DAY)
    later = repricing_dates(terms, start_on, last) if months > SHORT_TERM_MONTHS_MAX else ()
    step = _benchmark_step(tables.benchmark, start_on, terms, months, _PAYOUT)
    yield step
    for on in later:
        step = _benchmark_step(tables.benchmark, on, terms, months, _REPRICING)
        yield step
    if conversion is None or conversion.on > end:
        return
    yield _conversion_step(conversion, step.rate_ppm)
    if conversion.to == "lpr":
        after = converted_terms(terms, conversion, step.rate_ppm)
        yield from (
            each
            for each in _lpr_steps(after, start_on, months, tables, end, allow_missing)
            if each.effective_on > conversion.on
        )


def converted_terms(terms: RateTerms, conversion: Conversion, last_ppm: int) -> RateTerms:
    """The lpr terms of a converted loan, seen from the conversion on."""
    return replace(
        terms,
        kind="lpr",
        fixed_ppm=last_ppm,
        lpr_since=conversion.on + _ONE_DAY,
        spread_bp=conversion.spread_bp,
        repricing=conversion.repricing,
        cycle_months=conversion.cycle_months,
        factor_ppm=PPM_ONE,
        conversion=None,
    )


def _benchmark_step(
    table: BenchmarkTable, on: date, terms: RateTerms, months: int, when: tuple[str, str]
) -> RateStep:
    row = table.in_force(on)
    base = row.rate_ppm(months)
    ppm = _lawful(divide_half_up(base * terms.factor_ppm, PPM_ONE))
    factor = ppm_to_percent_text(terms.factor_ppm)
    sums = f"{ppm_to_percent_text(base)}% × {factor}% = {ppm_to_percent_text(ppm)}%"
    return RateStep(
        on,
        ppm,
        f"{when[0]}：贷款基准利率（{row.effective_on} 起）{sums}",
        f"{when[1]}: benchmark lending rate (in force from {row.effective_on}) {sums}",
        f"benchmark:{row.effective_on}",
    )


def _conversion_step(conversion: Conversion, last_ppm: int) -> RateStep:
    text = ppm_to_percent_text(last_ppm)
    if conversion.to == "fixed":
        zh = f"存量贷款转换为固定利率，按原执行利率 {text}% 不变"
        en = f"converted to a fixed rate: the last executed rate {text}% stays"
    else:
        spread = bp_to_ppm(conversion.spread_bp)
        zh = (
            f"存量贷款转换为 LPR {'减' if spread < 0 else '加'} {bp_text(spread)} 个基点，"
            f"第一个重定价日前仍按 {text}%"
        )
        en = f"converted to LPR {signed_bp(spread)} bp; {text}% stays until the first repricing date"
    return RateStep(conversion.on, last_ppm, zh, en, f"conversion:{conversion.on}")


def _lpr_steps(
    terms: RateTerms, start_on: date, months: int, tables: RateTables, end: date, allow_missing: bool
) -> Iterator[RateStep]:
    tenor = tenor_of(terms, months)
    spread = terms.spread_ppm
    changes = {change.on: change.spread_ppm for change in terms.spread_changes if change.on <= end}
    dates = {on for on in repricing_dates(terms, start_on, end) if on >= (terms.lpr_since or start_on)}
    if terms.fixed_ppm is not None:
        yield _fixed_step(terms, start_on)
    else:
        dates.add(start_on)
    index, provisional = -1, False
    for on in sorted(dates | {on for on in changes if on > start_on}):
        spread = changes.get(on, spread)
        if on in dates:
            index, provisional = tables.lpr.selected(on, terms.lpr_selection, tables.calendar)
        if provisional and not allow_missing:
            raise _missing(on, tables)
        if index >= 0:
            when = _PAYOUT if on == start_on else _REPRICING if on in dates else ("加点调整", "spread change")
            yield lpr_step(on, when, tables.lpr, index, tenor, spread, provisional)


def lpr_step(
    on: date,
    when: tuple[str, str],
    lpr: LprTable,
    index: int,
    tenor: Tenor,
    spread_ppm: int,
    provisional: bool,
) -> RateStep:
    """The step that a row of the LPR table and a spread make on a day. Raises BadInput outside 0..36 %."""
    published, base = lpr.dates[index], lpr.rate_ppm(index, tenor)
    ppm = _lawful(base + spread_ppm)
    sums = f"{ppm_to_percent_text(base)}% {'+' if spread_ppm >= 0 else '-'} {bp_text(spread_ppm)}"
    total = ppm_to_percent_text(ppm)
    return RateStep(
        on,
        ppm,
        f"{when[0]}：{published} LPR（{tenor}）{sums} 个基点 = {total}%",
        f"{when[1]}: LPR {tenor} of {published} {sums} bp = {total}%",
        f"lpr:{tenor}:{published}",
        provisional,
    )


def _missing(on: date, tables: RateTables) -> LprMissing:
    due, known = last_publication_on(on, tables.calendar), tables.lpr.dates[-1]
    zh = f"{on} 所需的 LPR 尚未录入（最后一期 {known}，应有 {due:%Y-%m} 或上月）"
    return LprMissing("lpr", on, zh, f"the LPR needed on {on} is not loaded (last known {known})")


def _lawful(ppm: int) -> int:
    if not 0 <= ppm <= PPM_MAX:
        raise bad("rate", ppm_to_percent_text(ppm), "0 .. 36 (%)")
    return ppm
