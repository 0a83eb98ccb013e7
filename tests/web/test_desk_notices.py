"""The pages about notices: exceptions and bulk, the proof page, completeness, addresses, holds, figures. S2-05, S2-06, S2-15, S2-16."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from anju.contexts.servicing import queries as servicing
from anju.contexts.servicing.models import Loan
from anju.platform.clocks.models import Clock
from anju.platform.contacts import addresses
from anju.platform.contacts import operations as contacts
from anju.platform.contacts.models import Address
from anju.platform.holds import operations as holds
from anju.platform.holds.models import Hold, HoldCase
from anju.platform.holds.rows import NewCase
from anju.platform.identity.models import Branch
from anju.platform.notices.models import Obligation
from anju.platform.work.models import WorkItem
from tests.web.desk_world import AT, World

Enter = Callable[[str], Client]
QUERIES_MAX = 12


@pytest.fixture(autouse=True)
def _wired(world: World) -> None:
    addresses.register_homes(servicing.homes_of)
    addresses.connect()


@pytest.fixture
def stranger(world: World) -> Loan:
    """A loan of another branch, with its exception: nobody of the first may see it."""
    away, loan = Branch.objects.create(code="T02", name="别家支行"), world.loans[3]
    Loan.objects.filter(pk=loan.pk).update(branch=away)
    for model in (Obligation, WorkItem):
        model.objects.filter(subject_type="loan", subject_id=loan.pk).update(branch=away)
    return loan


def html(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(f"desk:{name}", args=args), query)
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def items(world: World) -> list[int]:
    found = WorkItem.objects.filter(branch=world.branch, kind="notices.exception", state="open")
    return list(found.order_by("id").values_list("id", flat=True))


@pytest.mark.parametrize("name", ["exceptions", "audit", "addresses", "holds", "notice_kpis"])
def test_pages_open_within_their_queries(
    world: World, as_role: Enter, name: str, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = as_role("supervisor")
    client.post(reverse("desk:audit_now"))
    addresses.open_repairs(at=AT)
    html(client, name)
    with django_assert_max_num_queries(QUERIES_MAX):
        html(client, name)
    assert client.get(reverse(f"desk:{name}"), headers={"Accept-Language": "en"}).status_code == 200


def test_the_proof_page_stays_within_its_queries(
    world: World, as_role: Enter, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client, loan = as_role("adviser"), world.loans[0]
    html(client, "told", loan.borrower_id)
    with django_assert_max_num_queries(QUERIES_MAX):
        shown = html(client, "told", loan.borrower_id, subject=f"loan:{loan.pk}")
    assert "没有证明客户收到" in shown
    assert "逾期通知" in shown


def test_nobody_sees_another_branch(world: World, stranger: Loan, as_role: Enter) -> None:
    client = as_role("supervisor")
    assert stranger.loan_no not in html(client, "exceptions")
    for name in ("told", "person_addresses"):
        assert client.get(reverse(f"desk:{name}", args=[stranger.borrower_id])).status_code == 404
    theirs = WorkItem.objects.get(kind="notices.exception", subject_id=stranger.pk)
    form = {"item": [theirs.pk], "action": "reached_by_phone", "note": "已告知"}
    assert "1 条已不是异常" in client.post(reverse("desk:exceptions_bulk"), form).content.decode()
    form = {
        "numbers": stranger.loan_no,
        "reason": "因政策调整暂缓办理",
        "until_on": "2026-12-20",
        "state": "any",
    }
    assert client.post(reverse("desk:hold_preview"), form).status_code == 422
    theirs.refresh_from_db()
    assert theirs.state == "open"
    assert as_role("collector").get(reverse("desk:holds")).status_code == 403


def test_many_are_told_by_phone_and_each_result_is_shown(world: World, as_role: Enter) -> None:
    client, found = as_role("supervisor"), items(world)
    WorkItem.objects.filter(pk=found[0]).update(
        state="claimed", holder=world.staff["adviser"], claimed_at=AT, claim_ends_at=AT.replace(hour=23)
    )
    answer = client.post(
        reverse("desk:exceptions_bulk"), {"item": found, "action": "reached_by_phone", "note": "逐一电话告知"}
    ).content.decode()
    assert "没有办理的各条" in answer
    assert "该工作项正由其他同事处理" in answer
    states = list(Obligation.objects.filter(pk__in=world.obligations).values_list("state", flat=True))
    assert sorted(states) == ["exception"] + ["proven"] * (len(found) - 1)
    assert WorkItem.objects.filter(pk__in=found, note="逐一电话告知").count() == len(found) - 1


def test_all_that_match_are_assigned(world: World, as_role: Enter) -> None:
    adviser = world.staff["adviser"]
    as_role("supervisor").post(
        reverse("desk:exceptions_bulk"),
        {"all": "1", "reason": "no_proof", "action": "assign", "assignee": str(adviser.pk)},
    )
    assert WorkItem.objects.filter(pk__in=items(world), assignee=adviser).count() == len(world.obligations)
    assert "陈" not in html(as_role("supervisor"), "exceptions", owner="none", reason="governor")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"action": "reached_by_phone", "note": " "}, "请写明办理说明"),
        ({"action": "aside", "until": "soon", "note": "x"}, "须为日期"),
        ({"action": "aside", "until": "2029-01-01", "note": "x"}, "须在今后"),
        ({"action": "delete", "note": "x"}, "须为"),
        ({"action": "assign", "assignee": "999999"}, "请选择本机构的人员"),
    ],
)
def test_a_wrong_batch_changes_nothing(world: World, as_role: Enter, form: dict[str, str], said: str) -> None:
    answer = as_role("supervisor").post(reverse("desk:exceptions_bulk"), {"item": items(world), **form})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert (
        not WorkItem.objects.filter(branch=world.branch, kind="notices.exception")
        .exclude(state="open")
        .exists()
    )


def test_put_aside_stops_the_clock_until_its_day(world: World, as_role: Enter) -> None:
    one = items(world)[0]
    as_role("supervisor").post(
        reverse("desk:exceptions_bulk"),
        {"item": [one], "action": "aside", "until": "2026-11-30", "note": "客户出差"},
    )
    number = WorkItem.objects.get(pk=one).params["obligation_id"]
    clock = Clock.objects.get(name=f"notice_exception:{number}")
    assert (clock.state, clock.pause_reason) == ("paused", "客户出差")
    assert "暂放到" in html(as_role("supervisor"), "exceptions")


def test_the_run_is_kept_and_read_back(world: World, as_role: Enter) -> None:
    client = as_role("administrator")
    assert "还没有核查过" in html(client, "audit")
    client.post(reverse("desk:audit_now"))
    shown = html(client, "audit", what="unproven")
    assert "还没有核查过" not in shown
    assert len(re.findall(r"待人工", shown)) > len(world.obligations)


def test_a_hold_is_previewed_done_shown_and_released(world: World, as_role: Enter) -> None:  # S2-05
    client, loans = as_role("supervisor"), world.loans[:2]
    form = {
        "numbers": "，".join(loan.loan_no for loan in loans) + " 9999", "reason": "因本市公积金政策调整，您的申请暂缓办理",
        "until_on": "2026-12-20", "state": "any", "branch": "", "product": "", "note": "文号 1",
    }  # fmt: skip
    shown = client.post(reverse("desk:hold_preview"), form).content.decode()
    assert "将搁置 2 笔业务" in shown
    assert "1 个贷款编号没有找到" in shown
    assert not Hold.objects.exists()
    key = re.search(r'name="key" value="([^"]+)"', shown)
    assert key is not None
    for _again in range(2):
        answer = client.post(reverse("desk:hold_start"), {**form, "key": key[1]}, follow=True)
    assert answer.status_code == 200
    hold = Hold.objects.get()
    assert (hold.state, hold.total) == ("active", 2)
    assert Obligation.objects.filter(notice_type="case_on_hold").count() == 2
    assert "公积金政策调整" in html(client, "loan", loans[0].pk)
    assert "业务暂缓（政策搁置）" in html(client, "told", loans[0].borrower_id)
    case = world.item("collections.call", subject_id=loans[0].pk)
    assert "公积金政策调整" in html(client, "case", case.pk)
    client.post(reverse("desk:hold_release", args=[hold.pk]), {"note": "新政已出"})
    hold.refresh_from_db()
    assert hold.state == "released"
    assert set(HoldCase.objects.values_list("state", flat=True)) == {"released"}
    assert Obligation.objects.filter(notice_type="case_resumed").count() == 2
    assert "公积金政策调整" not in html(client, "loan", loans[1].pk).split("经过")[0]


def held(world: World) -> Hold:
    """A hold of two cases, applied."""
    cases = [
        NewCase(("loan", loan.pk), loan.borrower_id, world.branch.pk, loan.loan_no)
        for loan in world.loans[:2]
    ]
    number = holds.hold_open(
        key="k", cases=cases, reason="因本市公积金政策调整，您的申请暂缓办理", until_on=date(2026, 12, 20), by="staff:1",
        branch_id=world.branch.pk, at=AT,
    )  # fmt: skip
    while holds.advance(at=AT):
        pass
    return Hold.objects.get(pk=number)


def test_a_hold_is_extended_and_single_cases_go_on(world: World, as_role: Enter) -> None:  # S2-05
    client, hold = as_role("supervisor"), held(world)
    answer = client.post(
        reverse("desk:hold_extend", args=[hold.pk]), {"until_on": "2026-12-20", "note": "细则未出"}
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "须在 2026-12-21" in text
    assert "细则未出" in text
    client.post(reverse("desk:hold_extend", args=[hold.pk]), {"until_on": "2027-01-31", "note": "细则未出"})
    assert "预计 2027-01-31 恢复" in html(client, "hold", hold.pk)
    assert Obligation.objects.filter(notice_type="case_on_hold", state="owed").count() == 2
    first, second = HoldCase.objects.order_by("id")
    cases = reverse("desk:hold_release_cases", args=[hold.pk])
    answer = client.post(cases, {"case": [first.pk], "note": ""})
    assert answer.status_code == 422
    assert " checked" in answer.content.decode()
    assert client.post(cases, {"note": "没有选"}).status_code == 422
    client.post(cases, {"case": [first.pk], "note": "不受影响"})
    assert [row.state for row in HoldCase.objects.order_by("id")] == ["released", "held"]
    text = html(client, "hold", hold.pk)
    assert f'value="{second.pk}"' in text
    assert f'value="{first.pk}"' not in text
    assert "业务恢复办理" in html(client, "loan", world.loans[0].pk)
    assert (
        "没有变化" in client.post(cases, {"case": [first.pk], "note": "再一次"}, follow=True).content.decode()
    )
    for name in ("hold_extend", "hold_release_cases"):
        assert as_role("collector").post(reverse(f"desk:{name}", args=[hold.pk])).status_code == 403


def test_a_hold_of_several_branches_is_not_changed_by_one(
    world: World, as_role: Enter, stranger: Loan
) -> None:
    hold, client = held(world), as_role("supervisor")
    away = Branch.objects.get(code="T02")
    HoldCase.objects.filter(subject_id=world.loans[0].pk).update(branch=away)
    client.post(reverse("desk:hold_extend", args=[hold.pk]), {"until_on": "2027-01-31", "note": "细则未出"})
    both = list(HoldCase.objects.values_list("id", flat=True))
    client.post(reverse("desk:hold_release_cases", args=[hold.pk]), {"case": both, "note": "不受影响"})
    hold.refresh_from_db()
    assert hold.until_on == date(2026, 12, 20)
    assert dict(HoldCase.objects.values_list("branch_id", "state")) == {
        away.pk: "held",
        world.branch.pk: "released",
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": "短"}, "须为 6 至 120 个字"),
        ({"until_on": "2026-11-23"}, "须在 2026-11-24"),
        ({"until_on": "x"}, "须为日期"),
        ({"numbers": ""}, "请至少按机构、产品或贷款编号选择"),
        ({"branch": "999999"}, "请选择您所辖的机构"),
        ({"numbers": "nothing"}, "选中 0 笔业务"),
    ],
)
def test_a_hold_that_cannot_be_is_refused_by_its_field(
    world: World, as_role: Enter, change: dict[str, str], said: str
) -> None:
    form = {
        "numbers": world.loans[0].loan_no,
        "reason": "因政策调整暂缓办理",
        "until_on": "2026-12-20",
        "state": "any",
    }
    answer = as_role("supervisor").post(reverse("desk:hold_preview"), {**form, **change})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_bounced_number_is_repaired_by_one_item_a_person(
    world: World, as_role: Enter
) -> None:  # S2-04, S2-07
    loan = world.loans[0]
    row = Address.objects.get(person_id=loan.borrower_id, kind="phone")
    contacts.mark_addresses(address_ids=[row.pk], health="bounced", at=AT, actor="system:test")
    assert addresses.open_repairs(at=AT) == 1
    assert addresses.open_repairs(at=AT) == 0
    client = as_role("supervisor")
    assert "无法送达" in html(client, "addresses", cause="bounced")
    url = reverse("desk:address_repair", args=[loan.borrower_id])
    wrong = client.post(url, {"kind": "phone", "outcome": "corrected", "value": "12", "note": "问过客户经理"})
    assert wrong.status_code == 422
    assert "须为11 位手机号" in wrong.content.decode()
    client.post(
        url, {"kind": "phone", "outcome": "corrected", "value": "139 0000 1234", "note": "问过客户经理"}
    )
    live = Address.objects.get(person_id=loan.borrower_id, kind="phone", active_to=None)
    assert (live.value, live.health) == ("13900001234", "unverified")
    assert WorkItem.objects.get(kind="contacts.repair").state == "cancelled"


def test_figures_and_file_agree(world: World, as_role: Enter) -> None:  # S2-15
    client, since = as_role("supervisor"), date(2026, 11, 1).isoformat()
    shown = html(client, "notice_kpis", **{"from": since, "to": "2026-11-23"})
    assert "按时证明送达" in shown
    text = client.get(reverse("desk:notice_kpis_csv"), {"from": since, "to": "2026-11-23"}).content.decode(
        "utf-8-sig"
    )
    total = text.splitlines()[1].split(",")
    assert total[0] == "total"
    assert int(total[2]) == Obligation.objects.filter(branch=world.branch).count()
    assert "不超过 400 天" in html(client, "notice_kpis", **{"from": "2020-01-01", "to": "2026-11-23"})
