"""Which rate applies on a day, and why (S4-038, S4-039, S4-059)."""

from datetime import date

import pytest

from anju.core.errors import BadInput, LprMissing
from anju.core.rates import CycleChange, RateTerms, SpreadChange, preview_is_open, rate_path, rate_why
from anju.core.rates import rate_on as on_path

from ..data import rate_tables

VECTOR = RateTerms("lpr", spread_bp=55, spread_changes=(SpreadChange(date(2024, 10, 25), -30),))
START = date(2020, 5, 25)


@pytest.mark.parametrize(("on", "rate_ppm", "since", "source", "coming", "preview_ppm"), [
    (START, 52_000, START, "lpr:5y:2020-05-20", date(2021, 1, 1), 52_000),
    (date(2022, 12, 31), 52_000, date(2022, 1, 1), "lpr:5y:2021-12-20", date(2023, 1, 1), 48_500),
    (date(2023, 1, 1), 48_500, date(2023, 1, 1), "lpr:5y:2022-12-20", date(2024, 1, 1), 48_500),
    (date(2024, 10, 24), 47_500, date(2024, 1, 1), "lpr:5y:2023-12-20", date(2025, 1, 1), 33_000),
    (date(2024, 10, 25), 39_000, date(2024, 10, 25), "lpr:5y:2023-12-20", date(2025, 1, 1), 33_000),
    (date(2026, 10, 1), 32_000, date(2026, 1, 1), "lpr:5y:2025-12-22", date(2027, 1, 1), 32_000),
])  # fmt: skip
def test_the_vector(
    on: date, rate_ppm: int, since: date, source: str, coming: date, preview_ppm: int
) -> None:  # S4-039
    answer = rate_why(VECTOR, START, 360, rate_tables(), on)
    assert (answer.rate_ppm, answer.since, answer.source) == (rate_ppm, since, source)
    assert answer.next_repricing_on == coming
    assert answer.preview is not None
    assert (answer.preview.rate_ppm, answer.preview.provisional) == (preview_ppm, True)
    assert "预估" in answer.preview.why_zh


def test_the_clause_names_lpr_spread_day_and_cycle() -> None:  # S4-038, S4-039
    before = rate_why(VECTOR, START, 360, rate_tables(), date(2024, 10, 24))
    after = rate_why(VECTOR, START, 360, rate_tables(), date(2024, 10, 25))
    assert before.clause_zh == "5 年期以上 LPR 加 55 个基点，每 12 个月重定价一次，自 1 月 1 日起算。"
    assert "减 30 个基点" in after.clause_zh
    assert "minus 30 bp" in after.clause_en
    assert "加点调整" in after.why_zh
    assert "spread change" in after.why_en


def test_a_preview_does_not_know_the_future() -> None:
    answer = rate_why(VECTOR, START, 360, rate_tables(), date(2022, 4, 30))
    assert answer.preview is not None
    assert answer.preview.rate_ppm == 51_500  # 4.60 of 2022-04-20, not 4.30 of 2022-12
    assert preview_is_open(answer, rate_tables())
    done = rate_why(VECTOR, START, 360, rate_tables(), date(2022, 12, 20))
    assert not preview_is_open(done, rate_tables())


@pytest.mark.parametrize(("terms", "months", "on", "coming", "preview_ppm"), [
    (RateTerms("fixed", fixed_ppm=30_500), 360, date(2026, 3, 1), None, None),
    (RateTerms("provident"), 360, date(2025, 5, 7), date(2026, 1, 1), 28_500),  # S4-004
    (RateTerms("provident"), 360, date(2025, 5, 8), date(2026, 1, 1), 26_000),
    (RateTerms("provident", home="second", spread_bp=10), 360, date(2025, 5, 8), date(2026, 1, 1), 31_750),
    (RateTerms("lpr", repricing="anniversary"), 60, date(2026, 5, 1), date(2026, 5, 25), 30_000),
    (RateTerms("benchmark", factor_ppm=900_000), 360, date(2026, 5, 1), date(2027, 1, 1), 44_100),
])  # fmt: skip
def test_other_kinds(
    terms: RateTerms, months: int, on: date, coming: date | None, preview_ppm: int | None
) -> None:
    start = date(2024, 5, 25) if terms.kind != "benchmark" else date(2016, 2, 1)
    answer = rate_why(terms, start, months, rate_tables(), on)
    assert answer.next_repricing_on == coming
    assert (answer.preview and answer.preview.rate_ppm) == preview_ppm
    assert answer.clause_zh.endswith("。")
    assert answer.clause_en.endswith(".")


def test_a_staged_rate_floats_after_its_fixed_years() -> None:  # S4-006
    terms = RateTerms("lpr", fixed_ppm=31_000, lpr_since=date(2025, 6, 10), repricing="anniversary")
    answer = rate_why(terms, date(2022, 6, 10), 360, rate_tables(), date(2024, 7, 1))
    assert (answer.rate_ppm, answer.next_repricing_on) == (31_000, date(2025, 6, 10))


def test_a_cycle_change_counts_for_the_dates_after_it() -> None:
    terms = RateTerms("lpr", cycle_changes=(CycleChange(date(2024, 11, 15), 3),))
    steps = rate_path(terms, date(2023, 5, 8), 360, rate_tables(), date(2025, 7, 1))
    assert [step.effective_on.isoformat() for step in steps] == [
        "2023-05-08", "2024-01-01", "2025-01-01", "2025-04-01", "2025-07-01",
    ]  # fmt: skip
    answer = rate_why(terms, date(2023, 5, 8), 360, rate_tables(), date(2025, 5, 1))
    assert answer.next_repricing_on == date(2025, 7, 1)
    assert "每 3 个月" in answer.clause_zh


def test_every_day_of_a_loan_agrees_with_its_path() -> None:
    path = rate_path(VECTOR, START, 360, rate_tables(), date(2026, 9, 30))
    for day in range(0, 2_300, 7):
        on = date.fromordinal(START.toordinal() + day)
        answer = rate_why(VECTOR, START, 360, rate_tables(), on)
        assert answer.rate_ppm == on_path(path, on)
        assert answer.since <= on < (answer.next_repricing_on or date.max)


def test_the_day_must_lie_in_the_term_and_missing_rates_are_reported() -> None:
    for on in (date(2020, 5, 24), date(2050, 5, 25)):
        with pytest.raises(BadInput) as caught:
            rate_why(VECTOR, START, 360, rate_tables(), on)
        assert (caught.value.field, caught.value.allowed) == ("on", "2020-05-25 .. 2050-05-24")
    with pytest.raises(LprMissing):
        rate_why(VECTOR, START, 360, rate_tables(), date(2027, 1, 1))
    answer = rate_why(VECTOR, START, 360, rate_tables(), date(2027, 1, 1), allow_missing=True)
    assert answer.provisional
