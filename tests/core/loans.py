"""Random loan terms for the tests of the schedule and the engine."""

from datetime import date, timedelta

from hypothesis import strategies as st

from anju.core.money import FEN_MAX
from anju.core.schedule import Terms

from .data import steps

STARTS = st.dates(date(1999, 1, 1), date(2030, 12, 31))


@st.composite
def terms(draw: st.DrawFn, months_max: int = 60, steps_max: int = 5) -> Terms:
    start = draw(STARTS)
    months = draw(st.integers(1, months_max))
    days = draw(st.lists(st.integers(1, 31 * months + 62), max_size=steps_max, unique=True))
    rates = st.one_of(st.integers(0, 360_000), st.sampled_from([0, 30_500, 35_000, 49_000]))
    path = [(start - timedelta(days=draw(st.integers(0, 40))), draw(rates))]
    path += [(start + timedelta(days=day), draw(rates)) for day in sorted(days)]
    principal = draw(
        st.one_of(st.integers(1, FEN_MAX), st.integers(1, 5_000), st.integers(10_000_00, 900_000_000))
    )
    return Terms(
        principal_fen=principal,
        months=months,
        method=draw(st.sampled_from(["level_payment", "level_principal"])),
        start_on=start,
        due_day=draw(st.integers(1, 31)),
        first_due=draw(st.sampled_from(["next_month", "first_due_day"])),
        rate_path=steps(*path),
    )
