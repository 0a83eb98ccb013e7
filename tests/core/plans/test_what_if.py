"""Rates, income, early repayment; smallest down payment and term; due days, refinancing, offset."""

from dataclasses import replace
from datetime import date

import pytest

from anju.core.eligibility import Property
from anju.core.errors import BadInput
from anju.core.plans import (
    Spec,
    affordable,
    early_repayment,
    income_drop,
    least_down_payment,
    least_term,
    loan_figures,
    make_plan,
    offset_months,
    rate_shifts,
    ratio_limits,
    refinance_advice,
    suggest_due_days,
)
from anju.core.plans.enumerate import why_not
from anju.core.schedule import PenaltyRule, PenaltyTier

from ..data import cities, policy_table
from .offers import ON, bank, fund, need, single, yuan


def test_rates_up_and_down() -> None:  # S4-132
    both = make_plan([
        Spec(fund(26_000), yuan(300_000), 360, "level_payment"),
        Spec(bank(30_500), yuan(700_000), 360, "level_principal"),
    ])  # fmt: skip
    up, none, down, floor = rate_shifts(both, (25, 0, -25, -400))
    assert (none.first_change_fen, none.interest_change_fen) == (0, 0)
    assert up.first_change_fen > 0 > down.first_change_fen
    assert up.first_fen - both.first_fen == up.first_change_fen
    assert floor.first_fen < down.first_fen
    assert rate_shifts(both, (25,), commercial_only=False)[0].first_change_fen > up.first_change_fen
    with pytest.raises(BadInput):
        rate_shifts(both, (3_400,))


@pytest.mark.parametrize(("income", "drop_ppm", "fits"), [
    (10_000, 0, True), (10_000, 151_000, True), (10_000, 152_000, False), (8_000, 0, False),
])  # fmt: skip
def test_less_income(income: float, drop_ppm: int, fits: bool) -> None:
    plan = single(bank(30_500), 1_000_000)  # 4,243.05 a month
    wanted = need(income_fen=yuan(income))
    found = income_drop(plan, wanted, drop_ppm, policy_table(), ON)
    assert found.fits is fits
    assert found.least_income_fen == yuan(8_486.10)
    assert found.reason.zh.endswith("。")
    limits = ratio_limits(policy_table(), ON)
    at_least = need(income_fen=found.least_income_fen)
    assert why_not(plan, at_least, limits) is None
    assert why_not(plan, need(income_fen=found.least_income_fen - 1), limits) is not None
    if income == 10_000:
        assert found.largest_drop_ppm == 151_390


@pytest.mark.parametrize(("income", "debts", "city", "code", "down"), [
    (20_000, 0, "", "least_down_by_rule", 300_000),
    (10_000, 0, "", "least_down_by_ratio", None),
    (20_000, 9_000, "", "least_down_by_ratio", None),
    (20_000, 0, "example_a", "least_down_by_rule", 300_000),
])  # fmt: skip
def test_the_smallest_down_payment(
    income: float, debts: float, city: str, code: str, down: float | None
) -> None:
    """S4-037: exact to the fen: one fen less and a ratio or the rule fails."""
    home = Property(yuan(2_000_000), yuan(2_000_000))
    wanted = need(income_fen=yuan(income), debts_fen=yuan(debts))
    where = cities().city(city) if city else None
    found = least_down_payment(home, wanted, bank(30_500), 360, "level_payment", policy_table(), ON, where)
    assert found.reason.code == code
    assert found.down_fen + found.loan_fen == yuan(2_000_000)
    if down is not None:
        assert found.down_fen == yuan(down)
    limits = ratio_limits(policy_table(), ON)
    assert why_not(single(bank(30_500), found.loan_fen / 100), wanted, limits) is None
    if code == "least_down_by_ratio":
        more = make_plan([Spec(bank(30_500), found.loan_fen + 1, 360, "level_payment")])
        assert why_not(more, wanted, limits) is not None


def test_city_and_appraisal_bound_the_loan() -> None:
    home = Property(yuan(2_000_000), yuan(1_500_000), home="second")
    wanted = need(income_fen=yuan(50_000))
    national = least_down_payment(home, wanted, bank(30_500), 360, "level_payment", policy_table(), ON)
    assert national.loan_fen == yuan(1_275_000)
    local = least_down_payment(
        home, wanted, bank(30_500), 360, "level_payment", policy_table(), ON, cities().city("example_a")
    )
    assert local.loan_fen == yuan(1_200_000)
    with pytest.raises(BadInput) as caught:
        least_down_payment(home, need(), bank(30_500), 360, "level_payment", policy_table(), ON)
    assert caught.value.field == "income_fen"


@pytest.mark.parametrize("method", ["level_payment", "level_principal"])
@pytest.mark.parametrize("income", [8_486.10, 12_000, 16_000, 40_000, 60_000])
def test_the_shortest_term(income: float, method: str) -> None:  # S4-037
    product = bank(30_500)
    wanted = need(income_fen=yuan(income))
    found = least_term(wanted, product, method, policy_table(), ON, months_max=360)  # type: ignore[arg-type]
    limits = ratio_limits(policy_table(), ON)
    if found.months is None:
        assert found.reason.code == "no_term_fits"
        assert why_not(single(product, 1_000_000, 360, method), wanted, limits) is not None
        return
    assert why_not(single(product, 1_000_000, found.months, method), wanted, limits) is None
    assert why_not(single(product, 1_000_000, found.months - 1, method), wanted, limits) is not None


