"""Lifecycles are tables, and nothing is missing from them."""

import pytest

from anju.core import lifecycles
from anju.core.lifecycle import Lifecycle

TABLES = [value for value in vars(lifecycles).values() if isinstance(value, Lifecycle)]


def test_there_are_tables() -> None:
    assert len(TABLES) >= 11


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_nothing_is_missing(table: Lifecycle) -> None:
    assert table.check() == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_resting_state_has_a_rescuer_or_an_owner(table: Lifecycle) -> None:
    resting = [state.code for state in table.states if not state.final and not (state.rescuer or state.owner)]
    assert resting == []
