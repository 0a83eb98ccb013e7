"""Fen, ppm and rounding."""

import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anju.core.errors import BadInput
from anju.core.money import (
    FEN_MAX,
    divide_half_up,
    fen_to_display,
    fen_to_text,
    percent_to_ppm,
    ppm_to_percent_text,
    yuan_to_fen,
)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("0.01", 1),
        ("0.1", 10),
        ("12", 1_200),
        ("1234.5", 123_450),
        ("1,234.56", 123_456),
        ("12,345,678.90", 1_234_567_890),
        ("  7.00 ", 700),
        ("１２３．４０", 12_340),
        ("1，234.56", 123_456),
        ("007", 700),
        ("1000000000", FEN_MAX),
        ("1,000,000,000.00", FEN_MAX),
        # 0.07 * 100 is 7.000000000000001 in binary floats, 1.15 * 100 is 114.99999999999999
        ("0.07", 7),
        ("1.15", 115),
    ],
)
def test_yuan_to_fen(text: str, fen: int) -> None:
    assert yuan_to_fen(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-1", "+1", "1.234", "1.", ".5", "1,23", "12,34.5", "1,2345", "1 234", "1e3", "NaN", "inf",
        "¥1", "1元",
        "0x1", "1_000",
        "１２３。４", "1000000000.01", "999999999999999999999999", "١٢", "1\n2", "--1", "1.2.3", "二",
    ],
)  # fmt: skip
def test_other_amounts_are_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        yuan_to_fen(text, field="loan_amount")
    assert caught.value.field == "loan_amount"
    assert caught.value.value == text
    assert "元" in str(caught.value)
    assert "yuan" in str(caught.value)


def test_a_minus_sign_only_when_asked() -> None:
    assert yuan_to_fen("-1,234.56", allow_negative=True) == -123_456


@given(st.integers(-FEN_MAX, FEN_MAX))
def test_amounts_round_trip(fen: int) -> None:
    assert yuan_to_fen(fen_to_text(fen), allow_negative=True) == fen
    assert yuan_to_fen(fen_to_display(fen), allow_negative=True) == fen


def test_amounts_for_people() -> None:
    assert fen_to_text(123_456) == "1234.56"
    assert fen_to_display(100_000_000_05) == "100,000,000.05"
    assert fen_to_display(-5) == "-0.05"


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (1, 2, 1),
        (-1, 2, -1),
        (3, 2, 2),
        (-3, 2, -2),
        (1, 3, 0),
        (2, 3, 1),
        (-2, 3, -1),
        (0, 7, 0),
        (7, 7, 1),
        (5, 1, 5),
    ],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, expected: int) -> None:
    assert divide_half_up(numerator, denominator) == expected


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**20))
def test_division_is_the_nearest_integer(numerator: int, denominator: int) -> None:
    exact, rounded = Fraction(numerator, denominator), divide_half_up(numerator, denominator)
    assert abs(rounded - exact) <= Fraction(1, 2)
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)


@pytest.mark.parametrize("denominator", [0, -1])
def test_division_needs_a_positive_denominator(denominator: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        divide_half_up(1, denominator)


@pytest.mark.parametrize(
    ("text", "ppm", "back"),
    [
        ("3.95", 39_500, "3.95"),
        ("3.5", 35_000, "3.50"),
        ("4.165", 41_650, "4.165"),
        ("2.5250", 25_250, "2.525"),
        ("0", 0, "0.00"),
        ("36", 360_000, "36.00"),
        ("3.0001", 30_001, "3.0001"),
        ("３．５０％", 35_000, "3.50"),
    ],
)
def test_rates(text: str, ppm: int, back: str) -> None:
    assert percent_to_ppm(text) == ppm
    assert ppm_to_percent_text(ppm) == back


@pytest.mark.parametrize("text", ["", "36.0001", "-1", "3.95001", "0.035x", "3,5", "%", "1e1", "400"])
def test_other_rates_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        percent_to_ppm(text)


@given(st.integers(0, 360_000))
def test_rates_round_trip(ppm: int) -> None:
    assert percent_to_ppm(ppm_to_percent_text(ppm)) == ppm


def test_bad_input_survives_a_process_border_and_hides_the_value() -> None:
    with pytest.raises(BadInput) as caught:
        yuan_to_fen("110101199003070017")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.field, again.value, again.allowed) == ("amount", "110101199003070017", caught.value.allowed)
    assert "110101199003070017" not in str(again)
    assert "110101199003070017" not in repr(again)
