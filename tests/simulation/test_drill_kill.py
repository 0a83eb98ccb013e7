"""`anju drill kill`, small: deaths at random moments change nothing that an undisturbed run would have done."""

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

from anju.site.drill import verdicts
from anju.site.drill.story import Lived, phases

pytestmark = pytest.mark.kill


def test_killed_at_random_it_ends_as_if_undisturbed() -> None:
    # issue 2, "How it will be judged": kill -9 of worker, web process and PostgreSQL
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "anju.site.cli",
            "drill",
            "kill",
            "--seconds",
            "12",
            "--loans",
            "60",
            "--json",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)
    assert "verdicts" in told, (told, done.stderr)
    assert [line for line in told["verdicts"] if not line["ok"]] == [], done.stderr
    assert (done.returncode, told["ok"], told["days"]) == (0, True, 1)
    assert told["kills"]["total"] >= 2
    assert told["messages"] > 0


def _state(**changes: object) -> verdicts.State:
    values: dict[str, object] = {
        "days": {"2026-11-16": ("closed", "aa")},
        "obligations": Counter({"reminder|1": 1}),
        "ends": Counter({"reminder|1 -> proven": 1}),
        "told": Counter({("sms", "reminder|1"): 1}),
        "moot": frozenset(),
        "book": Counter({"bills: L1|7": 1}),
        "ledger_twice": (),
        "work": Counter({"exceptions|1": 1}),
        "doubtful": frozenset(),
        "audit": {"counts": {"missing": 0, "resting": 0}, "findings": []},
        "breaks": 0,
        "entries": 9,
    }
    return verdicts.State(**(values | changes))  # type: ignore[arg-type]


def _wrong(lived: Lived | None = None, left: tuple[str, ...] = (), **changes: object) -> list[str]:
    lines = verdicts.judge(_state(), _state(**changes), lived or Lived(), left)
    return [line.name for line in lines if not line.ok]


def test_equal_runs_pass() -> None:
    assert _wrong() == []


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"days": {"2026-11-16": ("closed", "bb")}}, ["digests"]),
        ({"days": {"2026-11-16": ("running", "aa")}}, ["days_closed", "digests"]),
        ({"obligations": Counter()}, ["obligations_lost"]),
        ({"obligations": Counter({"reminder|1": 2})}, ["obligations_doubled"]),
        ({"book": Counter({"bills: L1|7": 2})}, ["book_doubled"]),
        ({"told": Counter()}, ["messages_lost"]),
        ({"told": Counter(), "moot": frozenset({"reminder|1"})}, []),
        ({"told": Counter({("sms", "reminder|1"): 2})}, ["messages_doubled"]),
        ({"ledger_twice": ("anju-1-1",)}, ["sent_once"]),
        ({"work": Counter({"exceptions|1": 2})}, ["work_doubled"]),
        ({"doubtful": frozenset({"anju-1-1"})}, ["doubtful_listed"]),
        ({"audit": {"counts": {"missing": 1, "resting": 2}, "findings": []}}, ["nothing_loose"]),
        ({"breaks": 1}, ["journal"]),
    ],
)
def test_every_difference_is_a_line(changes: dict[str, object], names: list[str]) -> None:
    assert _wrong(**changes) == names


def test_what_happened_to_the_processes_is_judged_too() -> None:
    lived = Lived(supervisor_deaths=1, bad_ends=["x"], unsettled=["y"])
    assert _wrong(lived, ("17 postgres",)) == ["settled", "supervisor", "clean_end", "no_process_left"]


def test_a_day_is_an_evening_and_a_morning_each_followed_by_peace() -> None:
    one, two = phases(1), phases(2)
    assert two[: len(one)] == one
    assert [(phase.on is not None, phase.calm) for phase in one] == [
        (True, False),
        (False, True),
        (False, False),
        (False, True),
    ]
    assert all(before.now < after.now for before, after in pairwise(two))
