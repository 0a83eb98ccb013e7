"""The fold gives what a naive walk through every day gives, for lives with events (S4-006, S4-057)."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anju.core.schedule import (
    Capitalise,
    DueDayChange,
    Event,
    Extend,
    Holiday,
    InterestOnly,
    MethodChange,
    Prepay,
    RateChange,
    Stage,
    Terms,
    schedule,
)

from ..data import steps
from .day_by_day import DayByDay
from .golden import MILLION
from .lives import possible

RATES = st.one_of(st.integers(0, 80_000), st.sampled_from([0, 30_500, 35_000, 360_000]))


@st.composite
def single_stage_terms(draw: st.DrawFn) -> Terms:
    start = draw(st.dates(date(2019, 1, 1), date(2027, 12, 31)))
    months = draw(st.integers(8, 30))
    changed = sorted(draw(st.sets(st.integers(1, 30 * months), max_size=2)))
    path = [(start, draw(RATES)), *((start + timedelta(days=day), draw(RATES)) for day in changed)]
    return Terms(
        draw(st.integers(1_000_000, 500_000_000)),
        months,
        draw(st.sampled_from(["level_payment", "level_principal"])),
        start,
        draw(st.integers(1, 31)),
        draw(st.sampled_from(["next_month", "first_due_day"])),
        steps(*path),
    )


@st.composite
def one_event(draw: st.DrawFn, terms: Terms, windows: bool) -> Event:
    """Either windows may occur or shortening, because a shortened window needs a plan of stages."""
    on = terms.start_on + timedelta(days=draw(st.integers(0, 29 * terms.months)))
    if draw(st.booleans()):
        on = draw(st.sampled_from(schedule(terms))).on
    fen, few = draw(st.integers(1, terms.principal_fen // 3)), draw(st.integers(1, 3))
    then = draw(
        st.sampled_from(["reduce_payment"] if windows else ["reduce_payment", "shorten", "shorten_relevel"])
    )
    interest = draw(st.sampled_from(["on_prepaid", "whole_balance", "next_instalment"]))
    kinds: list[Event] = [
        Prepay(on, fen, then, interest),
        Prepay(on, fen, then, interest),
        RateChange(on, draw(RATES)),
        Extend(on, few),
        DueDayChange(on, draw(st.integers(1, 31))),
        Capitalise(on, min(fen, 50_000), "arrears"),
        MethodChange(on, (Stage(draw(st.sampled_from(["level_payment", "level_principal"]))),)),
    ]
    if windows:
        how = draw(st.sampled_from(["capitalise", "defer", "waive"]))
        kinds += [Holiday(on, few, how), InterestOnly(on, few)]
    return draw(st.sampled_from(kinds))


@settings(max_examples=90, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), single_stage_terms(), st.booleans())
def test_rows_equal_those_of_a_walk_through_the_days(
    data: st.DataObject, terms: Terms, windows: bool
) -> None:
    events: list[Event] = []
    drawn = data.draw(st.lists(one_event(terms, windows), max_size=4))
    window_until = terms.start_on
    for event in sorted(drawn, key=lambda each: each.on):
        is_window = isinstance(event, Holiday | InterestOnly)
        if is_window and event.on <= window_until:
            continue  # one window inside another is a plan of stages again
        if possible(terms, [*events, event]):
            events.append(event)
            window_until = event.on + timedelta(days=130) if is_window else window_until
    found = [(row.on, row.kind, row.principal_fen, row.interest_fen) for row in schedule(terms, events)]
    assert found == DayByDay(terms, events).run()


def test_the_walk_itself_knows_the_golden_numbers() -> None:  # facts section 3
    rows = DayByDay(MILLION, []).run()
    assert sum(interest for _, _, _, interest in rows) == 61_656_007
