"""Random terms of every kind, and random lives: terms with events that are possible."""

from datetime import date, timedelta

from hypothesis import strategies as st

from anju.core.errors import BadInput
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
    PenaltyRule,
    PenaltyTier,
    Prepay,
    RateChange,
    Restructure,
    Stage,
    Terms,
    Waive,
    schedule,
)

from ..data import steps

RATES = st.one_of(st.integers(0, 80_000), st.sampled_from([0, 1, 30_500, 35_000, 360_000]))
PENALTY = PenaltyRule((PenaltyTier(12, 20_000), PenaltyTier(36, 10_000, 1)), free_per_year_fen=5_000_000)
MONTHLY = st.builds(
    Conventions,
    rounding=st.sampled_from(["half_up", "half_even", "down"]),
    residue=st.sampled_from(["last", "first"]),
    whole_period=st.sampled_from(["monthly", "daily"]),
    year_days=st.sampled_from([360, 365, "actual"]),
)
FORTNIGHTLY = st.builds(
    Conventions, rounding=st.sampled_from(["half_up", "down"]), frequency=st.just("fortnightly")
)


@st.composite
def stages(draw: st.DrawFn, months: int) -> tuple[Stage, ...]:
    """One to three stages that fill so many instalments."""
    count = draw(st.integers(1, min(3, months)))
    cuts = (
        sorted(draw(st.sets(st.integers(1, months - 1), min_size=count - 1, max_size=count - 1)))
        if count > 1
        else []
    )
    lengths = [after - before for before, after in zip([0, *cuts], cuts, strict=False)]
    last = months - sum(lengths)
    return (*(draw(stage(periods, periods)) for periods in lengths), draw(stage(None, last)))


@st.composite
def stage(draw: st.DrawFn, periods: int | None, own: int) -> Stage:
    method = draw(st.sampled_from(["level_payment", "level_principal", "interest_only", "stepped"]))
    if method == "stepped":
        every = draw(st.integers(1, 24))
        if draw(st.booleans()):
            return Stage(
                "stepped", periods, step_every=every, step_fen=draw(st.sampled_from([-500, 100, 20_000]))
            )
        return Stage(
            "stepped", periods, step_every=every, step_ppm=draw(st.sampled_from([-9_000, 5_000, 50_000]))
        )
    over = draw(st.one_of(st.none(), st.integers(own, 480))) if method != "interest_only" else None
    return Stage(method, periods, over)


def terms_of(
    principal: int,
    months: int,
    plan: tuple[Stage, ...],
    start: date,
    path: list[tuple[date, int]],
    **more: object,
) -> Terms:
    return Terms(principal, months, plan[0].method, start, rate_path=steps(*path), stages=plan, **more)  # type: ignore[arg-type]


@st.composite
def any_terms(draw: st.DrawFn, months_max: int = 60) -> Terms:
    """Terms of any method under any conventions; those that cannot be (steps too steep) are drawn again."""
    start = draw(st.dates(date(2015, 1, 1), date(2027, 12, 31)))
    months = draw(st.one_of(st.integers(1, 3), st.integers(12, months_max), st.integers(24, months_max)))
    days = draw(st.lists(st.integers(1, 31 * months), max_size=3, unique=True))
    path = [(start, draw(RATES))] + [(start + timedelta(days=day), draw(RATES)) for day in sorted(days)]
    principal = draw(
        st.one_of(st.integers(1, 10**11), st.integers(1_000_000, 500_000_000), st.integers(1, 3_000))
    )
    fortnightly = draw(st.integers(0, 9)) == 0
    plan = (
        (Stage(draw(st.sampled_from(["level_payment", "level_principal"]))),)
        if fortnightly
        else draw(stages(months))
    )
    return terms_of(
        principal,
        months,
        plan,
        start,
        path,
        due_day=draw(st.integers(1, 31)),
        first_due=draw(st.sampled_from(["next_month", "first_due_day"])),
        conventions=draw(FORTNIGHTLY if fortnightly else MONTHLY),
        penalty=draw(st.sampled_from([PenaltyRule(), PENALTY])),
    )


@st.composite
def event(draw: st.DrawFn, terms: Terms) -> Event:
    on = terms.start_on + timedelta(days=draw(st.integers(0, 31 * terms.months)))
    if draw(st.integers(0, 2)) == 0:
        on = draw(st.sampled_from([row.on for row in schedule(terms)]))  # a due day
    fen = draw(st.one_of(st.integers(1, terms.principal_fen), st.integers(1, 1_000)))
    few = draw(st.integers(1, 6))
    then = draw(st.sampled_from(["reduce_payment", "shorten", "shorten_relevel"]))
    interest = draw(st.sampled_from(["on_prepaid", "whole_balance", "next_instalment"]))
    rate = draw(RATES)
    plan = (Stage("interest_only", few), Stage(draw(st.sampled_from(["level_payment", "level_principal"]))))
    return draw(
        st.sampled_from(
            [
                Prepay(on, fen, then, interest),
                Prepay(on, min(fen, 40_000), then, interest),
                Payoff(on),
                MethodChange(on, plan[1:]),
                DueDayChange(on, draw(st.integers(1, 31))),
                Extend(on, few),
                Holiday(on, few, draw(st.sampled_from(["capitalise", "defer", "waive"]))),
                InterestOnly(on, few),
                RateChange(on, rate),
                Capitalise(on, min(fen, 900)),
                Capitalise(on, fen, "arrears"),
                Waive(on, min(fen, 500)),
                Restructure(on, plan, few + 12, draw(st.sampled_from([None, rate]))),
            ]
        )
    )


def possible(terms: Terms, events: list[Event]) -> bool:
    try:
        schedule(terms, events)
    except BadInput:
        return False
    return True


@st.composite
def lives(draw: st.DrawFn, months_max: int = 48, events_max: int = 4) -> tuple[Terms, list[Event]]:
    """Terms and events, in order of day, that are possible together."""
    terms = draw(any_terms(months_max).filter(lambda each: possible(each, [])))
    events: list[Event] = []
    for drawn in sorted(
        draw(st.lists(event(terms), min_size=1, max_size=events_max)), key=lambda each: each.on
    ):
        if possible(terms, [*events, drawn]):
            events.append(drawn)
    return terms, events
