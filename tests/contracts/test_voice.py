"""The voice channel from hand-over to proof: book, dialler, port, against simulated people. S2-03, S2-08."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from anju.adapters.simulated.voice import SimulatedCaller
from anju.adapters.voice import sound
from anju.adapters.voice.book import CallBook, _entry
from anju.adapters.voice.call import Script
from anju.adapters.voice.dialler import Dialler
from anju.adapters.voice.port import WAITING_MAX_PER_LINE, VoicePort
from anju.adapters.voice.prompt import PromptMissing, Prompts, text_id, unspeakable
from anju.platform.notices.ports import BulkPort, Listener, Message, NotTried, Port, Rejected, Submitted
from anju.platform.notices.rows import ReceiptIn
from tests.contracts.sip_peers import require

TEXT = "您好，这里是安居示范银行。您尾号0001的住房贷款有一条通知。确认收到请按1键，请我们回电请按2键。"


class Beeps(Prompts):
    """Every text has a sound, made at once."""

    def can(self, text: str) -> bool:
        return True

    def script(self, text: str) -> Script:
        return Script(sound.tone(0.1), sound.tone(0.1))


class Stage:
    """A port, its dialler and the people behind it, on one clock."""

    def __init__(self, folder: Path, at: datetime) -> None:
        self.at = at
        self.port = VoicePort(folder, Beeps("安居示范银行"), name="sip")
        self.caller = SimulatedCaller()
        self.dialler = Dialler(self.port.book, self.caller, self.port.prompts, clock=lambda: self.at)

    def call(self, to: str, number: int = 1, **given: object) -> Submitted:
        return self.port.send(said(self.at, to, number))

    def heard(self) -> list[ReceiptIn]:
        rows: list[ReceiptIn] = []
        self.port.listen(at=self.at, sink=rows.extend)
        return rows


def said(at: datetime, to: str = "13800099975", number: int = 1, body: str = TEXT) -> Message:
    return Message(f"anju-9-{number}", 0, "voice", 501, to, "", body, at)


@pytest.fixture
def stage(tmp_path, at) -> Stage:
    return Stage(tmp_path / "book", at)


def test_the_port_is_one_like_the_others(stage, at):
    assert isinstance(stage.port, Port)
    assert isinstance(stage.port, BulkPort)
    assert isinstance(stage.port, Listener)
    first, second = stage.call("13800099975", 1), stage.call("13800099976", 2)
    assert (first.rung, first.provider_ref, second.provider_ref) == ("accepted", "anju-9-1", "anju-9-2")
    assert stage.port.poll(key="anju-9-1", provider_ref="", at=at).status == "accepted"
    assert stage.port.poll(key="anju-9-9", provider_ref="", at=at) is None


def test_the_same_key_is_one_call_for_ever(stage):
    for _ in range(2):
        stage.call("13800099976")
    stage.dialler.run_once()
    stage.call("13800099976")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("anju.adapters.voice.port.contact_calls.call_settled", lambda **_: True)
        stage.heard()
    stage.call("13800099976")
    assert stage.dialler.run_once() == 0
    assert stage.caller.dialled == ["13800099976"]


@pytest.mark.parametrize(("message", "error_class", "retry"), [
    ({"to": "nobody"}, "no_such_address", False),
    ({"body": "查看 https://bank.example/a/1"}, "content", False),
    ({"body": "好" * 601}, "content", False),
])  # fmt: skip
def test_what_cannot_be_called_or_said_is_refused(stage, at, message, error_class, retry):
    with pytest.raises(Rejected) as refused:
        stage.port.send(replace(said(at), **message))
    assert (refused.value.error_class, refused.value.retry) == (error_class, retry)
    assert stage.port.book.waiting() == 0


def test_what_the_lines_cannot_begin_soon_stays_in_the_notices_queue(stage, at):
    outcomes = stage.port.send_many([said(at, number=number) for number in range(WAITING_MAX_PER_LINE + 3)])
    assert sum(isinstance(one, NotTried) for one in outcomes) == 3
    assert stage.port.book.waiting() == WAITING_MAX_PER_LINE


@pytest.mark.parametrize(("to", "events", "status"), [
    ("13800099971", ["dialling", "ringing", "answered", "introduced", "identified", "played", "confirmed", "ended"], "device_delivered"),
    ("13800099973", ["dialling", "ringing", "answered", "introduced", "ended"], "carrier_delivered"),
    ("13800099975", ["dialling", "ringing", "ended"], "failed"),
    ("13800099978", ["dialling", "ended"], "failed"),
])  # fmt: skip
def test_the_book_says_what_happened(stage, to, events, status):
    stage.call(to)
    assert stage.dialler.run_once() == 1
    assert [entry.event for entry in stage.port.book.entries("anju-9-1")] == events
    assert stage.port.poll(key="anju-9-1", provider_ref="", at=stage.at).status == status


def test_a_call_not_begun_in_time_is_not_made(stage):
    stage.call("13800099971")
    stage.at += timedelta(minutes=21)
    assert stage.dialler.run_once() == 0
    assert stage.caller.dialled == []
    assert [entry.details.get("outcome") for entry in stage.port.book.entries("anju-9-1")] == ["too_late"]
    stage.call("13800099971", 2)
    stage.at += timedelta(minutes=21)
    assert stage.port.book.expire(stage.at) == 1  # without any dialler
    assert stage.port.book.waiting() == 0


def test_a_dialler_killed_in_a_call_never_calls_again(stage):
    book = stage.port.book
    stage.call("13800099971", 1)
    stage.call("13800099971", 2)
    assert book.claim(stage.at).key == "anju-9-1"  # dialling, and then the machine is gone
    (book.calls / "anju-9-1.log").open("ab").write(b'\n{"event": "ring')
    (book.queue / "anju-9-2.call").rename(book.calls / "anju-9-2.call")  # claimed, nothing done yet
    assert stage.dialler.run_once() == 1
    assert stage.caller.dialled == ["13800099971"]
    first, second = book.entries("anju-9-1"), book.entries("anju-9-2")
    assert [(row.event, row.details.get("outcome")) for row in first] == [
        ("dialling", None),
        ("ended", "interrupted"),
    ]
    assert second[-1].details["outcome"] == "answered"


@pytest.mark.parametrize("lines", range(1, 9))
def test_wherever_it_is_killed_a_call_is_never_repeated(stage, lines):
    """The log is cut after each of its lines, as kill -9 would; what was heard before is still told, once."""
    stage.call("13800099971")
    stage.dialler.run_once()
    book = stage.port.book
    log = book.calls / "anju-9-1.log"
    whole = [line for line in log.read_bytes().splitlines() if line]
    log.write_bytes(b"\n".join(whole[:lines]) + b'\n{"event": "pla')
    assert stage.dialler.run_once() == 0
    assert len(stage.caller.dialled) == 1
    events = [entry.event for entry in book.entries("anju-9-1")]
    assert events[:lines] == [entry.event for entry in map(_entry, whole[:lines])]
    assert events.count("ended") == 1
    status = stage.port.poll(key="anju-9-1", provider_ref="", at=stage.at).status
    assert status == (
        "failed"
        if "answered" not in events
        else "device_delivered"
        if "played" in events
        else "carrier_delivered"
    )


@pytest.mark.parametrize(("given", "names"), [
    ({}, []),
    ({"ANJU_SIP_URL": "sip://u:p@127.0.0.1?from=400&lines=3"}, ["sip"]),
    ({"ANJU_VOICE_PROVIDERS": "sip-2,sim-voice", "ANJU_SIP_2_URL": "sip://u:p@127.0.0.1?from=400"}, ["sip-2"]),
])  # fmt: skip
def test_the_dialler_runs_where_there_is_a_line(monkeypatch, given, names):
    from anju.adapters.voice import lines_from_environment
    from anju.site.processes import site_children

    for name in ("ANJU_SIP_URL", "ANJU_VOICE_PROVIDERS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert list(lines_from_environment()) == names
    assert ("dialler" in [child.name for child in site_children(host="127.0.0.1", port=1)]) == bool(names)


def test_a_bad_line_names_its_variable(monkeypatch):
    from anju.adapters.voice import lines_from_environment

    monkeypatch.delenv("ANJU_VOICE_PROVIDERS", raising=False)
    monkeypatch.setenv("ANJU_SIP_URL", "sip://u:p@127.0.0.1?from=400&lines=0")
    with pytest.raises(ValueError, match="ANJU_SIP_URL: lines='0': 1 to 32"):
        lines_from_environment()


def test_two_diallers_never_hold_one_call(stage, at):
    for number in range(20):
        stage.call("13800099976", number)
    mine = CallBook(stage.port.book.folder)
    got = [request.key for _ in range(20) for book in (mine, stage.port.book) if (request := book.claim(at))]
    assert sorted(got) == sorted({f"anju-9-{number}" for number in range(20)})


def test_a_number_and_its_text_are_not_readable_on_the_disk(stage):
    stage.call("13800099971")
    (place,) = stage.port.book.queue.iterdir()
    assert b"99971" not in place.read_bytes()
    assert place.stat().st_mode & 0o077 == 0


def test_texts_are_spoken_or_played_from_the_banks_recordings(tmp_path):
    silent = Prompts("安居", tmp_path, speaker="no-such-program")
    assert not silent.can(TEXT)
    with pytest.raises(PromptMissing):
        silent.script(TEXT)
    import wave

    for name, seconds in ((f"{text_id(TEXT)}.wav", 0.5), ("intro-zh.wav", 0.25)):
        with wave.open(str(tmp_path / name), "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", ""))
            file.writeframes((np.ones(int(16000 * seconds), dtype="<i2") * 900).tobytes())
    assert silent.can(TEXT)
    script = silent.script(TEXT)
    assert (len(script.intro), len(script.text)) == (2000, 4000)
    (tmp_path / "intro-zh.wav").write_bytes(b"no sound")
    with pytest.raises(PromptMissing):
        silent.script(TEXT)


@pytest.mark.parametrize("text", [TEXT, "Hello, this is the bank. To confirm, press 1."])
def test_a_text_becomes_speech(text):
    require("espeak-ng", "espeak-ng")
    script = Prompts("安居示范银行").script(text)
    assert len(script.text) > sound.RATE
    assert np.abs(script.text.astype(int)).max() > 1000


def test_the_shipped_texts_can_be_spoken():
    import tomllib
    from importlib import resources

    texts = tomllib.loads((resources.files("anju.policy") / "templates.toml").read_text("utf-8"))
    voices = [
        words["voice"]
        for row in texts.values()
        for name in ("zh", "en")
        if "voice" in (words := row.get(name) or {})
    ]
    assert len(voices) > 10
    assert [text for text in voices if unspeakable(text)] == []
    assert [text for text in voices if ("按1键" in text or "press 1" in text) is False] == []


@pytest.fixture
def in_the_queue(branch, at, shipped_policy):
    """Voice attempts of one person, waiting to be sent; a function of the number."""
    from anju.platform.contacts import operations as contacts
    from anju.platform.notices import operations
    from anju.platform.notices.models import Attempt, Obligation
    from tests.platform.notices.world import PERSON, owed

    def queue(to: str) -> int:
        contacts.set_addresses_many([(PERSON, "phone", to)], at=at)
        operations.owe_many([owed(branch.id, at)])
        operations.plan(at=at)
        obligation = Obligation.objects.get()
        Attempt.objects.filter(obligation=obligation).update(
            channel="voice", idempotency_key="anju-9-1", address_id=contact_address(PERSON)
        )
        return int(obligation.id)

    return queue


def contact_address(person: int) -> int | None:
    from anju.platform.contacts import queries

    found = queries.address(person, "phone")
    return None if found is None else found.id


def live(stage: Stage) -> None:
    from anju.platform.notices import operations

    operations.send(at=stage.at, ports={"voice": [stage.port]})
    assert stage.dialler.run_once() == 1
    stage.port.listen(at=stage.at, sink=lambda rows: operations.receive_many(rows, at=stage.at))


@pytest.mark.django_db
def test_two_key_presses_prove_a_notice_and_the_recording_is_kept(stage, in_the_queue):
    from anju.platform.contacts import queries as contacts
    from anju.platform.documents import queries as documents
    from anju.platform.identity.crypto import decrypt_bytes
    from anju.platform.notices import queries
    from tests.platform.notices.world import PERSON

    obligation_id = in_the_queue("13800099971")
    live(stage)
    row = queries.obligation(obligation_id)
    assert (row.state, row.rung, row.reason) == ("proven", "acknowledged", "voice")
    (contact,) = contacts.history(PERSON, stage.at - timedelta(hours=1))
    assert (contact.state, contact.outcome_code, contact.answered) == ("done", "confirmed", True)
    stored = documents.get(contact.recording_ref.removeprefix("file:"))
    assert decrypt_bytes(stored)[:4] == b"RIFF"
    assert documents.info(contact.recording_ref.removeprefix("file:")).keep_until is not None
    assert list(stage.port.book.calls.iterdir()) == []  # number and text are gone, the log is kept
    assert stage.heard() == []


@pytest.mark.django_db
@pytest.mark.parametrize(("to", "state", "rung", "outcome", "kept"), [
    ("13800099972", "delivered", "device_delivered", "played", "done"),
    ("13800099973", "delivered", "carrier_delivered", "answered", "done"),
    ("13800099975", "failed", "sent", "no_answer", "done"),
    ("13800099976", "failed", "accepted", "busy", "done"),
    ("13800099979", "failed", "accepted", "line_failed", "void"),
])  # fmt: skip
def test_what_is_not_confirmed_proves_no_more_than_it_does(
    stage, in_the_queue, to, state, rung, outcome, kept
):
    from anju.platform.contacts import queries as contacts
    from anju.platform.notices import queries
    from tests.platform.notices.world import PERSON

    obligation_id = in_the_queue(to)
    live(stage)
    assert queries.obligation(obligation_id).state == "in_progress"
    page = queries.obligation_page(obligation_id)
    (attempt,) = [one for step in page.steps for one in step.attempts]
    assert (attempt.state, attempt.rung) == (state, rung)
    (contact,) = contacts.history(PERSON, stage.at - timedelta(hours=1))
    assert (contact.state, contact.outcome_code) == (kept, outcome)


@pytest.mark.django_db
def test_who_asks_for_a_call_back_is_called_back(stage, in_the_queue):
    from anju.platform.contacts import queries as contacts
    from anju.platform.work import queries as work
    from tests.platform.notices.world import LOAN, PERSON

    in_the_queue("13800099974")
    live(stage)
    (item,) = work.items(subjects=[LOAN], kinds=["notices.callback"], limit=5)
    assert item.person_id == PERSON
    rows = contacts.history(PERSON, stage.at - timedelta(hours=1))
    assert {(row.outbound, row.outcome_code) for row in rows} == {
        (True, "callback"),
        (False, "callback_wanted"),
    }
