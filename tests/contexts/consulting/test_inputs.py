"""Texts to core objects: every convention, event and rate can be said, and what cannot is refused by name."""

from datetime import date
from typing import Any

import pytest

from anju.contexts.consulting import inputs, tables
from anju.core.errors import BadInput
from anju.core.schedule import (
    Capitalise,
    DueDayChange,
    Extend,
    Holiday,
    InterestOnly,
    MethodChange,
    Payoff,
    PenaltyTier,
    Prepay,
    RateChange,
    Restructure,
    Stage,
    Waive,
)

TODAY = date(2026, 9, 30)
BASE = {"principal": "1,000,000", "rate": "3.5%", "months": "360", "start": "2026-03-10"}


def loan(**more: Any) -> inputs.Loan:
    return inputs.loan(
        {name: value for name, value in (BASE | more).items() if value}, tables.shipped(), TODAY
    )


EVENTS = [
    ("prepay:2028-05-20:100000", Prepay(date(2028, 5, 20), 10_000_000)),
    (
        "prepay:2028-05-20:100000:shorten:whole-balance:fee=12.5",
        Prepay(date(2028, 5, 20), 10_000_000, "shorten", "whole_balance", 1250),
    ),
    ("prepay：2028-05-20：1：缩短期限并重算", Prepay(date(2028, 5, 20), 100, "shorten_relevel")),
    ("payoff:2028-05-20", Payoff(date(2028, 5, 20))),
    ("payoff:2028-05-20:fee=0", Payoff(date(2028, 5, 20), 0)),
    ("method:2028-01-10:equal-principal", MethodChange(date(2028, 1, 10), (Stage("level_principal"),))),
    (
        "method:2028-01-10:interest-only,12+level,over=400",
        MethodChange(
            date(2028, 1, 10), (Stage("interest_only", 12), Stage("level_payment", amortise_over=400))
        ),
    ),
    ("due-day:2028-01-10:25", DueDayChange(date(2028, 1, 10), 25)),
    ("extend:2028-01-10:60", Extend(date(2028, 1, 10), 60)),
    ("holiday:2027-01-20:6", Holiday(date(2027, 1, 20), 6)),
    ("holiday:2027-01-20:6:defer", Holiday(date(2027, 1, 20), 6, "defer")),
    ("interest-only:2027-01-20:6", InterestOnly(date(2027, 1, 20), 6)),
    ("rate:2027-01-01:3.3:议价", RateChange(date(2027, 1, 1), 33_000, "议价")),
    ("capitalise:2027-01-20:500:arrears", Capitalise(date(2027, 1, 20), 50_000, "arrears")),
    ("waive:2027-01-20:5.01", Waive(date(2027, 1, 20), 501)),
    (
        "restructure:2027-01-20:240:level:2.9",
        Restructure(date(2027, 1, 20), (Stage("level_payment"),), 240, 29_000),
    ),
]


@pytest.mark.parametrize(("text", "event"), EVENTS, ids=[text for text, _ in EVENTS])
def test_every_event_can_be_written(text: str, event: object) -> None:  # S4-057, S4-058
    assert loan(event=[text]).events == (event,)


def test_events_may_be_separated_by_semicolons_and_lines() -> None:
    assert len(loan(event="payoff:2030-01-10；\nwaive:2027-01-20:1; waive:2027-02-20:1").events) == 3


STAGES = [
    ({"stage": ["interest-only:12", "level"]}, (Stage("interest_only", 12), Stage("level_payment"))),
    ({"stage": "level:36:over=360;等额本金"}, (Stage("level_payment", 36, 360), Stage("level_principal"))),
    ({"amortise_over": "480"}, (Stage("level_payment", None, 480),)),
    ({"method": "stepped", "step": "5%"}, (Stage("stepped", None, None, 12, 0, 50_000),)),
    ({"method": "等额递减", "step": "-3.25%"}, (Stage("stepped", None, None, 12, 0, -32_500),)),
    (
        {"method": "stepped", "step": "-100", "step_every": "6"},
        (Stage("stepped", None, None, 6, -10_000),),
    ),
    ({"method": "等额本金"}, ()),
]


@pytest.mark.parametrize(("given", "stages"), STAGES)
def test_every_way_to_repay_can_be_said(given: Any, stages: object) -> None:  # S4-006, S4-008
    assert loan(**given).terms.stages == stages


def test_every_convention_can_be_said() -> None:
    said = loan(
        rounding="half-even", residue="first", whole_period="daily", year_days="actual", due_day="31"
    ).terms
    assert (said.conventions.rounding, said.conventions.residue) == ("half_even", "first")
    assert (said.conventions.whole_period, said.conventions.year_days) == ("daily", "actual")
    assert said.due_day == 31
    assert loan(frequency="fortnightly").terms.conventions.frequency == "fortnightly"
    assert loan(rounding="down", year_days="365").terms.conventions.year_days == 365


