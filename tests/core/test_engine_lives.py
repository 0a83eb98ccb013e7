"""Lives of the scalar fold as rows of a book: what follows an event is the same in the engine, by either kernel."""

import random
from datetime import date, timedelta

import pytest

from anju.core.engine.running import obstacle, plain_from, running_book, running_of
from anju.core.errors import BadInput
from anju.core.schedule import (
    AddInterest,
    Conventions,
    Event,
    Holiday,
    InterestOnly,
    MethodChange,
    Payoff,
    Prepay,
    RateChange,
    Stage,
    Terms,
    schedule,
)
from anju.core.schedule.fold import in_order, trace
from anju.core.schedule.state import Loan, State
from anju.site.bench import lives, lives_engine

from .oracle.against import engine_rows

START = date(2026, 3, 20)
LOAN = Terms.fixed(100_000_000, 35_000, 24, START)
DUE, INSIDE = date(2026, 9, 20), date(2026, 9, 30)


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
@pytest.mark.parametrize("name", lives.EVENTS)
def test_every_event_is_followed_by_the_same_rows(
    name: str, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # S4-006, S4-008
    monkeypatch.setattr(lives_engine, "NUMPY_SHARE", 1 if kernel == "numpy" else 10**9)
    told = lives.broken_lives(name, 7_000_001, 10)
    assert (told.lived, told.broken, told.differ) == (10, 0, 0)
    assert told.rows > 10 * 10
    assert told.not_compared.total() <= 3, told.not_compared


def test_a_row_that_differs_by_a_fen_is_found() -> None:
    """Before the event, and after it."""
    event = Prepay(INSIDE, 1_000_000)
    rows = list(schedule(LOAN, (event,)))
    for at in (2, 15):
        wrong = list(rows)
        wrong[at] = wrong[at]._replace(interest_fen=wrong[at].interest_fen + 1)
        found = lives_engine.against([(LOAN, event, tuple(rows)), (LOAN, event, tuple(wrong))], 0)
        assert (found.differ, found.not_compared.total()) == ([1], 0)


def _some_events(rnd: random.Random, terms: Terms) -> tuple[Event, ...]:
    """Two or three events on days near each other; a balloon among them."""
    day = terms.start_on + timedelta(days=rnd.randrange(terms.months * 20))
    kinds = rnd.choices(list(lives.EVENTS), k=rnd.randrange(2, 4))
    events = [
        lives.EVENTS[kind](rnd, terms, day + timedelta(days=rnd.choice((0, 0, 9, 40)))) for kind in kinds
    ]
    if rnd.randrange(3) == 0:
        over = rnd.randrange(130, 300)
        events.append(
            MethodChange(day, (Stage(rnd.choice(("level_payment", "level_principal")), amortise_over=over),))
        )
    return in_order(events)


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_any_position_is_a_row_whose_tail_is_the_folds(kernel: str) -> None:  # S4-006, S4-008
    rnd, compared = random.Random(77), 0
    while compared < 60:
        terms = lives._terms(rnd)
        try:
            events = _some_events(rnd, terms)
            rows = schedule(terms, events)
        except BadInput:
            continue
        loan = Loan.of(terms, events)
        state, why = plain_from(loan, trace(terms, events, events[-1].on)[1])
        if why:
            continue
        found = engine_rows(running_book([running_of(loan, state)], terms.conventions), kernel)  # type: ignore[arg-type]
        tail = [row for row in rows if row.seq >= state.seq_next]
        assert found[0] == [(r.principal_fen, r.interest_fen, r.balance_after_fen) for r in tail], (
            terms,
            events,
        )
        compared += 1


def _after(*events: Event, terms: Terms = LOAN) -> tuple[Loan, State]:
    return Loan.of(terms, events), trace(terms, events, events[-1].on)[1]


QUARTERLY = Terms.fixed(100_000_000, 35_000, 24, START, conventions=Conventions(frequency="quarterly"))
FIRST = Terms.fixed(100_000_000, 35_000, 24, START, conventions=Conventions(residue="first"))
STEPPED = MethodChange(DUE, (Stage("stepped", step_every=6, step_fen=10_000),))
OBSTACLES = [
    ("ended", _after(Payoff(DUE)), False),
    ("frequency", _after(Prepay(DUE, 1_000_000), terms=QUARTERLY), False),
    ("deferred", _after(AddInterest(DUE, 500)), True),
    ("deferred", _after(Holiday(DUE, 3, "defer"), InterestOnly(date(2026, 12, 20), 2)), True),
    ("paused", _after(Holiday(DUE, 3)), True),
    ("residue", _after(Prepay(DUE, 1_234_567), terms=FIRST), True),
    ("stage", _after(STEPPED), False),
    ("broken", _after(Prepay(INSIDE, 1_000_000, "shorten", "whole_balance")), True),
    ("broken", _after(RateChange(date(2026, 9, 25), 30_000), Prepay(INSIDE, 1_000_000)), True),
    (None, _after(Prepay(INSIDE, 1_000_000)), True),
]


@pytest.mark.parametrize(("why", "there", "later"), OBSTACLES)
def test_what_stands_in_the_way_is_named(why: str | None, there: tuple[Loan, State], later: bool) -> None:
    loan, state = there
    assert obstacle(loan, state) == why
    if why:
        with pytest.raises(ValueError, match=why):
            running_of(loan, state)
    assert (plain_from(loan, state)[1] is None) == later
