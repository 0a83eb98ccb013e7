"""Small notice drills one after another on one scratch installation; prints their outcomes as one JSON object.

Run as a program by test_drill_notices.py: a drill needs a process of its own.
"""

import json
import sys
from typing import Any

from anju.site import scratch
from anju.site.drill import notices_profile

COUNT = 60
STEADY = {"promise_confirmed": 1_000_000}
DOWN = [
    {"channel": "sms", "name": "sim-sms", "outages": [{"from_minutes": 0, "minutes": 75}]},
    {"channel": "sms", "name": "sim-sms-2"},
]
CASES: dict[str, dict[str, Any]] = {
    "killed between claim and call": {"traps": ("claimed",) * 2},
    "killed between call and record": {"traps": ("called",) * 2},
    "receiver killed in the middle of a batch": {"traps": ("heard",) * 2},
    "killed at random moments": {"traps": ("random",) * 3},
    "clock stepped back and forth": {"clock_step": True},
    "provider down for an hour": {"profile": {"providers": DOWN}},
    "not idempotent, and killed": {
        "traps": ("claimed", "called"),
        "profile": {"providers": [{"channel": "sms", "idempotent": False}, {"channel": "email"}]},
    },
    "lies": {
        "profile": {"contradict": 0.3, "forged": 0.3, "reorder": 0.4, "duplicate": 0.4, "unknown_status": 0.2}
    },
    "PostgreSQL killed": {"server_kills": 1},
}
"""What goes wrong in each; two workers race on one queue in all of them."""


def main() -> None:
    told = {}
    with scratch.installation() as data:
        from anju.site.drill import notices

        for number, (name, case) in enumerate(CASES.items(), start=1):
            given = dict(case)
            profile = notices_profile.read(
                name,
                {"mix": STEADY, "delay_seconds_max": 3, **given.pop("profile", {})},
            )
            plan = notices.Plan(profile=profile, count=COUNT, seed=number, batch=15, seconds_max=120, **given)
            told[name] = notices.run(plan, data=data, say=_say, number=number)
    print(json.dumps(told, default=str))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
