"""The seed's worked cases, computed: what holds, and what does not (facts section 14)."""

from datetime import date

import pytest

from anju.core.eligibility import (
    Application,
    CreditRecord,
    LoanRequest,
    Overdue,
    Person,
    Property,
    check,
    next_steps,
)
from anju.core.plans import (
    Need,
    Spec,
    best_split,
    income_drop,
    least_down_payment,
    least_term,
    make_plan,
    marked_up,
    rate_shifts,
)
from anju.core.schedule import RateChange, Terms, schedule

from ..data import policy_table, steps
from .offers import ON, bank, fund, quoted_bank, quoted_fund, single, yuan

D = date(2026, 11, 22)


def monthly(rate_ppm: int, amount: float, months: int) -> int:
    return single(bank(rate_ppm), amount, months).first_fen


# --- S4-061: 1,000,000 over 30 years, + 0.25 points "adds about 150"


@pytest.mark.parametrize(("base_ppm", "change"), [
    (43_500, 148.32), (46_500, 150.90), (49_000, 152.99), (39_500, 144.80), (35_000, 140.71), (30_500, 136.50),
])  # fmt: skip
def test_a_quarter_point_more(base_ppm: int, change: float) -> None:
    """S4-061. Instalments are whole fen, so 148.33 and 153.00 of the exact sums come out a fen lower."""
    (found,) = rate_shifts(single(bank(base_ppm), 1_000_000), (25,))
    assert found.first_change_fen == yuan(change)


def test_about_150_holds_only_between_398_and_514() -> None:  # S4-061
    holds = [
        rate
        for rate in range(30_000, 60_000, 100)
        if 14_500 <= rate_shifts(single(bank(rate), 1_000_000), (25,))[0].first_change_fen <= 15_500
    ]
    assert (holds[0], holds[-1]) == (39_800, 51_400)
    assert not holds[0] <= quoted_bank().long_ppm <= holds[-1]  # at today's rates the claim is false


# --- S4-090: provident fund "saves 800 to 1000 a month, about 300,000 in 30 years"


@pytest.mark.parametrize(("bank_ppm", "fund_ppm", "month", "total", "holds"), [
    (49_000, 32_500, 955.21, 343_871.31, True),
    (46_500, 32_500, 804.31, 289_547.97, True),
    (46_500, 31_000, 886.21, 319_031.75, True),
    (49_000, 31_000, 1_037.11, 373_355.09, False),
    (43_500, 31_000, 707.96, 254_861.56, False),
    (30_500, 26_000, 239.65, 86_278.07, False),  # rates of 2026-11
    (30_000, 30_750, -40.56, -14_599.70, False),  # second home: the fund is dearer
])  # fmt: skip
def test_what_the_fund_saves(bank_ppm: int, fund_ppm: int, month: float, total: float, holds: bool) -> None:
    a, b = single(bank(bank_ppm), 1_000_000), single(fund(fund_ppm), 1_000_000)
    assert (a.first_fen - b.first_fen, a.interest_fen - b.interest_fen) == (yuan(month), yuan(total))
    assert (yuan(800) <= a.first_fen - b.first_fen <= yuan(1_000)) is holds


# --- S4-095: 30 % from the fund "saves 300 to 500 a month, nearly 150,000"


@pytest.mark.parametrize(("bank_ppm", "fund_ppm", "month", "total", "holds"), [
    (49_000, 31_000, 311.13, 112_007.73, True),
    (49_000, 26_000, 391.16, 140_818.50, True),
    (43_500, 31_000, 212.39, 76_457.47, False),
    (30_500, 26_000, 71.89, 25_884.54, False),
])  # fmt: skip
def test_what_a_third_from_the_fund_saves(
    bank_ppm: int, fund_ppm: int, month: float, total: float, holds: bool
) -> None:
    whole = single(bank(bank_ppm), 1_000_000)
    mixed = make_plan([
        Spec(fund(fund_ppm), yuan(300_000), 360, "level_payment"),
        Spec(bank(bank_ppm), yuan(700_000), 360, "level_payment"),
    ])  # fmt: skip
    saved = whole.first_fen - mixed.first_fen
    assert (saved, whole.interest_fen - mixed.interest_fen) == (yuan(month), yuan(total))
    assert (yuan(300) <= saved <= yuan(500)) is holds
    assert whole.interest_fen - mixed.interest_fen < yuan(150_000)  # never reached in the seed's range


