"""Receipts in any order never lower a state or a rung. S2-08, S2-11."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anju.core.lifecycles import ATTEMPT, PROOF_RUNGS
from anju.platform.notices.ladder import STATUSES, Position, on_status

ORDER = ("queued", "in_flight", "in_doubt", "accepted", "delivered", "acknowledged")


def rank(rung: str) -> int:
    return PROOF_RUNGS.index(rung) if rung else -1


@given(
    st.sampled_from(ATTEMPT.codes),
    st.lists(st.sampled_from([*STATUSES, "acknowledged", "bogus"]), max_size=12),
)
def test_any_sequence_only_climbs_by_lawful_steps(state, said):
    positions = [Position(state)]
    for status in said:
        positions.append(on_status(positions[-1], status).position)
    for before, after in pairwise(positions):
        assert rank(after.rung) >= rank(before.rung)
        if after.state != before.state:
            lawful = ATTEMPT.allowed(before.state)
            assert after.state in lawful or (
                before.state == "queued" and after.state in ATTEMPT.allowed("in_flight")
            )
            assert before.state not in ATTEMPT.final_codes
            if after.state != "failed":
                assert ORDER.index(after.state) > ORDER.index(before.state)


@given(st.permutations(["accepted", "sent", "carrier_delivered", "opened"]))
def test_the_end_does_not_depend_on_the_order_of_good_news(order):
    position = Position("in_flight")
    for status in order:
        position = on_status(position, status).position
    assert position == Position("delivered", "opened")


@pytest.mark.parametrize(
    ("state", "rung", "status", "after", "effect"),
    [
        ("accepted", "accepted", "carrier_delivered", Position("delivered", "carrier_delivered"), "raised"),
        ("delivered", "carrier_delivered", "sent", Position("delivered", "carrier_delivered"), "same"),
        ("delivered", "carrier_delivered", "opened", Position("delivered", "opened"), "raised"),
        (
            "delivered",
            "carrier_delivered",
            "failed",
            Position("delivered", "carrier_delivered"),
            "contradicts",
        ),
        ("accepted", "accepted", "failed", Position("failed", "accepted"), "failed"),
        ("failed", "accepted", "failed", Position("failed", "accepted"), "same"),
        ("failed", "accepted", "carrier_delivered", Position("failed", "carrier_delivered"), "late"),
        ("acknowledged", "acknowledged", "failed", Position("acknowledged", "acknowledged"), "late"),
        ("in_doubt", "", "carrier_delivered", Position("delivered", "carrier_delivered"), "raised"),
        ("queued", "", "carrier_delivered", Position("delivered", "carrier_delivered"), "raised"),
        ("queued", "", "failed", Position("queued", ""), "late"),
        ("accepted", "sent", "acknowledged", Position("accepted", "sent"), "unknown_status"),
    ],
)
def test_table(state, rung, status, after, effect):
    move = on_status(Position(state, rung), status)
    assert (move.position, move.effect) == (after, effect)
