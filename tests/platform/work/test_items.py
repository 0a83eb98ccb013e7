"""Items are opened once per purpose, closed with an outcome of their kind, and cancelled when their ground is
gone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from anju.platform.identity.models import Branch, Staff
from anju.platform.journal import queries as journal
from anju.platform.work import operations as work
from anju.platform.work import outcomes, queries
from anju.platform.work.errors import OutcomeIncomplete, OutcomeUnknown, WorkHeldByOther, WorkNotLive
from anju.platform.work.operations import NewWork, QueueUnknown
from anju.platform.work.outcomes import Outcome
from anju.platform.work.queues import QUEUES, queue_label, queues_of

pytestmark = pytest.mark.django_db
MakeStaff = Callable[..., Staff]
KIND = "test.call"


@pytest.fixture(autouse=True)
def _codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "_by_kind", {})
    outcomes.register(
        KIND,
        [
            Outcome("reached", "已接通", "Reached"),
            Outcome("promised", "承诺还款", "Promised", fields=("promised_on",)),
            Outcome("no_answer", "无人接听", "No answer", closes=False),
        ],
    )


def _new(branch: Branch, at: datetime, number: int = 1, **given: object) -> NewWork:
    values: dict[str, object] = {
        "queue": "collections", "kind": KIND, "subject": ("loan", number), "branch_id": branch.pk,
        "due_at": at + timedelta(hours=2), "dedupe_key": f"k:{number}", "params": {"逾期": 12}, **given,
    }  # fmt: skip
    return NewWork(**values)  # type: ignore[arg-type]


def _open(branch: Branch, at: datetime, number: int = 1, **given: object) -> int:
    assert work.open_many([_new(branch, at, number, **given)], at=at) == 1
    return queries.items()[-1].id


def test_one_live_item_per_key(branch: Branch, at: datetime) -> None:
    assert work.open_many([_new(branch, at), _new(branch, at), _new(branch, at, 2)], at=at) == 2
    assert work.open_many([_new(branch, at)], at=at) == 0
    assert work.cancel_many(["k:1"], at=at, reason="已还清") == 1
    assert work.open_many([_new(branch, at)], at=at) == 1
    kinds = [entry.kind for entry in journal.timeline([("loan", 1)])]
    assert kinds == ["work.opened", "work.cancelled", "work.opened"]
    item = queries.items(subjects=[("loan", 1)])[0]
    assert item.params == {"逾期": 12}
    assert work.open_many([], at=at) == 0


def test_an_unknown_queue_is_refused(branch: Branch, at: datetime) -> None:
    with pytest.raises(QueueUnknown):
        work.open_many([_new(branch, at), _new(branch, at, 2, queue="nobody")], at=at)
    assert queries.items() == []


def test_closing_with_an_outcome(branch: Branch, staff: MakeStaff, at: datetime) -> None:
    item, me, colleague = _open(branch, at), staff(), staff()
    work.claim(item_id=item, staff_id=me.pk, at=at)
    with pytest.raises(WorkHeldByOther):
        work.close(item_id=item, staff_id=colleague.pk, outcome_code="reached", at=at)
    with pytest.raises(OutcomeUnknown):
        work.close(item_id=item, staff_id=me.pk, outcome_code="nonsense", at=at)
    with pytest.raises(OutcomeIncomplete, match="promised_on"):
        work.close(item_id=item, staff_id=me.pk, outcome_code="promised", at=at, fields={"promised_on": ""})
    unchanged = queries.item(item)
    assert unchanged is not None
    assert (unchanged.state, unchanged.outcome_code) == ("claimed", "")
    assert [entry.kind for entry in journal.timeline([("loan", 1)])] == ["work.opened"]

    late = at + timedelta(hours=3)
    closed = work.close(
        item_id=item,
        staff_id=me.pk,
        outcome_code="promised",
        note="周五还",
        at=late,
        fields={"promised_on": "x"},
    )
    assert closed
    row = queries.item(item)
    assert row is not None
    assert (row.state, row.closed_by_id, row.closed_at, row.note) == ("done", me.pk, late, "周五还")
    fact = journal.timeline([("loan", 1)])[0]
    assert (fact.kind, fact.body["outcome_code"], fact.body["late"]) == ("work.closed", "promised", True)
    with pytest.raises(WorkNotLive):
        work.close(item_id=item, staff_id=me.pk, outcome_code="reached", at=at)


def test_an_outcome_that_does_not_close_brings_it_back_later(
    branch: Branch, staff: MakeStaff, at: datetime
) -> None:
    item, me = _open(branch, at), staff()
    work.claim(item_id=item, staff_id=me.pk, at=at)
    assert not work.close(item_id=item, staff_id=me.pk, outcome_code="no_answer", at=at)
    for person in (me, staff()):
        assert work.claim_next(staff_id=person.pk, queues=["collections"], branch_ids=None, at=at) is None
    later = at + timedelta(minutes=30)
    assert work.claim_next(staff_id=me.pk, queues=["collections"], branch_ids=None, at=later) == item
    assert journal.timeline([("loan", 1)])[0].kind == "work.recorded"


def test_cancelling_by_subject_and_kind(branch: Branch, staff: MakeStaff, at: datetime) -> None:
    _open(branch, at, 1)
    _open(branch, at, 2)
    _open(branch, at, 3, kind="test.other", subject=("loan", 1))
    held = queries.items(subjects=[("loan", 1)], kinds=[KIND])[0]
    work.claim(item_id=held.id, staff_id=staff().pk, at=at)
    assert work.cancel_many(subjects=[("loan", 1)], kinds=[KIND], at=at, reason="逾期已解除") == 1
    assert {(item.subject_id, item.kind) for item in queries.items()} == {(2, KIND), (1, "test.other")}
    row = queries.item(held.id)
    assert row is not None
    assert (row.state, row.note, row.holder_id) == ("cancelled", "逾期已解除", None)
    assert work.cancel_many([], at=at, reason="x") == 0
    with pytest.raises(ValueError, match="dedupe_keys or subjects"):
        work.cancel_many(at=at, reason="x")


def test_counts_and_pages(branch: Branch, staff: MakeStaff, at: datetime) -> None:
    work.open_many([_new(branch, at, n, due_at=at + timedelta(minutes=n % 3)) for n in range(10)], at=at)
    work.open_many([_new(branch, at, 50, not_before_at=at + timedelta(hours=1))], at=at)
    work.claim_next(staff_id=staff().pk, queues=["collections"], branch_ids=None, at=at)
    counts = {
        row.queue: row for row in work.queue_counts(branch_ids=[branch.pk], at=at + timedelta(minutes=1))
    }
    row = counts["collections"]
    assert (row.open, row.later, row.claimed, row.late) == (9, 1, 1, 4)
    assert set(counts) == set(QUEUES)
    assert all(row.open == 0 for row in work.queue_counts(branch_ids=[], at=at))
    whole = queries.items(queues=["collections"], branch_ids=[branch.pk])
    assert [item.due_at for item in whole] == sorted(item.due_at for item in whole)
    first = queries.items(limit=4)
    assert first + queries.items(after=first[-1], limit=100) == whole
    assert queries.items(branch_ids=[]) == []


def test_queues_of_roles() -> None:
    assert queues_of("adviser") == ("account_manager",)
    assert queues_of("collector") == ("collections", "legal_preparation")
    assert queues_of("risk_officer") == ("risk_review",)
    assert queues_of("supervisor") == ("exceptions",)
    assert queues_of("follow_up_agent") == ("follow_up",)
    assert queues_of("administrator") == ()
    assert queue_label("risk_review") == "风险复核"
    assert queue_label("risk_review", "en") == "Risk review"


def test_a_kind_has_one_list_of_outcomes() -> None:
    same = outcomes.of_kind(KIND)
    outcomes.register(KIND, same)
    with pytest.raises(outcomes.OutcomesTaken):
        outcomes.register(KIND, same[:1])
    with pytest.raises(outcomes.OutcomesTaken):
        outcomes.register("test.other", [same[0], same[0]])
