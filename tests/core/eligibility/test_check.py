"""Verdicts on applications, rule by rule, under the rules of a date."""

from datetime import date
from typing import Any

import pytest

from anju.core.eligibility import (
    CHECKS,
    REMEDIES,
    Application,
    CreditRecord,
    Overdue,
    Person,
    check,
    first_payment_fen,
    largest_loan_fen,
    next_steps,
)
from anju.core.errors import BadInput
from anju.core.policy import PolicyTable

from ..data import cities, policy_table
from .cases import CLEAN, ON, application, policy_with, yuan

OLD = date(2026, 8, 27)
NEW = date(2026, 8, 28)


def codes(
    case: Application, on: date = ON, policy: PolicyTable | None = None, city: str = ""
) -> tuple[str, ...]:
    found = check(case, policy or policy_table(), on, cities().city(city) if city else None)
    return found.codes


def test_a_sound_application_passes_and_says_why() -> None:
    found = check(application(), policy_table(), ON, cities().city("example_b"))
    assert (found.ok, found.outcome, found.codes) == (True, "pass", ())
    assert found.verdict.policy_version == policy_table().version
    assert found.on == ON
    ratio = found.of("housing_ratio")
    assert ratio is not None
    assert ratio.reason.zh == (
        "月房贷支出 6,000 元，月收入 30,000 元，占 20.00%，不超过 50%。（依据：金规〔2026〕5号第10条）"
    )
    assert "within 50%. (basis: 金规〔2026〕5号 Art.10)" in ratio.reason.en


@pytest.mark.parametrize(("born_on", "expected"), [  # S4-009: 17/18/65/66
    (date(2008, 11, 23), "age_too_low"),
    (date(2008, 11, 22), None),
    (date(1960, 11, 23), None),
    (date(1960, 11, 22), "age_too_high"),
])  # fmt: skip
def test_age(born_on: date, expected: str | None) -> None:
    policy = policy_with("age_plus_term_limit", "commercial_mortgage", "80")
    case = application({"born_on": born_on}, request={"months": 60})
    assert codes(case, policy=policy) == ((expected,) if expected else ())


def test_capacity_counts_with_age_and_a_spouse_who_does_not_sign_is_not_asked() -> None:
    assert "age_too_low" in codes(application({"full_capacity": False}))
    spouse = Person(date(1950, 1, 1), role="spouse")
    assert codes(application(others=(spouse,))) == ()


@pytest.mark.parametrize(("rule", "born_on", "months", "ok"), [  # S4-009: policy switch retirement | 65/70/75/80
    ("statutory_retirement_age", date(1986, 11, 22), 276, True),  # 40 + 23 = 63
    ("statutory_retirement_age", date(1986, 11, 22), 277, False),
    ("65", date(1986, 11, 22), 300, True),
    ("65", date(1986, 11, 22), 301, False),
    ("70", date(1986, 11, 22), 360, True),
    ("75", date(1986, 11, 22), 421, False),
    ("80", date(1986, 11, 22), 480, True),
])  # fmt: skip
def test_age_and_term(rule: str, born_on: date, months: int, ok: bool) -> None:
    policy = policy_with("age_plus_term_limit", "commercial_mortgage", rule)
    found = check(application({"born_on": born_on}, request={"months": months}), policy, ON)
    assert ("age_plus_term" not in found.codes) is ok
    told = found.of("age_plus_term")
    assert told is not None
    if rule == "statutory_retirement_age":
        assert "法定退休年龄（63 岁）" in told.zh
        assert "23 年" in told.zh


