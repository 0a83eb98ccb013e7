"""Schedules: golden numbers, an independent oracle in fractions, and properties."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anju.core.errors import BadInput
from anju.core.money import fen_to_display, yuan_to_fen
from anju.core.schedule import (
    DueRule,
    Terms,
    advance,
    due_on,
    level_payment_fen,
    opening,
    penalty_interest_fen,
    position_after,
    schedule,
    stub_interest_fen,
    total_interest_fen,
)

from .data import steps
from .loans import STARTS, terms

PAYOUT = date(2026, 3, 20)


def plain(principal: str, ppm: int, months: int, method: str, start: date = PAYOUT) -> Terms:
    fen = yuan_to_fen(principal)
    return Terms(fen, months, method, start, start.day, "next_month", steps((start, ppm)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("principal", "ppm", "months", "method", "first", "last", "interest"),
    [
        ("1000000", 35_000, 360, "level_payment", "4,490.45", "4,488.52", "616,560.07"),
        ("1000000", 35_000, 360, "level_principal", "5,694.45", "2,785.08", "526,457.92"),
        ("1000000", 26_000, 360, "level_payment", "4,003.40", "4,001.75", "441,222.35"),
        ("1000000", 26_000, 360, "level_principal", "4,944.45", "2,783.00", "391,083.03"),
        ("1000000", 49_000, 360, "level_payment", "5,307.27", "5,305.19", "910,615.12"),
        ("1000000", 49_000, 360, "level_principal", "6,861.11", "2,788.32", "737,041.08"),
        ("1000000", 30_500, 480, "level_payment", "3,608.72", "3,608.64", "732,185.52"),
        ("1000000", 30_500, 480, "level_principal", "4,625.00", "2,090.23", "611,271.83"),
        ("500000", 31_000, 240, "level_payment", "2,798.08", "2,799.52", "171,540.64"),
        ("500000", 31_000, 240, "level_principal", "3,375.00", "2,089.51", "155,646.09"),
    ],
)
def test_golden_numbers(
    principal: str, ppm: int, months: int, method: str, first: str, last: str, interest: str
) -> None:  # S4-008; facts section 3
    rows = schedule(plain(principal, ppm, months, method))
    assert len(rows) == months
    assert fen_to_display(rows[0].amount_fen) == first
    assert fen_to_display(rows[-1].amount_fen) == last
    assert fen_to_display(total_interest_fen(rows)) == interest


def test_after_24_payments() -> None:  # facts section 3
    loan = plain("1000000", 35_000, 360, "level_payment")
    rows, position = schedule(loan), position_after(loan, 24)
    assert fen_to_display(position.balance_fen) == "960,934.79"
    assert fen_to_display(total_interest_fen(rows[24:])) == "547,854.48"
    assert (fen_to_display(rows[24].principal_fen), fen_to_display(rows[24].interest_fen)) == (
        "1,687.72",
        "2,802.73",
    )


@pytest.mark.parametrize(
    ("balance", "months", "payment"),
    [
        ("860934.79", 336, "4,023.15"),  # prepaid 100,000, lower payment
        ("860934.79", 282, "4,482.90"),  # prepaid 100,000, shorter term, levelled again
        ("960934.79", 456, "3,813.18"),  # extended from 336 to 456 months
        ("960934.79", 324, "4,588.72"),  # after 12 months of interest only
    ],
)
def test_levelled_again(balance: str, months: int, payment: str) -> None:  # facts section 3
    assert fen_to_display(level_payment_fen(yuan_to_fen(balance), 35_000, months)) == payment


@pytest.mark.parametrize(
    ("first_due", "due", "interest"),
    [("first_due_day", date(2026, 3, 20), "972.22"), ("next_month", date(2026, 4, 20), "3,986.11")],
)
@pytest.mark.parametrize("method", ["level_payment", "level_principal"])
def test_stub(first_due: str, due: date, interest: str, method: str) -> None:  # facts section 3
    start = date(2026, 3, 10)
    loan = Terms(100_000_000, 360, method, start, 20, first_due, steps((start, 35_000)))  # type: ignore[arg-type]
    row = schedule(loan)[0]
    assert (row.due_on, fen_to_display(row.interest_fen)) == (due, interest)
    assert row.principal_fen == schedule(plain("1000000", 35_000, 360, method))[0].principal_fen


def test_interest_by_days_and_penalty() -> None:  # facts section 3
    assert stub_interest_fen(yuan_to_fen("100000"), 35_000 * 10) == yuan_to_fen("97.22")
    assert stub_interest_fen(yuan_to_fen("960934.79"), 35_000 * 10) == yuan_to_fen("934.24")
    assert penalty_interest_fen(yuan_to_fen("1687.72"), 35_000, 500_000, 15) == yuan_to_fen("3.69")
    assert penalty_interest_fen(yuan_to_fen("2802.73"), 35_000, 500_000, 15) == yuan_to_fen("6.13")
    assert penalty_interest_fen(0, 35_000, 500_000, 15) == penalty_interest_fen(100, 0, 500_000, 15) == 0
    with pytest.raises(ValueError, match="negative"):
        penalty_interest_fen(100, 35_000, 500_000, -1)


def test_a_rate_change_inside_a_period() -> None:  # facts section 3, "Rate change"
    path = steps((date(2024, 6, 20), 39_500), (date(2025, 1, 1), 36_000))
    loan = Terms(100_000_000, 360, "level_payment", date(2024, 6, 20), 20, "next_month", path)
    rows = schedule(loan)
    before, split, after = rows[5], rows[6], rows[7]
    assert (split.due_on, split.rate_ppm, after.rate_ppm) == (date(2025, 1, 20), 39_500, 36_000)
    exact = Fraction(before.balance_after_fen * (39_500 * 12 + 36_000 * 19), 360 * 1_000_000)
    assert split.interest_fen == floor(exact + Fraction(1, 2))
    regular = floor(Fraction(before.balance_after_fen * 39_500, 12_000_000) + Fraction(1, 2))
    assert split.principal_fen == before.amount_fen - regular
    assert after.amount_fen == level_payment_fen(split.balance_after_fen, 36_000, 353)
    assert {row.amount_fen for row in rows[7:-1]} == {after.amount_fen}


def test_a_rate_change_on_a_due_date_splits_nothing() -> None:
    start = date(2024, 1, 1)
    loan = Terms(
        100_000_000,
        120,
        "level_payment",
        start,
        1,
        "next_month",
        steps((start, 42_000), (date(2025, 1, 1), 39_500)),
    )
    rows = schedule(loan)
    assert len({row.amount_fen for row in rows[:12]}) == 1
    assert rows[12].amount_fen == level_payment_fen(rows[11].balance_after_fen, 39_500, 108)


def test_a_repricing_that_changes_nothing_changes_nothing() -> None:
    start = date(2024, 6, 10)
    still = steps((start, 35_000), (date(2025, 1, 1), 35_000), (date(2026, 1, 1), 35_000))
    loan = Terms(80_000_000, 120, "level_payment", start, 20, "next_month", still)
    assert schedule(loan) == schedule(
        Terms(80_000_000, 120, "level_payment", start, 20, "next_month", still[:1])
    )


def test_zero_is_a_rate() -> None:
    rows = schedule(plain("100", 0, 3, "level_payment"))
    assert [row.amount_fen for row in rows] == [3_333, 3_333, 3_334]
    assert total_interest_fen(rows) == 0


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        (DueRule(date(2026, 1, 31), 31), ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        (DueRule(date(2027, 12, 31), 31), ["2028-01-31", "2028-02-29", "2028-03-31"]),
        (DueRule(date(2026, 3, 10), 20), ["2026-04-20"]),
        (DueRule(date(2026, 3, 10), 20, "first_due_day"), ["2026-03-20"]),
        (DueRule(date(2026, 3, 20), 20, "first_due_day"), ["2026-04-20"]),
        (DueRule(date(2026, 3, 25), 20, "first_due_day"), ["2026-04-20"]),
        (DueRule(date(2026, 3, 31), 1), ["2026-04-01"]),
        (DueRule(date(2026, 2, 28), 30, "first_due_day"), ["2026-03-30"]),
        (DueRule(date(2026, 12, 5), 5), ["2027-01-05"]),
    ],
)
def test_due_dates(rule: DueRule, dates: list[str]) -> None:
    assert [due_on(rule, seq).isoformat() for seq in range(1, len(dates) + 1)] == dates
    assert due_on(rule, 0) == rule.start_on


@given(STARTS, st.integers(1, 31), st.sampled_from(["next_month", "first_due_day"]))
def test_due_dates_rise_by_one_month_each(start: date, day: int, first_due: str) -> None:
    rule = DueRule(start, day, first_due)  # type: ignore[arg-type]
    dates = [due_on(rule, seq) for seq in range(40)]
    assert 1 <= (dates[1] - start).days <= 61
    for earlier, later in pairwise(dates[1:]):
        assert 28 <= (later - earlier).days <= 31
        assert later.day == day or (later + timedelta(days=1)).day == 1


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def oracle(loan: Terms) -> list[tuple[int, int]]:
    """Principal and interest rows by another way: day by day rates, fractions, the textbook formula."""
    found = []
    balance, payment, seen = loan.principal_fen, 0, None
    for seq in range(1, loan.months + 1):
        start, end = due_on(loan, seq - 1), due_on(loan, seq)
        days = [start + timedelta(days=n) for n in range((end - start).days)]
        rates = [
            max((s.effective_on, s.rate_ppm) for s in loan.rate_path if s.effective_on <= on)[1]
            for on in days
        ]
        left = loan.months - seq + 1
        i = Fraction(rates[0], 12_000_000)
        if rates[0] != seen:
            seen = rates[0]
            grown = (1 + i) ** left
            payment = half_up(balance * i * grown / (grown - 1)) if i else half_up(Fraction(balance, left))
        whole = half_up(balance * i)
        regular = (
            payment - whole
            if loan.method == "level_payment"
            else half_up(Fraction(loan.principal_fen, loan.months))
        )
        principal = balance if left == 1 else min(max(regular, 0), balance)
        next_month = end.year * 12 + end.month == start.year * 12 + start.month + 1
        one_month = seq > 1 or (next_month and _is_due(loan, start))
        by_days = half_up(Fraction(balance * sum(rates), 360_000_000))
        interest = whole if one_month and len(set(rates)) == 1 else by_days
        found.append((principal, interest))
        balance -= principal
    return found


def _is_due(loan: Terms, on: date) -> bool:
    return on.day == loan.due_day or (on.day < loan.due_day and (on + timedelta(days=1)).day == 1)


@settings(max_examples=150, deadline=None)
@given(terms(months_max=30))
def test_rows_equal_an_oracle_in_fractions(loan: Terms) -> None:
    assert [(row.principal_fen, row.interest_fen) for row in schedule(loan)] == oracle(loan)


@settings(max_examples=150, deadline=None)
@given(terms(months_max=400))
def test_properties_of_every_schedule(loan: Terms) -> None:
    rows = schedule(loan)
    assert [row.seq for row in rows] == list(range(1, loan.months + 1))
    assert [row.due_on for row in rows] == [due_on(loan, seq) for seq in range(1, loan.months + 1)]
    assert sum(row.principal_fen for row in rows) == loan.principal_fen
    assert rows[-1].balance_after_fen == 0
    balance = loan.principal_fen
    for row in rows:
        assert row.principal_fen >= 0
        assert row.interest_fen >= 0
        assert row.amount_fen == row.principal_fen + row.interest_fen
        balance -= row.principal_fen
        assert row.balance_after_fen == balance


def test_a_finished_schedule_does_not_advance() -> None:
    loan = plain("100", 35_000, 2, "level_payment")
    end = position_after(loan, 99)
    assert end.finished
    assert (end.seq_next, end.balance_fen, end.instalment_fen, end.next_due_on) == (3, 0, 0, None)
    with pytest.raises(ValueError, match="finished"):
        advance(loan, end)
    assert not opening(loan).finished


@pytest.mark.parametrize(
    "change",
    [
        {"principal_fen": 0},
        {"principal_fen": 10**11 + 1},
        {"months": 0},
        {"months": 601},
        {"method": "bullet"},
        {"due_day": 0},
        {"due_day": 32},
        {"first_due": "whenever"},
        {"rate_path": ()},
        {"rate_path": steps((date(2026, 3, 21), 35_000))},
        {"rate_path": steps((date(2026, 3, 1), 35_000), (date(2026, 3, 1), 36_000))},
        {"rate_path": steps((date(2026, 3, 1), 360_001))},
    ],
)
def test_bad_terms_are_refused(change: dict[str, object]) -> None:
    good = {
        "principal_fen": 100,
        "months": 12,
        "method": "level_payment",
        "start_on": PAYOUT,
        "due_day": 20,
        "first_due": "next_month",
        "rate_path": steps((PAYOUT, 35_000)),
    }
    with pytest.raises(BadInput, match="无效"):
        Terms(**(good | change))  # type: ignore[arg-type]


@pytest.mark.parametrize(("balance", "ppm", "n"), [(-1, 1, 1), (1, -1, 1), (1, 1, 0)])
def test_bad_level_payments_are_refused(balance: int, ppm: int, n: int) -> None:
    with pytest.raises(ValueError, match="level payment"):
        level_payment_fen(balance, ppm, n)
