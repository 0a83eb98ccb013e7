"""Calls over SIP against a real peer (sipp): answered with keys, hung up, busy, rejected, no answer, nobody there. S2-08."""

import hashlib
import os
import subprocess
import sys
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anju.adapters.voice import sip, sound
from anju.adapters.voice.call import Ended, Script, SipCall
from anju.adapters.voice.line import Line
from tests.contracts import sip_peers as peer
from tests.site.installations import wait_until

SCRIPT = Script(sound.tone(0.4), sound.tone(0.5, 660))
OPTIONS = peer.asks("OPTIONS", 7)
INFO = {
    key: peer.asks(
        "INFO", 8 + int(key), body=f"Signal={key}\r\nDuration=160\r\n", kind="application/dtmf-relay"
    )
    for key in "12"
}
STORIES: dict[str, tuple[tuple[str, ...], list[str], str]] = {
    "presses 1 twice": (
        (peer.HEARS_INVITE, peer.ASKS_PASSWORD, peer.RINGS, peer.waits(50), peer.ANSWERS, peer.waits(300),
         peer.presses("1"), peer.waits(1400), peer.presses("1"), peer.HEARS_BYE),
        ["ringing", "answered", "identified", "played", "confirmed"], "answered",
    ),
    "wants a call back": (
        (peer.HEARS_INVITE, peer.RINGS, peer.ANSWERS, OPTIONS, peer.waits(100), INFO["2"], peer.HEARS_BYE),
        ["ringing", "answered", "callback"], "answered",
    ),
    "says nothing": (
        (peer.HEARS_INVITE, peer.RINGS, peer.ANSWERS_MU, peer.HEARS_BYE),
        ["ringing", "answered"], "answered",
    ),
    "hangs up": (
        (peer.HEARS_INVITE, peer.ANSWERS, peer.waits(100), peer.asks("BYE", 9)),
        ["answered"], "answered",
    ),
    "busy": ((peer.HEARS_INVITE, peer.says("486 Busy Here"), "<recv request='ACK'/>"), [], "busy"),
    "rejects": (
        (peer.HEARS_INVITE, peer.RINGS, peer.says("603 Decline"), "<recv request='ACK'/>"), ["ringing"], "rejected",
    ),
    "unknown": ((peer.HEARS_INVITE, peer.says("404 Not Found"), "<recv request='ACK'/>"), [], "no_such_address"),
    "no answer": (
        (peer.HEARS_INVITE, peer.RINGS, "<recv request='CANCEL'/>", peer.says("200 OK"),
         peer.says("487 Request Terminated").replace("[last_CSeq:]", "CSeq: 1 INVITE"), "<recv request='ACK'/>"),
        ["ringing"], "no_answer",
    ),
    "wrong password": (
        (peer.HEARS_INVITE, peer.ASKS_PASSWORD.replace("password='secret'", "password='other'")), [], "rejected",
    ),
}  # fmt: skip


def line_to(port: int, key_seconds: float = 1.0) -> Line:
    return Line(
        "127.0.0.1", port, "anju", "secret", "4000000000", "bank.example", ring_seconds=1.5, call_seconds=20,
        key_seconds=key_seconds, rounds=1, first_resend=0.2,
    )  # fmt: skip


def make_call(folder: Path, steps: tuple[str, ...]) -> tuple[Ended, list[str], int, str]:
    folder.mkdir()
    other = peer.Peer(folder, *steps)
    told: list[str] = []
    try:
        ended = SipCall(
            line_to(other.port, 6.0 if "press" in folder.name else 1.0),
            "13800000001",
            SCRIPT,
            record_to=folder / "call.wav",
            tell=told.append,
        ).run()
    finally:
        code = other.end()
    return ended, told, code, other.why()


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Ended, list[str], int, str]]:
    """All stories, side by side: most of a call is waiting."""
    peer.require("sipp", "sip-tester")
    top = tmp_path_factory.mktemp("calls")
    with ThreadPoolExecutor(len(STORIES)) as pool:
        running = {
            name: pool.submit(make_call, top / name.replace(" ", "-"), story[0])
            for name, story in STORIES.items()
        }
        return {name: one.result() for name, one in running.items()}


@pytest.mark.parametrize("story", list(STORIES))
@pytest.mark.skipif(os.geteuid() != 0, reason="sipp presses keys through a raw socket")
def test_a_call_ends_as_the_person_decides(calls, story):
    ended, told, code, why = calls[story]
    _, events, outcome = STORIES[story]
    heard = [event for event in told if event != "introduced"]  # a key may come before its end
    assert (heard, ended.outcome) == (events, outcome), f"{ended} {why}"
    assert code == 0, why  # the peer saw every message it waits for


def test_who_presses_nothing_hears_the_introduction_alone(calls):
    assert calls["says nothing"][1] == ["ringing", "answered", "introduced"]


