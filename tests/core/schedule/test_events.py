"""Events of a plan: golden numbers, the day's order, and what each event does (facts sections 3 and 4)."""

from datetime import date, timedelta
from fractions import Fraction
from math import floor

import pytest

from anju.core.errors import BadInput
from anju.core.money import fen_to_display as yuan
from anju.core.schedule import (
    Capitalise,
    Conventions,
    DueDayChange,
    Event,
    Extend,
    Holiday,
    InterestOnly,
    MethodChange,
    Payoff,
    Prepay,
    RateChange,
    Restructure,
    Row,
    Stage,
    Terms,
    Waive,
    level_payment_fen,
    position,
    post,
    prepay_options,
    schedule,
)

from ..data import steps
from .golden import AFTER_24, MILLION, PAYOUT, loan

TEN_DAYS = AFTER_24 + timedelta(days=10)
NEXT_DUE = date(2028, 4, 20)


def ahead(events: list[Event], terms: Terms = MILLION) -> tuple[Row, ...]:
    """Instalments after the last event."""
    on = max(event.on for event in events)
    return tuple(row for row in schedule(terms, events) if row.on > on)


def by_days(*parts: tuple[int, int, int]) -> int:
    """Half-up fen of the sum of balance x ppm / 360 x days."""
    exact = sum(Fraction(balance * ppm * days, 360_000_000) for balance, ppm, days in parts)
    return floor(exact + Fraction(1, 2))


@pytest.mark.parametrize(
    ("event", "periods", "first", "last", "interest"),
    [
        (Prepay(AFTER_24, 10_000_000, "reduce_payment"), 336, "4,023.15", "4,021.26", "490,841.72"),
        (Prepay(AFTER_24, 10_000_000, "shorten"), 282, "4,490.45", "1,194.04", "402,075.70"),
        (Prepay(AFTER_24, 10_000_000, "shorten_relevel"), 282, "4,482.90", "4,483.09", "403,243.20"),
        (Extend(AFTER_24, 120), 456, "3,813.18", "3,813.20", "777,875.31"),
        (MethodChange(AFTER_24, (Stage("level_principal"),)), 336, "5,662.65", "2,869.94", "472,260.23"),
        (Restructure(AFTER_24, (Stage("level_payment"),), 240, 30_000), 240, "5,329.32", "5,329.77", "318,102.46"),
    ],
)  # fmt: skip
def test_golden_events_on_the_24th_due_day(
    event: Event, periods: int, first: str, last: str, interest: str
) -> None:  # facts section 3; S4-057
    rows = ahead([event])
    assert len(rows) == periods
    assert (yuan(rows[0].amount_fen), yuan(rows[-1].amount_fen)) == (first, last)
    assert yuan(sum(row.interest_fen for row in rows)) == interest


def test_golden_interest_only_window() -> None:  # facts section 3
    rows = ahead([InterestOnly(AFTER_24, 12)])
    assert {yuan(row.amount_fen) for row in rows[:12]} == {"2,802.73"}
    assert (len(rows), yuan(rows[12].amount_fen)) == (336, "4,588.72")


@pytest.mark.parametrize(
    ("interest", "paid", "next_interest"),
    [
        ("on_prepaid", "97.22", "2,511.06"),
        ("whole_balance", "934.24", yuan(by_days((86_093_479, 35_000, 21)))),
        ("next_instalment", "0.00", yuan(by_days((86_093_479, 35_000, 30), (10_000_000, 35_000, 10)))),
    ],
)
def test_golden_interest_of_a_prepayment_ten_days_into_a_period(
    interest: str, paid: str, next_interest: str
) -> None:  # facts section 3, "Accrued interest for 10 days"
    event = Prepay(TEN_DAYS, 10_000_000, "reduce_payment", interest)  # type: ignore[arg-type]
    (row,) = post(MILLION, [], event)
    assert (yuan(row.interest_fen), row.principal_fen, row.seq) == (paid, 10_000_000, 24)
    coming = ahead([event])[0]
    assert (yuan(coming.interest_fen), coming.on) == (next_interest, NEXT_DUE)
    assert coming.principal_fen == level_payment_fen(86_093_479, 35_000, 336) - 251_106


