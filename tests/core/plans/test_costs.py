"""All-in annual cost, fees, the statement, subsidy and tax layers."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anju.core.costs import (
    AnnualCost,
    Fee,
    annual_cost,
    cost_of_flows,
    subsidy_finding,
    subsidy_layer,
    subsidy_rule,
    tax_layer,
)
from anju.core.costs.streams import Declining, Discount, Every, Flows, Level
from anju.core.errors import BadInput, PolicyMissing
from anju.core.plans import Spec, loan_figures, make_plan

from ..data import policy_table
from .offers import bank, fund, yuan

APPRAISAL = Fee("appraisal", "评估费", "appraisal fee", yuan(3_000))
GUARANTEE = Fee("guarantee", "担保费", "guarantee fee", yuan(5_000))
INSURANCE = Fee("insurance", "保险费", "insurance premium", yuan(600), "yearly")
ACCOUNT = Fee("account", "账户管理费", "account fee", yuan(10), "monthly")


def present(paid: list[int], nominal: Fraction) -> Fraction:
    """Exact value at payout, by rational numbers."""
    month, value = 1 + nominal / 12, Fraction(0)
    for amount in reversed(paid):
        value = (value + amount) / month
    return value


@pytest.mark.parametrize("method", ["level_payment", "level_principal"])
@pytest.mark.parametrize(("months", "rate_ppm", "fees"), [
    (12, 35_000, (APPRAISAL,)), (60, 30_500, (APPRAISAL, INSURANCE)), (120, 49_000, (GUARANTEE, ACCOUNT)),
    (36, 240_000, (APPRAISAL, GUARANTEE, INSURANCE, ACCOUNT)), (24, 0, (ACCOUNT,)),
])  # fmt: skip
def test_the_rate_solves_the_flows_exactly(
    method: str, months: int, rate_ppm: int, fees: tuple[Fee, ...]
) -> None:
    """S4-135: within half a ppm of the root of the exact flows, far inside 0.01 %."""
    plan = make_plan([Spec(bank(rate_ppm, fees=fees), yuan(300_000), months, method)])  # type: ignore[arg-type]
    paid = [plan.payment_fen(k) for k in range(1, months + 1)]
    received = plan.loan_fen
    for fee in fees:
        if fee.when == "upfront":
            received -= fee.amount_fen
        for k in range(months):
            late = fee.when == "monthly" or (fee.when == "yearly" and (k + 1) % 12 == 0 and k + 1 < months)
            paid[k] += fee.amount_fen if late else 0
    assert sum(paid) - plan.loan_fen == plan.interest_fen + plan.fees_fen - (plan.loan_fen - received)
    nominal = plan.cost.nominal_ppm
    assert (
        present(paid, Fraction(nominal - 1, 10**6)) > received > present(paid, Fraction(nominal + 1, 10**6))
    )
    assert abs(cost_of_flows(received, paid).nominal_ppm - nominal) <= 1
    exact = ((1 + Fraction(nominal, 12 * 10**6)) ** 12 - 1) * 10**6
    assert abs(plan.cost.effective_ppm - exact) <= 1


@pytest.mark.parametrize(("rate_ppm", "method"), [
    (30_500, "level_payment"), (30_500, "level_principal"), (49_000, "level_payment"), (0, "level_payment"),
])  # fmt: skip
def test_without_fees_the_cost_is_the_contract_rate(rate_ppm: int, method: str) -> None:
    plan = make_plan([Spec(bank(rate_ppm), yuan(1_000_000), 360, method)])  # type: ignore[arg-type]
    assert plan.cost.nominal_ppm == rate_ppm
    flows = [plan.payment_fen(k) for k in range(1, 361)]
    assert abs(cost_of_flows(plan.loan_fen, flows).nominal_ppm - rate_ppm) <= 1
    assert plan.cost.effective_ppm >= rate_ppm


def test_two_loans_cost_between_their_rates() -> None:
    parts = [
        Spec(fund(26_000), yuan(500_000), 360, "level_payment"),
        Spec(bank(30_500), yuan(500_000), 360, "level_payment"),
    ]
    cost = make_plan(parts).cost
    assert 28_000 < cost.nominal_ppm < 28_400


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 360_000_000), st.integers(1, 480), st.integers(1, 10**9), st.integers(0, 10**9))
def test_streams_equal_their_flows(nano: int, count: int, amount: int, last: int) -> None:
    at = Discount.of(nano)
    rows = [amount] * count + [last]
    assert close(Level(amount, count, last).present(at), Flows(tuple(rows)).present(at))
    yearly = [amount if k % 12 == 0 else 0 for k in range(1, count + 1)]
    assert close(Every(amount, 12, count // 12).present(at), Flows(tuple(yearly)).present(at))
    part = 7
    falling = [part + round(Fraction((part * count - part * k) * 35_000, 12 * 10**6)) for k in range(count)]
    gap = Declining(part * count, part, 35_000, count).present(at) - Flows(tuple(falling)).present(at)
    assert abs(gap) <= count << 96  # half a fen a month


def close(a: int, b: int) -> bool:
    return abs(a - b) >> 96 == 0  # less than one fen of any amount


@pytest.mark.parametrize(("received", "paid", "field"), [
    (0, [1], "received_fen"), (1_000, [500, 499], "paid_fen"), (1, [10**9], "cost"),
])  # fmt: skip
def test_no_rate_exists(received: int, paid: list[int], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        cost_of_flows(received, paid)
    assert caught.value.field == field


def test_known_rates() -> None:
    assert cost_of_flows(100_000, [112_000]) == AnnualCost(1_440_000, 2_895_976)  # 12 % a month
    assert cost_of_flows(100_000, [50_000, 50_000]) == AnnualCost(0, 0)
    assert annual_cost(100_000, (Level(0, 11, 112_000),)).effective_ppm == 120_000


def test_the_statement_of_the_date() -> None:  # S4-135, 金规〔2026〕2号
    plan = make_plan([Spec(bank(30_500, fees=(APPRAISAL, INSURANCE)), yuan(1_000_000), 360, "level_payment")])
    new = plan.statement(policy_table(), date(2026, 8, 1))
    assert (new.required, new.document) == (True, "金规〔2026〕2号")
    assert new.confirmation == ("signature", "popup_with_forced_reading_time")
    assert new.received_fen == yuan(997_000)
    assert [line.code for line in new.lines] == ["interest", "appraisal", "insurance"]
    assert new.lines[2].amount_fen == yuan(600) * 29
    assert new.total_cost_fen == plan.interest_fen + plan.fees_fen
    assert "单利" in new.method_zh
    assert "复利" in new.method_zh
    assert "compounded" in new.method_en
    assert not plan.statement(policy_table(), date(2026, 7, 31)).required
    with pytest.raises(BadInput):
        make_plan([Spec(bank(30_500, fees=(APPRAISAL,)), yuan(3_000), 12, "level_payment")])


@pytest.mark.parametrize(("on", "home", "price", "area", "refinancing", "code"), [
    # 财金〔2026〕95号 as facts section 2 has it
    (date(2026, 9, 30), "first", 1_200_000, 9_000, False, "subsidy_closed"),
    (date(2026, 10, 1), "first", 1_200_000, 9_000, False, "subsidy"),
    (date(2027, 9, 30), "first", 1_200_000, 9_000, False, "subsidy"),
    (date(2027, 10, 1), "first", 1_200_000, 9_000, False, "subsidy_closed"),
    (date(2026, 10, 1), "second", 1_200_000, 9_000, False, "subsidy_first_home"),
    (date(2026, 10, 1), "first", 1_500_000, 12_000, False, "subsidy"),
    (date(2026, 10, 1), "first", 1_500_000.01, 12_000, False, "subsidy_price"),
    (date(2026, 10, 1), "first", 1_500_000, 12_001, False, "subsidy_area"),
    (date(2026, 10, 1), "first", 1_500_000, None, False, "subsidy_area_unknown"),
    (date(2026, 10, 1), "first", 1_500_000, 12_000, True, "subsidy_refinancing"),
    (date(2026, 10, 1), "first", None, 12_000, False, "subsidy_price_unknown"),
])  # fmt: skip
def test_who_gets_the_subsidy(
    on: date, home: str, price: float | None, area: int | None, refinancing: bool, code: str
) -> None:
    rule = subsidy_rule(policy_table(), on)
    found = subsidy_finding(rule, home, None if price is None else yuan(price), area, refinancing=refinancing)  # type: ignore[arg-type]
    assert found.code == code
    assert found.outcome == ("pass" if code == "subsidy" else "refuse")
    assert found.zh.endswith("。")


def test_what_the_subsidy_is_worth() -> None:
    rule = subsidy_rule(policy_table(), date(2026, 10, 1))
    assert rule is not None
    flat = subsidy_layer(rule, 30_500, [yuan(1_200_000)] * 400)
    assert len(flat.monthly_fen) == 60
    assert flat.monthly_fen[0] == 83_333
    assert flat.total_fen == 60 * 83_333  # the largest benefit: about 50,000
    loan = loan_figures(yuan(1_000_000), 30_500, 360, "level_payment")
    layer = subsidy_layer(rule, 30_500, loan.balances_fen(60))
    assert 4_700_000 < layer.total_fen < 4_800_000
    assert layer.monthly_fen[1] == round(Fraction(loan.balance_after_fen(1), 1200))
    assert subsidy_layer(rule, 4_000, loan.balances_fen(1)).monthly_fen == (33_333,)  # not more than the rate
    short = loan_figures(yuan(100_000), 30_000, 24, "level_payment")
    assert len(subsidy_layer(rule, 30_000, short.balances_fen()).monthly_fen) == 24


def test_the_subsidy_is_a_layer_apart() -> None:
    rule = subsidy_rule(policy_table(), date(2026, 10, 1))
    plain = make_plan([Spec(bank(30_500), yuan(800_000), 360, "level_payment")])
    plan = make_plan([Spec(bank(30_500), yuan(800_000), 360, "level_payment")], rule)
    assert (plan.first_fen, plan.interest_fen, plan.cost) == (plain.first_fen, plain.interest_fen, plain.cost)
    assert plan.cost_after_subsidy is not None
    assert plan.cost_after_subsidy.nominal_ppm < plan.cost.nominal_ppm
    assert plan.net_first_fen == plan.first_fen - 66_667
    assert plan.net_cost_fen == plan.interest_fen - plan.subsidy_fen
    only_fund = make_plan([Spec(fund(26_000), yuan(800_000), 360, "level_payment")], rule)
    assert (only_fund.subsidy, only_fund.subsidy_fen) == (None, 0)


@pytest.mark.parametrize(("home", "months", "used", "rent", "share", "marginal", "expected"), [
    # S4-134: (monthly, months, saved in all, saved in a year) in yuan
    ("first", 360, 0, False, 100, 100_000, (1_000, 240, 24_000, 1_200)),
    ("first", 120, 0, False, 100, 30_000, (1_000, 120, 3_600, 360)),
    ("first", 360, 200, False, 100, 200_000, (1_000, 40, 8_000, 2_400)),
    ("first", 360, 240, False, 100, 200_000, (1_000, 0, 0, 0)),
    ("first", 360, 0, False, 50, 250_000, (500, 240, 30_000, 1_500)),
    ("second", 360, 0, False, 100, 100_000, (0, 0, 0, 0)),
    ("first", 360, 0, True, 100, 100_000, (0, 0, 0, 0)),
])  # fmt: skip
def test_income_tax(
    home: str, months: int, used: int, rent: bool, share: int, marginal: int, expected: tuple[float, ...]
) -> None:
    found = tax_layer(
        policy_table(), date(2026, 1, 1), home, months, marginal, months_used=used, rent_deducted=rent, share=share  # type: ignore[arg-type]
    )  # fmt: skip
    assert (found.monthly_fen, found.months, found.saved_fen, found.saved_yearly_fen) == (
        yuan(expected[0]), expected[1], yuan(expected[2]), yuan(expected[3]),
    )  # fmt: skip
    assert "国发〔2018〕41号" in found.finding.reason.zh


def test_no_deduction_before_2019() -> None:
    with pytest.raises(PolicyMissing):
        tax_layer(policy_table(), date(2018, 12, 31), "first", 360, 100_000)
    with pytest.raises(BadInput):
        tax_layer(policy_table(), date(2026, 1, 1), "first", 360, 450_001)
