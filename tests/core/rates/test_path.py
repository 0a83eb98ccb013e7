"""LPR and provident tables, repricing dates, rate paths."""

from dataclasses import replace
from datetime import date

import pytest

from anju.core.errors import BadInput, LprMissing, ProvidentRateMissing
from anju.core.rates import (
    LprTable,
    ProvidentTable,
    RateTables,
    RateTerms,
    SpreadChange,
    last_publication_on,
    publication_on,
    rate_on,
    rate_path,
    repricing_dates,
)

from ..data import calendar, rate_tables, rows

UNTIL = date(2026, 9, 30)


def path(terms: RateTerms, start: date, months: int = 360, until: date = UNTIL) -> list[tuple[date, int]]:
    found = rate_path(terms, start, months, rate_tables(), until)
    return [(step.effective_on, step.rate_ppm) for step in found]


def test_publication_days_of_all_86_rows_follow_the_rule() -> None:
    table = rate_tables().lpr
    assert len(table.dates) == 86
    assert [publication_on(on.year, on.month, calendar()) for on in table.dates] == list(table.dates)
    assert last_publication_on(date(2026, 2, 23), calendar()) == date(2026, 1, 20)
    assert last_publication_on(date(2026, 2, 24), calendar()) == date(2026, 2, 24)


def test_the_vector_of_the_domain_pack() -> None:  # S4-004, S4-006; facts section 1
    terms = RateTerms("lpr", spread_bp=55, spread_changes=(SpreadChange(date(2024, 10, 25), -30),))
    assert path(terms, date(2020, 5, 25)) == [
        (date(2020, 5, 25), 52_000),
        (date(2021, 1, 1), 52_000),
        (date(2022, 1, 1), 52_000),
        (date(2023, 1, 1), 48_500),
        (date(2024, 1, 1), 47_500),
        (date(2024, 10, 25), 39_000),
        (date(2025, 1, 1), 33_000),
        (date(2026, 1, 1), 32_000),
    ]


def test_lpr_on_anniversaries() -> None:  # facts section 1
    found = path(RateTerms("lpr", repricing="anniversary"), date(2020, 5, 25))
    assert found[1:] == [
        (date(year, 5, 25), ppm)
        for year, ppm in zip(range(2021, 2027), (46_500, 44_500, 43_000, 39_500, 35_000, 35_000), strict=True)
    ]


@pytest.mark.parametrize(("on", "before", "same_day"), [
    (date(2022, 5, 20), 46_000, 44_500),
    (date(2022, 5, 21), 44_500, 44_500),
    (date(2025, 5, 20), 36_000, 35_000),
    (date(2025, 5, 19), 36_000, 36_000),
])  # fmt: skip
def test_a_repricing_date_on_a_publication_day(on: date, before: int, same_day: int) -> None:
    start = on.replace(year=2020)
    terms = RateTerms("lpr", repricing="anniversary")
    other = replace(terms, lpr_selection="last_published_on_or_before")
    assert dict(path(terms, start))[on] == before
    assert dict(path(other, start))[on] == same_day


def test_one_year_lpr_for_terms_up_to_five_years() -> None:
    start = date(2024, 3, 1)
    assert path(RateTerms("lpr"), start, months=60, until=start) == [(start, 34_500)]
    assert path(RateTerms("lpr"), start, months=61, until=start) == [(start, 39_500)]
    assert path(RateTerms("lpr", tenor="5y"), start, months=60, until=start) == [(start, 39_500)]


@pytest.mark.parametrize(
    ("terms", "start", "dates"),
    [
        (RateTerms("lpr"), date(2024, 1, 1), ["2025-01-01", "2026-01-01"]),
        (RateTerms("lpr"), date(2024, 12, 31), ["2025-01-01", "2026-01-01"]),
        (RateTerms("lpr", cycle_months=6), date(2025, 2, 1), ["2025-07-01", "2026-01-01", "2026-07-01"]),
        (RateTerms("lpr", cycle_months=3), date(2025, 12, 31), ["2026-01-01", "2026-04-01", "2026-07-01"]),
        (RateTerms("lpr", cycle_months=36), date(2022, 5, 1), ["2025-01-01"]),
        (RateTerms("lpr", repricing="anniversary"), date(2024, 2, 29), ["2025-02-28", "2026-02-28"]),
        (
            RateTerms("lpr", repricing="anniversary", cycle_months=3),
            date(2025, 11, 30),
            ["2026-02-28", "2026-05-30", "2026-08-30"],
        ),
    ],
)
def test_repricing_dates(terms: RateTerms, start: date, dates: list[str]) -> None:
    found = repricing_dates(terms, start, UNTIL)
    assert [on.isoformat() for on in found] == dates


def test_no_repricing_at_or_after_the_end_of_the_term() -> None:
    assert len(path(RateTerms("lpr", tenor="1y", repricing="anniversary"), date(2024, 5, 20), months=12)) == 1
    assert len(path(RateTerms("lpr", tenor="1y", repricing="anniversary"), date(2024, 5, 20), months=13)) == 2


def test_a_month_that_is_due_but_not_loaded_is_reported() -> None:
    terms, start = RateTerms("lpr", repricing="anniversary", cycle_months=3), date(2026, 7, 25)
    with pytest.raises(LprMissing, match="尚未录入") as caught:
        rate_path(terms, start, 360, rate_tables(), date(2026, 10, 25))
    assert "not loaded" in str(caught.value)
    steps = rate_path(terms, start, 360, rate_tables(), date(2026, 10, 25), allow_missing=True)
    assert [(step.rate_ppm, step.provisional) for step in steps] == [(35_000, False), (35_000, True)]
    before = rate_path(terms, date(2026, 7, 20), 360, rate_tables(), date(2026, 10, 20))
    assert [step.provisional for step in before] == [
        False,
        False,
    ]  # published on the day itself: not needed yet


