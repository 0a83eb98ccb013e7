"""Methods and conventions: golden numbers and what each method promises (S4-008)."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest

from anju.core.errors import BadInput
from anju.core.money import fen_to_display as yuan
from anju.core.schedule import (
    Conventions,
    Row,
    Stage,
    Terms,
    combined,
    compliance_notes,
    schedule,
    total_interest_fen,
    totals,
)

from ..data import steps
from .golden import PAYOUT, loan


def amounts(rows: tuple[Row, ...]) -> list[str]:
    return [yuan(row.amount_fen) for row in rows]


@pytest.mark.parametrize(
    ("conventions", "method", "first", "second", "last", "interest"),
    [
        (Conventions(), "level_payment", "4,490.45", "4,490.45", "4,488.52", "616,560.07"),
        (Conventions("half_even"), "level_payment", "4,490.45", "4,490.45", "4,488.52", "616,560.07"),
        (Conventions("down"), "level_payment", "4,490.44", "4,490.44", "4,491.66", "616,559.62"),
        (Conventions("down"), "level_principal", "5,694.43", "5,686.33", "2,788.67", "526,457.99"),
        (Conventions(residue="first"), "level_payment", "4,489.75", "4,490.45", "4,490.42", "616,561.27"),
        (Conventions(residue="first"), "level_principal", "5,693.65", "5,686.35", "2,785.88", "526,458.76"),
        (Conventions(whole_period="daily"), "level_payment", "4,490.45", "4,490.45", "23,074.16", "635,145.71"),
        (Conventions(whole_period="daily", year_days=365), "level_payment", "4,490.45", "4,490.45", "5,620.30", "617,691.85"),
        (Conventions(whole_period="daily", year_days="actual"), "level_principal", "5,750.38", "5,646.50", "2,784.68", "526,565.28"),
    ],
)  # fmt: skip
def test_conventions_change_the_fen(
    conventions: Conventions, method: str, first: str, second: str, last: str, interest: str
) -> None:  # facts section 3, "Rounding"; the numbers of the default are its golden numbers
    rows = schedule(loan(method, conventions=conventions))  # type: ignore[arg-type]
    found = amounts(rows)
    assert (found[0], found[1], found[-1], yuan(total_interest_fen(rows))) == (first, second, last, interest)


@pytest.mark.parametrize(("rounding", "interest"), [("half_up", 2), ("half_even", 2), ("down", 1)])
def test_a_tie_is_rounded_by_the_rule(rounding: str, interest: int) -> None:
    # 500 fen at 3.6 % a year bear 1.5 fen a month
    terms = loan(principal_fen=500, ppm=36_000, months=1, conventions=Conventions(rounding))  # type: ignore[arg-type]
    assert schedule(terms)[0].interest_fen == interest


@pytest.mark.parametrize(("principal", "interest"), [(500, 2), (1_500, 4), (2_500, 8)])
def test_half_even_takes_the_even_one(principal: int, interest: int) -> None:
    terms = loan(principal_fen=principal, ppm=36_000, months=1, conventions=Conventions("half_even"))
    assert schedule(terms)[0].interest_fen == interest  # 1.5, 4.5, 7.5


@pytest.mark.parametrize(
    ("start", "end", "year_days", "share"),
    [
        (date(2027, 12, 1), date(2028, 3, 1), 360, Fraction(91, 360)),
        (date(2027, 12, 1), date(2028, 3, 1), 365, Fraction(91, 365)),
        (date(2027, 12, 1), date(2028, 3, 1), "actual", Fraction(31, 365) + Fraction(60, 366)),
        (date(2027, 12, 1), date(2029, 2, 1), "actual", Fraction(31, 365) + 1 + Fraction(31, 365)),
        (date(2028, 3, 1), date(2028, 3, 1), "actual", Fraction(0)),
    ],
)
def test_the_clock_counts_exactly(start: date, end: date, year_days: object, share: Fraction) -> None:
    clock = Conventions(year_days=year_days).clock  # type: ignore[arg-type]
    assert Fraction(clock.days(start, end), clock.year) == share
    assert clock.month * 12 == clock.year


def test_interest_only_then_amortising() -> None:
    rows = schedule(loan("interest_only", Stage("interest_only", 24), Stage("level_payment")))
    assert set(amounts(rows[:24])) == {"2,916.67"}
    assert rows[24:] == tuple(
        row._replace(seq=row.seq + 24, on=rows[24 + k].on) for k, row in enumerate(schedule(loan(months=336)))
    )


def test_balloon_amortises_over_360_and_falls_due_at_60() -> None:
    rows = schedule(loan("level_payment", Stage("level_payment", amortise_over=360), months=60))
    as_if = schedule(loan())[:60]
    assert rows[:59] == as_if[:59]
    assert rows[59].principal_fen == as_if[58].balance_after_fen
    assert amounts(rows)[-1] == "901,460.97"


def test_stages_with_different_methods() -> None:  # 组合还款
    rows = schedule(loan("level_payment", Stage("level_payment", 60), Stage("level_principal")))
    assert rows[:60] == schedule(loan())[:60]
    rest = schedule(loan("level_principal", principal_fen=rows[59].balance_after_fen, months=300))
    assert [row.principal_fen for row in rows[60:]] == [row.principal_fen for row in rest]
    assert [row.interest_fen for row in rows[60:]] == [row.interest_fen for row in rest]


@pytest.mark.parametrize(
    ("step", "first", "second", "last"),
    [
        ({"step_fen": 10_000}, "3,297.59", "3,397.59", "6,199.74"),
        ({"step_ppm": 20_000}, "3,495.85", "3,565.77", "6,207.42"),
        ({"step_ppm": -20_000}, "5,633.83", "5,521.15", "3,134.48"),
    ],
)
def test_stepped_instalments_end_the_loan(step: dict[str, int], first: str, second: str, last: str) -> None:
    rows = schedule(loan("stepped", Stage("stepped", step_every=12, **step)))
    found = amounts(rows)
    assert (found[0], found[12], found[-1]) == (first, second, last)
    for year in range(29):
        assert len(set(found[12 * year : 12 * year + 12])) == 1
    regular = rows[-2].amount_fen
    assert abs(rows[-1].amount_fen - regular) < 360  # only rounding is left for the last one
    i = Fraction(35_000, 12_000_000)
    for base, holds in (
        (rows[0].amount_fen, True),
        (rows[0].amount_fen + 1, False),
        (rows[0].amount_fen - 1, False),
    ):
        paid = [_step(base, t // 12, **step) / (1 + i) ** (t + 1) for t in range(360)]
        slope = sum(_step(1, t // 12, **({**step, "step_fen": 0})) / (1 + i) ** (t + 1) for t in range(360))
        assert (abs(sum(paid) - 100_000_000) <= slope / 2) is holds  # the nearest fen to the exact base


def _step(base: int, steps_done: int, step_fen: int = 0, step_ppm: int = 0) -> Fraction:
    return base * (1 + Fraction(step_ppm, 1_000_000)) ** steps_done + steps_done * step_fen


@pytest.mark.parametrize("step_fen", [50_000, -50_000])
def test_steps_that_cannot_be_are_refused_with_both_ends_named(step_fen: int) -> None:
    with pytest.raises(BadInput, match="首期") as caught:
        schedule(loan("stepped", Stage("stepped", step_every=12, step_fen=step_fen)))
    assert (caught.value.field, caught.value.value) == ("stage.step_fen", step_fen)
    assert "covers its interest" in caught.value.message_en


def test_fortnightly_pays_half_every_14_days_and_ends_early() -> None:  # 双周供
    rows = schedule(loan(conventions=Conventions(frequency="fortnightly")))
    assert {b.on - a.on for a, b in pairwise(rows)} == {timedelta(days=14)}
    assert rows[0].on == PAYOUT + timedelta(days=14)
    assert set(amounts(rows[:-1])) == {"2,245.23"}  # half of 4,490.45, rounded
    assert rows[0].interest_fen == round(Fraction(100_000_000 * 35_000 * 14, 360_000_000))
    assert (len(rows), rows[-1].on, amounts(rows)[-1]) == (686, date(2052, 7, 5), "403.73")


def test_fortnightly_never_runs_past_the_contract() -> None:
    rows = schedule(loan(principal_fen=3, months=12, ppm=0, conventions=Conventions(frequency="fortnightly")))
    assert rows[-1].on <= date(2027, 3, 20)
    assert rows[-1].balance_after_fen == 0


def test_two_loans_one_borrower() -> None:  # 组合贷
    provident, commercial = (
        loan(principal_fen=40_000_000, ppm=26_000),
        loan(principal_fen=60_000_000, ppm=30_500),
    )
    other_day = Terms(60_000_000, 360, "level_payment", PAYOUT, 5, "next_month", steps((PAYOUT, 30_500)))
    first, second = schedule(provident), schedule(commercial)
    rows = combined([first, second])
    assert len(rows) == 360
    for k, row in enumerate(rows):
        assert row.parts == ((0, first[k]), (1, second[k]))
        assert row.amount_fen == first[k].amount_fen + second[k].amount_fen
        assert row.balance_after_fen == first[k].balance_after_fen + second[k].balance_after_fen
    apart = combined([first, schedule(other_day)])
    assert len(apart) == 720
    assert apart[0].balance_after_fen == 40_000_000 + schedule(other_day)[0].balance_after_fen
    assert combined([]) == combined([()]) == ()
    assert sum(row.principal_fen for row in apart) == 100_000_000


def test_totals_without_rows() -> None:
    assert yuan(totals(loan()).interest_fen) == "616,560.07"
    principal = totals(loan("level_principal"))
    assert (yuan(principal.first_fen), yuan(principal.last_fen)) == ("5,694.45", "2,785.08")


@pytest.mark.parametrize(
    ("plan", "months", "codes"),
    [
        ((), 360, []),
        ((Stage("level_payment", amortise_over=360),), 60, [("balloon", "review")]),
        ((Stage("interest_only", 12), Stage("level_payment")), 360, []),
        ((Stage("interest_only", 13), Stage("level_payment")), 360, [("long_interest_only", "refused")]),
        ((Stage("interest_only"),), 60, [("bullet", "refused")]),
        ((Stage("interest_only"),), 12, []),
    ],
)
def test_compliance_notes(plan: tuple[Stage, ...], months: int, codes: list[tuple[str, str]]) -> None:
    terms = loan(plan[0].method if plan else "level_payment", *plan, months=months)
    notes = compliance_notes(terms)
    assert [(note.code, note.severity) for note in notes] == codes
    assert all("Art. 14" in note.source and note.zh and note.en for note in notes)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: loan(principal_fen=0), "principal_fen"),
        (lambda: loan(principal_fen=100_000_000_001), "principal_fen"),
        (lambda: loan(principal_fen=1.5), "principal_fen"),
        (lambda: loan(principal_fen=True), "principal_fen"),
        (lambda: loan(months=481), "months"),
        (lambda: loan(ppm=360_001), "rate_path.rate_ppm"),
        (lambda: loan(ppm=-1), "rate_path.rate_ppm"),
        (lambda: loan("bullet"), "method"),
        (lambda: loan("level_principal", Stage("level_payment")), "method"),
        (lambda: loan("level_payment", Stage("level_payment", 360), Stage("level_payment")), "stages"),
        (lambda: loan("level_payment", Stage("level_payment", 359)), "stages"),
        (lambda: loan("level_payment", Stage("level_payment"), Stage("level_payment")), "stages"),
        (lambda: loan("level_payment", Stage("level_payment", amortise_over=359)), "stage.amortise_over"),
        (lambda: loan("level_payment", Stage("level_payment", 24, 23), Stage("level_payment")), "stage.amortise_over"),
        (lambda: loan("interest_only", conventions=Conventions(frequency="fortnightly")), "frequency"),
        (lambda: Stage("level_payment", 0), "stage.periods"),
        (lambda: Stage("level_payment", amortise_over=481), "stage.amortise_over"),
        (lambda: Stage("stepped"), "stage.step_every"),
        (lambda: Stage("stepped", step_every=12), "stage.step_fen"),
        (lambda: Stage("stepped", step_every=12, step_fen=1, step_ppm=1), "stage.step_fen"),
        (lambda: Stage("level_payment", step_every=12), "stage.step_every"),
        (lambda: Conventions("up"), "rounding"),
        (lambda: Conventions(residue="middle"), "residue"),
        (lambda: Conventions(year_days=364), "year_days"),
        (lambda: Conventions(whole_period="weekly"), "whole_period"),
        (lambda: Conventions(frequency="weekly"), "frequency"),
    ],
)  # fmt: skip
def test_bad_terms_name_field_value_and_range(make: object, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        make()  # type: ignore[operator]
    error = caught.value
    assert error.field == field
    assert error.allowed
    assert str(error.value) in error.message_zh
    assert str(error.value) in error.message_en
    assert "无效" in error.message_zh


@pytest.mark.parametrize(
    "terms", [loan(principal_fen=10**11, ppm=360_000, months=480), loan(principal_fen=10**11, ppm=0)]
)
def test_the_limits_themselves_are_lawful(terms: Terms) -> None:
    rows = schedule(terms)
    assert rows[-1].balance_after_fen == 0
    assert sum(row.principal_fen for row in rows) == 10**11
