"""The benchmark era and the conversion of 2020."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from anju.core.errors import BadInput
from anju.core.rates import (
    BenchmarkRateMissing,
    BenchmarkTable,
    Conversion,
    ConversionTerms,
    CycleChange,
    RateTables,
    RateTerms,
    SpreadChange,
    convert,
    may_convert,
    rate_path,
    rate_why,
)

from ..data import policy_table, rate_tables, rows

START = date(2015, 11, 2)
OLD_ROWS = (
    {"effective_date": "2014-01-01", "rate_le_1y_pct": "6.00", "rate_1y_5y_pct": "6.15", "rate_gt_5y_pct": "6.55"},
    {"effective_date": "2015-03-01", "rate_le_1y_pct": "5.35", "rate_1y_5y_pct": "5.75", "rate_gt_5y_pct": "5.90"},
)  # fmt: skip
"""Invented older rows: what an operator would load."""


def benchmark(factor_ppm: int, **more: object) -> RateTerms:
    return RateTerms("benchmark", factor_ppm=factor_ppm, **more)  # type: ignore[arg-type]


def path(terms: RateTerms, until: date, start: date = START, months: int = 360) -> list[tuple[date, int]]:
    return [
        (step.effective_on, step.rate_ppm) for step in rate_path(terms, start, months, rate_tables(), until)
    ]


@pytest.mark.parametrize(("factor_ppm", "months", "rate_ppm"), [
    (1_000_000, 360, 49_000),
    (900_000, 360, 44_100),  # S4-007: first-home discount 0.9 of 4.90 is 4.41
    (850_000, 360, 41_650),
    (700_000, 360, 34_300),
    (1_100_000, 360, 53_900),
    (1_000_000, 60, 47_500),
    (850_000, 60, 40_375),
    (1_000_000, 12, 43_500),  # S4-004
])  # fmt: skip
def test_a_discount_multiplies_the_benchmark_of_the_term(factor_ppm: int, months: int, rate_ppm: int) -> None:
    assert path(benchmark(factor_ppm), START, months=months) == [(START, rate_ppm)]


def test_an_operator_loads_older_rows() -> None:
    given = [*rows("benchmark_rates.csv"), *({**row, "document": "测试"} for row in OLD_ROWS)]
    tables = replace(rate_tables(), benchmark=BenchmarkTable.parse(given))
    steps = rate_path(benchmark(850_000), date(2014, 6, 1), 360, tables, date(2017, 1, 1))
    assert [(step.effective_on, step.rate_ppm) for step in steps] == [
        (date(2014, 6, 1), 55_675),
        (date(2015, 1, 1), 55_675),
        (date(2016, 1, 1), 41_650),
        (date(2017, 1, 1), 41_650),
    ]
    assert "2015-10-24" in steps[2].why_zh
    assert steps[2].source == "benchmark:2015-10-24"


def test_a_date_before_the_first_row_says_what_to_load() -> None:
    with pytest.raises(BenchmarkRateMissing, match=r"benchmark_rates\.csv") as caught:
        path(benchmark(1_000_000), date(2016, 1, 1), start=date(2015, 10, 23))
    assert "2015-10-24 之前" in caught.value.message_zh
    no_table = RateTables(rate_tables().lpr, rate_tables().provident)
    with pytest.raises(BenchmarkRateMissing):
        rate_path(benchmark(1_000_000), START, 360, no_table, START)


def test_the_conversion_keeps_half_basis_points() -> None:  # S4-007; facts section 1: -63.5 bp
    terms = convert(
        benchmark(850_000),
        START,
        360,
        rate_tables(),
        policy_table(),
        ConversionTerms(date(2020, 8, 25), "lpr"),
    )
    assert terms.conversion is not None
    assert terms.conversion.spread_bp == Decimal("-63.5")
    assert "30号" in terms.conversion.document
    assert path(terms, date(2021, 6, 1))[-3:] == [
        (date(2020, 1, 1), 41_650),
        (date(2020, 8, 25), 41_650),  # unchanged until the first repricing date
        (date(2021, 1, 1), 40_150),  # 4.65 - 0.635
    ]
    steps = rate_path(terms, START, 360, rate_tables(), date(2021, 6, 1))
    assert "减 63.5 个基点" in steps[-2].why_zh
    assert "- 63.5 个基点 = 4.015%" in steps[-1].why_zh


def test_a_converted_loan_takes_the_agreed_changes_of_later_years() -> None:
    at = ConversionTerms(date(2020, 3, 10), "lpr", "anniversary")
    terms = convert(benchmark(1_100_000), START, 360, rate_tables(), policy_table(), at)
    assert terms.conversion is not None
    assert terms.conversion.spread_bp == 59  # 5.39 - 4.80
    terms = replace(
        terms,
        spread_changes=(SpreadChange(date(2024, 10, 25), -30),),
        cycle_changes=(CycleChange(date(2024, 11, 20), 3),),
    )
    assert path(terms, date(2025, 6, 1))[-8:] == [
        (date(2020, 11, 2), 52_400),
        (date(2021, 11, 2), 52_400),
        (date(2022, 11, 2), 48_900),
        (date(2023, 11, 2), 47_900),
        (date(2024, 10, 25), 39_000),  # on the LPR in use, 4.20
        (date(2024, 11, 2), 33_000),
        (date(2025, 2, 2), 33_000),
        (date(2025, 5, 2), 33_000),
    ]


def test_the_fixed_choice_keeps_the_last_rate_for_good() -> None:
    choice = ConversionTerms(date(2020, 5, 4), "fixed")
    terms = convert(benchmark(900_000), START, 360, rate_tables(), policy_table(), choice)
    assert path(terms, date(2026, 9, 1))[-1] == (date(2020, 5, 4), 44_100)
    answer = rate_why(terms, START, 360, rate_tables(), date(2026, 9, 1))
    assert (answer.rate_ppm, answer.next_repricing_on, answer.preview) == (44_100, None, None)
    assert "固定利率 4.41%" in answer.clause_zh


@pytest.mark.parametrize(("terms", "on", "code"), [
    (RateTerms("provident"), date(2020, 5, 1), "conversion_not_benchmark"),
    (RateTerms("lpr"), date(2020, 5, 1), "conversion_not_benchmark"),
    (benchmark(900_000), date(2020, 2, 29), "conversion_not_open"),
    (benchmark(900_000), date(2020, 9, 1), "conversion_closed"),
    (benchmark(900_000, conversion=Conversion(date(2020, 4, 1), "fixed")), date(2020, 5, 1), "conversion_only_once"),
])  # fmt: skip
def test_who_may_not_convert(terms: RateTerms, on: date, code: str) -> None:
    verdict = may_convert(terms, START, 360, policy_table(), on)
    assert (verdict.ok, verdict.codes) == (False, (code,))
    with pytest.raises(BadInput):
        convert(terms, START, 360, rate_tables(), policy_table(), ConversionTerms(on, "lpr"))


def test_the_deadline_itself_counts_and_a_last_cycle_need_not_convert() -> None:
    assert may_convert(benchmark(900_000), START, 360, policy_table(), date(2020, 8, 31)).codes == ()
    last = may_convert(benchmark(900_000), START, 61, policy_table(), date(2020, 8, 31))
    assert (last.ok, last.codes) == (True, ("conversion_last_cycle",))


def test_a_converted_loan_reprices_at_least_yearly() -> None:
    with pytest.raises(BadInput, match="12"):
        convert(
            benchmark(900_000), START, 360, rate_tables(), policy_table(),
            ConversionTerms(date(2020, 5, 1), "lpr", cycle_months=6),
        )  # fmt: skip


@pytest.mark.parametrize("bad", [
    {"factor_ppm": 0}, {"factor_ppm": 3_000_001}, {"kind": "lpr", "factor_ppm": 900_000},
    {"kind": "fixed", "fixed_ppm": 1, "conversion": Conversion(date(2020, 5, 1), "fixed")},
    {"spread_bp": Decimal("0.001")}, {"spread_bp": 3601},
])  # fmt: skip
def test_bad_terms(bad: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        RateTerms(**{"kind": "benchmark", **bad})  # type: ignore[arg-type]


def test_bad_rows() -> None:
    good = rows("benchmark_rates.csv")[0]
    for wrong in ([good, good], [dict(good, effective_date="x")], [dict(good, rate_gt_5y_pct="-1")]):
        with pytest.raises(BadInput):
            BenchmarkTable.parse(wrong)
