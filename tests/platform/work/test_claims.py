"""Nobody ever has an item that somebody else has; the oldest deadline comes first."""

# S2-16

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from anju.platform.identity.models import Branch, Staff
from anju.platform.journal import queries as journal
from anju.platform.work import operations as work
from anju.platform.work import queries
from anju.platform.work.errors import (
    ReasonMissing,
    WorkHeldByOther,
    WorkNotFound,
    WorkNotHeld,
    WorkNotLive,
)
from anju.platform.work.operations import NewWork

MakeStaff = Callable[..., Staff]


def _items(branch: Branch, at: datetime, count: int, **given: Any) -> list[NewWork]:
    return [
        NewWork(
            **{
                "queue": "collections",
                "kind": "collections.call",
                "subject": ("loan", n),
                "branch_id": branch.pk,
                "due_at": at + timedelta(minutes=count - n),
                "dedupe_key": f"call:{n}",
                **given,
            }
        )
        for n in range(count)
    ]


def _next(staff: Staff, at: datetime, **given: Any) -> int | None:
    values = {"queues": ["collections"], "branch_ids": [staff.branch_id], **given}
    return work.claim_next(staff_id=staff.pk, at=at, **values)


def _loan(item_id: int | None) -> int:
    assert item_id is not None
    item = queries.item(item_id)
    assert item is not None
    return item.subject_id


@pytest.mark.django_db
def test_the_oldest_deadline_comes_first_and_stays_in_hand(
    branch: Branch, staff: MakeStaff, at: datetime
) -> None:
    work.open_many(_items(branch, at, 3), at=at)
    one, two = staff(), staff()
    first = _next(one, at)
    assert _loan(first) == 2
    assert _next(one, at + timedelta(minutes=29)) == first
    assert _loan(_next(two, at)) == 1
    row = queries.item(first or 0)
    assert row is not None
    assert (row.state, row.holder_id, row.claim_ends_at) == ("claimed", one.pk, at + timedelta(minutes=30))


@pytest.mark.django_db
def test_only_own_branch_queue_and_assignment(branch: Branch, staff: MakeStaff, at: datetime) -> None:
    other = Branch.objects.create(code="BJ01", name="北京")
    me, colleague = staff(), staff()
    work.open_many(_items(other, at, 1, dedupe_key="a"), at=at)
    work.open_many(_items(branch, at, 1, dedupe_key="b", queue="exceptions"), at=at)
    work.open_many(_items(branch, at, 1, dedupe_key="c", assignee_id=colleague.pk), at=at)
    work.open_many(_items(branch, at, 1, dedupe_key="d", not_before_at=at + timedelta(hours=1)), at=at)
    assert _next(me, at) is None
    assert _next(colleague, at) is not None
    assert _next(me, at + timedelta(hours=1)) is not None
    head_office = staff()
    assert _next(head_office, at, branch_ids=None) is not None
    assert _next(staff(), at, branch_ids=[]) is None


@pytest.mark.django_db
def test_a_skipped_item_comes_back_after_half_an_hour_to_that_person(
    branch: Branch, staff: MakeStaff, at: datetime
) -> None:
    work.open_many(_items(branch, at, 1), at=at)
    one, two = staff(), staff()
    item = _next(one, at)
    assert item is not None
    for reason in ("", "  "):
        with pytest.raises(ReasonMissing):
            work.skip(item_id=item, staff_id=one.pk, reason=reason, at=at)
    work.skip(item_id=item, staff_id=one.pk, reason="客户要求十一点后再打", at=at)
    assert _next(one, at + timedelta(minutes=29)) is None
    assert _next(two, at) == item
    work.release(item_id=item, staff_id=two.pk, at=at)
    assert _next(one, at + timedelta(minutes=30)) == item
    fact = journal.timeline([("loan", 0)])[0]
    assert (fact.kind, fact.actor) == ("work.skipped", f"staff:{one.pk}")
    assert fact.body["reason"] == "客户要求十一点后再打"


@pytest.mark.django_db
def test_a_claim_that_ran_out_goes_back(branch: Branch, staff: MakeStaff, at: datetime) -> None:
    work.open_many(_items(branch, at, 1), at=at)
    one, two = staff(), staff()
    item = _next(one, at)
    late = at + timedelta(minutes=30)
    assert work.sweep(at=late - timedelta(seconds=1)) == 0
    assert work.sweep(at=late) == 1
    assert _next(two, late) == item


