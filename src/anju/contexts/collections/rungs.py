"""What each rung of the overdue ladder sets going: owner, notice, deadline, work (S3-04..S3-08). Data:
`timetable.toml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anju.core.errors import BadInput

RUNGS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class RungWork:
    """One piece of work that a rung opens once per entry."""

    kind: str
    queue: str
    priority: int
    to_account_manager: bool
    suspended_by_promise: bool


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung's actions. `clock` is a rule of `core.sla`; `met_by` says what ends the clock in time."""

    rung: int
    owner_role: str
    notice: str
    clock: Mapping[str, Any]
    met_by: str
    work: tuple[RungWork, ...]

    @property
    def clock_name(self) -> str:
        return f"collections.rung_{self.rung}"


def parse(timetable: Mapping[str, Any]) -> dict[int, Rung]:
    """Rungs 1..4 of `timetable.toml`. Raises BadInput when one is missing or doubled."""
    rungs = [_rung(raw) for raw in timetable.get("rung", ())]
    if sorted(rung.rung for rung in rungs) != list(RUNGS):
        raise BadInput(
            field="rung",
            value=[rung.rung for rung in rungs],
            allowed="1, 2, 3, 4, each once",
            message_zh="时间表须写明一至四级，各一次",
            message_en="the timetable must give rungs 1 to 4, each once",
        )
    return {rung.rung: rung for rung in rungs}


def _rung(raw: Mapping[str, Any]) -> Rung:
    works = tuple(
        RungWork(
            kind=work["kind"],
            queue=work["queue"],
            priority=work["priority"],
            to_account_manager=work.get("to_account_manager", False),
            suspended_by_promise=work.get("suspended_by_promise", False),
        )
        for work in raw.get("work", ())
    )
    return Rung(raw["rung"], raw["owner_role"], raw["notice"], raw["clock"], raw["met_by"], works)


def work_key(kind: str, case_id: int, rung: int) -> str:
    """Key under which at most one item of this kind is live for a case on a rung."""
    return f"{kind}:{case_id}:{rung}"


def notice_key(case_id: int, rung: int, entered_on: object) -> str:
    """Key of the notice owed for one entry to a rung."""
    return f"overdue:{case_id}:{rung}:{entered_on}"
