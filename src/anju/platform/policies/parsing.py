"""Policy files to values: a file that cannot be read is refused before it is kept."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from anju.core.cities import CityTable
from anju.core.csv_rows import csv_rows
from anju.core.policy import PolicyTable
from anju.core.rates import BenchmarkTable, LprTable, ProvidentTable
from anju.core.speech import SpeechRules
from anju.core.working_time import WorkCalendar, WorkingHours


class PolicyUnreadable(ValueError):
    """The content is not what a file of this name must be; the cause is chained."""

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        self.message_zh = f"政策文件 {name} 无法读取：{why}"
        self.message_en = f"policy file {name} cannot be read: {why}"
        super().__init__(f"{self.message_zh} / {self.message_en}")


def _hours(content: str) -> WorkingHours:
    data = tomllib.loads(content)
    shifts = tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in data["shifts"])
    return WorkingHours(shifts, ZoneInfo(data["zone"]))


def _rows(content: str) -> tuple[dict[str, str], ...]:
    """Rows of a CSV file. A file without one is a mistake (a lost header line makes its only row the header)."""
    rows = csv_rows(content)
    if not rows:
        raise ValueError("没有数据行，首行须为表头 / no rows; the first line must be the header")
    return rows


PARSERS: Mapping[str, Callable[[str], Any]] = {
    "policy_params.csv": lambda content: PolicyTable.parse(_rows(content)),
    "lpr.csv": lambda content: LprTable.parse(_rows(content)),
    "provident_rates.csv": lambda content: ProvidentTable.parse(_rows(content)),
    "benchmark_rates.csv": lambda content: BenchmarkTable.parse(_rows(content)),
    "cities.toml": lambda content: CityTable.parse(tomllib.loads(content)),
    "special_days.csv": lambda content: WorkCalendar.parse(_rows(content)),
    "working_hours.toml": _hours,
    "forbidden_words.toml": lambda content: SpeechRules.parse(tomllib.loads(content)),
}


Check = Callable[[Any], None]
_checks: dict[str, Check] = {}


def register_check(name: str, check: Check) -> None:
    """What must hold of a file's parsed value before it may come into force, beyond being readable: `check` raises
    ValueError otherwise. Versions that were in force once stay readable whatever is checked today.
    """
    _checks[name] = check


def check(name: str, value: Any) -> None:
    """Pass for a parsed file that its registered check finds sound. Raises PolicyUnreadable."""
    try:
        _checks.get(name, lambda _value: None)(value)
    except (ValueError, KeyError, TypeError) as error:
        raise PolicyUnreadable(name, str(error)) from error


def parse(name: str, content: str) -> Any:
    """The value of a policy file: its own type for those above, a dict for another ``.toml``, rows for
    another ``.csv``.

    Raises PolicyUnreadable.
    """
    try:
        if name in PARSERS:
            return PARSERS[name](content)
        if name.endswith(".toml"):
            return tomllib.loads(content)
        if name.endswith(".csv"):
            return _rows(content)
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise PolicyUnreadable(name, str(error)) from error
    raise PolicyUnreadable(name, "expected .csv or .toml")
