"""The drill as a whole: a book, a disturbed life, an undisturbed one, and the comparison."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from pathlib import Path
from typing import Any

from anju.site import postgres, scratch
from anju.site.bench.measure import load
from anju.site.drill import story, verdicts
from anju.site.drill.installation import Installation
from anju.site.drill.killer import Killer
from anju.site.drill.story import Say

DAY_SECONDS = 40.0
"""About so long a disturbed day takes."""

PHASES_A_DAY = 2
"""An evening and a morning with deaths."""


def days_for(seconds: float) -> int:
    """How many business days fill this time with deaths."""
    return min(max(round(seconds / DAY_SECONDS), 1), story.DAYS_MAX)


def kill(*, seed: int, loans: int, seconds: float, keep: Path | None, say: Say) -> dict[str, Any]:
    """Run the drill; its outcome as JSON. ``keep``: a folder to move logs to when something is wrong."""
    began, before, days = time.monotonic(), load(), days_for(seconds)
    with scratch.folder() as home:
        base = Installation(home / "base")
        calm, struck = home / "calm", home / "struck"
        places: list[Installation] = [base]
        try:
            story.prepare(base, home / "tape", loans=loans, seed=seed, say=say)
            places += [base.copy(struck), base.copy(calm)]
            killer = Killer(places[1], seed, seconds / days / PHASES_A_DAY)
            steps = story.phases(days)
            say("受扰的一次 / the disturbed run")
            lived = story.live(places[1], steps, killer, say)
            say("不受扰的一次 / the undisturbed run")
            story.live(places[2], steps, None, say)
            say("比较 / comparing")
            read = [verdicts.read(place) for place in places[1:]]
            left = [f"{pid} {line}" for place in places for pid, line in place.left_over().items()]
            lines = verdicts.judge(read[1], read[0], lived, left)
        finally:
            _end(places)
            if keep is not None:
                _keep_logs(home, keep)
        deaths = Counter(one.victim for one in killer.kills)
        return {
            "drill": "kill", "seed": seed, "loans": loans, "days": days, "ok": all(line.ok for line in lines),
            "load_before": round(before, 2), "seconds": round(time.monotonic() - began, 1),
            "kills": {"total": len(killer.kills), **dict(sorted(deaths.items()))},
            "kills_in_flight": sum(one.aimed for one in killer.kills),
            "day_end_runs": lived.day_end_runs, "day_end_refused_busy": lived.refused_busy,
            "starts_refused": lived.starts_refused,
            "obligations": read[0].obligations.total(), "messages": read[0].told.total(), "journal_entries": read[0].entries,
            "doubtful": len(read[0].doubtful), "verdicts": [dataclasses.asdict(line) for line in lines],
        }  # fmt: skip


def _end(places: list[Installation]) -> None:
    """However the drill ended, nothing of it goes on."""
    for place in places:
        place.close()
        if place.data.exists():
            postgres.release(place.data)
            postgres.stop(place.data)


def _keep_logs(home: Path, keep: Path) -> None:
    keep.mkdir(parents=True, exist_ok=True)
    for log in [*home.glob("*.log"), *home.glob("*/postgres/server.log")]:
        (keep / "-".join(log.relative_to(home).parts)).write_bytes(log.read_bytes())


def text(told: dict[str, Any]) -> str:
    """The outcome for a person."""
    kills = ", ".join(f"{name} {count}" for name, count in told["kills"].items() if name != "total")
    lines = [
        f"kill -9 × {told['kills']['total']}（{kills}；发送途中 while sending {told['kills_in_flight']}）",
        f"营业日 days {told['days']} · 日终启动 day end runs {told['day_end_runs']} · 通知 notices {told['obligations']}"
        f" · 消息 messages {told['messages']} · 不明 doubtful {told['doubtful']} · {told['seconds']:.0f} s · seed {told['seed']}",
    ]
    for line in told["verdicts"]:
        lines.append(f"  {'✓' if line['ok'] else '✗'} {line['zh']} / {line['en']}")
        lines += [f"      {found}" for found in line["found"]]
    lines.append("通过 / passed" if told["ok"] else "有差异 / DIFFERENT")
    return "\n".join(lines)
