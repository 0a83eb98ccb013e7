"""At least three different plans, or the shortage in words; the best split of a combination loan."""

import subprocess
import sys
from datetime import date

import pytest

from anju.core.eligibility import Application, check
from anju.core.errors import BadInput
from anju.core.money import FEN_MAX
from anju.core.plans import (
    Plan,
    Spec,
    best_split,
    choose,
    commercial,
    compare,
    enumerate_plans,
    make_plan,
    marked_up,
    need_of,
    offered,
)
from anju.core.rates import RateTerms

from ..data import cities, policy_table, rate_tables
from ..eligibility.cases import application
from .offers import BEFORE, ON, bank, fund, need, quoted_bank, quoted_fund, yuan


def test_rates_are_those_of_the_quote_date() -> None:  # S4-004, S4-088, S4-089
    old = date(2022, 6, 21)
    assert (quoted_bank(old, 0).short_ppm, quoted_bank(old, 0).long_ppm) == (37_000, 44_500)
    assert (quoted_fund(500_000, on=old).short_ppm, quoted_fund(500_000, on=old).long_ppm) == (27_500, 32_500)
    assert (quoted_bank().long_ppm, quoted_fund(500_000).long_ppm) == (30_500, 26_000)
    assert quoted_fund(500_000, "second").long_ppm == 30_750
    assert (quoted_bank().working_days, quoted_fund(1).working_days) == ((7, 10), (15, 20))
    assert quoted_bank().source == "lpr:5y:2026-09-20"


def test_three_plans_at_least() -> None:  # S4-020
    found = compare(
        need(1_000_000, 240, 360, income_fen=yuan(20_000)),
        [quoted_bank(), quoted_fund(300_000)],
        policy_table(),
        ON,
    )
    assert found.shortage is None
    assert len(found.plans) >= 3
    assert len({plan.key for plan in found.plans}) == len(found.plans)
    assert found.considered >= len(found.plans)
    assert found.policy_version == policy_table().version
    assert found.chosen[0].codes[0] == "cost"
    assert any("burden" in each.codes for each in found.chosen)
    assert any("time" in each.codes for each in found.chosen)
    for each in found.chosen:
        assert each.zh
        assert "年利率" in each.plan.zh
        assert "%" in each.plan.en
        assert each.plan.cost.nominal_ppm > 0
    cheapest = min(plan.net_cost_fen for plan in found.plans)
    assert found.plans[0].net_cost_fen == cheapest
    assert [reason.reason.code for reason in found.rejected if reason.reason.code == "over_limit"]


def test_fewer_than_three_come_with_the_reason() -> None:  # S4-020
    one = compare(need(1_000_000, methods=("level_payment",)), [quoted_bank()], policy_table(), ON)
    assert len(one.plans) == 1
    assert one.shortage is not None
    assert "只有 1 种可行方案，少于要求的 3 种" in one.shortage.zh
    poor = compare(
        need(1_000_000, 120, 240, 360, income_fen=yuan(6_000)), [quoted_bank()], policy_table(), ON
    )
    assert poor.plans == ()
    assert poor.shortage is not None
    assert "超过 50%" in poor.shortage.zh
    assert "over 50%" in poor.shortage.en
    assert {each.reason.code for each in poor.rejected} == {"housing_ratio"}


@pytest.mark.parametrize(("more", "code"), [
    ({"payment_max_fen": yuan(4_000)}, "payment_over_wish"),
    ({"income_fen": yuan(20_000), "debts_fen": yuan(8_000)}, "total_debt_ratio"),
    ({"income_fen": yuan(8_000), "property_fee_fen": yuan(300)}, "housing_ratio"),
])  # fmt: skip
def test_why_a_plan_does_not_fit(more: dict[str, int], code: str) -> None:
    found = enumerate_plans(
        need(1_000_000, 360, methods=("level_payment",), **more), [quoted_bank()], policy_table(), ON
    )
    assert (found.plans, [each.reason.code for each in found.rejected]) == ((), [code])


def test_a_shorter_product_cuts_the_term_and_says_so() -> None:  # S4-093
    short_fund = fund(26_000, yuan(300_000), months_max=240)
    found = enumerate_plans(need(1_000_000, 360), [bank(30_500), short_fund], policy_table(), ON)
    both = [plan for plan in found.plans if len(plan.parts) == 2]
    assert {tuple(part.figures.months for part in plan.parts) for plan in both} == {(240, 360)}
    assert "term_capped" in {each.reason.code for each in found.rejected}


