"""Promises: limits, one at a time, kept or broken by the ledger alone."""

from datetime import date, timedelta
from typing import Any

import pytest

from anju.contexts.collections import operations, queries
from anju.contexts.collections.models import PromiseToPay
from anju.contexts.collections.operations.promises import PromiseCaseNotOpen
from anju.dayend import close
from anju.platform.clocks import operations as clocks
from anju.platform.clocks.models import Clock
from anju.platform.journal import queries as journal
from anju.platform.notices.models import Obligation
from anju.platform.work.models import WorkItem
from tests.contexts.collections.conftest import Scene
from tests.dayend.book import close_of

pytestmark = pytest.mark.django_db

TAKEN_ON = date(2026, 9, 2)
DUE_ON = date(2026, 9, 5)
NEXT_INSTALMENT = 500_000


def _take(scene: Scene, **changes: Any) -> int:
    values = {
        "case_id": scene.case.pk,
        "staff_id": scene.staff_id,
        "amount_fen": 500_000,
        "due_on": DUE_ON,
        "idempotency_key": "p1",
        "at": scene.at,
    }
    return operations.promise_take(**{**values, **changes})


def _close_through(on: date) -> None:
    close.close_through(on=on)


def test_a_promise_is_confirmed_and_the_call_waits(scene: Scene) -> None:
    promise_id = _take(scene)
    owed = Obligation.objects.get(notice_type="promise_confirmed")
    assert owed.key == f"promise:{promise_id}"
    assert (owed.variables["amount_fen"], owed.variables["promised_on"]) == (500_000, "2026-09-05")
    assert WorkItem.objects.get(kind="collections.call").state == "cancelled"
    assert queries.open_promise(scene.case.pk) is not None
    kinds = [entry.kind for entry in journal.timeline([("loan", scene.loan.pk)])]
    assert "collections.promise.taken" in kinds


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount_fen": 0}, operations.PromiseAmountWrong),
        ({"amount_fen": -1}, operations.PromiseAmountWrong),
        ({"amount_fen": 500_000 + NEXT_INSTALMENT + 1}, operations.PromiseAmountWrong),
        ({"due_on": TAKEN_ON - timedelta(days=1)}, operations.PromiseDateTooFar),
        ({"due_on": TAKEN_ON + timedelta(days=31)}, operations.PromiseDateTooFar),
    ],
)
def test_limits(scene: Scene, changes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        _take(scene, **changes)
    assert not PromiseToPay.objects.exists()
    assert WorkItem.objects.get(kind="collections.call").state == "open"
    assert not Obligation.objects.filter(notice_type="promise_confirmed").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_fen": 1},
        {"amount_fen": 500_000 + NEXT_INSTALMENT},
        {"due_on": TAKEN_ON},
        {"due_on": TAKEN_ON + timedelta(days=30)},
    ],
)
def test_the_limits_themselves_are_allowed(scene: Scene, changes: dict[str, Any]) -> None:
    _take(scene, **changes)
    assert PromiseToPay.objects.count() == 1


def test_one_open_promise_per_case(scene: Scene) -> None:
    _take(scene)
    with pytest.raises(operations.PromiseAlreadyOpen):
        _take(scene, idempotency_key="p2")
    assert PromiseToPay.objects.count() == 1


def test_the_key_is_bound_to_the_body(scene: Scene) -> None:
    first = _take(scene)
    assert _take(scene) == first
    with pytest.raises(operations.PromiseKeyReused):
        _take(scene, amount_fen=400_000)
    assert PromiseToPay.objects.get().amount_fen == 500_000


def test_nothing_is_promised_on_a_closed_case(scene: Scene) -> None:
    operations.cases_close(loan_ids=[scene.loan.pk], on=TAKEN_ON, at=scene.at)
    with pytest.raises(PromiseCaseNotOpen):
        _take(scene)