@pytest.mark.django_db
def test_claiming_a_certain_item(branch: Branch, staff: MakeStaff, at: datetime) -> None:
    work.open_many(_items(branch, at, 2), at=at)
    one, two = staff(), staff()
    first = _next(one, at)
    assert first is not None
    with pytest.raises(WorkHeldByOther):
        work.claim(item_id=first, staff_id=two.pk, at=at)
    second = _next(two, at)
    assert second is not None
    work.release(item_id=second, staff_id=two.pk, at=at)
    work.claim(item_id=second, staff_id=one.pk, at=at)
    assert _next(two, at) == first, "one item in hand: the other one went back"
    with pytest.raises(WorkNotHeld):
        work.release(item_id=second, staff_id=two.pk, at=at)
    work.claim(item_id=second, staff_id=two.pk, at=at + timedelta(minutes=31))
    with pytest.raises(WorkNotFound):
        work.claim(item_id=0, staff_id=one.pk, at=at)
    work.cancel_many(["call:0", "call:1"], at=at, reason="已还清")
    with pytest.raises(WorkNotLive):
        work.claim(item_id=second, staff_id=one.pk, at=at)


@pytest.mark.django_db
def test_assigning_takes_it_from_whoever_holds_it(branch: Branch, staff: MakeStaff, at: datetime) -> None:
    work.open_many(_items(branch, at, 1), at=at)
    one, two, boss = staff(), staff(), staff("supervisor")
    item = _next(one, at)
    assert item is not None
    work.assign(item_id=item, assignee_id=two.pk, staff_id=boss.pk, at=at)
    assert _next(one, at) is None
    assert _next(two, at) == item
    assert journal.timeline([("loan", 0)])[0].kind == "work.assigned"


@pytest.mark.django_db(transaction=True)
def test_twenty_people_hundred_items_no_double_claim(branch: Branch, staff: MakeStaff, at: datetime) -> None:
    work.open_many(_items(branch, at, 100), at=at)
    people = [staff() for _ in range(20)]
    taken: list[int] = []
    errors: list[BaseException] = []
    start = threading.Barrier(20)

    def work_all_day(person: Staff) -> None:
        try:
            start.wait()
            while (item := _next(person, at)) is not None:
                taken.append(item)
                with connection.cursor() as cursor:
                    cursor.execute(
                        "UPDATE work_workitem SET state = 'done', closed_at = %s, holder_id = NULL, claim_ends_at = NULL"
                        " WHERE id = %s AND holder_id = %s",
                        [at, item, person.pk],
                    )
                    assert cursor.rowcount == 1
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work_all_day, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(taken) == 100
    assert len(set(taken)) == 100


@pytest.mark.django_db
def test_the_next_item_is_found_by_its_index(branch: Branch, staff: MakeStaff, at: datetime) -> None:
    """20,000 open items in six queues: the question touches a few rows, not all of them."""
    from anju.platform.work.claims import _CANDIDATES

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO work_workitem (queue, kind, subject_type, subject_id, branch_id, due_at, dedupe_key, params,"
            " priority, opened_at, state, outcome_code, note, skip_count)"
            " SELECT (ARRAY['collections','exceptions'])[1 + n %% 2], 'k', 'loan', n, %s,"
            " %s::timestamptz + n * interval '1 second', n::text, '{}', 5, %s, 'open', '', '', 0"
            " FROM generate_series(1, 20000) n",
            [branch.pk, at, at],
        )
        cursor.execute("ANALYZE work_workitem")
        values = {
            "staff": staff().pk, "queues": ["collections", "exceptions"], "branches": [branch.pk], "at": at, "limit": 32,
        }  # fmt: skip
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + _CANDIDATES, values)
        plan = cursor.fetchone()[0][0]["Plan"]
    scans = list(_nodes(plan))
    on_items = [node for node in scans if node.get("Relation Name") == "work_workitem"]
    assert [node["Index Name"] for node in on_items] == ["work_next"]
    assert on_items[0]["Actual Rows"] <= 32


def _nodes(plan: dict[str, Any]) -> Any:
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)
