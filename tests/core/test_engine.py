"""The engine over columns gives what the scalar fold gives, fen for fen."""

import random
import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anju.core.engine.calendar import DueColumns, rule_giving
from anju.core.engine.columns import LoanColumns, RatePaths, columns_of, next_instalments, open_positions
from anju.core.engine.level import level_payments
from anju.core.money import FEN_MAX
from anju.core.schedule import DueRule, FirstDue, Terms, advance, due_on, level_payment_fen, position_after

from .data import steps
from .loans import terms


def assert_same(loans: list[Terms], paid: list[int]) -> None:
    columns, paths = columns_of(loans)
    at = open_positions(columns, paths, np.array(paid, dtype=np.int64))
    coming = next_instalments(columns, paths, at)
    for row, (loan, periods) in enumerate(zip(loans, paid, strict=True)):
        scalar = position_after(loan, periods)
        found = [int(getattr(at, name)[row]) for name in at.__slots__]
        expected = [
            scalar.seq_next,
            scalar.balance_fen,
            scalar.instalment_fen,
            scalar.rate_ppm,
            scalar.period_start_on.toordinal(),
            scalar.next_due_on.toordinal() if scalar.next_due_on else 0,
        ]
        assert found == expected, (loan, periods)
        due = [int(coming.due[row]), int(coming.principal_fen[row]), int(coming.interest_fen[row])]
        if scalar.finished:
            assert due == [0, 0, 0]
        else:
            instalment, _ = advance(loan, scalar)
            assert due == [instalment.due_on.toordinal(), instalment.principal_fen, instalment.interest_fen]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_columns_equal_the_fold(data: st.DataObject) -> None:  # S4-006, S4-008
    loans = data.draw(st.lists(terms(months_max=40), min_size=1, max_size=6))
    paid = [data.draw(st.integers(0, loan.months + 2)) for loan in loans]
    assert_same(loans, paid)


def test_columns_equal_the_fold_on_2000_seeded_loans() -> None:  # S4-006, S4-008
    rnd = random.Random(20260901)
    loans, paid = [], []
    for _ in range(2_000):
        start = date(2010, 1, 1) + timedelta(days=rnd.randrange(6_000))
        months = rnd.choice([12, 60, 120, 240, 360, 480])
        changes = sorted(rnd.sample(range(1, 3_000), rnd.randrange(0, 9)))
        path = [(start, rnd.randrange(20_000, 60_000))]
        path += [(start + timedelta(days=day), rnd.randrange(20_000, 60_000)) for day in changes]
        loans.append(
            Terms(
                rnd.randrange(10_000_00, 1_000_000_000),
                months,
                rnd.choice(["level_payment", "level_principal"]),
                start,
                rnd.randrange(1, 32),
                rnd.choice(["next_month", "first_due_day"]),
                steps(*path),
            )
        )
        paid.append(rnd.choice([0, 1, rnd.randrange(months), rnd.randrange(min(months, 120)), months]))
    assert_same(loans, paid)


@settings(max_examples=200, deadline=None)
@given(st.dates(date(2019, 1, 1), date(2028, 12, 31)), st.integers(1, 31), st.booleans(), st.integers(-3, 75))
def test_the_rule_that_gives_a_first_due_date(start: date, day: int, next_month: bool, later: int) -> None:
    by_rule: dict[FirstDue, date] = {
        rule: due_on(DueRule(start, day, rule), 1) for rule in ("next_month", "first_due_day")
    }
    own: FirstDue = "next_month" if next_month else "first_due_day"
    given = {start + timedelta(days=later), *by_rule.values()}
    for first in given:
        fits = [rule for rule in (own, "next_month", "first_due_day") if by_rule[rule] == first]
        expected = {"next_month": 1, "first_due_day": 0}[fits[0]] if fits else -1
        columns = [np.array([value], dtype=np.int64) for value in (start.toordinal(), day, first.toordinal())]
        dues = DueColumns(columns[0], columns[1], np.array([next_month]))
        assert rule_giving(dues, columns[2]).tolist() == [expected]


