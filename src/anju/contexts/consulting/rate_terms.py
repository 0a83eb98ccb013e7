"""The rate of a question: fixed, steps given by hand, LPR + spread, provident fund, or the benchmark era."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from anju.contexts.consulting import lines
from anju.contexts.consulting.tables import Tables
from anju.contexts.consulting.values import Reader, percent, whole
from anju.contexts.consulting.words import word, wrong
from anju.core.basis_points import bp_from_text, ppm_to_bp
from anju.core.money import PPM_ONE, PPM_PER_PERCENT, ppm_to_percent_text
from anju.core.rates import (
    ConversionTerms,
    CycleChange,
    RateStep,
    RateTerms,
    SpreadChange,
    convert,
    rate_path,
)

_FACTOR = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?", re.ASCII)
_FLOATING = ("repricing", "cycle_months", "lpr_selection", "lpr_tenor", "spread_change", "cycle_change")
_KINDS = ("lpr_spread_bp", "provident", "benchmark_factor")


@dataclass(frozen=True, slots=True)
class Path:
    """Steps of the rate, and the terms they came from (None: given by hand)."""

    steps: tuple[RateStep, ...]
    terms: RateTerms | None

    @property
    def provisional(self) -> bool:
        """Whether a step rests on a figure that is not published or not loaded yet."""
        return any(step.provisional for step in self.steps)


def path_of(reader: Reader, tables: Tables, start: date, months: int, as_of: date) -> Path:
    """Steps from payout to `as_of` (the last one runs on), then those given by hand. Raises BadInput, RateMissing.

    An LPR that should be published but is not loaded is replaced by the last one known and marked provisional.
    """
    terms = rate_terms_of(reader, tables, start, months)
    until = max(as_of, start)
    steps = (
        _fixed(start, terms.fixed_ppm or 0)
        if terms.kind == "fixed"
        else rate_path(terms, start, months, tables.rates, until, allow_missing=True)
    )
    by_hand = [_by_hand(text) for text in reader.texts("rate_step")]
    return Path(_merged(steps, by_hand), terms if terms.kind != "fixed" or not by_hand else None)


def _fixed(start: date, ppm: int) -> tuple[RateStep, ...]:
    text = ppm_to_percent_text(ppm)
    return (RateStep(start, ppm, f"合同约定利率 {text}%", f"contract rate {text}%", "contract"),)


def _by_hand(text: str) -> RateStep:
    on, rest = lines.dated("rate_step", text, "DATE:PERCENT[:why]")
    why = rest[1] if len(rest) > 1 else ""
    ppm = percent("rate_step.rate", rest[0], "年利率")
    return RateStep(on, ppm, why or "手工给出的利率", why or "rate given by hand", "given")


def _merged(steps: tuple[RateStep, ...], by_hand: list[RateStep]) -> tuple[RateStep, ...]:
    """Steps by day; one given by hand stands in for that of the same day. Raises BadInput for two on one day."""
    days = [step.effective_on for step in by_hand]
    if len(set(days)) != len(days):
        raise wrong("rate_step", ", ".join(map(str, sorted(days))), "each date once", "每个日期一次")
    merged = {step.effective_on: step for step in (*steps, *by_hand)}
    return tuple(merged[on] for on in sorted(merged))


def rate_terms_of(reader: Reader, tables: Tables, start: date, months: int) -> RateTerms:
    """How the contract fixes its rate; exactly one way. Raises BadInput."""
    reader.only_with(_FLOATING, "lpr_spread_bp", "benchmark_factor")
    reader.only_with(("lpr_since",), "lpr_spread_bp")
    reader.only_with(("conversion",), "benchmark_factor")
    kinds = [name for name in _KINDS if reader.given(name)]
    fixed = reader.percent("rate")
    since = reader.day("lpr_since")
    if len(kinds) > 1 or (kinds and fixed is not None and since is None):
        given = ", ".join([*kinds, *(["rate"] if fixed is not None else [])])
        raise wrong(
            "rate", given, "one of rate, lpr_spread_bp, provident, benchmark_factor", "利率来源只选一种"
        )
    if not kinds:
        return _fixed_terms(fixed)
    if kinds == ["provident"]:
        return RateTerms("provident", home=_any(reader.word("provident")))
    shared: dict[str, Any] = {
        "repricing": reader.word("repricing", "january_1"),
        "cycle_months": reader.whole("cycle_months") or 12,
        "lpr_selection": reader.word("lpr_selection", "last_published_before"),
        "spread_changes": tuple(_spread_change(text) for text in reader.texts("spread_change")),
        "cycle_changes": tuple(_cycle_change(text) for text in reader.texts("cycle_change")),
        "tenor": reader.word("lpr_tenor") or None,
    }
    if kinds == ["benchmark_factor"]:
        terms = RateTerms("benchmark", factor_ppm=_factor(reader.text("benchmark_factor") or ""), **shared)
        chosen = reader.text("conversion")
        return terms if chosen is None else _converted(terms, chosen, reader, tables, start, months)
    spread = ppm_to_bp(reader.bp_ppm("lpr_spread_bp") or 0)
    return RateTerms("lpr", fixed_ppm=fixed, spread_bp=spread, lpr_since=since, **shared)


def _fixed_terms(fixed: int | None) -> RateTerms:
    if fixed is None:
        allowed = "rate, lpr_spread_bp, provident or benchmark_factor"
        raise wrong("rate", "", allowed, "rate、lpr_spread_bp、provident、benchmark_factor 之一", "年利率")
    return RateTerms("fixed", fixed_ppm=fixed)


def _any(value: str) -> Any:
    return value


def _spread_change(text: str) -> SpreadChange:
    on, rest = lines.dated("spread_change", text, "DATE:BP")
    return SpreadChange(on, bp_from_text(rest[0], field="spread_change"))


def _cycle_change(text: str) -> CycleChange:
    on, rest = lines.dated("cycle_change", text, "DATE:MONTHS")
    return CycleChange(on, whole("cycle_change", rest[0], 3, 480))


def _factor(text: str) -> int:
    """0.85 or 85%: the multiple in ppm."""
    found = _FACTOR.fullmatch(text.strip().rstrip("%％"))
    ppm = int(found[1]) * PPM_ONE + int((found[2] or "").ljust(4, "0")) * 100 if found else 0
    if text.strip()[-1:] in ("%", "％"):
        ppm = ppm * PPM_PER_PERCENT // PPM_ONE
    if not 0 < ppm <= 3 * PPM_ONE:
        raise wrong(
            "benchmark_factor", text, "0.0001 .. 3, or a percentage", "0.0001 至 3，或百分数", "基准利率倍数"
        )
    return ppm


def _converted(
    terms: RateTerms, text: str, reader: Reader, tables: Tables, start: date, months: int
) -> RateTerms:
    on, rest = lines.dated("conversion", text, "DATE:lpr|fixed")
    if on < start:
        raise wrong("conversion", on, f"from {start} (payout)", f"不早于放款日 {start}", "转换日")
    to: Any = word("conversion.to", rest[0], {"lpr": "lpr", "fixed": "fixed"})
    repricing: Any = reader.word("repricing", "january_1")
    choice = ConversionTerms(on, to, repricing, reader.whole("cycle_months") or 12)
    return convert(terms, start, months, tables.rates, tables.policy, choice)
