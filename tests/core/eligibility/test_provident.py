"""Provident fund: who may borrow, and how much, by city as data."""

from datetime import date

import pytest

from anju.core.cities import CityTable
from anju.core.eligibility import Account, Person, Property, Rules, provident_eligibility, provident_limit
from anju.core.errors import BadInput, PolicyMissing

from ..data import cities, policy_table
from .cases import ON, yuan


def account(
    balance: float = 100_000, deposit: float = 2_000, months: int = 60, income: float = 30_000
) -> Account:
    person = Person(date(1998, 5, 1), income_fen=yuan(income))
    return Account(person, yuan(balance), yuan(deposit), months)


def rules(city: str, on: date = ON) -> Rules:
    return Rules(policy_table(), on, cities().city(city) if city else None)


HOME = Property(yuan(3_000_000), yuan(3_000_000))


@pytest.mark.parametrize(("city", "months", "outcome"), [  # S4-091: 5 / 6 / 12, city parameter
    ("example_a", 11, "refuse"), ("example_a", 12, "pass"), ("example_b", 5, "refuse"), ("example_b", 6, "pass"),
    ("", 5, "refuse"), ("", 6, "review"), ("", 11, "review"), ("", 12, "pass"),
])  # fmt: skip
def test_contribution_months(city: str, months: int, outcome: str) -> None:
    found = provident_eligibility([account(months=months)], HOME, 360, rules(city))
    assert found.outcome == outcome
    assert found.verdict.zh


@pytest.mark.parametrize(("months", "building_age", "expected"), [
    (360, 0, ()), (361, 0, ("provident_term",)), (360, 20, ()), (360, 21, ("provident_building_age",)),
])  # fmt: skip
def test_term_and_building_age(months: int, building_age: int, expected: tuple[str, ...]) -> None:
    home = Property(yuan(3_000_000), building_age_years=building_age)
    assert provident_eligibility([account()], home, months, rules("example_a")).codes == expected


def test_age_and_term_with_the_citys_extra_years() -> None:
    older = Account(Person(date(1976, 9, 1)), 0, 0, 60)  # 63 + 5 in 2044-09
    assert provident_eligibility([older], HOME, 213, rules("example_a")).codes == ()
    assert provident_eligibility([older], HOME, 214, rules("example_a")).codes == ("provident_age_term",)
    assert provident_eligibility([older], HOME, 213, rules("example_b")).codes == ("provident_age_term",)


@pytest.mark.parametrize(("city", "on", "accounts", "home", "uplifts", "amount", "binding"), [
    ("example_a", ON, [account(60_000)], "first", (), 900_000, "account"),  # balance x 15
    ("example_a", ON, [account(100_000)], "first", (), 1_200_000, "cap"),
    ("example_a", ON, [account(100_000)], "second", (), 1_000_000, "cap"),
    ("example_a", ON, [account(200_000)], "first", ("talent",), 1_400_000, "cap"),
    ("example_a", ON, [account(200_000)] * 2, "first", ("talent", "children", "green"), 2_400_000, "price"),
    ("example_a", ON, [account(100_050.99)] * 2, "second", (), 2_000_000, "cap"),
    ("example_a", ON, [account(60_033.33)], "first", (), 900_000, "account"),  # cut to whole 1,000
    ("example_a", ON, [account(200_000, income=6_000)], "first", (), 899_000, "ability"),
    ("example_b", date(2024, 1, 1), [account(months=37)], "first", (), 400_000, "account"),  # 4 started years
    ("example_b", date(2024, 1, 1), [account(months=120)], "first", (), 500_000, "cap"),
    ("example_b", date(2026, 1, 1), [account(10_000, 600)], "first", (), 354_000, "account"),
])  # fmt: skip
def test_limits(
    city: str,
    on: date,
    accounts: list[Account],
    home: str,
    uplifts: tuple[str, ...],
    amount: float,
    binding: str,
) -> None:
    house = Property(yuan(3_000_000), yuan(3_000_000), home=home)  # type: ignore[arg-type]
    found = provident_limit(accounts, house, 26_000, 360, rules(city, on), uplifts=uplifts)
    assert (found.binding, found.amount_fen) == (binding, yuan(amount))
    assert len(found.parts) == 4
    assert all(part.zh.endswith("。") and part.en.endswith(".") for part in found.parts)
    assert found.amount_fen <= min(part.amount_fen for part in found.parts)


def test_uplifts_are_capped_and_known() -> None:
    many = [account(400_000)] * 2
    house = Property(yuan(9_000_000), yuan(9_000_000))
    found = provident_limit(many, house, 26_000, 360, rules("example_a"), uplifts=("children", "children"))
    assert found.parts[1].amount_fen == yuan(2_800_000)  # once, however often it is named
    with pytest.raises(BadInput) as caught:
        provident_limit(many, house, 26_000, 360, rules("example_a"), uplifts=("twins",))
    assert caught.value.allowed == "talent | children | green"


def test_a_city_without_rows_is_reported() -> None:
    with pytest.raises(PolicyMissing):
        provident_limit([account()], HOME, 26_000, 360, rules(""))
    with pytest.raises(PolicyMissing):
        provident_limit([account()], HOME, 26_000, 360, rules("example_a", date(2025, 12, 31)))


def test_city_rows_are_checked() -> None:
    city = {"code": "x", "name_zh": "某市", "name_en": "X", "tier": 1, "example": True}
    row = {"effective_date": date(2026, 1, 1), "document": "文号"}
    for wrong in (
        {"down_payment": [row | {"home": "third", "ratio": "0.2"}]},
        {"down_payment": [row | {"home": "first", "ratio": "much"}]},
        {"down_payment": [row | {"home": "first", "ratio": "0.2", "effective_date": "2026-01-01"}]},
        {"down_payment": [row | {"home": "first", "ratio": "0.2", "document": ""}]},
        {"rate_floor": [row | {"home": "first", "spread_bp": "low"}]},
        {"purchase": [row | {"household": "alien", "homes_max": 1, "contribution_months_min": 0}]},
        {"purchase": [row | {"household": "local", "homes_max": -1, "contribution_months_min": 0}]},
    ):
        with pytest.raises(BadInput):
            CityTable.parse({"city": [city | wrong]})
    with pytest.raises(BadInput):
        CityTable.parse({"city": [city, city]})
    with pytest.raises(BadInput, match="example_a"):
        cities().city("nowhere")
    assert all(each.example for each in cities().cities.values())