def test_what_is_not_said_is_told() -> None:
    found = loan()
    assert {"rounding", "residue", "whole_period", "year_days", "frequency", "due_day"} <= set(found.defaults)
    assert "rounding" not in loan(rounding="down").defaults


@pytest.mark.parametrize(
    ("given", "rule", "due_day"),
    [
        ({}, "next_month", 10),
        ({"due_day": "20", "first_due": "first-due-day"}, "first_due_day", 20),
        ({"first_due": "2026-03-20"}, "first_due_day", 20),
        ({"first_due": "2026-04-20"}, "next_month", 20),
        ({"first_due": "2026-04-05"}, "next_month", 5),
    ],
)
def test_the_first_due_date_by_rule_or_by_date(given: Any, rule: str, due_day: int) -> None:
    terms = loan(**given).terms
    assert (terms.first_due, terms.due_day) == (rule, due_day)


def test_penalty_rules() -> None:  # S4-041
    rule = loan(penalty=["12:1%+1m", "36:2m"], penalty_free="50000").terms.penalty
    assert rule.tiers == (PenaltyTier(12, 10_000, 1), PenaltyTier(36, 0, 2))
    assert rule.free_per_year_fen == 5_000_000


RATES = [
    ({"rate_step": ["2027-01-01:3.30", "2028-01-01:3.1:协商"]}, [35_000, 33_000, 31_000]),
    ({"rate": "0"}, [0]),
    (
        {"rate": "", "start": "2020-05-25", "lpr_spread_bp": "55", "spread_change": "2024-10-25:-30"},
        [52_000, 52_000, 52_000, 48_500, 47_500, 39_000, 33_000, 32_000],
    ),
    (
        {"rate": "3.0", "start": "2022-05-20", "lpr_spread_bp": "10", "lpr_since": "2026-01-01"},
        [30_000, 36_000],
    ),
    ({"rate": "", "provident": "second"}, [30_750]),
    (
        {"rate": "", "start": "2016-01-10", "benchmark_factor": "0.85", "conversion": "2020-03-20:fixed"},
        [41_650, 41_650],
    ),
]


@pytest.mark.parametrize(("given", "path"), RATES)
def test_every_way_to_fix_a_rate(given: Any, path: list[int]) -> None:  # S4-006, S4-007, S4-039
    steps = [step.rate_ppm for step in loan(**given).terms.rate_path]
    assert [steps[0], *steps[len(steps) - len(path) + 1 :]] == path


REFUSED = [
    ({"event": ["prepay"]}, "event.prepay.on"),
    ({"event": ["prepay:2028-05-20"]}, "event.prepay"),
    ({"event": ["prepay:2028-05-20:0"]}, "event.prepay.amount"),
    ({"event": ["prepay:2028-05-20:1:later"]}, "event.prepay.then"),
    ({"event": ["payoff:2028-05-20:now"]}, "event.payoff"),
    ({"event": ["payoff:2028-05-20:tip=1"]}, "event.payoff"),
    ({"event": ["due-day:2028-05-20:32"]}, "event.due-day.due_day"),
    ({"event": ["holiday:2028-05-20:6:free"]}, "event.holiday.interest"),
    ({"event": ["rate:2028-05-20:37"]}, "event.rate.rate"),
    ({"stage": ["level:12:12"]}, "stage"),
    ({"stage": ["level:step=1"]}, "stage"),
    ({"stage": ["level:above=1"]}, "stage"),
    ({"method": "stepped"}, "step.step"),
    ({"step": "5%"}, "step"),
    (
        {"first_due": "2028-06-01"},
        "first_due",
    ),  # any due day in 24 months now, so that other schedules can be matched
    ({"first_due": "2026-06-01", "due_day": "2"}, "first_due"),
    ({"first_due": "2026-03-10"}, "first_due"),
    ({"frequency": "quarterly", "months": "359"}, "months"),
    ({"broken_time": "months-days", "whole_period": "daily"}, "broken_time"),
    ({"instalment": "5000", "method": "interest-only"}, "instalment"),
    ({"penalty": ["12"]}, "penalty"),
    ({"penalty": ["36:1%", "12:2%"]}, "penalty.tiers"),
    ({"rate_step": ["2027-01-01:3", "2027-01-01:4"]}, "rate_step"),
    ({"rate": ""}, "rate"),
    ({"provident": "first"}, "rate"),
    ({"lpr_since": "2027-01-01"}, "lpr_since"),
    ({"rate": "", "benchmark_factor": "0"}, "benchmark_factor"),
    ({"rate": "", "benchmark_factor": "0.85", "conversion": "2020-03-20:lpr"}, "conversion"),
    ({"due_day": "１２x"}, "due_day"),
    ({"start": "1899-12-31"}, "start"),
]


@pytest.mark.parametrize(("given", "field"), REFUSED)
def test_what_cannot_be_is_refused_by_name(given: Any, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        loan(**given)
    assert refused.value.field == field
    assert refused.value.allowed
    assert refused.value.message_zh != refused.value.message_en
