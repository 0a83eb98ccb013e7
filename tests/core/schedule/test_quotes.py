"""Quotes, penalties and policy limits (facts section 4; S4-041, S4-054, S4-055, S4-057, S4-058)."""

from datetime import date, timedelta
from fractions import Fraction
from math import floor

import pytest

from anju.core.errors import BadInput
from anju.core.money import fen_to_display as yuan
from anju.core.schedule import (
    Event,
    EventLimits,
    Extend,
    Holiday,
    InterestOnly,
    MethodChange,
    Payoff,
    PenaltyRule,
    PenaltyTier,
    Prepay,
    Restructure,
    Stage,
    allowed,
    post,
    prepay_options,
    quote,
    schedule,
)
from anju.core.schedule.penalties import loan_year_start, penalty_fen

from .golden import AFTER_24, MILLION, PAYOUT, loan

TEN_DAYS = AFTER_24 + timedelta(days=10)
YEARS_3 = PenaltyRule((PenaltyTier(12, 30_000), PenaltyTier(24, 20_000), PenaltyTier(36, 10_000)))


@pytest.mark.parametrize("interest", ["capitalise", "defer"])
def test_a_holiday_is_never_said_to_save_interest(interest: str) -> None:
    """Interest that becomes principal is paid all the same."""
    told = quote(MILLION, [], Holiday(AFTER_24, 3, interest))  # type: ignore[arg-type]
    cost = sum(row.amount_fen for row in schedule(MILLION, [told.event]))
    cost -= sum(row.amount_fen for row in schedule(MILLION))
    assert told.interest_saved_fen == -cost < 0
    assert told.after.interest_left_fen == told.before.interest_left_fen + cost


def test_side_by_side() -> None:  # S4-057; facts section 3
    lower, shorter, levelled = prepay_options(MILLION, [], AFTER_24, 10_000_000)
    assert [yuan(each.after.next_amount_fen) for each in (lower, shorter, levelled)] == [
        "4,023.15",
        "4,490.45",
        "4,482.90",
    ]
    assert [each.after.periods_left for each in (lower, shorter, levelled)] == [336, 282, 282]
    assert [yuan(each.after.interest_left_fen) for each in (lower, shorter)] == ["490,841.72", "402,075.70"]
    assert yuan(lower.before.interest_left_fen) == "547,854.48"
    assert yuan(shorter.interest_saved_fen) == yuan(54_785_448 - 40_207_570)
    assert [each.months_saved for each in (lower, shorter, levelled)] == [0, 54, 54]
    assert shorter.after.end_on == date(2051, 9, 20)
    assert all(each.total_fen == 10_000_000 for each in (lower, shorter, levelled))


def test_payoff_quote_to_a_day() -> None:  # S4-058; facts section 3
    found = quote(MILLION, [], Payoff(TEN_DAYS))
    assert (yuan(found.principal_fen), yuan(found.interest_fen), found.fee_fen) == ("960,934.79", "934.24", 0)
    assert yuan(found.per_day_fen) == "93.42"
    assert (found.after.periods_left, found.after.end_on, found.after.next_amount_fen) == (0, None, 0)
    assert found.interest_saved_fen == 54_785_448 - 93_424
    assert found.break_even_on == TEN_DAYS  # no fee


def test_break_even_is_the_day_when_saved_interest_makes_up_for_the_fee() -> None:  # S4-058
    terms = loan(penalty=YEARS_3)
    found = quote(terms, [], Prepay(AFTER_24, 10_000_000))
    assert (found.fee_fen, found.total_fen) == (100_000, 10_100_000)
    assert found.net_saved_fen == found.interest_saved_fen - 100_000
    day = found.break_even_on
    assert day is not None

    def saved(on: date) -> int:
        without, with_it = schedule(terms), schedule(terms, [Prepay(AFTER_24, 10_000_000)])
        return sum(r.interest_fen for r in without if r.on <= on) - sum(
            r.interest_fen for r in with_it if r.on <= on
        )

    assert saved(day) >= 100_000 > saved(day - timedelta(days=1))
    dear = quote(MILLION, [], Prepay(AFTER_24, 10_000_000, fee_fen=9_000_000))
    assert dear.break_even_on is None
    assert dear.net_saved_fen < 0


@pytest.mark.parametrize(
    ("on", "fee"),
    [
        (date(2026, 3, 20), 300_000),
        (date(2027, 3, 19), 300_000),
        (date(2027, 3, 20), 200_000),
        (date(2028, 3, 20), 100_000),
        (date(2029, 3, 19), 100_000),
        (date(2029, 3, 20), 0),
    ],
)
def test_percent_of_the_amount_falling_by_loan_year(on: date, fee: int) -> None:  # S4-041; facts section 4
    terms = loan(penalty=YEARS_3)
    assert post(terms, [], Prepay(on, 10_000_000))[0].fee_fen == fee
    (payoff,) = post(terms, [], Payoff(on))
    assert payoff.fee_fen == floor(Fraction(payoff.principal_fen * fee, 10_000_000) + Fraction(1, 2))


def test_months_of_interest_and_both_together() -> None:
    months = PenaltyRule((PenaltyTier(36, interest_months=3),))
    both = PenaltyRule((PenaltyTier(36, 10_000, 1),))
    assert penalty_fen(months, PAYOUT, AFTER_24, 10_000_000, 35_000) == 87_500
    assert penalty_fen(both, PAYOUT, AFTER_24, 10_000_000, 35_000) == 100_000 + 29_167
    assert penalty_fen(both, PAYOUT, AFTER_24, 10_000_000, 35_000, rounding="down") == 100_000 + 29_166


