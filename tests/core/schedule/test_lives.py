"""What must hold in every life of every loan, whatever happens (S4-006, S4-008, S4-057, S4-058)."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anju.core.errors import BadInput
from anju.core.schedule import Event, Payoff, Terms, position, post, quote, schedule, totals

from .lives import event, lives

FEW = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
Life = tuple[Terms, list[Event]]


@FEW
@given(lives())
def test_every_life_adds_up(life: Life) -> None:
    terms, events = life
    rows = schedule(terms, events)
    balance, seq, last_on = terms.principal_fen, 0, terms.start_on
    for row in rows:
        assert min(row.principal_fen, row.interest_fen, row.fee_fen, row.added_fen, row.forgiven_fen) >= 0
        assert row.amount_fen == row.principal_fen + row.interest_fen + row.fee_fen
        balance += row.added_fen - row.principal_fen
        assert row.balance_after_fen == balance >= 0
        seq += row.kind in ("instalment", "holiday")
        assert row.seq == seq
        assert row.on >= last_on
        last_on = row.on
    assert balance == 0
    assert sum(row.principal_fen for row in rows) == terms.principal_fen + sum(row.added_fen for row in rows)


@FEW
@given(lives())
def test_totals_are_the_sums_of_the_rows(life: Life) -> None:
    terms, events = life
    rows, sums = schedule(terms, events), totals(terms, events)
    due = [row.amount_fen for row in rows if row.kind in ("instalment", "holiday")]
    assert (sums.instalments, sums.highest_fen) == (len(due), max(due, default=0))
    assert (sums.first_fen, sums.last_fen) == ((due[0], due[-1]) if due else (0, 0))
    assert sums.amount_fen == sum(row.amount_fen for row in rows)
    assert sums.interest_fen == sum(row.interest_fen for row in rows)


@FEW
@given(st.data(), lives())
def test_a_quote_accepted_posts_the_same_fen(data: st.DataObject, life: Life) -> None:  # S4-058
    terms, events = life
    asked = data.draw(event(terms))
    known = [each for each in events if each.on <= asked.on]
    try:
        found = quote(terms, events, asked)
    except BadInput:
        return
    rows = schedule(terms, [*known, asked])
    assert found.rows == post(terms, events, asked)
    before = [row for row in schedule(terms, known) if row.on <= asked.on]
    assert rows[len(before) : len(before) + len(found.rows)] == found.rows
    rest = rows[len(before) + len(found.rows) :]
    assert found.after.periods_left == len(rest)
    assert found.after.interest_left_fen == sum(row.interest_fen + row.added_fen for row in rest)
    assert found.after.end_on == (rest[-1].on if rest else None)
    assert found.after.next_amount_fen == (rest[0].amount_fen if rest else 0)
    assert found.total_fen == sum(row.amount_fen for row in found.rows)


@FEW
@given(st.data(), lives())
def test_positions_lie_on_the_schedule(data: st.DataObject, life: Life) -> None:
    terms, events = life
    on = terms.start_on + timedelta(days=data.draw(st.integers(0, 31 * terms.months + 60)))
    known = [each for each in events if each.on <= on]
    rows, found = schedule(terms, known), position(terms, events, on)
    behind, coming = [row for row in rows if row.on <= on], [row for row in rows if row.on > on]
    assert found.balance_fen == (behind[-1].balance_after_fen if behind else terms.principal_fen)
    assert found.periods_left == len(coming)
    assert found.end_on == (coming[-1].on if coming else None)
    if coming:
        assert (found.next_due_on, found.next_amount_fen) == (coming[0].on, coming[0].amount_fen)
        assert found.next_seq == coming[0].seq
        paid = post(terms, events, Payoff(on, fee_fen=0))[0]
        assert paid.principal_fen == found.balance_fen
        assert paid.interest_fen == found.accrued_fen + found.deferred_fen


@FEW
@given(st.data(), lives())
def test_the_order_in_which_events_are_told_does_not_matter_between_days(
    data: st.DataObject, life: Life
) -> None:
    terms, events = life
    told = data.draw(st.permutations(events))
    told = (
        sorted(told, key=lambda each: events.index(each))
        if len({e.on for e in events}) < len(events)
        else told
    )
    assert schedule(terms, told) == schedule(terms, events)


@FEW
@given(lives())
def test_the_future_does_not_change_the_past(life: Life) -> None:
    terms, events = life
    for count, each in enumerate(events):
        before = [row for row in schedule(terms, events[:count]) if row.on < each.on]
        assert list(schedule(terms, events)[: len(before)]) == before
