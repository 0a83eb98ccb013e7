"""Shipped policy data, parsed once for the tests of core."""

import tomllib
from datetime import date
from functools import cache

from anju import policy
from anju.core.cities import CityTable
from anju.core.csv_rows import csv_rows
from anju.core.policy import PolicyTable
from anju.core.rates import BenchmarkTable, LprTable, ProvidentTable, RateStep, RateTables
from anju.core.working_time import WorkCalendar


def rows(name: str) -> tuple[dict[str, str], ...]:
    return csv_rows(policy.path(name).read_text("utf-8"))


@cache
def calendar() -> WorkCalendar:
    return WorkCalendar.parse(rows("special_days.csv"))


@cache
def policy_table() -> PolicyTable:
    return PolicyTable.parse(rows("policy_params.csv"))


@cache
def rate_tables() -> RateTables:
    return RateTables(
        LprTable.parse(rows("lpr.csv")),
        ProvidentTable.parse(rows("provident_rates.csv")),
        calendar(),
        BenchmarkTable.parse(rows("benchmark_rates.csv")),
    )


@cache
def cities() -> CityTable:
    return CityTable.parse(tomllib.loads(policy.path("cities.toml").read_text("utf-8")))


def steps(*pairs: tuple[date, int]) -> tuple[RateStep, ...]:
    return tuple(RateStep(on, ppm, "测试", "test", "test") for on, ppm in pairs)
