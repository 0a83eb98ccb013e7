"""Where rates and rules come from: the shipped files, without a database, or tables that a caller hands in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from anju import policy as shipped_policy
from anju.core.cities import CityTable
from anju.core.policy import PolicyTable
from anju.core.rates import BenchmarkTable, LprTable, ProvidentTable, RateTables
from anju.core.working_time import WorkCalendar
from anju.platform.policies.parsing import parse

Read = Callable[[str], Any]
"""The parsed content of a policy file by its name, as `anju.platform.policies.queries.value` gives it."""


class Tables:
    """Rates, dated parameters and cities; each file is read when it is first needed."""

    def __init__(self, read: Read) -> None:
        self._read = read

    @cached_property
    def rates(self) -> RateTables:
        """All rate tables and the calendar."""
        lpr: LprTable = self._read("lpr.csv")
        provident: ProvidentTable = self._read("provident_rates.csv")
        calendar: WorkCalendar = self._read("special_days.csv")
        benchmark: BenchmarkTable = self._read("benchmark_rates.csv")
        return RateTables(lpr, provident, calendar, benchmark)

    @cached_property
    def policy(self) -> PolicyTable:
        """Dated parameters."""
        found: PolicyTable = self._read("policy_params.csv")
        return found

    @cached_property
    def cities(self) -> CityTable:
        """City rules."""
        found: CityTable = self._read("cities.toml")
        return found


def of(rates: RateTables, policy: PolicyTable, cities: CityTable | None = None) -> Tables:
    """Tables that the caller has."""
    tables = Tables(lambda name: None)
    tables.__dict__.update(rates=rates, policy=policy, cities=cities or CityTable({}))
    return tables


@cache
def shipped() -> Tables:
    """The files shipped with the program."""
    return Tables(lambda name: parse(name, shipped_policy.path(name).read_text("utf-8-sig")))


def from_folder(folder: Path) -> Tables:
    """The files of a folder, by their shipped names; those that it does not have are the shipped ones."""

    def read(name: str) -> Any:
        own = folder / name
        return parse(name, (own if own.is_file() else shipped_policy.path(name)).read_text("utf-8-sig"))

    return Tables(read)