def test_kept_on_the_day_the_money_is_posted(scene: Scene) -> None:
    _take(scene)
    scene.book.pay(scene.loan, 500_000, date(2026, 9, 4))
    _close_through(date(2026, 9, 3))
    assert PromiseToPay.objects.get().state == "open"
    _close_through(date(2026, 9, 4))
    promise = PromiseToPay.objects.get()
    assert (promise.state, promise.paid_fen, promise.resolved_on) == ("kept", 500_000, date(2026, 9, 4))
    assert Clock.objects.get(name="promise_due").state == "met"


def test_kept_in_two_parts_on_the_last_day(scene: Scene) -> None:
    _take(scene)
    scene.book.pay(scene.loan, 200_000, date(2026, 9, 3))
    scene.book.pay(scene.loan, 300_000, DUE_ON)
    _close_through(DUE_ON)
    assert PromiseToPay.objects.get().state == "kept"


def test_broken_the_day_after_and_the_call_is_back(scene: Scene) -> None:
    _take(scene)
    scene.book.pay(scene.loan, 499_999, DUE_ON)
    _close_through(DUE_ON)
    assert PromiseToPay.objects.get().state == "open"
    _close_through(DUE_ON + timedelta(days=1))
    promise = PromiseToPay.objects.get()
    assert (promise.state, promise.paid_fen, promise.resolved_on) == (
        "broken",
        499_999,
        DUE_ON + timedelta(days=1),
    )
    broken = journal.timeline([("loan", scene.loan.pk)], kinds=["collections.promise.broken"])
    assert [entry.body["paid_fen"] for entry in broken] == [499_999]
    clock = Clock.objects.get(name="promise_due")
    assert (clock.state, clock.due_at) == ("running", close_of(DUE_ON + timedelta(days=1)))
    clocks.sweep(at=close_of(DUE_ON + timedelta(days=1), 21))
    assert Clock.objects.get(name="promise_due").state == "breached"


def test_a_broken_promise_brings_the_call_back(scene: Scene) -> None:
    """Promised for the next day: the case is still on its second rung when the day passes."""
    _take(scene, due_on=TAKEN_ON)
    _close_through(TAKEN_ON)
    calls = WorkItem.objects.filter(kind="collections.call").order_by("id")
    assert [item.state for item in calls] == ["cancelled"]
    _close_through(TAKEN_ON + timedelta(days=1))
    assert PromiseToPay.objects.get().state == "broken"
    assert [item.state for item in calls.all()] == ["cancelled", "open"]


def test_money_paid_too_late_does_not_count(scene: Scene) -> None:
    _take(scene)
    scene.book.pay(scene.loan, 500_000, DUE_ON + timedelta(days=1))
    _close_through(DUE_ON + timedelta(days=1))
    assert PromiseToPay.objects.get().state == "broken"


def test_money_of_the_same_day_counts_only_after_the_promise(scene: Scene) -> None:
    scene.book.pay(scene.loan, 100_000, TAKEN_ON, at=close_of(TAKEN_ON, 9))
    _take(scene, amount_fen=300_000)
    scene.book.pay(scene.loan, 200_000, TAKEN_ON, at=close_of(TAKEN_ON, 11))
    _close_through(DUE_ON + timedelta(days=1))
    promise = PromiseToPay.objects.get()
    assert (promise.state, promise.paid_fen) == ("broken", 200_000)


def test_while_it_is_open_no_call_is_opened_on_a_new_rung(scene: Scene) -> None:
    """Promised beyond day 31: on the fourth rung the papers are prepared, but nobody calls until the day passes."""
    scene.book.loan(due_day=2, unpaid=1)
    other = queries.open_case_of(scene.book.loan(due_day=29, unpaid=1).pk)
    assert other is None
    _take(scene, due_on=date(2026, 9, 30))
    _close_through(date(2026, 9, 28))
    kinds = set(
        WorkItem.objects.filter(subject_id=scene.loan.pk, state="open").values_list("kind", flat=True)
    )
    assert kinds == {"collections.legal"}
    _close_through(date(2026, 10, 1))
    kinds = set(
        WorkItem.objects.filter(subject_id=scene.loan.pk, state="open").values_list("kind", flat=True)
    )
    assert kinds == {"collections.legal", "collections.call"}
