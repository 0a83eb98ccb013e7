"""`anju drill notices`, small: whatever dies or lies, nothing is lost, nothing doubled, and doubtful sends are listed."""

import dataclasses
import json
import subprocess
import sys
from collections import Counter
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from anju.site.drill import notices_profile, notices_report
from anju.site.drill.notices import BEGINS, Lived, Plan
from anju.site.drill.notices_harm import Harm
from anju.site.drill.notices_verdicts import Read, Sent, Tried, judge
from tests.simulation.notice_matrix import CASES, COUNT

# ---- the drills themselves


@pytest.mark.kill
def test_the_verdict_stays_whatever_happens() -> None:
    """S2-03, S2-12, S2-17; issue 4 "kill -9 of any process at any point". All cases in one process with one database."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation.notice_matrix"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    matrix: dict[str, dict[str, Any]] = json.loads(done.stdout)
    assert set(matrix) == set(CASES)
    for name, told in matrix.items():
        _holds(name, told)


def _holds(name: str, told: dict[str, Any]) -> None:
    figures = told["figures"]
    assert [line for line in told["verdicts"] if not line["ok"]] == [], name
    assert (figures["lost"], figures["doubled"]) == (0, 0), name
    assert sum(figures["states"].values()) == COUNT, name
    assert figures["proven"] >= COUNT // 2, name
    assert len(told["in_doubt"]) == figures["in_doubt"], name
    wanted = Counter(set(CASES[name].get("traps", ())))
    wanted += Counter({"postgresql": CASES[name].get("server_kills", 0)})
    assert not wanted - Counter(figures["kills"]), f"{name}: of each kind of death one happened at least"
    assert figures["clock_steps"] == (4 if CASES[name].get("clock_step") else 0), name


# ---- what it says of what it saw


def _tried(key: str, **changes: Any) -> Tried:
    row = Tried(key, int(key.split("-")[1]), "sms", "sim-sms", "accepted", True, None, "")
    return dataclasses.replace(row, **changes)


def _read(**changes: Any) -> Read:
    values: dict[str, Any] = {
        "states": {"proven": 2}, "reasons": {}, "lost": (), "unproven": (), "twice_in_inbox": (), "inbox": 2,
        "sent": (Sent("sim-sms", "anju-1-1", "a", "carrier_delivered"), Sent("sim-sms", "anju-2-1", "b", "carrier_delivered")),
        "tried": (_tried("anju-1-1"), _tried("anju-2-1")), "audit": {"missing": 0, "late": 0, "resting": 0}, "clean": True,
        "breaks": 0, "entries": 9, "latencies": {}, "receipts": {}, "breakers": {},
    }  # fmt: skip
    return Read(**(values | changes))


def _plan(**profile: Any) -> Plan:
    return Plan(profile=notices_profile.read("test", profile), count=2)


def _wrong(unfinished: str = "", plan: Plan | None = None, **changes: Any) -> list[str]:
    lived = Lived(BEGINS, "drill:1", unfinished=unfinished)
    return [
        line["name"] for line in judge(plan or _plan(), lived, _read(**changes))["verdicts"] if not line["ok"]
    ]


TWO = (Sent("sim-sms", "anju-1-1", "a", "silent"), Sent("sim-sms-2", "anju-1-2", "a", "carrier_delivered"))
BOTH = (_tried("anju-1-1"), _tried("anju-1-2", provider="sim-sms-2"))
DOUBT = datetime(2026, 11, 16, 9, 30).astimezone()


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, []),
        ({"unfinished": "60 s"}, ["finished"]),
        ({"states": {"proven": 1}}, ["lost"]),
        ({"lost": ("drill:1:7 exception",)}, ["lost"]),
        ({"sent": TWO, "tried": BOTH}, ["doubled"]),
        ({"sent": (TWO[0], dataclasses.replace(TWO[0]))}, ["doubled"]),
        ({"sent": (dataclasses.replace(TWO[0], status="failed"), TWO[1]), "tried": BOTH}, []),
        ({"twice_in_inbox": ("drill:1:7",)}, ["doubled"]),
        ({"unproven": ("drill:1:7",)}, ["proof"]),
        ({"tried": (_tried("anju-1-1"), _tried("anju-2-1", submitted=False, state="cancelled"))}, ["traces"]),
        ({"tried": (_tried("anju-1-1"),)}, ["traces"]),
        ({"tried": (_tried("anju-1-1"), _tried("anju-2-1", submitted=False, state="in_doubt", in_doubt_at=DOUBT))}, []),
        ({"audit": {"missing": 1, "late": 0, "resting": 2}}, ["nothing_loose"]),
        ({"breaks": 1}, ["journal"]),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_is_a_line(changes: dict[str, Any], names: list[str]) -> None:
    assert _wrong(**changes) == names


def test_a_repetition_is_told_apart_by_what_the_provider_promised() -> None:
    plan = _plan(providers=[{"channel": "sms", "idempotent": False}, {"channel": "sms", "name": "sim-sms-2"}])
    assert _wrong(plan=plan, sent=TWO, tried=BOTH) == ["doubled_elsewhere"]


def test_doubtful_sends_are_listed_one_by_one() -> None:
    doubtful = _tried(
        "anju-2-1", submitted=False, state="failed", error_class="in_doubt_expired", in_doubt_at=DOUBT
    )
    told = judge(_plan(), Lived(BEGINS, "drill:1"), _read(tried=(_tried("anju-1-1"), doubtful)))
    assert [(row["key"], row["reached"]) for row in told["in_doubt"]] == [("anju-2-1", True)]
    assert told["ok"]


def test_who_dies_is_drawn_from_the_seed() -> None:
    def drawn(seed: int) -> list[str]:
        plan = dataclasses.replace(_plan(), kill=True, seed=seed)
        return Harm(plan, None, Counter(), Path()).pending  # type: ignore[arg-type]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert set(drawn(1)) == {"random", "claimed", "called", "heard"}


# ---- profiles


def test_every_shipped_profile_can_be_read() -> None:
    # S2-17
    assert notices_profile.names() == ("calm", "rough", "outage", "liar", "worst")
    for name in notices_profile.names():
        profile = notices_profile.find(name)
        assert {one.channel for one in profile.providers} == {"sms", "email"}
        assert all(one.faults_from(BEGINS) is not None for one in profile.providers)
    down = notices_profile.find("outage").providers[0].faults_from(BEGINS)
    assert down.outages[0] == ("2026-11-16T09:10:00+08:00", "2026-11-16T10:10:00+08:00")


def test_the_narrower_fault_wins_and_a_fraction_is_a_share() -> None:
    profile = notices_profile.read(
        "mine",
        {
            "throttled": 0.05,
            "answer_lost": 100,
            "outages": [{"from_minutes": 1, "minutes": 2}],
            "channels": {"email": {"throttled": 7}},
            "providers": [
                {"channel": "sms"},
                {"channel": "sms", "name": "two", "faults": {"answer_lost": 0}, "outages": []},
                {"channel": "email"},
            ],
        },
    )
    one, two, mail = profile.providers
    assert (one.faults["throttled"], two.faults["throttled"], mail.faults["throttled"]) == (50_000, 50_000, 7)
    assert (one.faults["answer_lost"], two.faults["answer_lost"]) == (100, 0)
    assert (one.outages, two.outages, mail.outages) == (((1, 2),), (), ((1, 2),))


@pytest.mark.parametrize(
    ("row", "where", "allowed"),
    [
        ({"throttled": -1}, "faults.throttled", "0 to 1000000"),
        ({"throttled": 1.5}, "faults.throttled", "0 to 1000000"),
        ({"throttled": True}, "faults.throttled", "0 to 1000000"),
        ({"throtled": 1}, "throtled", "throttled"),
        ({"faults": {"outages": 3}}, "outages", "list"),
        ({"channels": {"fax": {}}}, "channels", "sms"),
        ({"delay_seconds_min": 30, "delay_seconds_max": 3}, "providers[0].faults.delay_seconds_min", "at most 3"),
        ({"providers": []}, "providers", "1 to 8"),
        ({"providers": [{"channel": "sms"}, {"channel": "sms"}]}, "providers", "twice"),
        ({"providers": [{"channel": "sms", "idempotent": "yes"}]}, "providers[0].idempotent", "true or false"),
        ({"outages": [{"from_minutes": 1, "minutes": "long"}]}, "outages[0].minutes", "0 to 7200"),
        ({"people": {"reads": 1}}, "people.reads", "reads_inbox"),
        ({"mix": {"reminder_5": 0}}, "mix", "more than 0"),
        ([], "(file)", "table"),
    ],
)  # fmt: skip
def test_a_wrong_profile_says_field_value_and_range(row: object, where: str, allowed: str) -> None:
    with pytest.raises(notices_profile.BadProfile) as caught:
        notices_profile.read("mine", row)
    assert caught.value.field == where
    assert allowed in caught.value.message_en
    assert where in caught.value.message_zh


@pytest.mark.parametrize(
    ("name", "content"), [("x.json", b"{"), ("x.toml", b"a = "), ("x.json", b"\xff"), ("big.json", b" " * 300_000)]
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(notices_profile.BadProfile):
        notices_profile.find(str(tmp_path / name))
    with pytest.raises(notices_profile.BadProfile, match="calm"):
        notices_profile.find("calmest")


# ---- the page


class _Page(HTMLParser):
    """Collects tags and everything that would load something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.loads += [name for name, _ in attrs if name in ("src", "href", "onload", "onclick")]


def test_the_report_stands_alone_and_escapes_what_it_shows() -> None:
    told = judge(_plan(), Lived(BEGINS, "drill:1"), _read(lost=("<script>",), reasons={"no_proof": 3}))
    told |= {
        "version": "0", "date": "2026-11-22", "profile": _plan().profile.as_json(), "count": 2, "seed": 1, "workers": 2,
        "kill": True, "clock_step": False, "machine": {"cpus": 2, "cpu": "x", "python": "3"}, "load_before": 0.1, "seconds": 9.0,
    }  # fmt: skip
    page = notices_report.page(told)
    seen = _Page()
    seen.feed(page)
    assert (seen.loads, seen.tags["script"], seen.tags["link"]) == ([], 0, 0)
    assert "&lt;script&gt;" in page
    for wanted in ("未通过", "FAILED", "画像", "seed", "各渠道均未得到确认"):
        assert wanted in page
    assert "FAILED" in notices_report.text(told)
