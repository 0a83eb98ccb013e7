"""Many confirmations at once are the same confirmations one by one. S2-11, S2-07."""

from datetime import datetime, timedelta

import pytest

from anju.platform.contacts.models import Address
from anju.platform.journal import queries as journal
from anju.platform.notices import operations
from anju.platform.notices.models import Attempt, Obligation
from anju.platform.notices.rows import Confirmation, UnknownObligation
from anju.platform.work.models import WorkItem
from tests.platform.notices.world import StagePort, owed, people, ports, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]


def stage(branch_id: int, at: datetime, first: int) -> list[Confirmation]:
    """Four people: one has an SMS, one an exception, one an SMS that waits to be sent, one has confirmed already."""
    told, unreachable, waiting, done = (first + n for n in range(4))
    wired = ports(sms=StagePort("sms"))
    people([told, waiting, done], at)
    later = at + timedelta(hours=13)
    for person in (told, unreachable, done):
        operations.owe_many(
            [owed(branch_id, at, key=f"k{person}", person_id=person, subject=("loan", person))]
        )
    run(at, wired)
    run(at + timedelta(hours=12), wired)
    operations.owe_many(
        [owed(branch_id, later, key=f"k{waiting}", person_id=waiting, subject=("loan", waiting))]
    )
    operations.plan(at=later)
    of = {row.person_id: row.id for row in Obligation.objects.filter(person_id__gte=first)}
    sms = Attempt.objects.get(obligation_id=of[told], channel="sms").id
    operations.acknowledge(obligation_id=of[done], by="person:1", at=later)
    minutes = [(told, sms), (unreachable, None), (waiting, None), (done, None), (told, sms)]
    return [
        Confirmation(of[person], f"person:{person}", later + timedelta(minutes=n), attempt_id)
        for n, (person, attempt_id) in enumerate(minutes, 1)
    ]


def picture(first: int) -> list[object]:
    """Everything confirmations leave behind, without numbers of rows."""
    obligations = list(
        Obligation.objects.filter(person_id__gte=first, person_id__lt=first + 4).order_by("person_id")
    )
    kept: list[object] = []
    for row in obligations:
        kept.append((row.state, row.rung, row.end_reason, row.proven_at, row.ended_at, row.next_step_at))
        kept += (
            Attempt.objects.filter(obligation=row)
            .order_by("id")
            .values_list("channel", "state", "rung", "error_class", "finished_at")
        )
        kept += WorkItem.objects.filter(person_id=row.person_id).values_list("state", "closed_at")
        kept += (
            Address.objects.filter(person_id=row.person_id)
            .order_by("kind")
            .values_list("kind", "health", "verified_at")
        )
        kept += [
            (one.kind, one.at, one.actor.replace(str(row.person_id), "N"))
            for one in journal.timeline([("loan", row.person_id)])
        ]
    return kept


def test_many_at_once_are_the_same_as_one_by_one(branch, at):
    one_by_one, at_once = stage(branch.id, at, 600), stage(branch.id, at, 700)
    staged = (
        Obligation.objects.filter(person_id__gte=700).order_by("person_id").values_list("state", flat=True)
    )
    assert list(staged) == ["in_progress", "exception", "in_progress", "proven"]
    assert Attempt.objects.filter(obligation__person_id=702, state="queued").exists()
    singly = [
        operations.acknowledge(
            obligation_id=each.obligation_id, by=each.by, at=each.at, attempt_id=each.attempt_id, how=each.how
        )
        for each in one_by_one
    ]
    together = operations.acknowledge_many(at_once)
    assert [(each.state, each.first) for each in together] == [(each.state, each.first) for each in singly]
    assert [each.first for each in together] == [True, True, True, False, False]
    assert picture(700) == picture(600)


def test_one_that_is_unknown_stops_the_whole_batch(branch, at):
    confirmations = stage(branch.id, at, 600)
    before = picture(600)
    with pytest.raises(UnknownObligation):
        operations.acknowledge_many([*confirmations, Confirmation(-1, "person:1", at)])
    assert picture(600) == before
    assert operations.acknowledge_many([]) == []
