"""The obligation ledger has no holes: lifecycles, facts, duties and texts agree (S2-06, S2-09, S2-10)."""

import re
import tomllib
from pathlib import Path

import pytest

from anju import policy
from anju.core import lifecycles
from anju.platform.notices import owes
from anju.site.wiring import connect

ROWS = tomllib.loads(policy.path("notice_types.toml").read_text("utf-8"))
TEXTS = tomllib.loads(policy.path("templates.toml").read_text("utf-8"))
TABLE = owes.read(ROWS)
SOURCE = Path(__file__).parents[2] / "src" / "anju"


@pytest.fixture(scope="module", autouse=True)
def _connected() -> None:
    connect()


def _owed_by_states() -> set[str]:
    return {name for table in lifecycles.ALL for state in table.states for name in state.owes}


def test_every_notice_a_state_owes_stands_in_the_table() -> None:
    assert _owed_by_states() <= set(TABLE)


def test_every_notice_is_owed_by_a_state_or_told_to_another_role_of_one() -> None:
    told = {name for row in TABLE.values() for name in row.recipients.values()}
    assert set(TABLE) <= _owed_by_states() | told
    for name, row in TABLE.items():
        assert "borrower" in row.recipients or any(name in other.others.values() for other in TABLE.values())


def test_every_notice_names_a_kind_of_fact_that_exists_and_that_somebody_watches() -> None:
    kinds = set()
    for path in SOURCE.rglob("*.py"):
        kinds |= set(re.findall(r'KIND: ClassVar\[str\] = "([a-z_.]+)"', path.read_text("utf-8")))
    watched = {duty.fact_kind for duty in owes.duties()} | set(owes.checks())
    for row in TABLE.values():
        assert row.facts, row.notice_type
        assert set(row.facts) <= kinds & watched, row.notice_type


def test_every_duty_names_rows_of_the_table_that_name_it() -> None:
    for duty in owes.duties():
        if duty.fact_kind.startswith("test."):
            continue
        for name in duty.notice_types:
            assert duty.fact_kind in TABLE[name].facts, (duty.fact_kind, name)


def test_every_recipient_has_a_text_in_both_languages() -> None:
    for row in TABLE.values():
        for told in row.recipients.values():
            text = TEXTS[ROWS[told].get("template", told)]
            assert {"zh", "en"} <= set(text), told


def test_a_guarantor_is_told_neither_amount_nor_days() -> None:
    for row in TABLE.values():
        if "guarantor" in row.recipients:
            kinds = TEXTS[row.recipients["guarantor"]]["variables"]
            assert set(kinds) <= {"loan_no", "due_on"}


GOOD = {"proof": "sent", "facts": ["x.y"], "recipients": {"borrower": "a"}}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"proof": "shouted"}, "proof"),
        ({"lane": "express"}, "lane"),
        ({"send_within_minutes": 0}, "send_within_minutes"),
        ({"send_within_minutes": 1.5}, "send_within_minutes"),
        ({"recipients": {"neighbour": "a"}}, "recipients"),
        ({"recipients": {}}, "recipients"),
        ({"recipients": {"guarantor": "nothing"}}, "recipients.guarantor"),
        ({"recipients": {"borrower": "b"}}, "recipients.borrower"),
    ],
)
def test_a_wrong_row_is_refused_by_its_field(change: dict[str, object], field: str) -> None:
    owes.read({"a": GOOD, "b": {**GOOD, "recipients": {"guarantor": "b"}}})
    with pytest.raises(owes.BadTable) as refused:
        owes.read({"a": {**GOOD, **change}, "b": {**GOOD, "recipients": {"guarantor": "b"}}})
    assert field in refused.value.message_zh
    assert field in refused.value.message_en