def test_a_prepayment_keeps_the_periods_of_what_it_needs_also_inside_a_period() -> None:
    on_due_day, inside = (ahead([Prepay(day, 10_000_000, "shorten")]) for day in (AFTER_24, TEN_DAYS))
    assert inside == on_due_day  # the interest to the day was paid with the prepayment


def test_shorten_in_an_earlier_stage_keeps_the_later_instalment() -> None:
    terms = loan("interest_only", Stage("interest_only", 24), Stage("level_payment"))
    planned = schedule(terms)[24].amount_fen
    event = Prepay(date(2027, 3, 20), 10_000_000, "shorten")
    rows = ahead([event], terms)
    assert len(rows) < 348
    assert rows[12].amount_fen <= planned
    longer = level_payment_fen(90_000_000, 35_000, len(rows) - 13)
    assert longer > planned  # one period fewer would need a higher instalment


def test_shorten_keeps_the_steps_of_a_stepped_loan_and_the_day_of_a_balloon() -> None:
    stepped = loan("stepped", Stage("stepped", step_every=12, step_fen=10_000))
    before = schedule(stepped)[24:]
    rows = ahead([Prepay(AFTER_24, 10_000_000, "shorten")], stepped)
    assert len(rows) < 336
    assert [row.amount_fen for row in rows[:-1]] == [row.amount_fen for row in before[: len(rows) - 1]]
    balloon = loan("level_payment", Stage("level_payment", amortise_over=360), months=60)
    kept = ahead([Prepay(AFTER_24, 10_000_000, "shorten")], balloon)
    assert len(kept) == 36
    assert {yuan(row.amount_fen) for row in kept[:-1]} == {"4,490.45"}


def test_payoff_pays_balance_and_interest_by_days() -> None:  # facts section 3
    (row,) = post(MILLION, [], Payoff(TEN_DAYS))
    assert (yuan(row.principal_fen), yuan(row.interest_fen), row.balance_after_fen) == (
        "960,934.79",
        "934.24",
        0,
    )
    (on_due_day,) = post(MILLION, [], Payoff(AFTER_24))
    assert (on_due_day.amount_fen, on_due_day.interest_fen) == (96_093_479, 0)
    assert [row.kind for row in schedule(MILLION, [Payoff(AFTER_24)])][-2:] == ["instalment", "payoff"]


def test_payoff_on_the_payout_day_costs_nothing_but_the_loan() -> None:
    assert [row[2:6] for row in schedule(MILLION, [Payoff(PAYOUT)])] == [("payoff", 100_000_000, 0, 0)]


@pytest.mark.parametrize(
    ("ppm", "changed"), [(30_000, date(2028, 3, 30)), (0, date(2028, 3, 21)), (42_000, date(2028, 4, 19))]
)
def test_a_rate_change_splits_the_period_and_levels_the_next(
    ppm: int, changed: date
) -> None:  # facts section 3
    rows = ahead([RateChange(changed, ppm)])
    days = (changed - AFTER_24).days
    assert rows[0].interest_fen == by_days((96_093_479, 35_000, days), (96_093_479, ppm, 31 - days))
    assert rows[0].principal_fen == 168_772  # as without the change
    assert rows[1].amount_fen == level_payment_fen(rows[0].balance_after_fen, ppm, 335)
    same = Terms(
        100_000_000, 360, "level_payment", PAYOUT, 20, "next_month", steps((PAYOUT, 35_000), (changed, ppm))
    )
    assert schedule(same) == schedule(MILLION, [RateChange(changed, ppm)])


