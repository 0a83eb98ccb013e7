"""``anju drill``: try the worst on a scratch installation."""

from __future__ import annotations

import time
from pathlib import Path

import click

from anju.site.cli.base import REFUSED, emit


@click.group()
def drill() -> None:
    """演练：在临时数据上试验最坏的情况，不触及您的数据。

    Drills: the worst, tried on temporary data. Yours are not touched.
    """


@drill.command()
@click.option(
    "--seconds",
    type=click.FloatRange(1, 600),
    default=80.0,
    show_default=True,
    help="断续杀进程多久（每 40 秒一个营业日）。How long to go on killing; a business day for every 40 s.",
)
@click.option("--seed", type=click.IntRange(0, 9999), default=1, show_default=True, help="随机种子。Seed.")
@click.option(
    "--loans", type=click.IntRange(20, 20_000), default=600, show_default=True, help="贷款笔数。Loans."
)
@click.option(
    "--logs",
    type=click.Path(file_okay=False, path_type=Path),
    help="把日志留在此目录。Keep the logs in this folder.",
)
@click.pass_context
def kill(ctx: click.Context, seconds: float, seed: int, loans: int, logs: Path | None) -> None:
    """随时 kill -9 后台、网页、数据库、守护进程与日终，再与未受扰的一次比较。

    kill -9 of worker, web, PostgreSQL, its keeper and a running day end at random moments, until all days are closed and
    all notices settled; then a comparison with an undisturbed run of the same inputs.

    Exit code 1 on any difference.
    """
    from anju.site.drill import run

    started = time.monotonic()

    def say(line: str) -> None:
        click.echo(f"{time.monotonic() - started:6.1f} s  {line}", err=True)

    told = run.kill(seed=seed, loans=loans, seconds=seconds, keep=logs, say=say)
    emit(told, run.text(told))
    if not told["ok"]:
        ctx.exit(REFUSED)