def test_two_loans_may_have_two_methods_and_add_up_by_month() -> None:  # S4-094
    found = enumerate_plans(need(1_000_000), [bank(30_500), fund(26_000, yuan(300_000))], policy_table(), ON)
    mixed = next(
        plan
        for plan in found.plans
        if plan.key[0][3] == "level_payment" and plan.key[-1][3] == "level_principal"
    )
    by_month = [sum(part.figures.payment_fen(k) for part in mixed.parts) for k in range(1, 361)]
    assert by_month[0] == mixed.first_fen == mixed.highest_fen
    assert by_month[-1] == mixed.last_fen
    assert sum(by_month) == mixed.loan_fen + mixed.interest_fen


def test_the_highest_instalment_sees_the_residue_of_the_last() -> None:
    plan = make_plan([Spec(bank(31_000), yuan(500_000), 240, "level_payment")])
    assert (plan.first_fen, plan.last_fen, plan.highest_fen) == (279_808, 279_952, 279_952)


def test_choosing_counts_each_plan_once() -> None:
    plans = [
        make_plan([Spec(bank(rate), yuan(100_000), 120, "level_payment")])
        for rate in (30_000, 31_000, 32_000, 33_000)
    ]
    chosen = choose(plans, 3)
    assert [each.plan for each in chosen] == plans[:3]
    assert chosen[0].codes == ("cost", "burden", "time", "balance")[: len(chosen[0].codes)]
    assert "、" in chosen[0].zh
    assert choose([], 3) == ()


# --- split


def grid_best(total: float, fund_limit: float, fund_ppm: int, bank_ppm: int, rule: object) -> int:
    """Least net cost over every ten thousand yuan, by brute force."""
    costs = []
    for amount in range(0, int(min(total, fund_limit)) + 1, 10_000):
        specs = [Spec(p, yuan(a), 360, "level_payment")
                 for p, a in ((fund(fund_ppm), amount), (bank(bank_ppm), total - amount)) if a]  # fmt: skip
        costs.append(make_plan(specs, rule).net_cost_fen)  # type: ignore[arg-type]
    return min(costs)


@pytest.mark.parametrize(("home", "on", "spread_bp", "price", "area", "regime"), [
    # S4-092: which money is cheaper decides, after subsidy
    ("first", BEFORE, -45, 1_200_000, 9_000, "provident_first"),  # 2.60 v 3.05, no subsidy yet
    ("second", BEFORE, -45, 1_200_000, 9_000, "commercial_first"),  # 3.075 v 3.05
    ("second", BEFORE, -40, 1_200_000, 9_000, "provident_first"),  # 3.075 v 3.10
    ("second", ON, -50, 1_200_000, 9_000, "commercial_first"),  # 3.075 v 3.00; no subsidy for a second home
    ("first", ON, -45, 1_600_000, 9_000, "provident_first"),  # too dear for the subsidy
])  # fmt: skip
def test_the_best_split_by_cost(
    home: str, on: date, spread_bp: int, price: float, area: int, regime: str
) -> None:
    wanted = need(900_000, home=home, price_fen=yuan(price), area_m2_x100=area)
    money = quoted_fund(500_000, home, on)
    lender = quoted_bank(on, spread_bp)
    found = best_split(wanted, money, lender, policy_table(), on)
    assert found.regime == regime
    assert found.best.provident_fen == (yuan(500_000) if regime == "provident_first" else 0)
    assert found.best.net_cost_fen <= grid_best(900_000, 500_000, money.long_ppm, lender.long_ppm, None)
    assert found.why.zh.endswith("。")


@pytest.mark.parametrize(("total", "months", "fund_ppm", "bank_ppm"), [
    # with subsidy: five years of -1 pp against a rate difference for the whole term
    (900_000, 60, 21_000, 25_500), (900_000, 120, 26_000, 30_500), (900_000, 360, 26_000, 30_500),
    (1_200_000, 360, 26_000, 30_500), (1_200_000, 120, 26_000, 28_000), (1_200_000, 360, 30_000, 30_500),
])  # fmt: skip
def test_the_subsidy_can_turn_the_split(total: float, months: int, fund_ppm: int, bank_ppm: int) -> None:
    wanted = need(total, months, price_fen=yuan(1_400_000), area_m2_x100=9_000)
    money, lender = fund(fund_ppm, yuan(500_000)), bank(bank_ppm)
    found = best_split(wanted, money, lender, policy_table(), ON)
    without = best_split(wanted, money, lender, policy_table(), BEFORE)
    assert without.regime == "provident_first"
    costs = [plan.net_cost_fen for plan in found.tried]
    assert found.best.net_cost_fen == min(costs)
    assert found.best.subsidy_fen > 0
    if months <= 120 and total <= 1_000_000:
        assert found.regime == "commercial_first"  # the subsidised bank is cheaper over a short term
    if (total, fund_ppm) == (900_000, 26_000) and months == 360:
        assert found.regime == "provident_first"