def test_a_hole_inside_the_table_is_reported() -> None:
    holed = LprTable.parse(row for row in rows("lpr.csv") if row["date"] != "2023-12-20")
    tables = RateTables(holed, rate_tables().provident, calendar())
    with pytest.raises(LprMissing):
        rate_path(RateTerms("lpr"), date(2023, 6, 1), 360, tables, UNTIL)


def test_there_was_no_lpr_before_2019_08_20() -> None:
    with pytest.raises(LprMissing, match="2019-08-20"):
        path(RateTerms("lpr"), date(2019, 8, 20))
    assert path(RateTerms("lpr"), date(2019, 8, 21), until=date(2019, 9, 1)) == [(date(2019, 8, 21), 48_500)]


def test_a_benchmark_loan_converted_in_2020() -> None:  # S4-007; 4.90 x 0.85 = 4.165 is -63.5 bp; here -63
    terms = RateTerms("lpr", fixed_ppm=41_650, lpr_since=date(2020, 9, 1), spread_bp=-63)
    assert path(terms, date(2015, 11, 2), until=date(2022, 1, 1)) == [
        (date(2015, 11, 2), 41_650),
        (date(2021, 1, 1), 40_200),
        (date(2022, 1, 1), 40_200),
    ]


def test_a_staged_rate_is_fixed_first_and_floats_after() -> None:  # S4-006
    terms = RateTerms(
        "lpr", fixed_ppm=31_000, lpr_since=date(2025, 6, 10), spread_bp=-20, repricing="anniversary"
    )
    assert path(terms, date(2022, 6, 10)) == [
        (date(2022, 6, 10), 31_000),
        (date(2025, 6, 10), 33_000),
        (date(2026, 6, 10), 33_000),
    ]


def test_fixed() -> None:
    assert path(RateTerms("fixed", fixed_ppm=0), date(2024, 5, 1)) == [(date(2024, 5, 1), 0)]


@pytest.mark.parametrize(
    ("home", "months", "start", "expected"),
    [
        (
            "first", 360, date(2022, 9, 30),
            [(2022, 32_500), (2023, 31_000), (2024, 31_000), (2025, 28_500), (2026, 26_000)],
        ),
        ("first", 60, date(2024, 5, 18), [(2024, 23_500), (2025, 23_500), (2026, 21_000)]),
        ("second", 61, date(2024, 5, 17), [(2024, 35_750), (2025, 33_250), (2026, 30_750)]),
        ("first", 12, date(2024, 5, 18), [(2024, 23_500)]),
    ],
)  # fmt: skip
def test_provident(home: str, months: int, start: date, expected: list[tuple[int, int]]) -> None:  # S4-004
    found = path(RateTerms("provident", home=home), start, months)  # type: ignore[arg-type]
    assert found[0][0] == start
    assert [(on.year, ppm) for on, ppm in found] == expected
    assert all((on.month, on.day) == (1, 1) for on, _ in found[1:])


def test_a_second_home_may_pay_more_than_the_floor() -> None:
    terms = RateTerms("provident", home="second", spread_bp=10)
    assert path(terms, date(2026, 2, 1)) == [(date(2026, 2, 1), 31_750)]


def test_no_provident_rate_before_the_first_row() -> None:
    with pytest.raises(ProvidentRateMissing, match="公积金"):
        path(RateTerms("provident", home="second"), date(2015, 8, 25))


def test_every_step_says_why_in_both_languages() -> None:
    for terms in (
        RateTerms("lpr", spread_bp=-30),
        RateTerms("provident"),
        RateTerms("fixed", fixed_ppm=30_500),
    ):
        for step in rate_path(terms, date(2024, 5, 25), 360, rate_tables(), UNTIL):
            assert "%" in step.why_zh
            assert "%" in step.why_en
            assert step.source


def test_rate_on_a_day() -> None:
    steps = rate_path(RateTerms("lpr"), date(2024, 5, 25), 360, rate_tables(), UNTIL)
    assert rate_on(steps, date(2024, 12, 31)) == 39_500
    assert rate_on(steps, date(2025, 1, 1)) == 36_000
    with pytest.raises(BadInput, match="from 2024-05-25 on"):
        rate_on(steps, date(2024, 5, 24))


@pytest.mark.parametrize(
    "terms",
    [
        {"kind": "fixed"},
        {"kind": "floating"},
        {"kind": "fixed", "fixed_ppm": 360_001},
        {"kind": "lpr", "fixed_ppm": 30_000},
        {"kind": "lpr", "lpr_since": date(2025, 1, 1)},
        {"kind": "lpr", "repricing": "daily"},
        {"kind": "lpr", "cycle_months": 9},
        {"kind": "provident", "spread_bp": -1, "home": "second"},
        {"kind": "provident", "spread_bp": 10},
    ],
)
def test_bad_terms_are_refused(terms: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        RateTerms(**terms)  # type: ignore[arg-type]


def test_a_spread_may_not_make_the_rate_negative() -> None:
    with pytest.raises(BadInput):
        path(RateTerms("lpr", spread_bp=-400), date(2024, 5, 25))


def test_bad_rows_are_refused() -> None:
    good = rows("lpr.csv")[0]
    with pytest.raises(BadInput):
        LprTable.parse([good, dict(good, date="2019-08-21")])
    with pytest.raises(BadInput):
        LprTable.parse([dict(good, date="20.08.2019")])
    with pytest.raises(BadInput):
        ProvidentTable.parse([dict(rows("provident_rates.csv")[0], home="third")])
