"""The simulated phone shows what the simulated gateway took, in a demonstration only."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from anju.adapters.simulated.provider import SHOWN_MAX, SimulatedProvider
from anju.platform.notices.ports import Message
from anju.site import portal

AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


def _message(number: int) -> Message:
    return Message(f"code-{number}", 0, "sms", 1, "13800138001", "", f"验证码 {number:06d}", AT)


def test_the_last_texts_newest_first_and_no_more_than_kept(tmp_path: Path) -> None:
    provider = SimulatedProvider("sms", path=tmp_path / "sim.sqlite3", keeps_texts=True)
    provider.send_many([_message(number) for number in range(SHOWN_MAX + 5)])
    again = SimulatedProvider("sms", path=tmp_path / "sim.sqlite3")
    assert again.texts(2) == [("13800138001", f"验证码 {SHOWN_MAX + 4 - n:06d}", AT) for n in range(2)]
    assert len(again.texts(1000)) == SHOWN_MAX


def test_nothing_is_kept_outside_a_demonstration(tmp_path: Path) -> None:
    provider = SimulatedProvider("sms", path=tmp_path / "sim.sqlite3")
    provider.send(_message(1))
    assert provider.texts(10) == []


def test_what_the_page_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = SimulatedProvider("sms", path=tmp_path / "sim.sqlite3", keeps_texts=True)
    monkeypatch.setattr(portal, "ports_from_environment", lambda: {"sms": [provider]})
    provider.send(_message(7))
    (shown,) = portal._last_texts(5)
    assert (shown.to, shown.body, shown.at) == ("13800138001", "验证码 000007", AT)
    monkeypatch.setattr(portal, "ports_from_environment", dict)
    assert portal._last_texts(5) == []
