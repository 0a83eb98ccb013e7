"""The standard timetable (S0-04, S0-05): which disbursement dates have a node on which day. Data:
`timetable.toml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from anju.core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Node:
    """One planned point: `code` is unique on a loan."""

    code: str
    due_on: date


def starts_of(due_on: date, visits: Mapping[str, Any]) -> dict[date, str]:
    """Disbursement dates whose loans have a node on `due_on`, with the node's code. At most one node a day
    and loan.

    Yearly nodes stand on the anniversary, 29 February on the 28th in other years. A fixed node wins over a
    yearly one.
    """
    found: dict[date, str] = {}
    yearly = visits["yearly"]
    for years in range(yearly["first_year"], yearly["last_year"] + 1):
        for start in _anniversary_starts(due_on, years):
            found[start] = f"{yearly['code']}{years}"
    for node in visits["node"]:
        found[due_on - timedelta(days=node["after_days"])] = node["code"]
    return found


def label(code: str, visits: Mapping[str, Any], language: str = "zh") -> str:
    """Name of a node for people. Raises BadInput for a code that is not in the timetable."""
    for node in visits["node"]:
        if node["code"] == code:
            return str(node[f"label_{language}"])
    yearly = visits["yearly"]
    number = code.removeprefix(yearly["code"])
    if code.startswith(yearly["code"]) and number.isdigit():
        return str(yearly[f"label_{language}"]).format(n=number)
    raise BadInput(
        field="node", value=code, allowed="a node of timetable.toml", message_zh="没有这个回访节点",
        message_en="no such node of the timetable",
    )  # fmt: skip


def _anniversary_starts(due_on: date, years: int) -> list[date]:
    year = due_on.year - years
    if year < 1:
        return []
    starts = []
    try:
        starts.append(due_on.replace(year=year))
    except ValueError:
        return []
    leap_eve = due_on.month == 2 and due_on.day == 28 and not _is_leap(due_on.year)
    if leap_eve and _is_leap(year):
        starts.append(date(year, 2, 29))
    return starts


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