def test_a_new_rate_levels_a_stepped_loan_and_leaves_the_time_of_its_steps() -> None:
    terms = loan("stepped", Stage("stepped", step_every=12, step_fen=10_000))
    rows = schedule(terms, [RateChange(date(2027, 9, 20), 30_000)])  # after 18 of 360
    paid = [row.amount_fen for row in rows]
    assert len(set(paid[18:24])) == 1
    assert paid[18] != paid[17]
    assert paid[24] == paid[23] + 10_000
    assert set(paid[24:36]) == {paid[24]}
    i, owed = Fraction(30_000, 12_000_000), Fraction(rows[17].balance_after_fen)
    for k in range(342):  # the base is the nearest fen: exact arithmetic leaves less than its half a period
        owed = owed * (1 + i) - (paid[18] + 10_000 * ((k + 6) // 12))
    assert abs(owed) <= Fraction(1, 2) * ((1 + i) ** 342 - 1) / i


def test_an_agreed_rate_holds_until_the_next_step_of_the_path() -> None:
    path = steps((PAYOUT, 35_000), (date(2029, 1, 1), 33_000))
    terms = Terms(100_000_000, 360, "level_payment", PAYOUT, 20, "next_month", path)
    rows = ahead([RateChange(AFTER_24, 30_000)], terms)
    assert [rows[k].rate_ppm for k in (0, 9, 10)] == [30_000, 30_000, 33_000]


@pytest.mark.parametrize(
    ("on", "new_day", "due", "days"),
    [
        (date(2028, 4, 2), 5, date(2028, 4, 5), 16),
        (date(2028, 4, 5), 5, date(2028, 5, 5), 46),
        (TEN_DAYS, 28, date(2028, 4, 28), 39),
        (AFTER_24, 31, date(2028, 4, 30), 41),
    ],
)
def test_a_moved_due_day_makes_one_broken_period(on: date, new_day: int, due: date, days: int) -> None:
    rows = ahead([DueDayChange(on, new_day)])
    assert (rows[0].on, rows[0].interest_fen) == (due, by_days((96_093_479, 35_000, days)))
    assert rows[0].principal_fen == 168_772
    unmoved = schedule(MILLION)[25:]
    assert [row.amount_fen for row in rows[1:]] == [row.amount_fen for row in unmoved]
    assert all(row.on.day == new_day or (row.on + timedelta(days=1)).day == 1 for row in rows)


def test_a_holiday_capitalises_defers_or_waives() -> None:
    interest = 280_273
    defer, waive, capitalise = (
        ahead([Holiday(AFTER_24, 3, how)]) for how in ("defer", "waive", "capitalise")
    )  # type: ignore[arg-type]
    for rows in (defer, waive, capitalise):
        assert [row.kind for row in rows[:4]] == ["holiday"] * 3 + ["instalment"]
        assert [row.amount_fen for row in rows[:3]] == [0, 0, 0]
        assert len(rows) == 336
    level = level_payment_fen(96_093_479, 35_000, 333)
    assert waive[3].amount_fen == level
    assert defer[3].amount_fen == level + 3 * interest
    assert [row.forgiven_fen for row in waive[:3]] == [interest] * 3
    assert [row.added_fen for row in capitalise[:3]] == [280_273, 281_090, 281_910]
    assert capitalise[3].amount_fen == level_payment_fen(capitalise[2].balance_after_fen, 35_000, 333)
    assert position(MILLION, [Holiday(AFTER_24, 3, "defer")], date(2028, 5, 20)).deferred_fen == 2 * interest


def test_a_holiday_with_an_extension_of_the_same_day_keeps_the_paying_instalments() -> None:
    rows = ahead([Holiday(AFTER_24, 6, "waive"), Extend(AFTER_24, 6)])
    assert len(rows) == 342
    assert {yuan(row.amount_fen) for row in rows[6:-1]} == {"4,490.45"}


def test_capitalised_and_waived_interest_never_exceeds_what_there_is() -> None:
    with pytest.raises(BadInput, match="93424"):
        post(MILLION, [], Capitalise(TEN_DAYS, 93_425))
    with pytest.raises(BadInput, match="93424"):
        post(MILLION, [], Waive(TEN_DAYS, 93_425))
    waived = ahead([Waive(TEN_DAYS, 93_424)])[0]
    assert waived.interest_fen == 280_273 - 93_424
    (row,) = post(MILLION, [], Capitalise(TEN_DAYS, 93_424))
    assert (row.added_fen, row.amount_fen, row.balance_after_fen) == (93_424, 0, 96_093_479 + 93_424)
    after = ahead([Capitalise(TEN_DAYS, 93_424)])[0]
    exact = Fraction(96_093_479 * 35_000 * 10 + 96_186_903 * 35_000 * 21, 360_000_000) - 93_424
    assert after.interest_fen == floor(exact + Fraction(1, 2))
    arrears = ahead([Capitalise(AFTER_24, 448_000, "arrears")])
    assert arrears[0].amount_fen == level_payment_fen(96_541_479, 35_000, 336)


def test_capitalising_takes_deferred_interest_first() -> None:
    holiday, on = Holiday(AFTER_24, 3, "defer"), date(2028, 6, 20)
    rows = ahead([holiday, Capitalise(on, 3 * 280_273)])
    assert rows[0].amount_fen == level_payment_fen(96_093_479 + 3 * 280_273, 35_000, 333)


def test_the_instalment_of_the_day_comes_first_and_then_the_events_as_given() -> None:
    extend, prepay = Extend(AFTER_24, 120), Prepay(AFTER_24, 10_000_000, "shorten")
    one, other = schedule(MILLION, [extend, prepay]), schedule(MILLION, [prepay, extend])
    assert one[23:25] == other[23:25]
    assert [row.kind for row in one[23:25]] == ["instalment", "prepayment"]
    assert one[23].on == one[24].on == AFTER_24
    assert yuan(one[25].amount_fen) == "3,813.18"  # extended, levelled, kept by the prepayment
    assert yuan(other[25].amount_fen) == yuan(level_payment_fen(86_093_479, 35_000, 282 + 120))


def test_several_prepayments_of_one_day_pay_interest_on_their_own_amounts() -> None:
    events: list[Event] = [Prepay(TEN_DAYS, 10_000_000), Prepay(TEN_DAYS, 20_000_000)]
    rows = [row for row in schedule(MILLION, events) if row.kind == "prepayment"]
    assert [yuan(row.interest_fen) for row in rows] == ["97.22", "194.44"]


def test_settling_the_whole_balance_also_collects_what_a_capitalisation_left_open() -> None:
    events: list[Event] = [Capitalise(TEN_DAYS, 1_000, "arrears")]
    settle = Prepay(TEN_DAYS, 10_000_000, interest="whole_balance")
    assert yuan(post(MILLION, events, settle)[0].interest_fen) == "934.24"
    coming = ahead([*events, settle])[0]
    assert coming.interest_fen == by_days((96_093_479 + 1_000 - 10_000_000, 35_000, 21))


def test_an_event_on_the_payout_day_comes_right_after_payout() -> None:
    rows = schedule(MILLION, [Prepay(PAYOUT, 50_000_000)])
    assert (rows[0].kind, rows[0].seq, rows[0].interest_fen) == ("prepayment", 0, 0)
    assert rows[1].amount_fen == level_payment_fen(50_000_000, 35_000, 360)


def test_a_first_stub_stays_broken_through_a_prepayment() -> None:
    start = date(2026, 3, 10)
    terms = Terms(100_000_000, 360, "level_payment", start, 20, "next_month", steps((start, 35_000)))
    event = Prepay(date(2026, 3, 31), 40_000_000)
    row = ahead([event], terms)[0]
    assert post(terms, [], event)[0].interest_fen == by_days((40_000_000, 35_000, 21))
    assert row.interest_fen == by_days((60_000_000, 35_000, 41))


def test_extending_a_balloon_moves_its_end_and_keeps_its_instalment() -> None:
    terms = loan("level_payment", Stage("level_payment", amortise_over=360), months=60)
    rows = ahead([Extend(AFTER_24, 24)], terms)
    assert (len(rows), yuan(rows[0].amount_fen)) == (60, "4,490.45")


def test_fortnightly_loans_prepay_and_refuse_what_needs_months() -> None:
    terms = loan(conventions=Conventions(frequency="fortnightly"))
    before = schedule(terms)
    rows = ahead([Prepay(before[49].on, 10_000_000, "shorten")], terms)
    assert len(rows) < len(before) - 50
    assert {row.amount_fen for row in rows[:-1]} == {224_523}
    on = before[49].on
    lower, shorter, levelled = prepay_options(terms, [], on, 10_000_000)
    assert (
        lower.after.next_amount_fen
        < levelled.after.next_amount_fen
        <= shorter.after.next_amount_fen
        == 224_523
    )
    assert shorter.after.periods_left <= levelled.after.periods_left < lower.after.periods_left
    cut = [Prepay(on, 10_000_000, "shorten"), RateChange(on + timedelta(days=30), 35_001)]
    assert ahead(cut, terms)[-1].on < lower.after.end_on  # a new rate does not undo the shortening
    for event in (DueDayChange(AFTER_24, 5), Holiday(AFTER_24, 1), InterestOnly(AFTER_24, 1)):
        with pytest.raises(BadInput, match="按月"):
            schedule(terms, [event])


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (Prepay(AFTER_24, 96_093_479), "prepay.amount_fen"),
        (Prepay(PAYOUT - timedelta(days=1), 1), "prepay.on"),
        (Payoff(date(2056, 3, 20)), "payoff.on"),
        (DueDayChange(AFTER_24, 20), "due_day_change.due_day"),
        (Extend(AFTER_24, 121), "extend.months"),
        (Holiday(AFTER_24, 336), "holiday.periods"),
        (InterestOnly(AFTER_24, 336), "interest_only.periods"),
        (MethodChange(AFTER_24, (Stage("level_payment", 337), Stage("level_payment"))), "stages"),
        (Capitalise(AFTER_24, 1), "capitalise.amount_fen"),
        (Capitalise(AFTER_24, 10**11, "arrears"), "capitalise.amount_fen"),
        (Waive(AFTER_24, 1), "waive.amount_fen"),
        (Restructure(AFTER_24, (Stage("level_payment"),), 457), "restructure.months"),
    ],
)
def test_impossible_events_are_refused_and_change_nothing(event: Event, field: str) -> None:
    before = schedule(MILLION)
    with pytest.raises(BadInput) as caught:
        schedule(MILLION, [event])
    assert caught.value.field == field
    assert str(caught.value.value) in caught.value.message_zh
    assert schedule(MILLION) == before