def test_more_than_the_subsidised_principal_may_be_mixed() -> None:
    wanted = need(1_250_000, 360, price_fen=yuan(1_500_000), area_m2_x100=9_000)
    found = best_split(wanted, fund(28_500, yuan(800_000)), bank(30_500), policy_table(), ON)
    assert found.regime == "mixed"
    assert yuan(200_000) <= found.best.provident_fen < yuan(400_000)  # the bank's part is near the cap
    greedy = found.tried[-1]
    assert greedy.provident_fen == yuan(800_000)
    assert found.best.net_cost_fen < greedy.net_cost_fen
    assert "贴息合计" in found.why.zh


@pytest.mark.parametrize(
    ("objective", "regime"), [("burden", "provident_first"), ("time", "commercial_first")]
)
def test_other_objectives(objective: str, regime: str) -> None:  # S4-092, S4-089
    found = best_split(
        need(900_000),
        quoted_fund(500_000, on=BEFORE),
        quoted_bank(BEFORE),
        policy_table(),
        BEFORE,
        objective=objective,
    )  # type: ignore[arg-type]
    assert found.regime == regime
    if objective == "time":
        assert found.best.working_days == (7, 10)
        assert "快 10 个工作日" in found.why.zh


def test_a_split_under_limits() -> None:
    wanted = need(900_000, 240, income_fen=yuan(10_200))
    found = best_split(wanted, fund(26_000, yuan(500_000)), bank(36_000), policy_table(), BEFORE)
    assert found.tried
    assert {reason.code for reason in found.against} == {"housing_ratio"}
    assert min(plan.provident_fen for plan in found.tried) > 0
    with pytest.raises(BadInput) as caught:
        best_split(
            need(900_000, income_fen=yuan(1_000)),
            fund(26_000, yuan(500_000)),
            bank(36_000),
            policy_table(),
            BEFORE,
        )
    assert caught.value.field == "split"
    with pytest.raises(BadInput):
        best_split(
            need(900_000),
            fund(26_000, yuan(500_000)),
            bank(36_000, limit_fen=yuan(300_000)),
            policy_table(),
            BEFORE,
        )


def test_the_edge_of_the_ratio_is_found_to_ten_thousand_yuan() -> None:  # S4-092 under S4-010
    """The bank is cheaper, but its payment alone misses the ratio: just enough from the fund, whose term is longer."""
    wanted = need(900_000, 360, home="second", income_fen=yuan(8_000))
    money, lender = fund(32_000, yuan(900_000)), bank(30_000, months_max=300)
    found = best_split(wanted, money, lender, policy_table(), BEFORE)
    amount = found.best.provident_fen
    assert found.regime == "mixed"
    assert amount % yuan(10_000) == 0
    assert found.best.first_fen <= yuan(4_000)
    less = make_plan([
        Spec(money, amount - yuan(10_000), 360, "level_payment"),
        Spec(lender, yuan(900_000) - amount + yuan(10_000), 300, "level_payment"),
    ])  # fmt: skip
    assert less.first_fen > yuan(4_000)
    assert less.net_cost_fen < found.best.net_cost_fen


def test_a_bank_with_a_limit_needs_the_fund() -> None:
    lender = bank(20_000, limit_fen=yuan(600_000))
    found = best_split(need(900_000), fund(26_000, yuan(500_000)), lender, policy_table(), BEFORE)
    assert (found.regime, found.best.provident_fen) == ("commercial_first", yuan(300_000))


def test_limits_of_products_are_kept() -> None:
    for spec in (
        Spec(fund(1, yuan(10)), yuan(11), 12, "level_payment"),
        Spec(bank(1, months_max=12), 100, 13, "level_payment"),
    ):
        with pytest.raises(BadInput):
            make_plan([spec])
    with pytest.raises(BadInput):
        make_plan([])


@pytest.mark.parametrize(("base", "factor", "expected"), [
    (35_000, 1_050_000, 36_750), (49_000, 1_100_000, 53_900), (49_000, 900_000, 44_100),
])  # fmt: skip
def test_a_surcharge_multiplies_the_rate(base: int, factor: int, expected: int) -> None:  # S4-112, S4-114
    assert marked_up(bank(base), factor).long_ppm == expected


