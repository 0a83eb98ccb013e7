"""``anju bench``: how fast, against a peer measured in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from anju.site.bench import MORE, NAMES
from anju.site.cli.base import REFUSED, emit

LOANS_MAX = 20_000_000


@click.command()
@click.argument("name", type=click.Choice([*NAMES, *MORE, "all"]), default="all")
@click.option(
    "--loans",
    type=click.IntRange(10, LOANS_MAX),
    help="规模，默认为各项的设计规模。Size, by default the one each is meant for.",
)
@click.option(
    "--scale",
    type=click.FloatRange(0.0001, 10),
    help="engine、lives：核对的规模，1 为一百万笔、十万个一生；notices-load：1 为一千万行旧数据。"
    " engine, lives: 1 is a million loans a case, 100,000 lives a type; notices-load: 1 is ten million old rows.",
)
@click.pass_context
def bench(ctx: click.Context, name: str, loans: int | None, scale: float | None) -> None:
    """性能测量：导入、日终、通知（notices-load：整波、实时、旧数据；notices-steady：一百万条的首尾）、日志、计划引擎、方案比较、随机一生，各带同一次运行中测得的对照。

    Measurements: import, day end, notices (notices-load: a wave, real time, old rows; notices-steady: start and end of a
    million), journal, engine, plans, lives, each with a peer measured in the same run.
    Everything happens in a temporary data folder; your own data are not touched.

    Exit code 1: a goal was missed although the machine was quiet. On a busy machine (load above 1.5) figures are shown
    and not judged.
    """
    from anju.site.bench import run, show

    told = run.several(NAMES, loans) if name == "all" else run.one(name, loans, _say(name), scale)
    emit(told, show.text(told))
    if any(result["trusted"] and not result["met"] for result in told["results"]):
        ctx.exit(REFUSED)


def _say(name: str) -> Callable[[str], None]:
    started = time.perf_counter()

    def say(line: str) -> None:
        click.echo(f"{name:<8} {time.perf_counter() - started:6.1f} s  {line}", err=True)

    return say