def test_offset_is_added_to_every_rate_of_a_shared_path() -> None:
    start = date(2024, 3, 10)
    base = [(start, 39_500), (date(2025, 1, 1), 36_000)]
    bare = Terms(100_000_000, 360, "level_payment", start, 20, "next_month", steps(*base))
    higher = [(on, ppm + 5_500) for on, ppm in base]
    raised = Terms(100_000_000, 360, "level_payment", start, 20, "next_month", steps(*higher))
    columns, paths = columns_of([bare, bare])
    shared = LoanColumns(*(getattr(columns, name) for name in columns.__slots__[:-1]), np.array([0, 5_500]))
    at = open_positions(shared, paths, np.array([18, 18]))
    for row, loan in enumerate((bare, raised)):
        scalar = position_after(loan, 18)
        assert (at.balance_fen[row], at.instalment_fen[row]) == (scalar.balance_fen, scalar.instalment_fen)


@pytest.mark.parametrize("balance_max", [100, 1_000_000, FEN_MAX])
def test_level_payments_are_exact(balance_max: int) -> None:
    rnd = np.random.default_rng(7)
    balance = rnd.integers(0, balance_max + 1, 4_000)
    rate = rnd.choice([0, 1, 100, 21_000, 35_000, 41_650, 360_000], 4_000)
    n = rnd.integers(1, 601, 4_000)
    expected = [level_payment_fen(*map(int, row)) for row in zip(balance, rate, n, strict=True)]
    assert level_payments(balance, rate, n).tolist() == expected


def test_level_payments_at_exact_ties_are_rounded_up() -> None:
    # One period: A = B (1 + i). B = 600 fen at 1 % gives 600.5, a tie that a float may miss.
    balance, rate, n = np.array([600, 6_600, 60_000_000_600]), np.array([10_000] * 3), np.array([1, 1, 1])
    assert level_payments(balance, rate, n).tolist() == [601, 6_606, 60_050_000_601]


@pytest.mark.parametrize(("column", "value"), [("principal_fen", 0), ("months", 601), ("due_day", 32)])
def test_columns_out_of_range_are_refused(column: str, value: int) -> None:
    loan = Terms(1_000, 12, "level_payment", date(2026, 1, 1), 1, "next_month", steps((date(2026, 1, 1), 0)))
    columns, _ = columns_of([loan])
    values = {name: getattr(columns, name) for name in columns.__slots__} | {column: np.array([value])}
    with pytest.raises(ValueError, match=column):
        LoanColumns(**values)


@pytest.mark.parametrize("method", ["level_payment", "level_principal"])
@pytest.mark.parametrize("principal", [1, 25, 199, 270, 5_000])
def test_amounts_so_small_that_rounding_pays_them_off_early(principal: int, method: str) -> None:
    start = date(2024, 1, 20)
    loan = Terms(principal, 360, method, start, 20, "next_month", steps((start, 35_000)))  # type: ignore[arg-type]
    ages = [0, 1, 24, 26, 180, 200, 271, 358, 359, 360]
    assert_same([loan] * len(ages), ages)


def test_rates_that_come_and_go_within_one_period() -> None:
    start = date(2024, 1, 20)
    path = [(start, 35_000), (date(2024, 7, 1), 60_000), (date(2024, 7, 9), 35_000)]
    back = [
        Terms(yuan * 100, 240, "level_payment", start, 20, "next_month", steps(*path))
        for yuan in range(9_000, 9_100)
    ]
    assert_same(back, [9] * len(back))
    assert_same(back, [5] * len(back))  # the coming period has three parts
    path[2] = (date(2024, 7, 9), 41_000)
    on = [Terms(9_000_00, 240, "level_payment", start, 20, "next_month", steps(*path))]
    assert_same(on, [9])


def test_an_empty_book_and_an_empty_path() -> None:
    columns, paths = columns_of([])
    at = open_positions(columns, paths, np.array([], dtype=np.int64))
    assert len(next_instalments(columns, paths, at).due) == 0
    with pytest.raises(ValueError, match="no step"):
        RatePaths.of([[]])


def test_core_stays_light_without_the_engine() -> None:
    code = (
        "import sys, anju.core.schedule, anju.core.rates, anju.core.lifecycles, anju.core.contact_policy\n"
        "import anju.core.tape_rules, anju.core.sla, anju.core.engine\n"
        "print(sorted({'numpy', 'django', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
