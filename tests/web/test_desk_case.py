"""The case page's writes: calls, promises, reviews, visits, exceptions, notes, reveals. A refusal changes nothing."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from anju.contexts.collections.models import Call, PromiseToPay
from anju.contexts.followup.models import Visit
from anju.platform.contacts.models import Contact
from anju.platform.identity.models import Reveal
from anju.platform.journal.models import Entry
from anju.platform.notices.models import Obligation
from anju.platform.work.models import WorkItem
from anju.web import clock
from tests.web import desk_world
from tests.web.desk_world import World

Enter = Callable[[str], Client]
PROMISE = {
    "outcome": "promised", "willingness": "willing", "overdue_reason": "forgot", "promise_amount": "5,000.00",
    "promise_due_on": "2026-11-27", "recording_ref": "REC-1", "note": "客户表示周五前还清", "idempotency_key": "k1",
}  # fmt: skip


def take(client: Client, item: WorkItem) -> None:
    assert client.post(reverse("desk:case_claim", args=[item.pk])).status_code == 302


def record(client: Client, item: WorkItem, data: dict[str, str]) -> Any:
    return client.post(reverse("desk:case_record", args=[item.pk]), data)


def test_next_case_is_the_oldest_and_a_held_one_shows_its_holder(world: World, as_role: Enter) -> None:
    collector, supervisor = as_role("collector"), as_role("supervisor")
    answer = collector.post(reverse("desk:work_next"))
    item = WorkItem.objects.get(holder=world.staff["collector"])
    assert answer.url == reverse("desk:case", args=[item.pk])
    shown = supervisor.get(answer.url).content.decode()
    assert f"{world.staff['collector'].name} 正在处理" in shown
    assert 'name="outcome"' not in shown


def test_a_promise_sent_twice_is_recorded_once(world: World, as_role: Enter) -> None:  # S3-18, S3-19
    client, item = as_role("collector"), world.item("collections.call", queue="collections")
    take(client, item)
    first, second = record(client, item, PROMISE), record(client, item, PROMISE)
    assert (first.status_code, second.status_code) == (302, 302)
    assert list(PromiseToPay.objects.values_list("amount_fen", flat=True)) == [500_000]
    assert Call.objects.count() == 1
    assert WorkItem.objects.get(pk=item.pk).state == "done"


def test_what_is_missing_is_named_and_what_was_typed_stays(world: World, as_role: Enter) -> None:
    client, item = as_role("collector"), world.item("collections.call", queue="collections")
    take(client, item)
    typed = {**PROMISE, "promise_amount": "五千", "promise_due_on": "", "note": "说了很多"}
    answer = record(client, item, typed)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "承诺金额" in shown
    assert 'value="五千"' in shown
    assert "请填写“承诺还款日”" in shown
    assert "说了很多" in shown
    assert not Call.objects.exists()


def test_forbidden_wording_is_refused_in_words(world: World, as_role: Enter) -> None:  # S3-14
    client, item = as_role("collector"), world.item("collections.call", queue="collections")
    take(client, item)
    answer = record(client, item, {**PROMISE, "note": "告诉他不还就抓"})
    assert answer.status_code == 422
    assert "不当用语" in answer.content.decode()
    assert not Call.objects.exists()
    assert not Contact.objects.filter(channel="call").exists()


def test_out_of_hours_the_form_shows_the_rule_and_the_next_slot(
    world: World, as_role: Enter, monkeypatch: Any
) -> None:  # S1-06
    late = desk_world.AT.replace(hour=22, minute=10)
    monkeypatch.setattr(clock, "now", lambda: late)
    client, item = as_role("collector"), world.item("collections.call", queue="collections")
    take(client, item)
    shown = client.get(reverse("desk:case", args=[item.pk])).content.decode()
    assert "现在不能联系" in shown
    assert "下次可联系：11月24日 周二 08:00" in shown
    assert 'name="outcome"' not in shown
    assert record(client, item, PROMISE).status_code == 422
    assert not Call.objects.exists()


def test_a_supervisor_assigns_an_item_to_who_can_work_it(world: World, as_role: Enter) -> None:
    supervisor, item = as_role("supervisor"), world.item("collections.call", queue="collections")
    collector = world.staff["collector"]
    url = reverse("desk:case_assign", args=[item.pk])

    assert as_role("collector").post(url, {"assignee": str(collector.pk)}).status_code == 403
    supervisor.post(url, {"assignee": str(world.staff["follow_up_agent"].pk)})
    assert WorkItem.objects.get(pk=item.pk).assignee_id is None
    supervisor.post(url, {"assignee": str(collector.pk)})
    assert WorkItem.objects.get(pk=item.pk).assignee_id == collector.pk
    shown = supervisor.get(reverse("desk:case", args=[item.pk])).content.decode()
    assert f"指派给 {collector.name}" in shown
    supervisor.post(url, {"assignee": ""})
    assert WorkItem.objects.get(pk=item.pk).assignee_id is None
    assert (
        list(Entry.objects.filter(kind="work.assigned").values_list("actor", flat=True))
        == [f"staff:{world.staff['supervisor'].pk}"] * 2
    )


def test_skip_needs_a_reason(world: World, as_role: Enter) -> None:
    client, item = as_role("collector"), world.item("collections.call", queue="collections")
    take(client, item)
    client.post(reverse("desk:case_skip", args=[item.pk]), {"reason": " "})
    assert WorkItem.objects.get(pk=item.pk).holder_id == world.staff["collector"].pk
    client.post(reverse("desk:case_skip", args=[item.pk]), {"reason": "等待客户上传材料"})
    item.refresh_from_db()
    assert (item.state, item.skip_count) == ("open", 1)


def test_a_review_ends_with_a_decision_and_a_note(world: World, as_role: Enter) -> None:
    client, item = as_role("risk_officer"), world.item("risk.review")
    take(client, item)
    assert record(client, item, {"outcome": "offer_relief"}).status_code == 422
    assert record(client, item, {"outcome": "offer_relief", "note": "收入下降，建议延期"}).status_code == 302
    item.refresh_from_db()
    assert (item.state, item.outcome_code) == ("done", "offer_relief")


def test_an_adviser_cannot_close_a_risk_review(world: World, as_role: Enter) -> None:
    client, item = as_role("adviser"), world.item("risk.review")
    assert record(client, item, {"outcome": "continue", "note": "x"}).status_code == 404
    item.refresh_from_db()
    assert item.state == "open"


def test_a_supervisor_closes_an_exception(world: World, as_role: Enter) -> None:  # S2-16
    client, item = as_role("supervisor"), world.item("notices.exception")
    take(client, item)
    assert record(client, item, {"outcome": "reached_by_phone", "note": "本人接听并确认"}).status_code == 302
    assert Obligation.objects.get(pk=item.params["obligation_id"]).state == "proven"


def test_a_visit_is_recorded_or_refused_with_party_and_reason(
    world: World, as_role: Enter
) -> None:  # S0-06, S1-03
    client = as_role("follow_up_agent")
    visit = Visit.objects.get(branch=world.branch)
    item = open_visit(world, visit)
    take(client, item)
    assert record(client, item, {"outcome": "refused"}).status_code == 422
    answer = record(client, item, {"outcome": "refused", "party": "borrower", "refusal_reason": "busy"})
    assert answer.status_code == 302
    visit.refresh_from_db()
    assert (visit.state, visit.refused_by_role, visit.refusal_reason) == ("refused", "borrower", "busy")


def test_no_visit_before_the_borrower_was_told(world: World, as_role: Enter) -> None:  # S1-05
    client, visit = as_role("follow_up_agent"), Visit.objects.get(branch=world.branch)
    item = open_visit(world, visit)
    take(client, item)
    done = {"outcome": "done", "ability": "4", "willingness_grade": "5", "opinion": "满意"}
    assert record(client, item, done).status_code == 422
    Visit.objects.filter(pk=visit.pk).update(state="noticed")
    assert record(client, item, done).status_code == 302
    visit.refresh_from_db()
    assert (visit.state, visit.ability, visit.willingness) == ("done", 4, 5)


def open_visit(world: World, visit: Visit) -> WorkItem:
    from anju.platform.work import operations as work

    new = work.NewWork(
        queue="follow_up", kind="followup.visit", subject=("loan", visit.loan_id), person_id=visit.person_id,
        branch_id=world.branch.pk, due_at=desk_world.AT, dedupe_key=f"followup.visit:{visit.pk}", params={"visit_id": visit.pk},
    )  # fmt: skip
    work.open_many([new], at=desk_world.AT)
    return WorkItem.objects.get(dedupe_key=new.dedupe_key)


def test_a_note_stays_inside_and_is_kept_once(world: World, as_role: Enter) -> None:
    client, item = as_role("collector"), world.item("collections.call", queue="collections")
    for _ in range(2):
        client.post(
            reverse("desk:case_note", args=[item.pk]), {"text": "<b>家里有老人</b>", "idempotency_key": "n1"}
        )
    assert Entry.objects.filter(kind="desk.note.written").count() == 1
    shown = client.get(reverse("desk:case", args=[item.pk])).content.decode()
    assert "&lt;b&gt;家里有老人" in shown
    assert "is-internal" in shown


def test_a_phone_is_masked_until_looked_at_with_a_reason(world: World, as_role: Enter) -> None:
    client, item = as_role("collector"), world.item("collections.call", queue="collections")
    clear = f"138{item.person_id:08d}"
    page, url = reverse("desk:case", args=[item.pk]), reverse("desk:reveal", args=[item.person_id])
    assert clear not in client.get(page).content.decode()
    assert clear not in client.post(url, {"reason": "", "back": page}, follow=True).content.decode()
    assert not Reveal.objects.exists()
    assert clear in client.post(url, {"reason": "call", "back": page}).content.decode()
    assert Reveal.objects.get().reason == "call"
    assert clear not in client.get(page).content.decode()
