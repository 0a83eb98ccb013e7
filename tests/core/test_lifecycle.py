"""Lifecycle tables: complete, and unlawful steps raise."""

import tomllib
from dataclasses import replace

import pytest

from anju import policy
from anju.core import lifecycles
from anju.core.errors import UnlawfulTransition
from anju.core.lifecycle import PROOF_RUNGS, Lifecycle, State, higher_proof, proof_at_least

SWEEPS = {
    "notices.sweep",
    "clocks.sweep",
    "work.sweep",
    "journal.pump",
    "dayend",
    "imports.sweep",
    "attempts.poll",
    "holds.sweep",
    "contacts.sweep",
    "contacts.settle",
    "policies.waiting",
    "policies.activate",
    "templates.approvals",
}
EXPECTED = {
    "loan": "active settled",
    "bill": "open paid",
    "obligation": "owed in_progress proven exception moot closed_by_person",
    "attempt": "queued in_flight in_doubt accepted delivered acknowledged failed skipped cancelled",
    "work_item": "open claimed done cancelled",
    "collections_case": "open closed",
    "promise": "open kept broken withdrawn",
    "visit": "planned noticed done refused missed cancelled",
    "import": "received checked loaded rejected",
    "day_run": "running failed closed",
    "clock": "running paused met breached cancelled",
    "hold": "applying active releasing released",
    "hold_case": "waiting held released dropped",
    "contact": "reserved expired done void",
    "override": "asked granted refused used expired",
    "policy_proposal": "draft proposed approved active rejected withdrawn",
    "template_approval": "draft submitted approved rejected withdrawn",
}


def test_every_table_is_there_with_its_states() -> None:
    assert {table.name: set(table.codes) for table in lifecycles.ALL} == {
        name: set(codes.split()) for name, codes in EXPECTED.items()
    }


@pytest.mark.parametrize("table", lifecycles.ALL, ids=lambda table: table.name)
def test_tables_are_complete(table: Lifecycle) -> None:  # S2-06, S2-10
    assert table.check() == []
    assert {table.state(code).rescuer for code in table.resting_codes} <= SWEEPS


@pytest.mark.parametrize("table", lifecycles.ALL, ids=lambda table: table.name)
def test_owners_are_roles_and_what_is_owed_is_a_notice_type(table: Lifecycle) -> None:  # S2-06, S2-10
    people = {"adviser", "follow_up_agent", "collector", "risk_officer", "supervisor", "administrator"}
    notices = tomllib.loads(policy.path("notice_types.toml").read_text("utf-8"))
    for state in table.states:
        assert state.final or state.owner in people | {"system", "borrower", "claimant"}
        assert set(state.owes) <= set(notices), state.code


@pytest.mark.parametrize("table", lifecycles.ALL, ids=lambda table: table.name)
def test_exactly_the_listed_steps_are_lawful(table: Lifecycle) -> None:
    for from_ in table.codes:
        for to in table.codes:
            if to in table.allowed(from_):
                table.require(from_, to)
            else:
                with pytest.raises(UnlawfulTransition):
                    table.require(from_, to)


def test_a_late_receipt_cannot_lower_an_attempt() -> None:
    for to in ("queued", "in_flight", "in_doubt", "accepted", "failed", "cancelled"):
        with pytest.raises(UnlawfulTransition):
            lifecycles.ATTEMPT.require("delivered", to)


def test_a_visit_without_notice_cannot_be_done() -> None:  # S1-05
    with pytest.raises(UnlawfulTransition):
        lifecycles.VISIT.require("planned", "done")


def test_the_error_says_everything_in_both_languages() -> None:
    with pytest.raises(UnlawfulTransition) as caught:
        lifecycles.WORK_ITEM.require("done", "open")
    error = caught.value
    assert (error.lifecycle, error.from_, error.to, error.allowed) == ("work_item", "done", "open", ())
    assert "不允许" in str(error)
    assert "no step from done to open" in str(error)
    with pytest.raises(UnlawfulTransition, match="cancelled, claimed, done"):
        lifecycles.WORK_ITEM.require("open", "nowhere")


GOOD = State("a", "甲", "A", "甲", "A", False, "dayend", "system")
END = State("z", "末", "Z", "末", "Z", True, None, None)
STEPS = {"a": frozenset({"z"})}


@pytest.mark.parametrize(
    ("table", "defect"),
    [
        (Lifecycle("t", (GOOD, END), STEPS, "b"), "unknown initial state b"),
        (Lifecycle("t", (GOOD, END), {"a": frozenset({"z", "q"})}, "a"), "unknown state q"),
        (Lifecycle("t", (GOOD, END), STEPS | {"q": frozenset({"z"})}, "a"), "unknown state q"),
        (Lifecycle("t", (GOOD, END), {"a": frozenset({"a", "z"})}, "a"), "to itself"),
        (Lifecycle("t", (GOOD, END, END), STEPS, "a"), "appears twice"),
        (Lifecycle("t", (GOOD, replace(GOOD, code="b"), END), STEPS, "a"), "cannot be reached"),
        (Lifecycle("t", (GOOD, END), {}, "a"), "no exit"),
        (Lifecycle("t", (replace(GOOD, rescuer=None), END), STEPS, "a"), "no rescuer"),
        (Lifecycle("t", (replace(GOOD, owner=None), END), STEPS, "a"), "no owner"),
        (Lifecycle("t", (GOOD, END), STEPS | {"z": frozenset({"a"})}, "a"), "final but has exits"),
        (Lifecycle("t", (GOOD, replace(END, clock="x")), STEPS, "a"), "a clock runs"),
        (Lifecycle("t", (replace(GOOD, borrower_en=" "), END), STEPS, "a"), "borrower_en is empty"),
    ],
)
def test_defects_are_found(table: Lifecycle, defect: str) -> None:
    assert any(defect in found for found in table.check())


def test_a_good_table_has_no_defect() -> None:
    assert Lifecycle("t", (GOOD, END), STEPS, "a").check() == []


def test_unknown_state_has_no_row() -> None:
    with pytest.raises(KeyError):
        lifecycles.LOAN.state("open")


def test_proof_ladder() -> None:  # S2-11
    for have_at, have in enumerate(PROOF_RUNGS):
        for need_at, need in enumerate(PROOF_RUNGS):
            assert proof_at_least(have, need) is (have_at >= need_at)
            assert higher_proof(have, need) == PROOF_RUNGS[max(have_at, need_at)]
        assert not proof_at_least(None, have)
        assert higher_proof(None, have) == higher_proof(have, None) == have
    assert higher_proof(None, None) is None
    with pytest.raises(ValueError, match="not in tuple"):
        proof_at_least("telepathy", "sent")