@pytest.mark.parametrize(("on", "payment", "debts", "expected"), [
    # S4-010: 50.00 % passes, 50.01 % fails; all debts 55 % before 2026-08-28, 60 % from that day
    (NEW, 15_000.00, 0, ("housing_ratio",)),  # amber, S4-015
    (NEW, 15_000.01, 0, ("housing_ratio!",)),
    (NEW, 12_000.00, 0, ()),
    (NEW, 12_000.01, 0, ("housing_ratio",)),
    (NEW, 12_000.00, 6_000.00, ()),
    (NEW, 12_000.00, 6_000.01, ("total_debt_ratio!",)),
    (OLD, 12_000.00, 4_500.00, ()),
    (OLD, 12_000.00, 4_500.01, ("total_debt_ratio!",)),
    (OLD, 15_000.01, 0, ("housing_ratio!",)),
    (NEW, 15_003.00, 0, ("housing_ratio!",)),
])  # fmt: skip
def test_payment_to_income(on: date, payment: float, debts: float, expected: tuple[str, ...]) -> None:
    case = application({"debts_fen": yuan(debts)}, request={"payment_fen": yuan(payment)})
    found = check(case, policy_table(), on)
    assert tuple(code.rstrip("!") for code in expected) == found.codes
    for code in expected:
        finding = found.of(code.rstrip("!"))
        assert finding is not None
        assert finding.outcome == ("refuse" if code.endswith("!") else "amber")


def test_what_fails_never_reads_as_the_limit() -> None:
    found = check(application(request={"payment_fen": yuan(15_000.01)}), policy_table(), ON).of(
        "housing_ratio"
    )
    assert found is not None
    assert "占 50.01%，超过 50%" in found.zh


def test_property_fee_counts_and_two_incomes_with_two_debts() -> None:  # S4-010
    assert "housing_ratio" in codes(
        application(request={"payment_fen": yuan(14_900), "property_fee_fen": yuan(101)})
    )
    partner = Person(
        date(1991, 1, 1), income_fen=yuan(10_000), debts_fen=yuan(9_000), role="co_borrower", credit=CLEAN
    )
    assert codes(application(request={"payment_fen": yuan(15_000)}, others=(partner,))) == ()
    assert codes(application(request={"payment_fen": yuan(15_001)}, others=(partner,))) == (
        "total_debt_ratio",
    )
    unchecked = Person(date(1991, 1, 1), income_fen=yuan(10_000), role="spouse", income_checked=False)
    assert "housing_ratio" in codes(application(request={"payment_fen": yuan(15_001)}, others=(unchecked,)))


def test_no_income_carries_no_payment() -> None:
    found = check(application({"income_fen": 0}), policy_table(), ON)
    assert {"housing_ratio", "total_debt_ratio"} <= set(found.codes)
    assert "∞" in found.verdict.zh


@pytest.mark.parametrize(("on", "home", "city", "ratio", "ok"), [
    (date(2023, 9, 1), "first", "", "0.20", True),
    (date(2023, 9, 1), "first", "", "0.1999", False),
    (date(2023, 9, 1), "second", "", "0.2999", False),
    (date(2024, 5, 18), "first", "", "0.15", True),
    (date(2024, 5, 18), "second", "", "0.2499", False),
    (date(2024, 9, 24), "second", "", "0.15", True),
    (date(2024, 9, 29), "second", "example_a", "0.15", True),
    (date(2024, 9, 30), "second", "example_a", "0.15", False),  # the city is stricter from that day
    (date(2024, 9, 30), "second", "example_a", "0.20", True),
    (date(2024, 9, 30), "second", "example_b", "0.15", True),
])  # fmt: skip
def test_down_payment_by_date_and_city(on: date, home: str, city: str, ratio: str, ok: bool) -> None:
    down = yuan(2_000_000 * float(ratio))
    case = application(
        {"income_fen": yuan(90_000)},
        {"home": home},
        {"down_fen": down, "loan_fen": yuan(2_000_000) - down},
    )
    found = codes(case, on, city=city)
    assert ("down_payment" not in found) is ok
    assert ("loan_to_value" not in found) is ok


def test_a_date_without_a_loaded_rule_goes_to_a_person() -> None:
    found = check(application(), policy_table(), date(2020, 1, 1))
    assert found.outcome == "review"
    assert "policy_missing" in found.codes
    assert "min_down_payment_ratio" in found.verdict.zh


def test_loan_money_for_the_down_payment_is_refused() -> None:  # S4-107
    found = check(application(request={"borrowed_down_fen": 1}), policy_table(), ON)
    assert (found.outcome, found.codes) == ("refuse", ("down_payment_borrowed",))
    assert "首付须为自有资金" in found.verdict.zh
    assert "第9条" in found.verdict.zh
    assert "own_down_payment" in [step.code for step in next_steps(found)]


