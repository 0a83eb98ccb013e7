"""The difference of interest between two rate paths (S4-059)."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from anju.core.rates import RateStep
from anju.core.schedule import (
    AddInterest,
    Conventions,
    Terms,
    explain,
    interest_difference_fen,
    position,
    post,
    quote,
    schedule,
)

START = date(2026, 1, 31)
RATES = st.integers(0, 100_000)
CONVENTIONS = st.builds(
    Conventions, rounding=st.sampled_from(["half_up", "half_even", "down"]), residue=st.sampled_from(["last", "first"]),
    whole_period=st.sampled_from(["monthly", "daily"]), year_days=st.sampled_from([360, 365, "actual", "30/360"]),
)  # fmt: skip


def path(*steps: tuple[int, int]) -> tuple[RateStep, ...]:
    return tuple(RateStep(START + timedelta(days=days), ppm, "", "", "") for days, ppm in steps)


@given(
    st.integers(1, 10**9), st.integers(2, 36), st.integers(1, 31), st.sampled_from(["next_month", "first_due_day"]),
    CONVENTIONS, RATES, RATES, RATES, st.integers(1, 400), st.integers(0, 900),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_it_is_what_the_schedules_differ_by(
    principal: int,
    months: int,
    due_day: int,
    first_due: str,
    rules: Conventions,
    first: int,
    was: int,
    now: int,
    since: int,
    days: int,
) -> None:
    """The principal parts of level principal do not depend on the rate, so the two schedules show the difference row by row."""
    applied, right = path((0, first), (since, was)), path((0, first), (since, now))
    terms = [
        Terms(principal, months, "level_principal", START, due_day, first_due, each, conventions=rules)  # type: ignore[arg-type]
        for each in (applied, right)
    ]
    until = START + timedelta(days=days)
    rows, rights = (schedule(each) for each in terms)
    wanted = sum(b.interest_fen - a.interest_fen for a, b in zip(rows, rights, strict=True) if a.on <= until)
    if [a.principal_fen for a in rows] == [b.principal_fen for b in rights]:
        assert interest_difference_fen(terms[0], (), right, after=START, until=until) == wanted
    half = START + timedelta(days=days // 2)
    parts = [
        interest_difference_fen(terms[0], (), right, after=a, until=b)
        for a, b in ((START, half), (half, until))
    ]
    assert sum(parts) == interest_difference_fen(terms[0], (), right, after=START, until=until)


def test_added_interest_falls_due_with_the_next_instalment_and_bears_none() -> None:
    terms = Terms.fixed(100_000_000, 35_000, 360, date(2026, 1, 10))
    event = AddInterest(date(2026, 5, 20), 12_345)
    plain, rows = schedule(terms), schedule(terms, [event])
    assert [b.interest_fen - a.interest_fen for a, b in zip(plain, rows, strict=True)][:7] == [
        0,
        0,
        0,
        0,
        12_345,
        0,
        0,
    ]
    assert [a.principal_fen for a in plain] == [b.principal_fen for b in rows]
    assert position(terms, [event], event.on).next_interest_fen == plain[4].interest_fen + 12_345
    told = explain(terms, [event], 5).figure("interest")
    assert "补计" in told.zh
    assert "added" in told.en
    assert quote(terms, (), event).rows == post(terms, (), event) == ()
