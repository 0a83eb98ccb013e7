"""Dated policy: a value belongs to a date."""

from datetime import date, time
from decimal import Decimal

import pytest

from anju import policy
from anju.core.errors import BadInput, PolicyMissing
from anju.core.policy import PolicyTable

from .data import policy_table, rows


@pytest.mark.parametrize(
    ("on", "years"),
    [
        (date(1998, 5, 9), 20),
        (date(1999, 9, 20), 20),
        (date(1999, 9, 21), 30),
        (date(2026, 8, 27), 30),
        (date(2026, 8, 28), 40),
        (date(2030, 1, 1), 40),
    ],
)
def test_the_value_of_its_own_date(on: date, years: int) -> None:  # S4-001
    assert policy_table().integer("max_term_years", "commercial_mortgage", on) == years


def test_kinds_of_values() -> None:
    table, on = policy_table(), date(2026, 9, 1)
    assert table.decimal("total_debt_ratio_max", "commercial_mortgage", on) == Decimal("0.60")
    assert table.time("contact_window_start", "debtor_all_numbers_loans_channels", on) == time(8)
    assert table.flag("contract_signing_in_person", "commercial_mortgage", on) is True
    assert table.words("repricing_cycle_options_months", "floating_mortgage", on) == ("3", "6", "12")
    assert "Art.10" in table.document("total_debt_ratio_max", "commercial_mortgage", on)
    assert table.has("max_term_years", "commercial_mortgage", date(1998, 5, 8)) is False


def test_nothing_in_force_is_said_in_both_languages() -> None:
    with pytest.raises(PolicyMissing, match="没有 1998-05-08") as caught:
        policy_table().text("max_term_years", "commercial_mortgage", date(1998, 5, 8))
    assert isinstance(caught.value, KeyError)
    assert "no policy row" in str(caught.value)


def test_a_value_of_another_kind_is_refused() -> None:
    with pytest.raises(BadInput):
        policy_table().integer("repayment_frequency", "commercial_mortgage_term_over_1y", date(2026, 9, 1))


def test_the_version_names_the_contents_not_the_order() -> None:
    shipped = rows("policy_params.csv")
    assert PolicyTable.parse(reversed(shipped)).version == policy_table().version
    changed = [dict(shipped[0], value="0.41"), *shipped[1:]]
    assert PolicyTable.parse(changed).version != policy_table().version
    assert len(policy_table().version) == 12


@pytest.mark.parametrize(
    "change", [{"effective_date": "2026-13-01"}, {"param": ""}, {"value": " "}, {"scope": ""}]
)
def test_bad_rows_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        PolicyTable.parse([rows("policy_params.csv")[0] | change])


def test_two_values_for_one_date_are_refused() -> None:
    row = rows("policy_params.csv")[0]
    with pytest.raises(BadInput):
        PolicyTable.parse([row, dict(row, value="0.99")])


def test_only_shipped_files_have_a_path() -> None:
    assert policy.path("lpr.csv").is_file()
    for name in ("none.csv", "../core/money.py", "/etc/hostname"):
        with pytest.raises(FileNotFoundError):
            policy.path(name)
