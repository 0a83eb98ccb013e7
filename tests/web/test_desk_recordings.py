"""A recording is heard with a reason by those who may, each time written down, and goes when its time is over. S3-18."""

import hashlib
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from anju.contexts.servicing import retention
from anju.contexts.servicing.facts import LoanSettled
from anju.contexts.servicing.models import Loan
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries, recordings
from anju.platform.documents import operations as documents
from anju.platform.documents.models import StoredFile
from anju.platform.identity.crypto import encrypt_bytes
from anju.platform.identity.models import Branch
from anju.platform.journal import operations as journal
from anju.platform.journal.queries import timeline, verify
from tests.web.desk_world import AT, World

AsRole = Callable[[str], Client]
WAV = b"RIFF....WAVEfmt " + bytes(200)


def record(world: World, *, at: datetime = AT, ref: str = "", loan: int = 0, wav: bytes = WAV) -> int:
    """A call with its recording; id of the contact."""
    row = world.loans[loan]
    if not ref:
        ref = "file:" + documents.store(
            name="call.wav", content=encrypt_bytes(wav), media_type="audio/wav; encrypted", kind=recordings.KIND, at=at,
            by="system:voice", keep_until=at.date().replace(year=at.year + 5),
        )  # fmt: skip
    return contacts.log_inbound(
        person_id=row.borrower_id, purpose="service", channel="call", at=at, actor="system:voice", outcome_code="confirmed",
        subject=("loan", row.pk), recording_ref=ref, recording_checksum=hashlib.sha256(wav).hexdigest(),
    )  # fmt: skip


def play(client: Client, number: int, reason: str = "complaint"):
    return client.post(reverse("desk:recording_play", args=[number]), {"reason": reason})


def sound_url(text: str) -> str:
    found = re.search(r'<audio[^>]+src="([^"]+)"', text)
    assert found is not None
    return found[1]


def plays(world: World) -> list[tuple[str, str]]:
    rows = timeline([("person", world.loans[0].borrower_id)], kinds=["contacts.recording.played"])
    return [(row.actor, str(row.body["reason"])) for row in rows]


def test_it_is_heard_with_a_reason_and_every_time_is_a_fact(
    world: World, as_role: AsRole, django_assert_max_num_queries: Callable[..., object]
) -> None:
    number, client = record(world), as_role("supervisor")
    who = world.loans[0].borrower_id
    link = reverse("desk:recording", args=[number])
    assert link in client.get(reverse("desk:person_contact", args=[who])).content.decode()
    assert link in client.get(reverse("desk:told", args=[who])).content.decode()
    with django_assert_max_num_queries(12):
        assert "<audio" not in client.get(link).content.decode()
    assert plays(world) == []  # to look is not to hear
    assert play(client, number, "curious").status_code == 422
    assert plays(world) == []
    url = sound_url(play(client, number).content.decode())
    assert plays(world) == [(f"staff:{world.staff['supervisor'].pk}", "complaint")]
    answer = client.get(url)
    assert (answer.content, answer["Content-Type"], answer["Cache-Control"]) == (
        WAV,
        "audio/wav",
        "private, no-store",
    )
    assert "处理投诉" in client.get(link).content.decode()


def test_nobody_else_hears_it(world: World, as_role: AsRole) -> None:
    number = record(world)
    url = sound_url(play(as_role("supervisor"), number).content.decode())
    for role in ("collector", "adviser", "administrator"):
        client = as_role(role)
        assert play(client, number).status_code == 403
        assert client.get(url).status_code == 403
    risk = as_role("risk_officer")
    assert risk.get(url).status_code == 404  # the ticket is another person's
    assert as_role("supervisor").get(url[:-3] + "xx/").status_code == 404
    away = Branch.objects.create(code="T02", name="别家支行")
    Loan.objects.filter(pk=world.loans[0].pk).update(branch=away)
    supervisor = as_role("supervisor")
    assert play(supervisor, number).status_code == 404
    assert supervisor.get(url).status_code == 404
    assert len(plays(world)) == 1


def test_what_lies_elsewhere_or_was_changed_says_so(world: World, as_role: AsRole) -> None:
    client = as_role("supervisor")
    elsewhere = record(world, ref="REC202611220001")
    assert "话务系统" in client.get(reverse("desk:recording", args=[elsewhere])).content.decode()
    assert "话务系统" in play(client, elsewhere).content.decode()
    changed = record(world)
    StoredFile.objects.filter(kind=recordings.KIND).update(content=b"other")
    assert "校验值不符" in play(client, changed).content.decode()
    assert plays(world) == []


def settle(world: World, loan: int, on: date) -> None:
    row = world.loans[loan]
    Loan.objects.filter(pk=row.pk).update(state="settled")
    at = AT.replace(year=on.year, month=on.month, day=on.day)
    journal.record(LoanSettled(row.pk, on), at=at, actor="system:test")


def test_it_goes_when_its_time_is_over_and_leaves_a_fact(
    world: World, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "_keepers", [retention.needed])
    old = AT.replace(year=2019)
    running, settled, lately = (record(world, at=old, loan=n, wav=WAV + bytes([n])) for n in range(3))
    young = record(world, loan=1, at=AT - timedelta(days=400))
    settle(world, 1, date(2020, 1, 31))
    settle(world, 2, date(2024, 1, 31))
    assert recordings.erase_old(at=AT) == 1
    assert recordings.erase_old(at=AT) == 0
    states = {n: recordings.state_of(queries.contact_row(n)) for n in (running, settled, lately, young)}
    assert states == {running: "here", settled: "erased", lately: "here", young: "here"}
    row = queries.contact_row(settled)
    assert (row.recording_ref[:5], len(row.recording_checksum)) == ("file:", 64)  # the evidence stays
    [fact] = timeline([("person", row.person_id)], kinds=["contacts.recording.erased"])
    assert (fact.body["contact_id"], fact.body["checksum"], fact.body["years"]) == (
        settled,
        row.recording_checksum,
        5,
    )
    assert fact.body["recorded_on"] == "2019-11-23"
    assert verify(("person", row.person_id)) == []
    client = as_role("supervisor")
    assert "保存期满" in client.get(reverse("desk:recording", args=[settled])).content.decode()
    assert "已超过保存期限" in play(client, settled).content.decode()
    client.get(reverse("desk:told", args=[row.person_id]))
