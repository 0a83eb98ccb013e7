"""Loans in stages stand in a comparison like any other; what the rules say of them (S4-008, S4-138)."""

from datetime import date

import pytest

from anju.core.errors import BadInput
from anju.core.plans import Spec, make_plan, rate_shifts, repayment_finding, staged_figures
from anju.core.schedule import Stage

from ..data import policy_table
from .offers import bank, fund, single, yuan

WINDOW = (Stage("interest_only", 12), Stage("level_payment"))
BALLOON = (Stage("level_payment", amortise_over=480),)
RISING = (Stage("stepped", step_every=12, step_ppm=20_000),)


def test_an_interest_only_window_then_level() -> None:  # golden: facts section 3, 12 months then 324
    balance = 96_093_479
    found = staged_figures(balance, 35_000, 336, WINDOW)
    assert found.payment_fen(13) == yuan(4_588.72)
    assert found.first_fen == found.interests_fen[0]
    assert sum(found.principals_fen) == balance


@pytest.mark.parametrize("stages", [WINDOW, BALLOON, RISING])
def test_stages_in_a_plan(stages: tuple[Stage, ...]) -> None:
    plan = make_plan([Spec(bank(30_500), yuan(1_000_000), 360, stages=stages)])
    level = single(bank(30_500), 1_000_000)
    assert plan.first_fen < level.first_fen
    assert plan.interest_fen > level.interest_fen
    assert plan.highest_fen == max(plan.payment_fen(k) for k in range(1, 361))
    assert plan.last_fen == plan.payment_fen(360)
    assert abs(plan.cost.nominal_ppm - 30_500) <= 1
    assert plan.key != level.key
    (up,) = rate_shifts(plan, (25,))
    assert up.first_change_fen > 0


def test_the_highest_instalment_may_lie_in_the_middle() -> None:
    stages = (Stage("interest_only", 24), Stage("level_payment"))
    plan = make_plan([Spec(bank(35_000), yuan(1_000_000), 360, stages=stages)])
    assert plan.highest_fen == plan.payment_fen(100) > max(plan.first_fen, plan.last_fen)


def test_a_staged_part_beside_a_level_one() -> None:
    parts = [Spec(fund(26_000), yuan(300_000), 360), Spec(bank(30_500), yuan(700_000), 360, stages=WINDOW)]
    plan = make_plan(parts)
    assert sum(plan.payment_fen(k) for k in range(1, 361)) == plan.loan_fen + plan.interest_fen
    assert "只还利息 12 期，等额本息" in plan.zh
    assert "interest only for 12 months, level payment" in plan.en
    assert 26_000 < plan.cost.nominal_ppm < 30_500
    balloon = make_plan([Spec(bank(30_500), yuan(700_000), 360, stages=BALLOON)])
    assert "按 480 期摊还" in balloon.zh


@pytest.mark.parametrize(("stages", "months", "on", "outcome"), [
    ((Stage("level_payment"),), 360, date(2026, 8, 28), "pass"),
    (RISING, 360, date(2026, 8, 28), "pass"),
    (WINDOW, 360, date(2026, 8, 28), "review"),
    (BALLOON, 360, date(2026, 8, 28), "review"),
    ((Stage("interest_only"),), 13, date(2026, 8, 28), "refuse"),
    ((Stage("interest_only"),), 12, date(2026, 8, 28), "pass"),
    ((Stage("interest_only"),), 360, date(2026, 8, 27), "pass"),
])  # fmt: skip
def test_what_the_rules_say(stages: tuple[Stage, ...], months: int, on: date, outcome: str) -> None:
    found = repayment_finding(stages, months, policy_table(), on)  # S4-008
    assert found.outcome == outcome
    if outcome == "refuse":
        assert "第14条" in found.reason.zh


def test_no_stages_are_none() -> None:
    with pytest.raises(BadInput):
        staged_figures(100, 30_000, 12, ())
