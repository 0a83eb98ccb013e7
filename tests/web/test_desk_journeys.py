"""Journeys, texts and changes on the desk: who may look, who may change, and that two persons are needed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from anju.platform.identity.models import Staff
from anju.platform.notices import templates
from anju.platform.notices.config import steps
from anju.platform.policies import operations, queries
from anju.platform.policies.models import PolicyProposal
from tests.web.conftest import BACKEND
from tests.web.desk_world import AT, ROLES, World

Enter = Callable[[str], Client]
FILE = "journeys.toml"


@pytest.fixture
def second(world: World) -> Client:
    """Another administrator."""
    staff = Staff.objects.create_user(
        "SH01-adm2", None, name="另一位", role="administrator", branch=world.branch
    )
    client = Client()
    client.force_login(staff, backend=BACKEND)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"desk:{name}", args=args)


def rows(**more: str) -> dict[str, str]:
    """The reminder's form: inbox, then SMS after six hours, then a person."""
    values = {
        "base": queries.version(FILE), "count": "2",
        "s1-channel": "inbox", "s1-wait": "6", "s1-unit": "60",
        "s2-channel": "sms", "s2-wait": "1", "s2-unit": "1440", "s2-condition": "not opened", "s2-not_before": "09:00",
        "p-queue": "exceptions", "p-due": "240", "p-due_kind": "working_minutes",
    }  # fmt: skip
    return values | more


def text(client: Client, where: str) -> str:
    return client.get(where).content.decode()


def draft(client: Client) -> PolicyProposal:
    client.post(url("journey_edit", "reminder"), rows(do="save"))
    return PolicyProposal.objects.latest("id")


def test_who_may_look_and_who_may_change(world: World, as_role: Enter) -> None:
    pk = draft(as_role("administrator")).pk
    look = [
        url("journeys"),
        url("templates"),
        url("template", "reminder_5"),
        url("proposals"),
        url("proposal", pk),
    ]
    change = [url("journey_edit", "reminder"), url("template_edit", "reminder_5")]
    write = [
        url("approval_new", "reminder_5"), url("approval_move", 1), url("proposal_submit", pk),
        url("proposal_approve", pk), url("proposal_reject", pk), url("proposal_withdraw", pk),
    ]  # fmt: skip
    for role in ROLES:
        client = as_role(role)
        looks = 200 if role in ("supervisor", "administrator") else 403
        assert {client.get(page).status_code for page in look} == {looks}, role
        if role != "administrator":
            assert {client.get(page).status_code for page in change} == {403}, role
            assert {client.post(page).status_code for page in write} == {403}, role
    assert PolicyProposal.objects.get().state == "draft"
    assert {Client().get(page).status_code for page in look} == {302}


def test_a_change_goes_from_draft_to_force_through_two_persons(
    world: World, as_role: Enter, second: Client
) -> None:  # S2-10
    maker = as_role("administrator")
    before = steps("reminder", queries.version(FILE))
    pk = draft(maker).pk
    shown = text(maker, url("proposal", pk))
    assert "等待由 12 小时 改为 6 小时" in shown
    assert "仅当还没有“已打开”" in shown
    assert "不早于 09:00" in shown
    assert "删去原第 3 步：电子邮件" in shown
    assert "用过去 30 天试算" in shown
    maker.post(url("proposal_submit", pk), {"reason": "夜里不发短信，少一封邮件"})
    refused = maker.post(url("proposal_approve", pk), {"activate_on": "2026-11-23"}, follow=True)
    assert "起草人不能复核自己的申请" in refused.content.decode()
    assert PolicyProposal.objects.get(pk=pk).state == "proposed"
    second.post(url("proposal_approve", pk), {"activate_on": "2026-11-24", "note": "同意"})
    assert PolicyProposal.objects.get(pk=pk).state == "approved"
    operations.proposals_activate(at=AT + timedelta(days=1))
    after = steps("reminder", queries.version(FILE))
    assert [step.channel for step in after] == ["inbox", "sms", "person"]
    assert after != before
    assert steps("overdue", queries.version(FILE))[0].channel == "inbox", "the other journeys stay"
    history = text(maker, url("journeys"))
    assert "夜里不发短信，少一封邮件" in history
    assert "另一位" in history


