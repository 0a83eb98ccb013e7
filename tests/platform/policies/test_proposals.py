"""A change of policy is made by two persons, on a day, and never over a version it does not know."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from anju.core.errors import UnlawfulTransition
from anju.platform.identity.models import Branch, Staff
from anju.platform.journal.models import Entry
from anju.platform.policies import dryruns, errors, operations, queries
from anju.platform.policies.models import PolicyProposal
from anju.platform.policies.parsing import PolicyUnreadable

pytestmark = pytest.mark.django_db
NAME = "sample.toml"
OLD, NEW, OTHER = "a = 1\n", "a = 2\n", "a = 3\n"
WHY = "渠道费用下调，改走便宜的一条"


@pytest.fixture
def two(branch: Branch) -> tuple[int, int]:
    """Maker and checker."""
    made = [
        Staff.objects.create_user(f"A{n}", None, name=f"管理员{n}", role="administrator", branch=branch).pk
        for n in (1, 2)
    ]
    return made[0], made[1]


@pytest.fixture
def proposed(two: tuple[int, int], at: datetime) -> int:
    base = operations.load(NAME, OLD, at=at, by="system:test")
    pk = operations.proposal_draft(name=NAME, base_version=base, content=NEW, by=two[0], at=at)
    operations.proposal_submit(proposal_id=pk, reason=WHY, by=two[0], at=at)
    return pk


def in_force() -> Any:
    return queries.toml(NAME)["a"]


def test_two_persons_and_a_day(proposed: int, two: tuple[int, int], at: datetime) -> None:  # S2-10
    tomorrow = at + timedelta(days=1)
    operations.proposal_approve(
        proposal_id=proposed, activate_on=tomorrow.date(), by=two[1], at=at, note="同意"
    )
    assert operations.proposals_activate(at=at).active == 0
    assert in_force() == 1
    assert operations.proposals_activate(at=tomorrow).active == 1
    assert in_force() == 2
    assert operations.proposals_activate(at=tomorrow).active == 0
    row = queries.proposal(proposed)
    assert (row.state, row.proposed_by_name, row.checked_by_name, row.note) == (
        "active",
        "管理员1",
        "管理员2",
        "同意",
    )
    assert queries.version(NAME) == row.version
    told = list(
        Entry.objects.filter(kind__startswith="policies.proposal.")
        .order_by("id")
        .values_list("kind", "actor")
    )
    assert told == [
        ("policies.proposal.submitted", f"staff:{two[0]}"),
        ("policies.proposal.approved", f"staff:{two[1]}"),
        ("policies.proposal.activated", "system:policies"),
    ]


def test_nobody_checks_his_own(proposed: int, two: tuple[int, int], at: datetime) -> None:
    with pytest.raises(errors.SamePerson):
        operations.proposal_approve(proposal_id=proposed, activate_on=at.date(), by=two[0], at=at)
    with pytest.raises(errors.SamePerson):
        operations.proposal_reject(proposal_id=proposed, note=WHY, by=two[0], at=at)
    assert queries.proposal(proposed).state == "proposed"
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyProposal.objects.filter(pk=proposed).update(
            state="approved", checked_by=two[0], checked_at=at, activate_on=at.date()
        )


def test_a_base_that_was_replaced_is_a_conflict(proposed: int, two: tuple[int, int], at: datetime) -> None:
    operations.proposal_approve(proposal_id=proposed, activate_on=at.date(), by=two[1], at=at)
    now = operations.load(NAME, OTHER, at=at, by="staff:9")
    done = operations.proposals_activate(at=at)
    assert (done.active, done.conflicts) == (0, 1)
    row = queries.proposal(proposed)
    assert (row.state, row.conflict_version) == ("rejected", now)
    assert in_force() == 3
    assert now in Entry.objects.get(kind="policies.proposal.rejected").body["note"]


def test_no_approval_over_a_replaced_base(proposed: int, two: tuple[int, int], at: datetime) -> None:
    operations.load(NAME, OTHER, at=at, by="staff:9")
    with pytest.raises(errors.PolicyConflict):
        operations.proposal_approve(proposal_id=proposed, activate_on=at.date(), by=two[1], at=at)
    operations.proposal_reject(proposal_id=proposed, note="以旧版本为基础", by=two[1], at=at)
    assert queries.proposal(proposed).state == "rejected"


Step = Callable[[int, int, int, datetime], object]
REFUSED: list[tuple[type[Exception], Step]] = [
    (errors.UnknownProposal, lambda pk, _a, b, at: operations.proposal_reject(proposal_id=pk + 9, note=WHY, by=b, at=at)),
    (errors.NotTheMaker, lambda pk, _a, b, at: operations.proposal_withdraw(proposal_id=pk, by=b, at=at)),
    (errors.NotTheMaker, lambda pk, _a, b, at: operations.proposal_revise(proposal_id=pk, content=OTHER, by=b, at=at)),
    (UnlawfulTransition, lambda pk, a, _b, at: operations.proposal_submit(proposal_id=pk, reason=WHY, by=a, at=at)),
    (UnlawfulTransition, lambda pk, a, _b, at: operations.proposal_revise(proposal_id=pk, content=OTHER, by=a, at=at)),
    (errors.ReasonMissing, lambda pk, _a, b, at: operations.proposal_reject(proposal_id=pk, note=" no ", by=b, at=at)),
    (
        errors.ActivationDateNotAllowed,
        lambda pk, _a, b, at: operations.proposal_approve(proposal_id=pk, activate_on=date(2020, 1, 1), by=b, at=at),
    ),
    (
        errors.ActivationDateNotAllowed,
        lambda pk, _a, b, at: operations.proposal_approve(proposal_id=pk, activate_on=date(2999, 1, 1), by=b, at=at),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("error", "step"), REFUSED)
def test_refused_and_nothing_changed(
    proposed: int, two: tuple[int, int], at: datetime, error: type[Exception], step: Step
) -> None:
    before, told = queries.proposal(proposed), Entry.objects.count()
    with pytest.raises(error):
        step(proposed, *two, at)
    assert (queries.proposal(proposed), Entry.objects.count()) == (before, told)


def test_drafts(two: tuple[int, int], at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dryruns, "_runs", {NAME: lambda before, after, _at: {"was": before, "would": after}})
    base = operations.load(NAME, OLD, at=at, by="system:test")
    for content, error in ((OLD, errors.NothingChanged), ("not toml", PolicyUnreadable)):
        with pytest.raises(error):
            operations.proposal_draft(name=NAME, base_version=base, content=content, by=two[0], at=at)
    with pytest.raises(errors.PolicyConflict):
        operations.proposal_draft(name=NAME, base_version="0" * 12, content=NEW, by=two[0], at=at)
    assert not PolicyProposal.objects.exists()
    pk = operations.proposal_draft(name=NAME, base_version=base, content=NEW, by=two[0], at=at)
    operations.proposal_revise(proposal_id=pk, content=OTHER, by=two[0], at=at)
    assert queries.proposal_dry_run(pk) == {"was": OLD, "would": OTHER}
    operations.proposal_withdraw(proposal_id=pk, by=two[0], at=at)
    assert [row.state for row in queries.proposals(name=NAME, states=("withdrawn",))] == ["withdrawn"]
    assert queries.proposal_content(pk) == OTHER


def test_a_registered_check_refuses_at_load(at: datetime) -> None:
    from anju.platform.policies import parsing

    def check(value: Any) -> None:
        if value["a"] > 2:
            raise ValueError("a")

    parsing.register_check(NAME, check)
    try:
        operations.load(NAME, OLD, at=at, by="system:test")
        with pytest.raises(PolicyUnreadable):
            operations.load(NAME, OTHER, at=at, by="system:test")
    finally:
        parsing._checks.pop(NAME)
    assert in_force() == 1