def test_500_a_month_needs_rates_outside_the_seeds_range() -> None:  # S4-095
    def saved(bank_ppm: int, fund_ppm: int) -> int:
        parts = [
            Spec(fund(fund_ppm), yuan(300_000), 360, "level_payment"),
            Spec(bank(bank_ppm), yuan(700_000), 360, "level_payment"),
        ]
        return monthly(bank_ppm, 1_000_000, 360) - make_plan(parts).first_fen

    assert saved(59_000, 31_000) < yuan(500) <= saved(59_200, 31_000)
    assert saved(54_800, 26_000) < yuan(500) <= saved(55_000, 26_000)


def test_provident_first_is_not_always_right() -> None:  # S4-092, S4-095
    wanted = Need(yuan(1_000_000), (360,), home="second")
    found = best_split(wanted, quoted_fund(300_000, "second"), quoted_bank(), policy_table(), ON)
    assert found.regime == "commercial_first"
    greedy = next(plan for plan in found.tried if plan.provident_fen == yuan(300_000))
    assert greedy.interest_fen > found.best.interest_fen


# --- Liu: S4-105 .. S4-109


LIU = Person(date(1991, 6, 1), income_fen=yuan(25_000), credit=CreditRecord("CR-LIU"))
LIU_HOME = Property(yuan(3_000_000), yuan(3_000_000))


def liu(loan: float, months: int, payment_fen: int, down: float, borrowed: float = 0) -> Application:
    return Application(
        (LIU,), LIU_HOME, LoanRequest(yuan(loan), months, payment_fen, yuan(down), yuan(borrowed))
    )


def test_liu_amounts() -> None:  # S4-105, S4-106, S4-108
    assert yuan(3_000_000) * 30 // 100 == yuan(900_000)
    assert yuan(900_000) - yuan(450_000) == yuan(450_000)
    assert yuan(300_000) // 12 == yuan(25_000)
    assert yuan(9_600) + yuan(25_000) == yuan(34_600) > LIU.income_fen  # first-year burden above income
    assert yuan(600_000) > yuan(450_000)  # he "pays" more than he has saved


@pytest.mark.parametrize(("rate_ppm", "years_25", "years_30"), [
    (37_000, 10_739.69, 9_665.94), (36_600, 10_694.16, 9_618.49), (37_200, 10_762.50, 9_689.71),
])  # fmt: skip
def test_liu_no_single_rate_gives_both_payments(rate_ppm: int, years_25: float, years_30: float) -> None:
    """S4-109: 10,800 needs 3.753 %, 9,600 needs 3.644 %; both within 1 % only for 3.66-3.72 %."""
    both = monthly(rate_ppm, 2_100_000, 300), monthly(rate_ppm, 2_100_000, 360)
    assert both == (yuan(years_25), yuan(years_30))
    assert abs(both[0] - yuan(10_800)) * 100 <= yuan(10_800)
    assert abs(both[1] - yuan(9_600)) * 100 <= yuan(9_600)


def test_liu_rates_of_each_payment() -> None:  # S4-109
    assert monthly(37_520, 2_100_000, 300) < yuan(10_800) < monthly(37_540, 2_100_000, 300)
    assert monthly(36_430, 2_100_000, 360) < yuan(9_600) < monthly(36_450, 2_100_000, 360)


def test_liu_paying_the_down_payment_by_instalments_is_refused() -> None:  # S4-107, S4-108
    found = check(liu(2_100_000, 300, monthly(30_500, 2_100_000, 300), 900_000, 300_000), policy_table(), D)
    assert found.outcome == "refuse"
    assert "down_payment_borrowed" in found.codes
    assert "own_down_payment" in [step.code for step in next_steps(found)]


def test_liu_35_plus_30_breaks_the_seeds_own_rule() -> None:  # S4-009, S4-105
    found = check(liu(2_100_000, 360, monthly(30_500, 2_100_000, 360), 900_000), policy_table(), D)
    assert "age_plus_term" in found.codes


def test_liu_needs_exactly_his_savings_at_15_percent() -> None:  # S4-106, S4-037
    payment = monthly(30_500, 2_550_000, 360)
    assert payment == yuan(10_819.79)
    assert monthly(30_500, 2_550_000, 480) == yuan(9_202.24)
    found = check(liu(2_550_000, 330, monthly(30_500, 2_550_000, 330), 450_000), policy_table(), D)
    assert found.of("down_payment").outcome == "pass"  # type: ignore[union-attr]
    assert found.outcome == "amber"  # 45 % of income at the 27.5 years his age allows
    need = Need(yuan(2_550_000), (360,), income_fen=yuan(25_000))
    least = least_down_payment(LIU_HOME, need, bank(30_500), 360, "level_payment", policy_table(), D)
    assert (least.down_fen, least.payment_fen, least.reason.code) == (
        yuan(450_000),
        payment,
        "least_down_by_rule",
    )


