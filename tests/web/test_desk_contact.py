"""A person's contact page: the answer by channel with its reasons, what can be set, who may, and the overrides. S1-06, S0-16, S2-18."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from anju.contexts.parties.models import Person
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries
from anju.platform.contacts.models import Contact, Override
from anju.platform.identity.models import Branch, Staff
from anju.platform.journal.queries import timeline
from tests.web.conftest import BACKEND
from tests.web.desk_world import AT, World

AsRole = Callable[[str], Client]
QUERIES_MAX = 12


def person(world: World) -> int:
    return int(world.loans[0].borrower_id)


def page(world: World, purpose: str = "") -> str:
    return reverse("desk:person_contact", args=[person(world)]) + (f"?purpose={purpose}" if purpose else "")


def send(client: Client, world: World, what: str, **data: object):
    return client.post(reverse("desk:person_contact_set", args=[person(world), what]), data)


def test_it_answers_for_each_purpose_and_channel(world: World, as_role: AsRole) -> None:
    client = as_role("collector")
    contacts.flag(person_id=person(world), kind="complaint", reason="来电投诉", by="staff:1", at=AT)
    text = client.get(page(world, "collection")).content.decode()
    assert "有投诉正在处理" in text
    assert "时间不能解除" in text
    text = client.get(page(world, "marketing")).content.decode()
    assert "没有同意接收营销信息" in text
    english = client.get(page(world, "service"), headers={"Accept-Language": "en"}).content.decode()
    assert "Allowed" not in english or "local time" in english


def test_what_a_person_says_is_set_and_shown(world: World, as_role: AsRole) -> None:
    client, who = as_role("adviser"), person(world)
    steps = [
        ("flag", {"kind": "vulnerable", "reason": "听力不便"}),
        ("consent", {"purpose": "marketing", "channel": "", "agreed": "yes"}),
        ("consent", {"purpose": "reminder", "channel": "sms", "agreed": "no"}),
        ("hours", {"weekday": ["1", "2", "3", "4", "5"], "start": "18:00", "end": "20:00"}),
        ("appointment", {"purpose": "service", "channel": "call", "starts_at": "2026-11-24T21:30"}),
        ("inbound", {"purpose": "service", "channel": "call", "reason": "payment", "recording": "rec-9"}),
    ]
    for what, data in steps:
        assert send(client, world, what, **data).status_code == 302, what
    text = client.get(page(world)).content.decode()
    for words in ("需要特别关照", "听力不便", "周一至周五 18:00–20:00", "还款或账单", "rec-9", "来自客户"):
        assert words in text, words
    assert [row.kind for row in queries.flags(who, AT)] == ["vulnerable"]
    assert {(row.purpose, row.channel, row.agreed) for row in queries.consents(who, AT)} == {
        ("marketing", "", True), ("reminder", "sms", False),
    }  # fmt: skip
    assert send(client, world, "unflag", kind="vulnerable", reason="已核实").status_code == 302
    number = queries.appointments(who, AT)[0].id
    assert send(client, world, "cancel", appointment=number, reason="改约").status_code == 302
    assert send(client, world, "hours", clear="1").status_code == 302
    assert (queries.flags(who, AT), queries.appointments(who, AT), queries.hours(who, AT)) == ([], [], [])


@pytest.mark.parametrize(
    ("what", "data", "words"),
    [
        ("flag", {"kind": "abroad", "reason": "x"}, "没有这个选项"),
        ("flag", {"kind": "dispute", "reason": ""}, "请填写"),
        ("consent", {"purpose": "service", "agreed": "no"}, "不能整体拒绝"),
        ("hours", {"weekday": "1", "start": "20:00", "end": "18:00"}, "开始早于结束"),
        ("hours", {"weekday": "1", "start": "later", "end": "18:00"}, "请填写开始和结束时间"),
        ("appointment", {"purpose": "service", "channel": "call", "starts_at": "2020-01-01T10:00"}, "天以内的将来"),
        ("cancel", {"appointment": "999"}, "已经结束或取消"),
        ("inbound", {"purpose": "service", "channel": "fax", "reason": "payment"}, "没有这个选项"),
        (
            "override",
            {"purpose": "service", "channel": "call", "from_at": "2026-11-23T10:00", "to_at": "2026-11-23T11:00", "reason": "x"},
            "不需要特批",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_says_why(
    world: World, as_role: AsRole, what: str, data: dict[str, str], words: str
) -> None:
    answer = send(as_role("collector"), world, what, **data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Override.objects.exists()
    assert not Contact.objects.filter(outbound=False).exists()


def test_an_override_is_asked_for_and_decided_by_another(world: World, as_role: AsRole) -> None:
    collector, supervisor = as_role("collector"), as_role("supervisor")
    data = {
        "purpose": "service",
        "channel": "call",
        "from_at": "2026-11-23T22:00",
        "to_at": "2026-11-23T23:00",
    }
    assert send(collector, world, "override", reason="客户今晚回国", **data).status_code == 302
    assert send(supervisor, world, "override", reason="自己的申请", **data).status_code == 302
    first, own = Override.objects.order_by("id")
    text = supervisor.get(reverse("desk:overrides")).content.decode()
    assert "客户今晚回国" in text
    assert "须由另一位主管审批" in text
    decide = reverse("desk:override_decide", args=[first.pk])
    assert collector.post(decide, {"decision": "grant", "reason": "同意"}).status_code == 403
    supervisor.post(decide, {"decision": "grant", "reason": ""})
    supervisor.post(reverse("desk:override_decide", args=[own.pk]), {"decision": "grant", "reason": "同意"})
    assert {row.state for row in Override.objects.all()} == {"asked"}
    supervisor.post(decide, {"decision": "grant", "reason": "情况属实"})
    first.refresh_from_db()
    assert (first.state, first.branch_id) == ("granted", world.branch.pk)
    assert "已批准" in collector.get(page(world)).content.decode()


def test_another_branch_sees_nothing(world: World, as_role: AsRole) -> None:
    number = contacts.override_ask(
        person_id=person(world), purpose="service", channel="call", from_at=AT.replace(hour=22),
        to_at=AT.replace(hour=23), reason="x", by=f"staff:{world.staff['collector'].pk}", at=AT,
        branch_id=world.branch.pk,
    )  # fmt: skip
    elsewhere = Branch.objects.create(code="BJ01", name="北京支行")
    other = Staff.objects.create_user("BJ0001", name="他行主管", role="supervisor", branch=elsewhere)
    client = Client()
    client.force_login(other, backend=BACKEND)
    assert client.get(page(world)).status_code == 404
    assert send(client, world, "flag", kind="dispute", reason="x").status_code == 404
    assert "没有待审批的特批" in client.get(reverse("desk:overrides")).content.decode()
    answer = client.post(reverse("desk:override_decide", args=[number]), {"decision": "grant", "reason": "x"})
    assert answer.status_code == 404
    assert queries.flags(person(world), AT) == []


def test_the_pages_cost_the_same_with_much_to_show(
    world: World, as_role: AsRole, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client, who = as_role("supervisor"), person(world)
    client.get(page(world))
    for number in range(12):
        contacts.log_outbound(
            person_id=who, purpose="service", channel="call", at=AT - timedelta(days=number), outcome_code="done",
            actor=f"staff:{world.staff['collector'].pk}", answered=True,
        )  # fmt: skip
    contacts.flag(person_id=who, kind="vulnerable", reason="高龄", by="staff:1", at=AT)
    with django_assert_max_num_queries(QUERIES_MAX):  # type: ignore[attr-defined]
        assert client.get(page(world)).status_code == 200
    with django_assert_max_num_queries(QUERIES_MAX):  # type: ignore[attr-defined]
        assert client.get(reverse("desk:overrides")).status_code == 200


def test_the_case_page_leads_there(world: World, as_role: AsRole) -> None:
    item = world.item("collections.call", queue="collections")
    text = as_role("collector").get(reverse("desk:case", args=[item.pk])).content.decode()
    assert f'href="/desk/people/{item.person_id}/contact/?purpose=collection"' in text


def test_strangers_and_administrators_stay_outside(world: World, as_role: AsRole) -> None:
    assert Client().get(page(world)).status_code == 302
    assert as_role("administrator").get(page(world)).status_code == 403
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(world.staff["supervisor"], backend=BACKEND)
    assert send(checked, world, "flag", kind="dispute", reason="x").status_code == 403


def third_party(client: Client, world: World, **data: object):
    form = {
        "third_name": "张建国",
        "third_phone": "136 0000 1111",
        "role": "reference",
        "basis": "debtor",
        **data,
    }
    return send(client, world, "named", **form)


def test_a_third_party_is_named_agrees_and_is_removed(
    world: World, as_role: AsRole, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client, who = as_role("collector"), person(world)
    assert third_party(client, world).status_code == 302
    text = client.get(page(world)).content.decode()
    for words in (
        "张建国",
        "136****1111",
        "尚未同意",
        "不说欠款",
        "现在不可致电",
        "债务人没有指定此人并取得其同意",
    ):
        assert words in text, words
    (row,) = queries.named(who, AT)
    assert send(client, world, "agreed", third=row.person_id).status_code == 302
    with django_assert_max_num_queries(QUERIES_MAX + 6):
        text = client.get(page(world)).content.decode()
    assert "现在可以致电" in text
    assert (
        third_party(client, world, role="estate").status_code == 302
    )  # known by name and number: the same person
    (again,) = queries.named(who, AT)
    assert (again.person_id, again.role) == (row.person_id, "estate")
    assert send(client, world, "unnamed", third=row.person_id, reason=" ").status_code == 422
    assert send(client, world, "unnamed", third=row.person_id, reason="本人要求").status_code == 302
    assert queries.named(who, AT) == []
    assert send(client, world, "unnamed", third=row.person_id, reason="再一次").status_code == 422
    assert client.get(reverse("desk:person_contact", args=[row.person_id])).status_code == 404
    kinds = [entry.kind for entry in timeline([("person", who)])]
    assert kinds.count("contacts.third_party.named") == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"third_name": " "}, "请填写“姓名”"),
        ({"third_phone": "12345"}, "手机号须为 11 位"),
        ({"role": "friend"}, "没有这个选项"),
        ({"basis": ""}, "请确认是债务人"),
    ],
)
def test_a_third_party_that_cannot_be_named_says_why(
    world: World, as_role: AsRole, change: dict[str, str], words: str
) -> None:
    answer = third_party(as_role("collector"), world, **change)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert queries.named(person(world), AT) == []
    assert not Person.objects.filter(name="张建国").exists()


def test_an_agency_is_engaged_and_ended(world: World, as_role: AsRole) -> None:
    supervisor, collector = as_role("supervisor"), as_role("collector")
    url = reverse("desk:agency_engage")
    form = {
        "name": "诚信催收有限公司",
        "contract_ref": "WT-2026-7",
        "from_on": "2026-11-23",
        "to_on": "2027-11-22",
    }
    for change, words in [
        ({"name": ""}, "请填写“机构名称”"), ({"from_on": "2026-11-01"}, "不能早于今天"), ({"to_on": "2026-11-22"}, "晚于开始"),
        ({"to_on": "later"}, "不是日期"),
    ]:  # fmt: skip
        answer = supervisor.post(url, {**form, **change})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert queries.agencies(AT) == []
    assert collector.post(url, form).status_code == 403
    assert supervisor.post(url, form).status_code == 302
    text = supervisor.get(reverse("desk:agencies")).content.decode()
    assert "2026-11-23 – 2027-11-22" in text
    assert "委托中" in text
    assert "诚信催收有限公司" in collector.get(page(world)).content.decode()
    (row,) = queries.agencies(AT)
    end = reverse("desk:agency_end", args=[row.id])
    assert supervisor.post(end, {"reason": ""}).status_code == 422
    assert "可联系" in supervisor.post(end, {"reason": "投诉属实"}, follow=True).content.decode()
    assert queries.agencies(AT)[0].state == "ended"
    assert "诚信催收有限公司" not in collector.get(page(world)).content.decode()
    assert "已经结束" in supervisor.post(end, {"reason": "再一次"}, follow=True).content.decode()
    assert [(entry.kind, entry.actor) for entry in reversed(timeline([("agency", row.id)]))] == [
        ("contacts.agency.engaged", f"staff:{world.staff['supervisor'].pk}"),
        ("contacts.agency.ended", f"staff:{world.staff['supervisor'].pk}"),
    ]
