"""Cost layers and notes of a plan (S4-093, S4-096, S4-134, S4-135)."""

from datetime import date

import pytest

from anju.core.plans import Spec, compare, cost_layers, make_plan, plan_notes

from ..data import policy_table
from .offers import BEFORE, ON, bank, fund, need, quoted_bank, single, yuan


def test_layers_add_up_and_keep_apart() -> None:
    wanted = need(800_000, 360, price_fen=yuan(1_200_000), area_m2_x100=9_000)
    plan = compare(wanted, [quoted_bank()], policy_table(), ON).plans[0]
    contract, subsidy, tax, net = cost_layers(plan, wanted, policy_table(), ON, marginal_ppm=100_000)
    assert [layer.code for layer in (contract, subsidy, tax, net)] == ["contract", "subsidy", "tax", "net"]
    assert contract.total_fen == plan.interest_fen
    assert subsidy.total_fen == -plan.subsidy_fen < 0
    assert (tax.total_fen, tax.first_month_fen) == (-yuan(24_000), -yuan(100))
    assert net.total_fen == contract.total_fen + subsidy.total_fen + tax.total_fen
    assert net.first_month_fen == plan.first_fen - plan.subsidy.first_fen - yuan(100)  # type: ignore[union-attr]


@pytest.mark.parametrize(("on", "home", "subsidy", "tax"), [
    (BEFORE, "first", "subsidy_closed", "tax"), (ON, "second", "subsidy_first_home", "tax_first_home"),
    (ON, "first", "subsidy_price_unknown", "tax"),
])  # fmt: skip
def test_a_benefit_that_is_not_given_says_why(on: date, home: str, subsidy: str, tax: str) -> None:
    wanted = need(800_000, 360, home=home)
    layers = cost_layers(single(bank(30_500), 800_000), wanted, policy_table(), on)
    assert [layer.finding.code for layer in layers[1:3] if layer.finding] == [subsidy, tax]
    assert layers[0].total_fen == layers[3].total_fen


def test_notes() -> None:
    parts = [Spec(fund(26_000), yuan(300_000), 240), Spec(bank(30_500), yuan(700_000), 360)]
    notes = plan_notes(make_plan(parts), policy_table(), ON)
    assert [note.code for note in notes] == ["two_mortgagees", "unequal_terms", "cost_statement"]
    assert "20 年 和 30 年" in notes[1].zh
    assert all(note.zh.endswith("。") and note.en.endswith(".") for note in notes)
    assert plan_notes(single(bank(30_500), 1), policy_table(), date(2026, 7, 31)) == ()
    wanted = need(800_000, 360, price_fen=yuan(1_200_000), area_m2_x100=9_000)
    subsidised = compare(wanted, [quoted_bank()], policy_table(), ON).plans[0]
    assert [note.code for note in plan_notes(subsidised, policy_table(), ON)] == [
        "cost_statement",
        "subsidy_ends",
    ]