def test_buttons_move_rows_and_change_nothing(world: World, as_role: Enter) -> None:
    client = as_role("administrator")
    page = url("journey_edit", "reminder")
    for do, first, count in (
        ("down-1", "sms", 2),
        ("up-2", "sms", 2),
        ("drop-1", "sms", 1),
        ("add", "inbox", 3),
    ):
        shown = client.post(page, rows(do=do)).context
        assert (shown["rows"][0]["channel"], shown["count"]) == (first, count), do
    assert not PolicyProposal.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"s1-wait": "soon"}, "f-s1-wait"), ({"s2-wait": "0"}, "f-s2-wait"), ({"s2-not_before": "25:00"}, "f-s2-not_before"),
        ({"s1-channel": "fax"}, "f-s1-channel"), ({"p-due": "-1"}, "f-p-due"), ({"s2-within": "x"}, "f-s2-within"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_beside_its_field(
    world: World, as_role: Enter, wrong: dict[str, str], place: str
) -> None:
    answer = as_role("administrator").post(url("journey_edit", "reminder"), rows(do="save", **wrong))
    assert answer.status_code == 422
    assert f'href="#{place}"' in answer.content.decode()
    assert not PolicyProposal.objects.exists()


def test_a_stale_form_is_refused_and_can_be_drafted_again(world: World, as_role: Enter) -> None:
    client = as_role("administrator")
    stale = rows(do="save")
    first = draft(client)
    operations.load(FILE, first.content, at=AT, by="staff:9")
    answer = client.post(url("journey_edit", "reminder"), stale)
    assert answer.status_code == 422
    assert "请在现行版本上重新起草" in answer.content.decode()
    shown = text(client, url("proposal", first.pk))
    assert "基础版本已被替换" in shown
    again = client.get(f"{url('journey_edit', 'reminder')}?from={first.pk}").context
    assert [row["channel"] for row in again["rows"]] == ["inbox", "sms"]


def test_texts_are_previewed_checked_and_proposed(world: World, as_role: Enter) -> None:
    client = as_role("administrator")
    page = url("template_edit", "reminder_5")
    form = client.get(page).context
    values = {cell["id"]: cell["value"] for field in form["fields"] for cell in field["cells"]}
    values |= {"base": form["base"], "do": "save"}
    threat = values | {"zh-sms": "【{bank_name}】再不还款后果自负 {ack_url}"}
    live = client.post(page, threat, headers={"HX-Request": "true"}).content.decode()
    assert "含禁用词“后果自负”" in live
    assert "<html" not in live
    assert client.post(page, threat).status_code == 422
    assert not PolicyProposal.objects.exists()
    kinder = values | {"zh-sms": values["zh-sms"].replace("以免影响您的安排", "谢谢")}
    answer = client.post(page, kinder, follow=True)
    assert "改了什么" in answer.content.decode()
    data = queries.parse("templates.toml", queries.proposal_content(PolicyProposal.objects.get().pk))
    old = queries.toml("templates.toml")
    changed = [(name, lang, key) for name in old for lang in ("zh", "en") for key in old[name].get(lang, {})
               if old[name][lang][key].strip() != data[name][lang][key].strip()]  # fmt: skip
    assert changed == [("reminder_5", "zh", "sms")]


def test_an_approval_is_recorded_by_hand(world: World, as_role: Enter) -> None:
    client = as_role("administrator")
    asked = {"provider": "gateway", "channel": "sms", "language": "zh"}
    client.post(url("approval_new", "reminder_5"), asked)
    (row,) = templates.approvals(template="reminder_5")
    for state in ("submitted", "approved"):
        moved = {"state": state, "provider_code": "SMS_77", "template": "reminder_5"}
        client.post(url("approval_move", row.id), moved)
    found = templates.approval("gateway", "reminder_5", "sms", "zh")
    assert found is not None
    assert found.provider_code == "SMS_77"
    assert "已通过 1" in text(client, url("templates"))
    twice = client.post(url("approval_new", "reminder_5"), asked, follow=True).content.decode()
    assert "已有报备记录" in twice


def test_pages_cost_few_queries(world: World, as_role: Enter) -> None:
    client = as_role("administrator")
    for _ in range(6):
        draft(client)
    pages = (url("journeys"), url("templates"), url("template", "reminder_5"), url("proposals"),
             url("proposal", PolicyProposal.objects.latest("id").pk), url("journey_edit", "reminder"))  # fmt: skip
    for page in pages:
        client.get(page)
        with CaptureQueriesContext(connection) as captured:
            client.get(page)
        assert len(captured) <= 12, page
