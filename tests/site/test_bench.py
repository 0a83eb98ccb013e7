"""`anju bench`, tiny: every bench runs to its end, and its JSON keeps its shape."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anju.site.bench import NAMES, show
from anju.site.bench.measure import FORMAT, Figure, Result

SHAPE = {"name", "value", "unit", "zh", "en", "limit", "limit_is", "met"}
FIGURES = {
    "import": {"seconds", "rate", "bytes", "entries", "again_seconds", "peer_seconds", "ratio"},
    "dayend": {
        "step_payments",
        "step_report",
        "seconds",
        "rows",
        "entries",
        "obligations",
        "again_ratio",
        "ratio",
    },
    "notices": {"notices", "owe_rate", "inbox_rate", "rate", "whole_rate", "end_ratio", "peer_rate", "ratio"},
    "journal": {"seconds", "rate", "verify_rate", "peer_rate", "ratio"},
    "engine": {
        "cpu_ratio",
        "wall_ratio",
        "numpy_ratio",
        "growth",
        "memory_mib",
        "wrong_level_payment",
        "import_ms",
    },
    "plans": {"ratio", "heavy"},
    "lives": {"wrong_prepay", "wrong_restructure", "lives"},
}


@pytest.mark.parametrize("name", NAMES)
def test_a_bench_leaves_figures_and_nothing_else(name: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "ANJU_DATA"}
    done = subprocess.run(
        [sys.executable, "-m", "anju.site.cli", "bench", name, "--loans", "40", "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "TMPDIR": str(tmp_path), "ANJU_DATA": str(tmp_path / "mine")},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == {"format", "machine", "results"}
    assert (told["format"], told["machine"].get("fsync", name in ("engine", "plans", "lives"))) == (
        FORMAT,
        True,
    )
    (result,) = told["results"]
    assert (result["bench"], result["loans"], result["met"]) == (name, 40, True)
    figures = {figure["name"]: figure for figure in result["figures"]}
    assert FIGURES[name] <= set(figures)
    assert all(set(figure) == SHAPE for figure in figures.values())
    counts = [
        figure
        for figure in figures.values()
        if figure["unit"].startswith(("rows", "/", "未安装", "MiB", "modules"))
    ]
    assert all(
        figure["value"] > 0 for figure in figures.values() if figure not in counts and figure["unit"] != "s"
    )
    assert "对照 peer" in show.text(told)
    assert [
        path for path in tmp_path.rglob("*") if path.is_file()
    ] == []  # the user's data folder was not made


def _result(load: float, **given: Any) -> Result:
    result = Result("x", 10, load, "对照", "peer", **given)
    result.add(
        Figure("slow", 2.0, "s", "慢", "slow", 1.0), Figure("quick", 2.0, "x/s", "快", "quick", 1.0, "min")
    )
    return result


def test_a_goal_is_judged_at_its_own_size_only() -> None:
    judged, small = _result(0.1), _result(0.1, judged=False)
    assert [figure.met for figure in judged.figures] == [False, True]
    assert not judged.met
    assert [figure.met for figure in small.figures] == [None, None]
    assert small.met


def test_a_busy_machine_is_said_to_be_one() -> None:
    machine = {"cpus": 2, "cpu": "x", "python": "3.11", "postgresql": "18", "fsync": True}
    shown = {
        load: show.text({"machine": machine, "results": [_result(load).as_json()]}) for load in (1.5, 1.51)
    }
    assert "not trustworthy" not in shown[1.5]
    assert "结果不可信" in shown[1.51]
    assert "MISSED" in shown[1.5]
