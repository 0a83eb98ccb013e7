"""The overdue ladder: days past due to rung 0..4 (S3-04..S3-07; conflict (c) of the domain pack)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from anju.core.errors import BadInput
from anju.core.policy import PolicyTable

_LEVELS = ("level_1", "level_2", "level_3", "level_4")


@dataclass(frozen=True, slots=True)
class LadderBands:
    """First day past due of rungs 1 to 4, rising; each rung lasts until the day before the next one."""

    first_days: tuple[int, int, int, int]
    policy_version: str = ""

    def __post_init__(self) -> None:
        if self.first_days[0] < 1 or any(
            a >= b for a, b in zip(self.first_days, self.first_days[1:], strict=False)
        ):
            raise ValueError("ladder bands must start at 1 or later and rise")

    @classmethod
    def from_policy(cls, table: PolicyTable, on: date) -> "LadderBands":
        """Bands in force on a date, from `overdue_ladder_dpd_min/max` and `overdue_ladder_gap_rule`.

        Seed 003 leaves days 16-30 undefined; the gap rule must say `stay_level_3`. Any other hole or overlap,
        or another gap rule, raises BadInput rather than being guessed. Raises PolicyMissing.
        """
        first = [table.integer("overdue_ladder_dpd_min", level, on) for level in _LEVELS]
        last = [table.integer("overdue_ladder_dpd_max", level, on) for level in _LEVELS[:3]]
        holes = [level for level in range(2) if first[level + 1] != last[level] + 1]
        if holes or first[3] <= last[2]:
            raise _bad(f"{first} {last}")
        if first[3] > last[2] + 1:
            scope = f"dpd_{last[2] + 1}_to_{first[3] - 1}"
            rule = table.text("overdue_ladder_gap_rule", scope, on)
            if rule != "stay_level_3":
                raise _bad(rule)
        return cls((first[0], first[1], first[2], first[3]), table.version)


def rung_for(days_past_due: int, bands: LadderBands | Sequence[int]) -> int:
    """Rung 0 (not overdue) to 4 for a number of days past due."""
    first_days = bands.first_days if isinstance(bands, LadderBands) else bands
    return sum(days_past_due >= first for first in first_days)


def _bad(value: str) -> BadInput:
    return BadInput(
        field="overdue_ladder",
        value=value,
        allowed="level_1..level_4 without holes; gap rule stay_level_3",
        message_zh="逾期预警级别的天数区间有空档或重叠，或空档规则未知",
        message_en="the overdue ladder has a hole, an overlap or an unknown gap rule",
    )
