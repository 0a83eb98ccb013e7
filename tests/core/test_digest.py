"""Digests tell what the full schedules hold, whichever kernel sums, and after any day."""

import random
from datetime import date

import numpy as np
import pytest

from anju.core.engine import stream
from anju.core.engine.book import Book, plain_book
from anju.core.engine.digest import Digest, digest, digests, sensitivity
from anju.core.engine.stream import KernelMissing, kernel_for, schedules
from anju.core.schedule import Terms, position_after, schedule

from .data import steps
from .oracle.against import book
from .oracle.draws import loan

KERNELS = [
    "numpy",
    "numba",
]
START = date(2026, 1, 20)


def golden(loans: int = 1) -> Book:
    """1,000,000 yuan at 3.50 % over 360 months (facts section 3)."""
    return plain_book(
        np.full(loans, 100_000_000), np.full(loans, 360), np.full(loans, 35_000), start_on=START
    )


@pytest.mark.parametrize("kernel", KERNELS)
def test_golden_totals(kernel: str) -> None:  # S4-006
    told = digest(golden(), kernel=kernel, months=361)  # type: ignore[arg-type]
    assert (told.interest_fen[0], told.last_fen[0]) == (61_656_007, 448_852)
    assert int(told.interest_by_month_fen.sum()) == 61_656_007
    assert told.by_month()[0] == (date(2026, 2, 1), 157_378, 291_667, 99_842_622)
    assert told.by_month()[-2][3] == 0
    assert told.by_year()[0][0] == 2026
    after = digest(golden(), on=date(2028, 1, 20), kernel=kernel)  # type: ignore[arg-type]
    assert (after.balance_fen[0], after.interest_fen[0]) == (96_093_479, 54_785_448)
    day_before = digest(golden(), on=date(2028, 1, 19), kernel=kernel)  # type: ignore[arg-type]
    assert day_before.balance_fen[0] > 96_093_479


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("on", [None, date(2012, 6, 15), date(2060, 1, 1)])
def test_digest_equals_rows(kernel: str, on: date | None) -> None:
    rnd = random.Random(8)
    of = book([loan(rnd) for _ in range(300)])
    told = digest(of, on=on, months=700, kernel=kernel)  # type: ignore[arg-type]
    expected = _summed(of, on)
    for name, column in expected.items():
        assert getattr(told, name).tolist() == column, name
    if on is None:
        assert int(told.principal_by_month_fen.sum()) == int(of.loans.principal_fen.sum())


def _summed(of: Book, on: date | None) -> dict[str, list[int]]:
    """Sums of the full schedules, by hand."""
    sums = {name: [0] * len(of) for name in ("balance_fen", "interest_fen", "last_fen", "fen_periods")}
    firsts, day = of.loans.dues, on.toordinal() if on else 0
    from anju.core.engine.calendar import due_ordinals

    for rows in schedules(of, kernel="numpy"):
        for column, (row, months) in enumerate(zip(rows.loans.tolist(), rows.months.tolist(), strict=True)):
            one = firsts.take(np.array([row]))
            dues = [int(due_ordinals(one, np.array([seq]))[0]) for seq in range(1, months + 1)]
            past = sum(due <= day for due in dues)
            parts = rows.principal_fen[:months, column].tolist()
            interest = rows.interest_fen[:months, column].tolist()
            sums["balance_fen"][row] = sum(parts[past:])
            sums["interest_fen"][row] = sum(interest[past:])
            sums["last_fen"][row] = parts[-1] + interest[-1]
            sums["fen_periods"][row] = sum(part * at for at, part in enumerate(parts[past:], start=1))
    return sums


def test_balance_is_the_scalar_position() -> None:
    terms = Terms(100_000_000, 360, "level_payment", START, 20, "next_month", steps((START, 35_000)))
    told = digest(golden(), on=date(2030, 5, 1), kernel="numpy")
    assert told.balance_fen[0] == position_after(terms, 51).balance_fen
    assert told.interest_fen[0] == sum(row.interest_fen for row in schedule(terms)[51:])


def test_sensitivity_moves_every_rate_exactly() -> None:
    moved = sensitivity(golden(), [-25, 0, 25], kernel="numpy")
    for shift, told in moved.items():
        rate = 35_000 + shift * 100
        terms = Terms(100_000_000, 360, "level_payment", START, 20, "next_month", steps((START, rate)))
        assert told.interest_fen[0] == sum(row.interest_fen for row in schedule(terms))
    with pytest.raises(ValueError, match="rate"):
        sensitivity(golden(), [-400], kernel="numpy")


def test_books_one_after_the_other_add_up() -> None:
    on = date(2027, 3, 31)
    whole = digest(golden(7), on=on, months=400, kernel="numpy")
    parts = digests((golden(each) for each in (3, 4)), on=on, months=400, kernel="numpy")
    assert parts.by_month() == whole.by_month()
    assert parts.by_year() == whole.by_year()
    with pytest.raises(ValueError, match="no book"):
        digests([], on=on, months=1)


def test_threads_give_the_same() -> None:
    rnd = np.random.default_rng(3)
    of = plain_book(
        rnd.integers(1, 10**11, 40_000), rnd.integers(1, 25, 40_000), rnd.integers(0, 360_001, 40_000)
    )
    one, two = (digest(of, months=30, kernel="numba", workers=workers) for workers in (1, 2))
    assert all(np.array_equal(getattr(one, name), getattr(two, name)) for name in Digest.__slots__)


def test_limits_do_not_overflow() -> None:
    """The largest amount at the highest rate over the longest term (the stated limits)."""
    at_limit = plain_book(np.array([10**11]), np.array([480]), np.array([360_000]), start_on=START)
    terms = Terms(10**11, 480, "level_payment", START, 20, "next_month", steps((START, 360_000)))
    told = digest(at_limit, kernel="numpy")
    assert told.interest_fen[0] == sum(row.interest_fen for row in schedule(terms))
    with pytest.raises(ValueError, match="principal_fen"):
        plain_book(np.array([10**11 + 1]), np.array([480]), np.array([1]))
    with pytest.raises(ValueError, match="rate_ppm"):
        plain_book(np.array([1]), np.array([480]), np.array([360_001]))
    with pytest.raises(ValueError, match="months"):
        plain_book(np.array([1]), np.array([481]), np.array([1]))


def test_which_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel_for("numpy", 10**9) == "numpy"
    assert kernel_for("auto", 10) == "numpy"
    monkeypatch.setattr(stream, "find_spec", lambda name: None)
    assert kernel_for("auto", 10**9) == "numpy"
    with pytest.raises(KernelMissing, match="fast"):
        kernel_for("numba", 10)
    with pytest.raises(ValueError, match="no such kernel"):
        kernel_for("cuda", 10)  # type: ignore[arg-type]


def test_an_empty_book() -> None:
    none = np.array([], dtype=np.int64)
    told = digest(plain_book(none, none, none), months=3, kernel="numpy")
    assert told.balance_fen.tolist() == []
    assert list(schedules(plain_book(none, none, none))) == []