@pytest.mark.parametrize(("home", "request_", "expected"), [
    ({"appraised_fen": yuan(1_600_000)}, {}, ("loan_to_value",)),  # 140 / 160 = 87.5 %
    ({"appraised_fen": yuan(1_650_000)}, {}, ()),
    ({"appraised_fen": yuan(2_500_000)}, {}, ()),
    ({}, {"loan_fen": yuan(1_300_000)}, ("funds_gap",)),
    ({}, {"loan_fen": yuan(1_400_000.01)}, ("loan_above_need",)),
    ({"titled": False}, {}, ("no_registrable_title",)),  # S4-140
])  # fmt: skip
def test_value_and_title(home: dict[str, Any], request_: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert codes(application(home=home, request=request_)) == expected


@pytest.mark.parametrize(("on", "months", "expected"), [
    # S4-001: 30 years, 40 from 2026-08-28; shorter than 5 is said
    (OLD, 360, ()), (OLD, 361, ("term",)), (NEW, 361, ()), (NEW, 480, ()), (NEW, 60, ()), (NEW, 59, ("term",)),
])  # fmt: skip
def test_term(on: date, months: int, expected: tuple[str, ...]) -> None:
    policy = policy_with("age_plus_term_limit", "commercial_mortgage", "80")
    found = check(application({"born_on": date(2000, 1, 1)}, request={"months": months}), policy, on)
    assert found.codes == expected
    assert found.outcome == ("pass" if not expected else "refuse" if months == 361 else "amber")


@pytest.mark.parametrize(("overdues", "outcome", "code"), [
    ((), "pass", None),
    (((date(2026, 1, 1), 5, True),), "amber", "credit_explain"),
    (((date(2025, 3, 1), 40, True), (date(2026, 1, 1), 60, True)), "review", "credit_review"),  # S4-111
    (((date(2026, 1, 1), 31, True),), "review", "credit_review"),
    (((date(2026, 1, 1), 91, True),), "refuse", "credit_overdue_grave"),
    (((date(2026, 1, 1), 5, False),), "refuse", "credit_overdue_open"),
    (((date(2024, 11, 22), 60, True), (date(2024, 11, 1), 60, True)), "pass", None),  # two years ago
])  # fmt: skip
def test_credit_record(overdues: tuple[tuple[date, int, bool], ...], outcome: str, code: str | None) -> None:
    record = CreditRecord("CR-2", overdues=tuple(Overdue(*each) for each in overdues))
    found = check(application({"credit": record}), policy_table(), ON)
    assert found.outcome == outcome  # S4-011
    assert found.codes == ((code,) if code else ())


def test_no_query_without_authorisation_and_many_queries_are_said() -> None:  # S4-011, S4-064
    for credit in (None, CreditRecord("CR-3", authorised=False, overdues=(Overdue(ON, 99),))):
        assert codes(application({"credit": credit})) == ("credit_not_queried",)
    dates = tuple(date(2026, 9, day) for day in range(1, 7))
    assert codes(application({"credit": CreditRecord("CR-4", enquiries=dates)})) == ("credit_enquiries",)
    assert codes(application({"credit": CreditRecord("CR-5", enquiries=dates[1:])})) == ()


@pytest.mark.parametrize(("city", "on", "household", "homes", "months", "expected"), [
    # S4-012: two cities and a date change
    ("example_a", date(2024, 9, 29), "non_local", 0, 59, "purchase_contribution"),
    ("example_a", date(2024, 9, 29), "non_local", 0, 60, None),
    ("example_a", date(2024, 9, 30), "non_local", 0, 35, "purchase_contribution"),
    ("example_a", date(2024, 9, 30), "non_local", 0, 36, None),
    ("example_a", date(2024, 9, 30), "non_local", 1, 36, "purchase_homes"),
    ("example_a", date(2026, 1, 1), "non_local", 1, 24, None),
    ("example_a", ON, "local", 2, 0, "purchase_homes"),
    ("example_b", date(2021, 12, 1), "non_local", 0, 11, "purchase_contribution"),
    ("example_b", ON, "non_local", 3, 0, None),
    ("example_b", ON, "local", 3, 0, None),
])  # fmt: skip
def test_purchase_limits(
    city: str, on: date, household: str, homes: int, months: int, expected: str | None
) -> None:
    case = application({"household": household, "local_months": months}, {"homes_owned": homes})
    found = [code for code in codes(case, on, city=city) if code.startswith("purchase")]
    assert found == ([expected] if expected else [])


@pytest.mark.parametrize(("residence", "homes", "self_use", "expected"), [  # S4-097
    (12, 0, True, ("foreign_residence",)), (13, 0, True, ()), (13, 1, True, ("foreign_one_home",)),
    (13, 0, False, ("foreign_one_home",)),
])  # fmt: skip
def test_foreigners(residence: int, homes: int, self_use: bool, expected: tuple[str, ...]) -> None:
    case = application(
        {"household": "foreign", "residence_months": residence}, {"homes_owned": homes, "self_use": self_use}
    )
    assert codes(case) == expected


def test_every_rule_is_asked_and_every_no_has_a_next_step() -> None:  # S4-036, S4-119
    case = application(
        {"income_fen": yuan(5_000), "credit": None, "born_on": date(1970, 1, 1), "household": "foreign"},
        {"titled": False, "homes_owned": 3, "appraised_fen": yuan(1_000_000)},
        {"months": 481 - 1, "down_fen": yuan(100_000), "borrowed_down_fen": 1},
    )
    found = check(case, policy_table(), OLD, cities().city("example_a"))
    assert len(found.codes) >= 10
    assert all(code in REMEDIES for code in found.codes)
    steps = next_steps(found)
    assert len({step.code for step in steps}) == len(steps)
    assert steps[-1].code == "ask_for_review"
    assert [finding.outcome for finding in found.findings].count("refuse") >= 8
    first = found.verdict.reasons[0]
    assert found.of(first.code).outcome == "refuse"  # type: ignore[union-attr]
    assert len(CHECKS) == 10


def test_every_sentence_is_whole_in_both_languages_with_full_width_punctuation() -> None:
    for case in (
        application(),
        application({"income_fen": 0}, {"titled": False}, {"months": 12, "down_fen": 0}),
    ):
        for finding in check(case, policy_table(), ON, cities().city("example_a")).findings:
            assert finding.zh.endswith("。")
            assert finding.en.endswith(".")
            assert not set(finding.zh.replace("1,", "").replace(",0", "")) & set(";:!?()")
            assert finding.document or finding.code in ("city_not_given", "purchase_limit")
    for steps in REMEDIES.values():
        assert all(step.zh.endswith("。") and step.en.endswith(".") for step in steps)


@pytest.mark.parametrize("wrong", [
    {"person": {"income_fen": -1}}, {"person": {"retirement_group": "all"}}, {"person": {"role": "spouse"}},
    {"home": {"price_fen": 0}}, {"home": {"home": "third"}}, {"request": {"months": 481}},
    {"request": {"loan_fen": 100_000_000_001}}, {"request": {"payment_fen": 1.5}},
    {"request": {"borrowed_down_fen": yuan(600_001)}},
])  # fmt: skip
def test_bad_values_name_field_value_and_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        application(**wrong)
    assert caught.value.field
    assert caught.value.allowed
    assert caught.value.allowed in caught.value.message_zh
    assert caught.value.allowed in caught.value.message_en


@pytest.mark.parametrize("method", ["level_payment", "level_principal"])
@pytest.mark.parametrize(("payment", "rate_ppm", "months"), [
    (449_045, 35_000, 360), (1, 35_000, 360), (0, 35_000, 360), (500_000, 0, 240), (999_999, 360_000, 480),
    (1_500_000, 30_500, 1), (123_457, 53_900, 276),
])  # fmt: skip
def test_the_largest_loan_of_a_payment_is_exact(
    method: str, payment: int, rate_ppm: int, months: int
) -> None:
    most = largest_loan_fen(payment, rate_ppm, months, method)  # S4-037
    assert most == 0 or first_payment_fen(most, rate_ppm, months, method) <= payment
    assert first_payment_fen(most + 1, rate_ppm, months, method) > payment
