"""Letters at the desk: who may, batches of my branch only, downloads written down, the mail room's file with its quarantine. S2-04."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from anju.adapters.simulated import mailroom
from anju.platform.identity.models import Branch, Reveal, Staff
from anju.platform.letters import operations as letters
from anju.platform.letters.operations import batching
from anju.platform.letters.queries import batches
from anju.platform.letters.rows import NewLetter
from tests.web import desk_world
from tests.web.conftest import BACKEND
from tests.web.desk_world import AT, World

Enter = Callable[..., Client]


@pytest.fixture
def waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Ten letters of the branch's people wait; PDFs are made of air."""
    monkeypatch.setattr(batching, "render_pdf", lambda name, values, *, at: b"%PDF-1.7")
    monkeypatch.setattr(batching, "require_letters", lambda texts: None)
    borrower = world.loans[0].borrower_id
    letters.take_many(
        [
            NewLetter(
                f"anju-{n}",
                "post",
                n,
                borrower,
                world.branch.pk,
                "张三",
                "上海市徐汇区1号 200030",
                "标题",
                "正文",
            )
            for n in range(10)
        ],
        at=AT,
    )
    return world


def test_only_those_who_run_letters_see_them(waiting: World, as_role: Enter) -> None:
    got = {role: as_role(role).get(reverse("desk:letters")).status_code for role in desk_world.ROLES}
    assert {role for role, status in got.items() if status == 200} == {"supervisor", "administrator"}


def test_a_batch_is_made_taken_and_answered(
    waiting: World, as_role: Enter, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = as_role("supervisor")
    assert client.post(reverse("desk:letter_batch")).status_code == 302
    (batch,) = batches([waiting.branch.pk])
    url = reverse("desk:letter_file", args=[batch.id])
    assert client.post(url, {"what": "pdf", "reason": "curiosity"}).status_code == 422
    assert Reveal.objects.count() == 0
    answer = client.post(url, {"what": "list", "reason": "mail_room"})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert "attachment" in answer["Content-Disposition"]
    reveal = Reveal.objects.get()
    assert (reveal.person_id, reveal.field, reveal.reason) == (
        waiting.loans[0].borrower_id,
        "post",
        "mail_room",
    )

    file = (
        mailroom.answers(answer.content, on=AT.date()).replace(b"2026-11-26", b"2026-11-23")
        + b"L1,,2026-11-23,,,\r\n"
    )
    shown = client.post(
        reverse("desk:letter_upload"), {"file": SimpleUploadedFile("回执.csv", file)}, follow=True
    ).content.decode()
    assert "不是信函编号" in shown
    assert ">L1<" in shown
    with django_assert_max_num_queries(12):
        page = client.get(reverse("desk:letters")).content.decode()
    assert "回执.csv" in page
    assert batch.number in page
    assert batches([waiting.branch.pk])[0].posted == 10
    again = client.post(
        reverse("desk:letter_upload"), {"file": SimpleUploadedFile("b.csv", file)}, follow=True
    )
    assert "没有改变任何数据" in again.content.decode()


def test_what_cannot_be_read_is_said_and_nothing_changes(waiting: World, as_role: Enter) -> None:
    client, url = as_role("administrator"), reverse("desk:letter_upload")
    for content in (b"", b"\x00\x01", b"a,b\n1,2\n", b"x" * (2 * 1024 * 1024 + 1)):
        answer = client.post(url, {"file": SimpleUploadedFile("r.csv", content)})
        assert answer.status_code == 422
        assert "没有改变任何数据" in answer.content.decode() or "请" in answer.content.decode()
    assert client.post(url).status_code == 422


def test_another_branch_sees_and_takes_nothing(waiting: World, as_role: Enter) -> None:
    as_role("supervisor").post(reverse("desk:letter_batch"))
    (batch,) = batches(None)
    other = Branch.objects.create(code="B002", name="第二支行")
    client = Client()
    client.force_login(
        Staff.objects.create_user("B002-supe", None, name="另", role="supervisor", branch=other),
        backend=BACKEND,
    )
    assert batch.number not in client.get(reverse("desk:letters")).content.decode()
    assert (
        client.post(
            reverse("desk:letter_file", args=[batch.id]), {"what": "pdf", "reason": "mail_room"}
        ).status_code
        == 404
    )
    assert client.get(reverse("desk:letter_returns", args=[1])).status_code == 404
    assert Reveal.objects.count() == 0
