"""Days past due and the overdue ladder."""

from datetime import date, timedelta

import pytest

from anju.core.arrears import days_past_due
from anju.core.errors import BadInput, PolicyMissing
from anju.core.ladder import LadderBands, rung_for
from anju.core.policy import PolicyTable

from .data import policy_table, rows

ON = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("dpd", "rung"),
    [
        (-3, 0), (0, 0),
        (1, 1), (2, 1), (3, 1),  # S3-04
        (4, 2), (7, 2),  # S3-05
        (8, 3), (15, 3),  # S3-06
        (16, 3), (30, 3),  # S3-07, conflict (c): undefined in the seed, stays on the third
        (31, 4), (90, 4), (5_000, 4),  # S3-07, S3-08
    ],
)  # fmt: skip
def test_rungs(dpd: int, rung: int) -> None:
    assert rung_for(dpd, LadderBands.from_policy(policy_table(), ON)) == rung


def test_bands_name_their_policy_version() -> None:
    assert LadderBands.from_policy(policy_table(), ON).policy_version == policy_table().version


def _with(param: str, scope: str, value: str | None) -> PolicyTable:
    changed = [row for row in rows("policy_params.csv") if (row["param"], row["scope"]) != (param, scope)]
    new = {"effective_date": "1970-01-01", "param": param, "scope": scope, "value": value or ""}
    return PolicyTable.parse([*changed, *([new] if value else [])])


def test_a_lender_may_move_the_bands() -> None:
    table = _with("overdue_ladder_dpd_min", "level_4", "16")
    assert rung_for(16, LadderBands.from_policy(table, ON)) == 4


@pytest.mark.parametrize(
    ("param", "scope", "value"),
    [
        ("overdue_ladder_dpd_min", "level_2", "5"),
        ("overdue_ladder_dpd_max", "level_1", "5"),
        ("overdue_ladder_dpd_min", "level_4", "15"),
        ("overdue_ladder_gap_rule", "dpd_16_to_30", "level_4"),
    ],
)
def test_holes_overlaps_and_unknown_gap_rules_are_refused(param: str, scope: str, value: str) -> None:
    with pytest.raises(BadInput):
        LadderBands.from_policy(_with(param, scope, value), ON)


def test_a_gap_without_a_rule_is_refused() -> None:
    with pytest.raises(PolicyMissing):
        LadderBands.from_policy(_with("overdue_ladder_gap_rule", "dpd_16_to_30", None), ON)


@pytest.mark.parametrize("days", [(0, 4, 8, 31), (1, 8, 8, 31)])
def test_bands_must_rise(days: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="rise"):
        LadderBands(days)


@pytest.mark.parametrize(("after", "dpd"), [(-5, 0), (0, 0), (1, 1), (3, 3), (31, 31)])
def test_days_past_due(after: int, dpd: int) -> None:
    due = date(2026, 2, 20)
    assert days_past_due(due, due + timedelta(days=after)) == dpd


def test_nothing_unpaid_is_nothing_past_due() -> None:
    assert days_past_due(None, ON) == 0
