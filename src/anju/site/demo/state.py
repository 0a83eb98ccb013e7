"""What a demo world is and how far it has come: one small file in the data folder."""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

FILE = "demo.json"
LOGINS = "demo.env"


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for. `days`: business days lived before `made_on`; `as_of`: the day of the tape."""

    seed: int
    borrowers: int
    days: int
    as_of: date
    made_on: date


@dataclass(frozen=True, slots=True)
class State:
    """`day`, `moments_done`: the day being lived and how many of its moments are over. `ready`: the past is complete."""

    plan: Plan
    day: date | None = None
    moments_done: int = 0
    ready: bool = False


class StateFile:
    """The file of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE

    def read(self) -> State | None:
        """None: there is no demo here."""
        try:
            raw = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        plan = raw["plan"]
        dates = {name: date.fromisoformat(plan[name]) for name in ("as_of", "made_on")}
        day = date.fromisoformat(raw["day"]) if raw["day"] else None
        return State(Plan(**{**plan, **dates}), day, raw["moments_done"], raw["ready"])

    def write(self, state: State) -> State:
        """Whole or not at all, also when killed."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(state), default=str, indent=1) + "\n", "utf-8")
        os.replace(fresh, self.path)
        return state

    def moments_done(self, day: date) -> int:
        """How many moments of a day are over."""
        state = self.read()
        return state.moments_done if state is not None and state.day == day else 0

    def moment_done(self, day: date, number: int) -> None:
        """The moment `number` (from 0) of a day is over."""
        state = self.read()
        if state is not None:
            self.write(replace(state, day=day, moments_done=number + 1))