@pytest.mark.parametrize("wrong", [
    {"loan_fen": 0}, {"months": ()}, {"months": (481,)}, {"methods": ()}, {"methods": ("bullet",)}, {"home": "third"},
    {"income_fen": -1}, {"price_fen": FEN_MAX + 1}, {"payment_max_fen": 0},
])  # fmt: skip
def test_bad_needs(wrong: dict[str, object]) -> None:
    from anju.core.plans import Need

    with pytest.raises(BadInput):
        Need(**{"loan_fen": 100, "months": (360,), **wrong})  # type: ignore[arg-type]


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, anju.core.plans, anju.core.eligibility, anju.core.costs, anju.core.rates\n"
        "heavy = {'numpy', 'numba', 'pandas', 'django', 'scipy'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_plans_are_values() -> None:
    one, again = (make_plan([Spec(bank(30_500), yuan(1_000_000), 360, "level_payment")]) for _ in range(2))
    assert isinstance(one, Plan)
    assert one == again
    assert hash(one) == hash(again)


def test_an_application_becomes_a_need_and_a_plan_a_request() -> None:  # S4-009, S4-020
    wang = application({"born_on": date(1986, 11, 1)}, {"area_m2_x100": 9_000})
    wanted = need_of(wang, policy_table(), date(2026, 11, 1), (120, 240, 360))
    assert wanted.months == (120, 240, 276)  # 40 + 23 = 63
    assert (wanted.loan_fen, wanted.income_fen, wanted.price_fen) == (
        yuan(1_400_000),
        yuan(30_000),
        yuan(2_000_000),
    )
    found = compare(wanted, [bank(30_500)], policy_table(), date(2026, 11, 1))
    for plan in found.plans:
        again = Application(wang.people, wang.home, plan.request(yuan(600_000)))
        assert check(again, policy_table(), date(2026, 11, 1)).ok
    with pytest.raises(BadInput):
        need_of(wang, policy_table(), date(2050, 1, 1), (120,))


def test_a_quote_below_the_floor_is_refused() -> None:  # facts section 1: floors by date and city
    then, here = date(2024, 7, 1), cities().city("example_a")
    quote = {"home": "first", "city": here}
    assert commercial(policy_table(), rate_tables(), then, spread_bp=-45, **quote).long_ppm == 35_000  # type: ignore[arg-type]
    with pytest.raises(BadInput) as caught:
        commercial(policy_table(), rate_tables(), then, spread_bp=-46, **quote)  # type: ignore[arg-type]
    assert caught.value.allowed == ">= -45"
    assert commercial(policy_table(), rate_tables(), then, spread_bp=-90, home="first").long_ppm == 30_500


@pytest.mark.parametrize(("terms", "rate_ppm"), [  # S4-006: fixed, floating, staged
    (RateTerms("fixed", fixed_ppm=33_000), 33_000), (RateTerms("lpr", spread_bp=-30), 32_000),
    (RateTerms("lpr", fixed_ppm=29_000, lpr_since=date(2029, 10, 15)), 29_000),
])  # fmt: skip
def test_any_rate_terms_can_be_offered(terms: RateTerms, rate_ppm: int) -> None:
    found = offered(
        "commercial", terms, policy_table(), rate_tables(), ON, code="x", zh="某产品", en="some product"
    )
    assert (found.code, found.zh, found.long_ppm) == ("x", "某产品", rate_ppm)


@pytest.mark.parametrize(("fund_ppm", "bank_ppm", "total", "limit", "months"), [
    (26_000, 30_500, 900_000, 500_000, 360), (28_500, 30_500, 1_250_000, 800_000, 360),
    (28_000, 29_000, 1_200_000, 700_000, 240), (27_000, 30_000, 1_100_000, 600_000, 120),
])  # fmt: skip
def test_no_other_split_is_noticeably_better(
    fund_ppm: int, bank_ppm: int, total: float, limit: float, months: int
) -> None:
    """S4-092: against every ten thousand yuan; nothing is left."""
    wanted = need(total, months, price_fen=yuan(1_400_000), area_m2_x100=9_000)
    money, lender = fund(fund_ppm, yuan(limit)), bank(bank_ppm)
    found = best_split(wanted, money, lender, policy_table(), ON)
    every = best_split(wanted, money, lender, policy_table(), ON, grid=int(limit) // 10_000)
    assert found.best.net_cost_fen == every.best.net_cost_fen
