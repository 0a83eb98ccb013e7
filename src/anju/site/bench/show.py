"""Measurements for a person: one table a bench."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from anju.site.bench.measure import LOAD_MAX


def text(told: Mapping[str, Any]) -> str:
    """All results as text."""
    console = Console(highlight=False, width=110)
    with console.capture() as capture:
        machine = told["machine"]
        line = f"{machine['cpus']} × {machine['cpu']} · Python {machine['python']}"
        if "postgresql" in machine:
            line += f" · PostgreSQL {machine['postgresql']} · {'fsync' if machine['fsync'] else 'no fsync'}"
        console.print(line)
        for result in told["results"]:
            peer = result["peer"]
            console.print(
                f"\n{result['bench']} · {result['loans']:,} · 对照 peer: {peer['zh']} / {peer['en']}",
                soft_wrap=True,
            )
            console.print(_table(result))
            console.print(_trust(result))
    return capture.get().rstrip()


def _table(result: Mapping[str, Any]) -> Table:
    table = Table("", "")
    table.add_column("值 value", justify="right")
    table.add_column("")
    table.add_column("目标 goal")
    for row in result["figures"]:
        table.add_row(
            row["zh"],
            row["en"],
            _number(row["value"]),
            "" if row["unit"] == "ratio" else row["unit"],
            _goal(row),
        )
    return table


def _number(value: float) -> str:
    if value == int(value) and abs(value) >= 1:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _goal(row: Mapping[str, Any]) -> str:
    if row["limit"] is None:
        return ""
    sign = "≤" if row["limit_is"] == "max" else "≥"
    return f"{sign} {row['limit']:g} {'达到 met' if row['met'] else '未达到 MISSED'}"


def _trust(result: Mapping[str, Any]) -> str:
    line = f"运行前负载 load before: {result['load_before']:.2f} · {result['seconds']:.0f} s"
    if not result["trusted"]:
        line += (
            f"\n负载高于 {LOAD_MAX}，结果不可信 / the load was above {LOAD_MAX}: results are not trustworthy"
        )
    return line
