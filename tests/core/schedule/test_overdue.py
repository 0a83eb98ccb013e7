"""Penalty and compound interest over unpaid instalments, with payments in between (facts section 3)."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anju.core.allocation import BANK, BANK_PRINCIPAL_FIRST, LEGAL
from anju.core.errors import BadInput
from anju.core.money import fen_to_display
from anju.core.schedule import OverdueRule, Payment, RateLine, Unpaid, accelerated, overdue_position

from ..data import steps
from .golden import MILLION

DUE = date(2028, 4, 20)
RATES = RateLine.flat(35_000)
NO_25 = Unpaid(25, DUE, 168_772, 280_273)
NO_26 = Unpaid(26, date(2028, 5, 20), 169_264, 279_781)


def later(days: int) -> date:
    return DUE + timedelta(days=days)


def test_golden_penalty_of_instalment_25() -> None:  # facts section 3
    (line,) = overdue_position([NO_25], [], later(15), RATES).lines
    assert (fen_to_display(line.penalty_fen), fen_to_display(line.compound_fen)) == ("3.69", "6.13")
    assert (line.days_past_due, line.principal_fen, line.interest_fen) == (15, 168_772, 280_273)
    assert line.total_fen == 168_772 + 280_273 + 369 + 613


@pytest.mark.parametrize(
    ("days", "penalty", "compound"), [(0, 0, 0), (1, 25, 41), (30, 738, 1226), (90, 2215, 3679)]
)
def test_it_counts_from_the_day_after_the_due_date(days: int, penalty: int, compound: int) -> None:
    (line,) = overdue_position([NO_25], [], later(days), RATES).lines
    assert (line.penalty_fen, line.compound_fen) == (penalty, compound)


def test_nothing_is_open_before_the_due_date_and_money_waits() -> None:
    found = overdue_position([NO_25], [Payment(later(-5), 500_000)], later(-1), RATES)
    assert (found.lines, found.unapplied_fen) == ((), 500_000)
    on_the_day = overdue_position([NO_25], [Payment(later(-5), 500_000)], later(15), RATES)
    assert (on_the_day.lines, on_the_day.unapplied_fen) == ((), 500_000 - 449_045)
    assert {day for day, _ in on_the_day.settled} == {DUE}


def test_a_partial_payment_lowers_the_base_from_its_day() -> None:
    paid = [Payment(later(10), 300_000)]
    found = overdue_position([NO_25], paid, later(15), RATES)
    half_way = overdue_position([NO_25], [], later(10), RATES).lines[0]
    penalty_10, compound_10 = half_way.penalty_fen, half_way.compound_fen
    assert [(piece.component, piece.amount_fen) for _, piece in found.settled] == [
        ("penalty", penalty_10),
        ("compound", compound_10),
        ("interest", 280_273),
        ("principal", 300_000 - 280_273 - penalty_10 - compound_10),
    ]
    (line,) = found.lines
    rest = 168_772 - (300_000 - 280_273 - penalty_10 - compound_10)
    exact = Fraction(35_000 * 15, 10 * 1_000_000 * 360) * (168_772 * 10 + rest * 5)
    assert line.penalty_fen == int(exact + Fraction(1, 2)) - penalty_10
    assert (line.principal_fen, line.interest_fen, line.compound_fen) == (rest, 0, 0)


@pytest.mark.parametrize(
    ("order", "first"),
    [(BANK, (25, "penalty")), (LEGAL, (25, "interest")), (BANK_PRINCIPAL_FIRST, (25, "principal"))],
)
def test_the_order_is_data(order: object, first: tuple[int, str]) -> None:
    rule = OverdueRule(order=order)  # type: ignore[arg-type]
    found = overdue_position([NO_25, NO_26], [Payment(later(100), 10)], later(100), RATES, rule)
    (piece,) = [piece for _, piece in found.settled]
    assert (piece.bill_id, piece.component, piece.amount_fen) == (*first, 10)


def test_the_law_settles_all_interest_before_any_principal() -> None:  # 民法典 561
    paid = [Payment(later(31), 280_273 + 279_781 + 100)]
    bank = overdue_position([NO_25, NO_26], paid, later(31), RATES)
    law = overdue_position([NO_25, NO_26], paid, later(31), RATES, OverdueRule(order=LEGAL))
    assert {line.bill_id: line.principal_fen for line in law.lines} == {25: 168_772, 26: 169_264}
    assert {line.bill_id: line.interest_fen for line in law.lines} == {25: 0, 26: 0}
    assert next(line for line in bank.lines if line.bill_id == 26).interest_fen > 0


def test_no_compound_when_the_contract_has_none_and_misuse_costs_more() -> None:
    plain = overdue_position([NO_25], [], later(15), RATES, OverdueRule(compound=False)).lines[0]
    misuse = overdue_position([NO_25], [], later(15), RATES, OverdueRule(uplift_ppm=1_000_000)).lines[0]
    assert plain.compound_fen == 0
    assert misuse.penalty_fen == 492  # 1,687.72 x 7 % / 360 x 15


def test_a_rate_change_counts_from_its_day() -> None:
    rates = RateLine.of(steps((date(2026, 3, 20), 35_000), (later(10), 30_000)))
    (line,) = overdue_position([NO_25], [], later(15), rates).lines
    assert line.penalty_fen == round(168_772 * 1.5 * (0.035 * 10 + 0.030 * 5) / 360)


def test_after_acceleration_the_whole_balance_bears_penalty() -> None:  # facts section 3, "Penalty base"
    called = accelerated(MILLION, [], date(2028, 3, 30))
    assert (called.principal_fen, called.interest_fen) == (96_093_479, 93_424)
    (line,) = overdue_position([called], [], date(2028, 4, 9), RATES).lines
    assert line.penalty_fen == round(96_093_479 * 0.035 * 1.5 * 10 / 360)


@pytest.mark.parametrize(
    "bad", [{"principal_fen": -1}, {"interest_fen": 10**11 + 1}, {"fee_fen": 1.5}, {"due_on": "x"}]
)
def test_bad_bills_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="无效"):
        Unpaid(**({"bill_id": 1, "due_on": DUE, "principal_fen": 1, "interest_fen": 1} | bad))  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        OverdueRule(uplift_ppm=-1)
    with pytest.raises(BadInput):
        Payment(DUE, -1)


BILLS = st.lists(
    st.builds(
        Unpaid,
        st.integers(1, 9),
        st.dates(date(2028, 1, 1), date(2028, 6, 1)),
        st.integers(0, 10**8),
        st.integers(0, 10**6),
        st.integers(0, 10**3),
    ),
    max_size=5,
    unique_by=lambda bill: bill.bill_id,
)
PAID = st.lists(
    st.builds(Payment, st.dates(date(2028, 1, 1), date(2028, 12, 1)), st.integers(0, 10**8)), max_size=5
)
ORDERS = st.sampled_from([BANK, LEGAL, BANK_PRINCIPAL_FIRST])


@settings(max_examples=200, deadline=None)
@given(BILLS, PAID, st.dates(date(2028, 1, 1), date(2029, 1, 1)), st.integers(0, 360_000), ORDERS)
def test_nothing_is_created_or_lost(
    bills: list[Unpaid], paid: list[Payment], on: date, rate: int, order: object
) -> None:
    rates, rule = RateLine.flat(rate), OverdueRule(order=order)  # type: ignore[arg-type]
    found = overdue_position(bills, paid, on, rates, rule)
    received = sum(each.amount_fen for each in paid if each.on <= on)
    assert sum(piece.amount_fen for _, piece in found.settled) + found.unapplied_fen == received
    assert found.unapplied_fen == 0 or not found.lines  # money waits only when nothing is open
    lines = {line.bill_id: line for line in found.lines}
    for bill in bills:
        got = [piece for _, piece in found.settled if piece.bill_id == bill.bill_id]
        for part in ("fee", "interest", "principal"):
            taken = sum(piece.amount_fen for piece in got if piece.component == part)
            left = getattr(lines[bill.bill_id], f"{part}_fen") if bill.bill_id in lines else None
            if bill.due_on > on:
                assert (taken, left) == (0, None)
            else:
                assert taken + (left or 0) == getattr(bill, f"{part}_fen")
    assert all(min(line.penalty_fen, line.compound_fen) >= 0 for line in found.lines)
    assert all(piece.amount_fen > 0 for _, piece in found.settled)


@settings(max_examples=60, deadline=None)
@given(BILLS, st.integers(0, 360_000), st.integers(1, 60))
def test_asking_in_between_changes_nothing(bills: list[Unpaid], rate: int, days: int) -> None:
    rates, on = RateLine.flat(rate), date(2028, 9, 1)
    asked = [Payment(on - timedelta(days=days), 0)]
    assert overdue_position(bills, asked, on, rates).lines == overdue_position(bills, [], on, rates).lines
