"""Many cases wait for one reason: everybody is told, clocks stand still, and it goes on wherever it stopped. S2-05."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from anju.platform.clocks import operations as clocks
from anju.platform.clocks import queries as clock_queries
from anju.platform.holds import operations, queries
from anju.platform.holds.models import Hold
from anju.platform.holds.rows import HoldRefused, NewCase
from anju.platform.journal import queries as journal
from anju.platform.notices import audit, owes
from anju.platform.notices import queries as notices
from anju.platform.work import queries as work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]

REASON = "因本市公积金政策调整，您的申请暂缓办理"


def cases(branch: Any, *numbers: int) -> list[NewCase]:
    return [NewCase(("loan", n), 500 + n, branch.pk, f"HL{n:06d}") for n in numbers]


def hold(branch: Any, at: datetime, *numbers: int, **given: Any) -> int:
    values = {
        "key": "k1", "cases": cases(branch, *numbers), "reason": REASON, "until_on": at.date() + timedelta(days=30),
        "by": "staff:1", "branch_id": branch.pk, "at": at,
    }  # fmt: skip
    return operations.hold_open(**(values | given))


def clock(branch: Any, at: datetime, number: int, name: str = "visit_due") -> None:
    rule = {"kind": "wall", "amount": 600}
    clocks.start(name=name, subject=("loan", number), branch_id=branch.pk, rule=rule, at=at)


def live(number: int) -> dict[str, Any]:
    return {row.name: row for row in clock_queries.live(("loan", number))}


def move(at: datetime) -> None:
    while operations.advance(at=at):
        pass


def test_cases_wait_people_are_told_and_go_on_again(branch: Any, at: datetime) -> None:
    clock(branch, at, 1)
    clock(branch, at, 1, "promise_due")
    number = hold(branch, at, 1, 2)
    assert hold(branch, at, 1, 2) == number
    move(at)
    assert queries.hold(number, None).counts == {"held": 2}
    assert (live(1)["visit_due"].state, live(1)["visit_due"].pause_reason) == (
        "paused",
        f"政策搁置：{REASON}",
    )
    assert live(1)["promise_due"].state == "running"
    owed = notices.obligation_by_key(f"hold:{number}:loan:1")
    assert (owed.notice_type, owed.variables["why"]) == ("case_on_hold", REASON)
    later = at + timedelta(days=2)
    operations.hold_release(hold_id=number, note="新政已出", by="staff:2", at=later)
    move(later)
    assert queries.hold(number, None).state == "released"
    assert live(1)["visit_due"].due_at == later + timedelta(minutes=600)
    assert notices.obligation_by_key(f"hold:{number}:loan:1").state == "moot"
    assert notices.obligation_by_key(f"resume:{number}:loan:2").notice_type == "case_resumed"
    kinds = [row.kind for row in journal.timeline([("loan", 2)])]
    assert {"holds.case.held", "holds.case.released"} <= set(kinds)
    assert {duty.fact_kind for duty in owes.duties()} >= {"holds.case.held", "holds.case.released"}
    assert audit.audit(at=later + timedelta(minutes=5)).counts["missing"] == 0


def test_it_goes_on_from_where_it_stopped(branch: Any, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "limits", lambda: {**_limits(), "chunk": 2})
    number = hold(branch, at, 1, 2, 3, 4, 5)
    operations.advance(at=at)
    assert queries.hold(number, None).counts == {"held": 2, "waiting": 3}

    def dies(*_: Any, **__: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(operations.notices, "owe_many", dies)
        with pytest.raises(ConnectionError):
            operations.advance(at=at)
    assert queries.hold(number, None).counts == {"held": 2, "waiting": 3}
    move(at)
    assert queries.hold(number, None).counts == {"held": 5}
    assert len(notices.obligations_of(("loan", 5))) == 1


def _limits() -> dict[str, int]:
    return {
        "cases_max": 100,
        "chunk": 500,
        "days_max": 366,
        "reason_characters_min": 6,
        "reason_characters_max": 120,
    }


def test_one_released_while_it_is_applied_tells_only_those_it_held(
    branch: Any, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "limits", lambda: {**_limits(), "chunk": 1})
    number = hold(branch, at, 1, 2)
    operations.advance(at=at)
    operations.hold_release(hold_id=number, note="误操作", by="staff:1", at=at)
    move(at)
    assert queries.hold(number, None).counts == {"released": 1, "dropped": 1}
    assert notices.obligations_of(("loan", 2)) == []


def test_a_case_waits_for_one_hold_at_a_time(branch: Any, at: datetime) -> None:
    first = hold(branch, at, 1, 2)
    second = hold(branch, at, 2, 3, key="k2")
    assert (queries.hold(second, None).total, queries.hold(second, None).skipped) == (1, 1)
    assert queries.live_of([("loan", 2)])[("loan", 2)].hold_id == first
    with pytest.raises(HoldRefused):
        hold(branch, at, 1, key="k3")
    assert Hold.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": "短"}, "reason"),
        ({"reason": "长" * 121}, "reason"),
        ({"until_on": date(2020, 1, 1)}, "until_on"),
        ({"until_on": date(2040, 1, 1)}, "until_on"),
        ({"cases": []}, "cases"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    branch: Any, at: datetime, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(HoldRefused) as refused:
        hold(branch, at, 1, **given)
    assert refused.value.field == field
    assert not Hold.objects.exists()


def test_clocks_that_begin_meanwhile_stand_still_too(branch: Any, at: datetime) -> None:
    hold(branch, at, 1)
    move(at)
    clock(branch, at + timedelta(hours=1), 1, "collections.rung_2")
    assert operations.stop_new_clocks(at=at + timedelta(hours=1)) == 1
    assert live(1)["collections.rung_2"].state == "paused"


def test_a_hold_past_its_day_is_a_supervisors_work(branch: Any, at: datetime) -> None:
    number = hold(branch, at, 1)
    move(at)
    assert operations.remind(at=at) == 0
    late = at + timedelta(days=40)
    assert (operations.remind(at=late), operations.remind(at=late)) == (1, 0)
    (item,) = work.items(kinds=["holds.overdue"])
    assert item.queue == "exceptions"
    operations.hold_release(hold_id=number, note="新政已出", by="staff:1", at=late)
    assert work.items(kinds=["holds.overdue"]) == []


def test_states_and_times_are_tied(branch: Any, at: datetime) -> None:
    hold(branch, at, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.update(state="released")
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.get().cases.update(state="held")


def test_a_thousand_cases_take_few_statements(
    branch: Any, at: datetime, django_assert_max_num_queries: Any
) -> None:
    hold(branch, at, *range(1, 401))
    clock(branch, at, 7)
    with django_assert_max_num_queries(20):
        assert operations.advance(at=at) == 400


def test_an_extension_is_told_to_everybody_and_stops_the_old_day(branch: Any, at: datetime) -> None:
    number = hold(branch, at, 1, 2)
    move(at)
    old, new = at.date() + timedelta(days=30), at.date() + timedelta(days=60)
    late = at + timedelta(days=31)
    assert operations.remind(at=late) == 1
    operations.hold_extend(hold_id=number, until_on=new, note="细则未出", by="staff:2", at=late)
    assert queries.hold(number, None).state == "applying"
    assert work.items(kinds=["holds.overdue"]) == []
    move(late)
    assert (queries.hold(number, None).state, queries.hold(number, None).counts) == ("active", {"held": 2})
    assert notices.obligation_by_key(f"hold:{number}:loan:1").state == "moot"
    told = notices.obligation_by_key(f"hold:{number}:loan:1:{new}")
    assert (told.notice_type, told.variables["until_on"]) == ("case_on_hold", new.isoformat())
    move(late)
    assert len(notices.obligations_of(("loan", 1))) == 2
    (fact,) = journal.timeline([("hold", number)], kinds=["holds.extended"])
    assert (fact.actor, fact.body["was_until_on"], fact.body["note"]) == (
        "staff:2",
        old.isoformat(),
        "细则未出",
    )
    assert audit.audit(at=late + timedelta(minutes=5)).counts["missing"] == 0
    operations.hold_release(hold_id=number, note="新政已出", by="staff:2", at=late)
    move(late)
    assert notices.obligation_by_key(told.key).state == "moot"


def test_one_extended_while_it_is_applied_tells_each_case_the_new_day_once(
    branch: Any, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "limits", lambda: {**_limits(), "chunk": 1})
    number, new = hold(branch, at, 1, 2), at.date() + timedelta(days=60)
    operations.advance(at=at)
    operations.hold_extend(hold_id=number, until_on=new, note="细则未出", by="staff:1", at=at)
    move(at)
    assert notices.obligation_by_key(f"hold:{number}:loan:1:{new}").variables["until_on"] == new.isoformat()
    (only,) = notices.obligations_of(("loan", 2))
    assert (only.key, only.variables["until_on"]) == (f"hold:{number}:loan:2", new.isoformat())


def test_single_cases_go_on_and_the_last_one_ends_the_hold(
    branch: Any, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "limits", lambda: {**_limits(), "chunk": 2})
    clock(branch, at, 1)
    number = hold(branch, at, 1, 2, 3)
    operations.advance(at=at)  # the third waits still
    ids = [row.id for row in queries.cases(number, None)[0]]
    assert (
        operations.cases_release(
            hold_id=number, case_ids=ids[:1], note="不受影响", by="staff:2", at=at, branch_ids=[0]
        )
        == 0
    )
    assert (
        operations.cases_release(hold_id=number, case_ids=ids[:1], note="不受影响", by="staff:2", at=at) == 1
    )
    assert (
        operations.cases_release(hold_id=number, case_ids=ids[:1], note="再按一次", by="staff:2", at=at) == 0
    )
    assert live(1)["visit_due"].state == "running"
    assert notices.obligation_by_key(f"resume:{number}:loan:1").notice_type == "case_resumed"
    assert notices.obligation_by_key(f"hold:{number}:loan:1").state == "moot"
    assert notices.obligation_by_key(f"hold:{number}:loan:2").state != "moot"
    (fact,) = journal.timeline([("loan", 1)], kinds=["holds.case.released"])
    assert (fact.actor, fact.body["note"]) == ("staff:2", "不受影响")
    assert (
        operations.cases_release(hold_id=number, case_ids=ids[1:], note="新政已出", by="staff:2", at=at) == 2
    )
    move(at)
    row = queries.hold(number, None)
    assert (row.state, row.counts, row.release_note) == (
        "released",
        {"released": 2, "dropped": 1},
        "新政已出",
    )
    assert notices.obligations_of(("loan", 3)) == []
    again = hold(branch, at, 1, key="k2")  # it may wait again
    assert queries.hold(again, None).total == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"note": " "}, "note"),
        ({"days": 30}, "until_on"),
        ({"days": 29}, "until_on"),
        ({"days": 400}, "until_on"),
        ({"cases": []}, "cases"),
        ({"cases": list(range(1000))}, "cases"),
        ({"cases": [1], "note": ""}, "note"),
        ({"hold_id": 0}, "hold"),
        ({"released": True}, "state"),
        ({"released": True, "cases": [1]}, "state"),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(
    branch: Any, at: datetime, change: dict[str, Any], field: str
) -> None:
    number = hold(branch, at, 1)
    move(at)
    if change.get("released"):
        operations.hold_release(hold_id=number, note="新政已出", by="staff:1", at=at)
    before, facts = queries.hold(number, None), len(journal.timeline([("hold", number), ("loan", 1)]))
    common = {
        "hold_id": change.get("hold_id", number),
        "note": change.get("note", "依据"),
        "by": "staff:1",
        "at": at,
    }
    if "cases" in change:
        attempt = partial(operations.cases_release, case_ids=change["cases"], **common)
    else:
        until_on = at.date() + timedelta(days=change.get("days", 60))
        attempt = partial(operations.hold_extend, until_on=until_on, **common)
    with pytest.raises(HoldRefused) as refused:
        attempt()
    assert refused.value.field == field
    assert queries.hold(number, None) == before
    assert len(journal.timeline([("hold", number), ("loan", 1)])) == facts