def test_the_shortest_term_knows_the_lower_rate_of_short_loans() -> None:
    """At 5 years 3.00 % fits where 3.50 % at 61 months is the next choice: the first class is looked at first."""
    product = replace(bank(36_000), short_ppm=30_000)
    room = loan_figures(yuan(1_000_000), 30_000, 60, "level_payment").first_fen
    wanted = need(income_fen=2 * room)
    answer = least_term(wanted, product, "level_payment", policy_table(), ON, months_max=480)
    assert (answer.months, answer.payment_fen) == (60, room)
    longer = least_term(
        need(income_fen=2 * room - 2), product, "level_payment", policy_table(), ON, months_max=480
    )
    assert longer.months is not None
    assert longer.months > 60


def test_early_repayment_is_the_ledgers_quote() -> None:  # S4-057; golden numbers of facts section 3
    part = single(bank(35_000), 1_000_000).parts[0]
    lower, shorter, relevelled = early_repayment(part, date(2024, 3, 15), 24, yuan(100_000))
    assert (lower.after.instalment_fen, lower.after.interest_left_fen) == (yuan(4_023.15), yuan(490_841.72))
    assert (shorter.after.periods_left, shorter.after.interest_left_fen) == (282, yuan(402_075.70))
    assert relevelled.after.instalment_fen == yuan(4_482.90)
    assert lower.before.balance_fen == yuan(960_934.79)
    rule = PenaltyRule((PenaltyTier(36, share_ppm=10_000),))  # S4-041, S4-062: 1 % in the first three years
    charged = early_repayment(part, date(2024, 3, 15), 24, yuan(100_000), penalty=rule)[0]
    assert (lower.fee_fen, charged.fee_fen) == (0, yuan(1_000))
    for months, amount in ((360, 1), (24, 96_093_479)):
        with pytest.raises(BadInput):
            early_repayment(part, date(2024, 3, 15), months, amount)


@pytest.mark.parametrize(("payday", "days"), [  # S4-040, S4-063
    (10, (12, 13)), (1, (3, 4)), (25, (27, 28)), (26, (28,)), (27, (1,)), (31, (1,)),
])  # fmt: skip
def test_due_days_follow_payday(payday: int, days: tuple[int, ...]) -> None:
    found = suggest_due_days(payday, policy_table(), ON)
    assert found.days == days
    assert ("次月" in found.reason.zh) is (days == (1,))
    with pytest.raises(BadInput):
        suggest_due_days(32, policy_table(), ON)


@pytest.mark.parametrize(("rate_ppm", "market_ppm", "costs", "advised"), [  # S4-121
    (33_500, 30_500, 0, True), (33_499, 30_500, 0, False), (42_000, 30_500, 5_000, True),
    (33_500, 30_500, 900_000, False), (30_000, 30_500, 0, False),
])  # fmt: skip
def test_refinancing(rate_ppm: int, market_ppm: int, costs: float, advised: bool) -> None:
    found = refinance_advice(
        yuan(900_000), rate_ppm, 300, market_ppm, policy_table(), ON, costs_fen=yuan(costs)
    )
    assert found.verdict.ok is advised
    assert found.net_saved_fen == found.interest_saved_fen - yuan(costs)
    if advised:
        assert found.first_saved_fen > 0
        assert (found.break_even_months == 0) is (costs == 0)
        before = loan_figures(yuan(900_000), rate_ppm, 300, "level_payment").interests_fen
        after = loan_figures(yuan(900_000), market_ppm, 300, "level_payment").interests_fen
        n = found.break_even_months or 0
        assert sum(before[:n]) - sum(after[:n]) >= yuan(costs)
    if costs == 900_000:
        assert found.break_even_months is None


def test_an_offset_deposit_lowers_the_interest() -> None:  # S4-124
    loan = loan_figures(yuan(1_000_000), 36_000, 360, "level_payment")
    found = offset_months(loan, [yuan(100_000), 0, yuan(2_000_000)])
    assert (found[0].interest_fen, found[0].reduced_fen) == (yuan(3_000), yuan(2_700))
    assert [each.saved_fen for each in found] == [yuan(300), 0, loan.interests_fen[2]]
    assert offset_months(loan, [yuan(100_000)], share_ppm=800_000)[0].saved_fen == yuan(240)
    assert offset_months(loan, []) == ()
    for wrong in ([0] * 361, [-1]):
        with pytest.raises(BadInput):
            offset_months(loan, wrong)


@pytest.mark.parametrize(("income", "savings", "limit", "binding", "price"), [
    (20_000, 300_000, None, "savings", 2_000_000),
    (10_000, 600_000, None, "income", None),
    (20_000, 600_000, 1_000_000, "product", 1_600_000),
    (0, 600_000, None, "income", 600_000),
    (20_000, 0, None, "savings", 0),
])  # fmt: skip
def test_what_a_household_can_afford(
    income: float, savings: float, limit: float | None, binding: str, price: float | None
) -> None:
    """S4-010, S4-037: exact, one fen more misses a rule."""
    product = bank(30_500) if limit is None else bank(30_500, limit_fen=yuan(limit))
    wanted = need(income_fen=yuan(income))
    found = affordable(wanted, yuan(savings), product, 360, "level_payment", policy_table(), ON)
    assert found.binding == binding
    assert found.price_fen == found.down_fen + found.loan_fen
    assert found.reason.zh.endswith("。")
    if price is not None:
        assert found.price_fen == yuan(price)
    if income == 10_000:
        more = make_plan([Spec(bank(30_500), found.loan_fen + 1, 360, "level_payment")])
        assert why_not(more, wanted, ratio_limits(policy_table(), ON)) is not None
        assert found.payment_fen <= yuan(5_000)
