"""Spread and cycle changes by agreement, under the rules of their date; exact basis points."""

from datetime import date
from decimal import Decimal

import pytest

from anju.core.basis_points import bp_from_text, bp_text, bp_to_ppm, ppm_to_bp, signed_bp
from anju.core.errors import BadInput
from anju.core.rates import CycleChange, RateTerms, cycle_allowed, spread_floor, spread_offer

from ..data import cities, policy_table

GRANT = date(2022, 1, 10)


@pytest.mark.parametrize(("home", "on", "city", "floor_ppm"), [
    ("first", date(2019, 10, 7), None, None),  # no row before: not known
    ("first", date(2019, 10, 8), None, 0),
    ("second", date(2019, 10, 8), None, 6_000),
    ("first", date(2022, 5, 15), None, -2_000),
    ("second", date(2023, 8, 31), None, 2_000),
    ("first", date(2024, 5, 18), None, None),
    ("first", date(2022, 5, 15), "example_a", 5_500),
    ("first", date(2024, 7, 1), "example_a", -4_500),  # the city keeps one
    ("first", date(2025, 1, 1), "example_a", None),
])  # fmt: skip
def test_floors(home: str, on: date, city: str | None, floor_ppm: int | None) -> None:
    found = spread_floor(policy_table(), home, on, cities().city(city) if city else None)  # type: ignore[arg-type]
    assert found.spread_ppm == floor_ppm


@pytest.mark.parametrize(("on", "spread_bp", "home", "city", "average_bp", "ok", "code", "lowest_bp", "batch_bp"), [
    (date(2023, 9, 24), 55, "first", None, None, False, "spread_fixed", None, None),
    (date(2023, 9, 25), 55, "first", None, None, True, "spread_change_2023", 0, None),
    (date(2023, 9, 25), 55, "second", None, None, False, "spread_fixed", None, None),
    (date(2023, 9, 25), 0, "first", None, None, False, "spread_change_2023", 0, None),
    (date(2023, 9, 25), 70, "first", "example_a", None, True, "spread_change_2023", 55, None),
    (date(2024, 10, 25), 55, "second", None, None, True, "spread_batch_2024", -30, -30),
    (date(2024, 10, 25), -30, "second", None, None, False, "spread_fixed", None, None),
    (date(2024, 11, 1), 20, "first", None, -30, True, "spread_negotiable", None, -30),
    (date(2024, 11, 1), 0, "first", None, -30, False, "spread_near_average", None, -30),  # 30 itself: not over
    (date(2024, 11, 1), 1, "first", None, -30, True, "spread_negotiable", None, -30),
    (date(2024, 11, 1), 20, "first", "example_a", -30, True, "spread_negotiable", -45, -30),
    (date(2024, 11, 1), 20, "first", None, None, False, "spread_average_missing", None, -30),
    (date(2026, 8, 27), 20, "first", None, None, True, "spread_change_or_replace", None, None),
])  # fmt: skip
def test_offers(
    on: date, spread_bp: int, home: str, city: str | None, average_bp: int | None, ok: bool, code: str,
    lowest_bp: int | None, batch_bp: int | None,
) -> None:  # facts section 1, existing loans; S4-121  # fmt: skip
    offer = spread_offer(
        spread_bp * 100, home, GRANT, policy_table(), on,  # type: ignore[arg-type]
        city=cities().city(city) if city else None,
        average_new_ppm=None if average_bp is None else average_bp * 100,
    )  # fmt: skip
    assert (offer.verdict.ok, offer.verdict.codes) == (ok, (code,))
    assert offer.lowest_ppm == (None if lowest_bp is None else lowest_bp * 100)
    assert offer.batch_ppm == (None if batch_bp is None else batch_bp * 100)
    assert "依据：" in offer.verdict.zh
    assert offer.verdict.policy_version == policy_table().version


def test_a_floor_at_grant_that_is_not_loaded_is_not_taken_for_none() -> None:
    offer = spread_offer(10_000, "first", date(2016, 5, 1), policy_table(), date(2023, 10, 1))
    assert (offer.verdict.ok, offer.verdict.codes, offer.lowest_ppm) == (
        False,
        ("spread_floor_unknown",),
        None,
    )


def test_an_offer_before_the_grant_is_refused() -> None:
    with pytest.raises(BadInput):
        spread_offer(0, "first", GRANT, policy_table(), date(2022, 1, 9))


@pytest.mark.parametrize(("on", "terms", "ok"), [
    (date(2024, 10, 31), RateTerms("lpr", cycle_months=12), True),
    (date(2024, 10, 31), RateTerms("lpr", cycle_months=6), False),
    (date(2024, 11, 1), RateTerms("lpr", cycle_months=6), True),
    (date(2024, 11, 1), RateTerms("lpr", cycle_months=3), True),
    (date(2024, 11, 1), RateTerms("lpr", cycle_months=24), False),
    (date(2025, 1, 1), RateTerms("lpr", cycle_changes=(CycleChange(date(2025, 1, 1), 3),)), True),
    (date(2026, 1, 1), RateTerms("lpr", cycle_changes=(CycleChange(date(2025, 1, 1), 3),
                                                      CycleChange(date(2026, 1, 1), 6))), False),
])  # fmt: skip
def test_cycles(on: date, terms: RateTerms, ok: bool) -> None:
    verdict = cycle_allowed(terms, policy_table(), on)
    assert verdict.ok is ok
    assert bool(verdict.zh) is not ok


@pytest.mark.parametrize(("text", "ppm", "again"), [
    ("-63.5", -6_350, "-63.5"), ("+55", 5_500, "+55"), ("0", 0, "+0"), ("−20", -2_000, "-20"),
    ("－３０", -3_000, "-30"), ("12.25", 1_225, "+12.25"), ("-0.05", -5, "-0.05"),
])  # fmt: skip
def test_basis_points_are_exact(text: str, ppm: int, again: str) -> None:
    assert bp_to_ppm(bp_from_text(text)) == ppm
    assert bp_to_ppm(ppm_to_bp(ppm)) == ppm
    assert signed_bp(ppm) == again
    assert bp_text(ppm) == again[1:]


@pytest.mark.parametrize("text", ["", "x", "1.234", "99999", "3600.01", "1e3"])
def test_bad_basis_points(text: str) -> None:
    with pytest.raises(BadInput):
        bp_from_text(text)


def test_whole_points_stay_integers_for_the_tape() -> None:
    assert isinstance(ppm_to_bp(-3_000), int)
    assert ppm_to_bp(-6_350) == Decimal("-63.5")
    assert RateTerms("lpr", spread_bp=-30).spread_bp == -30
    assert RateTerms("lpr", spread_bp=Decimal("-63.5")).spread_ppm == -6_350