@pytest.mark.parametrize(
    "make",
    [
        lambda: Prepay(AFTER_24, 0),
        lambda: Prepay("2028-03-20", 1),  # type: ignore[arg-type]
        lambda: Prepay(AFTER_24, 1, "relevel"),  # type: ignore[arg-type]
        lambda: Prepay(AFTER_24, 1, interest="none"),  # type: ignore[arg-type]
        lambda: Prepay(AFTER_24, 1, fee_fen=-1),
        lambda: Payoff(AFTER_24, -1),
        lambda: MethodChange(AFTER_24, ()),
        lambda: DueDayChange(AFTER_24, 32),
        lambda: Extend(AFTER_24, 0),
        lambda: Holiday(AFTER_24, 0),
        lambda: Holiday(AFTER_24, 1, "forget"),  # type: ignore[arg-type]
        lambda: InterestOnly(AFTER_24, 481),
        lambda: RateChange(AFTER_24, 360_001),
        lambda: Capitalise(AFTER_24, 0),
        lambda: Capitalise(AFTER_24, 1, "elsewhere"),  # type: ignore[arg-type]
        lambda: Waive(AFTER_24, 10**11 + 1),
        lambda: Restructure(AFTER_24, (Stage("level_payment", 13),), 12),
    ],
)
def test_events_check_themselves(make: object) -> None:
    with pytest.raises(BadInput, match="无效"):
        make()  # type: ignore[operator]


def test_an_event_after_a_payoff_is_refused() -> None:
    with pytest.raises(BadInput, match="结清"):
        schedule(MILLION, [Payoff(AFTER_24), Prepay(AFTER_24, 100)])


def test_there_is_no_position_before_payout() -> None:
    with pytest.raises(BadInput, match="不早于 2026-03-20"):
        position(MILLION, [], PAYOUT - timedelta(days=1))
    assert position(MILLION, [], PAYOUT).balance_fen == 100_000_000