def test_what_was_said_is_recorded_with_its_checksum(calls):
    ended = calls["presses 1 twice"][0]
    assert ended.recording is not None
    data = ended.recording.read_bytes()
    assert hashlib.sha256(data).hexdigest() == ended.checksum
    assert ended.recording.stat().st_mode & 0o077 == 0
    assert data[:4] == b"RIFF"
    assert data[20:24] == b"\x06\x00\x02\x00"  # A-law, two sides
    ours = np.frombuffer(data[58:], np.uint8)[::2]
    assert (ours != 0xD5).sum() > 0.8 * sound.RATE * 0.5
    assert calls["busy"][0].recording is None


def test_a_dialler_killed_in_a_call_leaves_it_to_the_next_one_which_does_not_ring_again(tmp_path, at):
    """`anju dialler` as a process of its own, kill -9 while it speaks, and started again. S2-03"""
    from django.conf import settings

    from anju.adapters.voice.book import CallBook, Request
    from anju.adapters.voice.prompt import text_id

    other = peer.Peer(tmp_path, peer.HEARS_INVITE, peer.RINGS, peer.ANSWERS, peer.waits(60_000))
    book = CallBook(tmp_path / "voice" / "sip")
    text = "您好，确认收到请按1键。"
    for name in ("intro-zh", text_id(text)):
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(2 * 8000 * 20))
    book.put(Request("anju-1", 1, 501, "13800000001", text, at, at.replace(year=at.year + 50)))
    environment = {
        **os.environ, "ANJU_DATA": str(tmp_path), "ANJU_VOICE_PROMPTS": str(tmp_path),
        "ANJU_SIP_URL": f"sip://127.0.0.1:{other.port}?from=4000000000", "ANJU_FIELD_KEYS": settings.ANJU_FIELD_KEYS,
    }  # fmt: skip
    environment.pop("ANJU_VOICE_PROVIDERS", None)

    started: list[subprocess.Popen[bytes]] = [other.process]

    def dialler_until(event: str) -> subprocess.Popen[bytes]:
        made = subprocess.Popen([sys.executable, "-m", "anju.site.cli", "dialler"], env=environment)
        started.append(made)

        def told() -> bool:
            assert made.poll() is None
            return event in [row.event for row in book.entries("anju-1")]

        wait_until(told, f"the dialler's book tells of {event}")
        return made

    try:
        first = dialler_until("answered")
        first.kill()
        first.wait()
        second = dialler_until("ended")
        second.terminate()
        assert second.wait(30) == 0
    finally:
        for process in started:
            process.kill()
            process.wait()
    told = [(row.event, row.details.get("outcome")) for row in book.entries("anju-1")]
    assert told == [("dialling", None), ("ringing", None), ("answered", None), ("ended", "interrupted")]


def test_nobody_there_is_the_lines_trouble(tmp_path):
    dead = replace(line_to(peer.free_udp()), ring_seconds=0.3)
    told: list[str] = []
    ended = SipCall(dead, "13800000001", SCRIPT, record_to=tmp_path / "x.wav", tell=told.append).run()
    assert (ended.outcome, told, ended.recording) == ("line_failed", [], None)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"SIP/2.0 abc OK\r\n\r\n", b"INVITE\r\n\r\n", b"\xff" * 20, b"x" * 20_000]
)
def test_what_is_no_sip_is_refused(data):
    with pytest.raises(sip.NotSip):
        sip.parse(data)


@pytest.mark.parametrize(("sdp", "expected"), [
    ("c=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0 8 96\na=rtpmap:96 telephone-event/8000", sip.Media("10.0.0.1", 4000, 0, 96)),
    ("c=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 18", None),
    ("c=IN IP4 0.0.0.0\nm=audio 4000 RTP/AVP 8", None),
    ("c=IN IP4 10.0.0.1\nm=audio 0 RTP/AVP 8", None),
    ("", None),
])  # fmt: skip
def test_an_answer_says_where_the_sound_goes(sdp, expected):
    assert sip.media(sdp) == expected


def test_a_key_is_heard_once_and_only_from_the_line():
    hearing = sound.Hearing(8, 101)
    press = bytes.fromhex("80650001000000aa00000001") + bytes([1, 0x0A, 0, 160])
    assert [hearing.take(press, second) for second in (1.0, 1.02, 1.4, 3.0)] == ["1", "", "", "1"]
    assert hearing.take(press[:3], 4.0) == hearing.take(b"\x00" * 200, 4.0) == ""
    assert hearing.take(bytes.fromhex("80e50002000000ab00000001") + bytes([99, 0, 0, 0]), 4.0) == ""


@pytest.mark.parametrize(("url", "field"), [
    ("http://x", "sip://"), ("sip://u@h?ring=0", "ring"), ("sip://u@h?lines=99", "lines"), ("sip://u@h?media=9-8", "media"),
    ("sip://u@h?from=a%20b", "from"), ("sip://u@h?key=soon", "key"),
])  # fmt: skip
def test_a_bad_address_names_its_field(url, field):
    with pytest.raises(ValueError, match=field):
        Line.from_url(url)