def test_the_yearly_allowance_is_used_up_in_order_and_comes_back() -> None:
    terms = loan(penalty=PenaltyRule((PenaltyTier(36, 10_000),), free_per_year_fen=10_000_000))
    days = [date(2027, 4, 1), date(2027, 4, 1), date(2028, 3, 19), date(2028, 3, 20)]
    events: list[Event] = [Prepay(day, 6_000_000) for day in days]
    fees = [row.fee_fen for row in schedule(terms, events) if row.kind == "prepayment"]
    assert fees == [0, 20_000, 60_000, 0]
    assert quote(terms, events[:1], events[1]).fee_fen == 20_000


def test_the_allowance_of_a_new_year_begins_on_the_anniversary_and_counts_that_day() -> None:
    terms = loan(penalty=PenaltyRule((PenaltyTier(36, 10_000),), free_per_year_fen=10_000_000))
    events: list[Event] = [Prepay(date(2027, 3, 20), 6_000_000)] * 2
    fees = [row.fee_fen for row in schedule(terms, events) if row.kind == "prepayment"]
    assert fees == [0, 20_000]


def test_loan_years_begin_on_clamped_anniversaries() -> None:
    leap = date(2028, 2, 29)
    assert loan_year_start(leap, date(2029, 2, 27)) == leap
    assert loan_year_start(leap, date(2029, 2, 28)) == date(2029, 2, 28)
    assert loan_year_start(leap, date(2032, 2, 28)) == date(2031, 2, 28)
    assert loan_year_start(leap, date(2032, 2, 29)) == date(2032, 2, 29)


@pytest.mark.parametrize(
    "make",
    [
        lambda: PenaltyTier(0),
        lambda: PenaltyTier(12, 1_000_001),
        lambda: PenaltyTier(12, interest_months=25),
        lambda: PenaltyRule((PenaltyTier(24), PenaltyTier(12))),
        lambda: PenaltyRule(free_per_year_fen=-1),
    ],
)
def test_bad_penalty_rules_are_refused(make: object) -> None:
    with pytest.raises(BadInput, match="无效"):
        make()  # type: ignore[operator]


LIMITS = EventLimits(
    prepay_min_fen=1_000_000,
    prepay_after_months=12,
    prepay_notice_days=1,
    payoff_notice_days=10,
    prepayments_per_year_max=1,
    prepay_on_due_day=False,
    prepay_while_overdue=False,
    extension_share_max_ppm=500_000,
    term_months_max=480,
    holiday_periods_max=12,
    interest_only_periods_max=24,
)


@pytest.mark.parametrize(
    ("event", "asked_days", "overdue", "codes"),
    [
        (Prepay(TEN_DAYS, 1_000_000), 1, False, ()),
        (Prepay(TEN_DAYS, 999_999), 1, False, ("prepay_too_small",)),  # S4-054
        (Payoff(TEN_DAYS), 10, False, ()),  # final payoff: no minimum
        (Payoff(TEN_DAYS), 9, False, ("notice_too_short",)),  # S4-055
        (Prepay(TEN_DAYS, 1_000_000), 0, True, ("notice_too_short", "overdue")),
        (Prepay(AFTER_24, 1_000_000), 1, False, ("on_due_day",)),
        (Prepay(date(2027, 3, 19), 1_000_000), 1, False, ("too_early",)),
        (Prepay(TEN_DAYS, 96_093_479), 1, False, ("not_possible",)),
        (Extend(AFTER_24, 120), 0, False, ()),
        (Extend(AFTER_24, 121), 0, False, ("term_too_long", "not_possible")),
        (Restructure(AFTER_24, (Stage("level_payment"),), 456), 0, False, ()),
        (Holiday(AFTER_24, 13), 0, False, ("holiday_too_long",)),
        (InterestOnly(AFTER_24, 25), 0, False, ("interest_only_too_long",)),
        (MethodChange(AFTER_24, (Stage("level_principal"),)), 0, False, ()),
    ],
)
def test_limits_answer_with_reasons(
    event: Event, asked_days: int, overdue: bool, codes: tuple[str, ...]
) -> None:
    asked = event.on - timedelta(days=asked_days)
    found = allowed(MILLION, [], event, LIMITS, asked_on=asked, overdue=overdue, policy_version="v1")
    assert (found.codes, found.ok, found.policy_version) == (codes, not codes, "v1")
    assert all(reason.zh and reason.en for reason in found.reasons)


def test_extensions_count_together_against_half_the_original_term() -> None:  # 金规〔2026〕5号 Art. 26
    terms, first = loan(months=240), Extend(AFTER_24, 100)
    assert allowed(terms, [first], Extend(date(2029, 1, 1), 20), LIMITS).ok
    refused = allowed(terms, [first], Extend(date(2029, 1, 1), 21), LIMITS)
    assert refused.codes == ("extension_too_long",)
    assert "120" in refused.zh


def test_prepayments_a_year_are_counted_by_loan_year() -> None:
    made: list[Event] = [Prepay(date(2028, 3, 10), 1_000_000)]
    asked = date(2028, 1, 1)
    assert allowed(MILLION, made, Prepay(date(2028, 3, 15), 1_000_000), LIMITS, asked_on=asked).codes == (
        "too_often",
    )
    assert allowed(MILLION, made, Prepay(date(2028, 3, 25), 1_000_000), LIMITS, asked_on=asked).ok


def test_amounts_in_whole_thousands() -> None:  # facts section 4, "or multiples"
    limits = EventLimits(prepay_multiple_fen=100_000)
    assert allowed(MILLION, [], Prepay(AFTER_24, 300_000), limits).ok
    assert allowed(MILLION, [], Prepay(AFTER_24, 300_001), limits).codes == ("prepay_not_a_multiple",)


def test_without_limits_only_the_arithmetic_refuses() -> None:
    assert allowed(MILLION, [], Prepay(AFTER_24, 1), EventLimits()).ok
