"""The simulated world: the same seed gives the same world, and a killed one goes on."""

import json
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.simulation.worlds import SMALL, anju, begun, digest

pytestmark = pytest.mark.kill

BANK = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=BANK)
"""The instant at which the worlds end: a Tuesday."""


def offset_of(at: datetime) -> float:
    """So far is a clock ahead that shows `at` now."""
    return (at - datetime.now(UTC)).total_seconds()


def moments(data_dir: Path) -> tuple[str | None, int]:
    """The day and the moment that a world has reached."""
    try:
        state = json.loads((data_dir / "demo.json").read_text("utf-8"))
    except FileNotFoundError:
        return None, 0
    return state["day"], state["moments_done"]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world, made once."""
    data_dir = tmp_path_factory.mktemp("first")
    made = anju(data_dir, "demo", "--no-serve", *SMALL, offset=offset_of(NOON))
    assert made["ready"]
    assert not made["resumed"]
    return data_dir


def test_the_same_seed_and_end_give_the_same_world(first: Path, tmp_path: Path) -> None:
    anju(tmp_path, "demo", "--no-serve", *SMALL, offset=offset_of(NOON))
    here, there = digest(tmp_path, offset_of(NOON)), digest(first, offset_of(NOON))
    assert [line for line in here if line not in there] == []


def test_another_seed_gives_another_world(first: Path, tmp_path: Path) -> None:
    anju(
        tmp_path,
        "demo",
        "--no-serve",
        "--borrowers",
        "40",
        "--days",
        "2",
        "--seed",
        "4",
        offset=offset_of(NOON),
    )
    assert digest(tmp_path, offset_of(NOON)) != digest(first, offset_of(NOON))


def test_the_past_is_closed_today_is_open_and_everything_holds(first: Path) -> None:
    offset = offset_of(NOON)
    status = anju(first, "world", "status", offset=offset)
    assert (status["ready"], status["last_closed_on"]) == (True, "2026-11-23")
    assert anju(first, "journal", "verify", offset=offset)
    done = anju(first, "notices", "audit", offset=offset)
    assert (done["counts"]["missing"], done["counts"]["resting"]) == (0, 0)


def test_again_only_the_days_since_are_lived(first: Path) -> None:
    again = anju(first, "demo", "--no-serve", offset=offset_of(NOON))
    assert (again["resumed"], again["days_lived"]) == (True, 0)
    later = anju(first, "demo", "--no-serve", offset=offset_of(NOON + timedelta(days=3)))
    assert (later["resumed"], later["days_lived"]) == (True, 3)
    assert anju(first, "world", "status", offset=offset_of(NOON))["last_closed_on"] == "2026-11-26"
    stepped = anju(first, "world", "step", offset=offset_of(NOON + timedelta(days=3)))
    assert (stepped["days_lived"], stepped["last_closed_on"]) == (1, "2026-11-27")


def test_killed_half_way_it_goes_on(tmp_path: Path) -> None:
    offset = offset_of(NOON)
    for days_ago in (10, 6):
        with begun(tmp_path, "demo", "--no-serve", *SMALL, offset=offset) as process:
            wanted = f"{NOON.date() - timedelta(days=days_ago)}"
            deadline = time.monotonic() + 300
            while (moments(tmp_path)[0] or "") < wanted:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
    made = anju(tmp_path, "demo", "--no-serve", *SMALL, offset=offset)
    assert made["resumed"]
    status = anju(tmp_path, "world", "status", offset=offset)
    assert (status["ready"], status["last_closed_on"]) == (True, "2026-11-23")
    assert anju(tmp_path, "journal", "verify", offset=offset)
    done = anju(tmp_path, "notices", "audit", offset=offset)
    assert (done["counts"]["missing"], done["counts"]["resting"]) == (0, 0)