# --- Zhang: S4-111, S4-112


ZHANG = Person(
    date(1994, 3, 1),
    "women_55",
    income_fen=yuan(30_000),
    credit=CreditRecord("CR-ZHANG", overdues=(Overdue(date(2025, 5, 1), 45), Overdue(date(2026, 2, 1), 60))),
)


def test_zhang_goes_to_a_person_and_hears_what_to_do() -> None:  # S4-111, S4-036
    request = LoanRequest(yuan(2_450_000), 300, monthly(30_500, 2_450_000, 300), yuan(1_050_000))
    found = check(
        Application((ZHANG,), Property(yuan(3_500_000), yuan(3_500_000)), request), policy_table(), D
    )
    assert (found.outcome, found.codes) == ("review", ("credit_review",))
    assert "2 次逾期，最长 60 天，转人工审核" in found.verdict.zh
    assert {"explain_credit", "larger_down_payment", "ask_for_review"} <= {
        step.code for step in next_steps(found)
    }


def test_zhang_five_percent_of_the_rate_and_ten_points_more_down() -> None:  # S4-112
    product = marked_up(bank(35_000), 1_050_000)
    assert product.long_ppm == 36_750
    plan = single(product, 2_100_000)
    assert plan.first_fen == yuan(9_636.27)
    at_income = income_drop(
        plan, Need(yuan(2_100_000), (360,), income_fen=yuan(30_000)), 0, policy_table(), D
    )
    assert (at_income.fits, at_income.housing_share) == (True, "32.12%")
    assert yuan(3_500_000) - yuan(2_100_000) == yuan(3_500_000) * 40 // 100


def test_zhang_gets_her_rate_back_after_a_clean_year() -> None:  # S4-112
    start = date(2026, 3, 20)
    terms = Terms(yuan(2_100_000), 360, "level_payment", start, 20, "next_month", steps((start, 36_750)))
    rows = schedule(terms, (RateChange(date(2027, 3, 20), 35_000, "加点恢复"),))
    assert {row.rate_ppm for row in rows[:12]} == {36_750}
    assert {row.rate_ppm for row in rows[12:]} == {35_000}
    assert rows[11].amount_fen == yuan(9_636.27)
    assert rows[12].amount_fen < rows[11].amount_fen


# --- Wang: S4-113, S4-114


@pytest.mark.parametrize(("months", "payment", "share", "ok"), [
    (360, 13_461.76, "44.87%", True), (300, 14_580.86, "48.60%", True), (240, 16_360.54, "54.54%", False),
    (276, 15_189.00, "50.63%", False),
])  # fmt: skip
def test_wang_at_ten_percent_more(months: int, payment: float, share: str, ok: bool) -> None:
    """S4-113, S4-114: 4.90 to 5.39. Profit of 30,000 a month counts as income."""
    product = marked_up(bank(49_000), 1_100_000)
    assert product.long_ppm == 53_900
    plan = single(product, 2_400_000, months)
    assert plan.first_fen == yuan(payment)
    at_income = income_drop(
        plan, Need(yuan(2_400_000), (months,), income_fen=yuan(30_000)), 0, policy_table(), D
    )
    assert (at_income.fits, at_income.housing_share) == (ok, share)


def test_wang_at_40_may_borrow_for_23_years_only_and_then_misses_the_ratio() -> None:  # S4-009, S4-113
    person = Person(date(1986, 11, 1), income_fen=yuan(30_000), credit=CreditRecord("CR-WANG"))
    home = Property(yuan(4_000_000), yuan(4_000_000))
    assert yuan(1_600_000) + yuan(2_400_000) == home.price_fen
    request = LoanRequest(yuan(2_400_000), 360, monthly(53_900, 2_400_000, 360), yuan(1_600_000))
    found = check(Application((person,), home, request), policy_table(), date(2026, 11, 1))
    assert found.codes == ("age_plus_term", "housing_ratio")
    assert "最长 23 年" in found.of("age_plus_term").zh  # type: ignore[union-attr]
    wanted = Need(yuan(2_400_000), (276,), income_fen=yuan(30_000))
    term = least_term(wanted, bank(53_900), "level_payment", policy_table(), D, months_max=276)
    assert (term.months, term.reason.code) == (None, "no_term_fits")
    remedy = least_down_payment(home, wanted, bank(53_900), 276, "level_payment", policy_table(), D)
    assert remedy.reason.code == "least_down_by_ratio"
    assert yuan(1_600_000) < remedy.down_fen < yuan(1_640_000)  # some 30,000 more down is enough
