"""``anju drill``: try the worst on a scratch installation."""

from __future__ import annotations

import getpass
import os
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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


@drill.command()
@click.option(
    "--count",
    type=click.IntRange(10, 1_000_000),
    default=50_000,
    show_default=True,
    help="通知条数。Notices.",
)
@click.option(
    "--fault-profile",
    default="rough",
    show_default=True,
    help="故障画像：calm、rough、outage、liar、worst，或 TOML/JSON 文件。A shipped fault profile, or a file.",
)
@click.option("--seed", type=click.IntRange(0, 9999), default=1, show_default=True, help="随机种子。Seed.")
@click.option(
    "--workers",
    type=click.IntRange(1, 8),
    default=2,
    show_default=True,
    help="并行后台进程数。Workers that race.",
)
@click.option(
    "--kill", "kills", is_flag=True, help="随时 kill -9 后台与数据库。kill -9 of workers and PostgreSQL."
)
@click.option(
    "--clock-step", is_flag=True, help="时钟前后各跳一小时。The clock is set back and forth by an hour."
)
@click.option(
    "--seconds",
    type=click.FloatRange(10, 86_400),
    default=7_200.0,
    show_default=True,
    help="最长真实时间。Real time after which it is given up.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="另写一份可归档的网页。Also write a page to be filed.",
)
@click.option(
    "--keep/--no-keep",
    default=True,
    show_default=True,
    help="在数据目录留存报告，工作台“演练”可见。Keep the report in the data folder; the desk lists it.",
)
@click.pass_context
def notices(
    ctx: click.Context,
    count: int,
    fault_profile: str,
    seed: int,
    workers: int,
    kills: bool,
    clock_step: bool,
    seconds: float,
    report: Path | None,
    keep: bool,
) -> None:
    """整波通知经由会出错的模拟通道：丢失 0、重复 0、不明者逐条列出。

    A whole wave of notices over simulated providers that lose, double, delay and lie: nothing may be lost, nothing doubled,
    and every doubtful send is listed. Idle time is skipped. Run it before go-live and every quarter (S2-17).

    Exit code 1 when the verdict is broken.
    """
    from anju.site import scratch
    from anju.site.drill import notices_profile
    from anju.site.postgres.places import default_data_dir

    home = default_data_dir()  # before the drill has a data folder of its own
    started = time.monotonic()

    def say(line: str) -> None:
        click.echo(f"{time.monotonic() - started:6.1f} s  {line}", err=True)

    profile = notices_profile.find(fault_profile)
    with scratch.installation() as data:
        from anju.site.drill import notices as wave
        from anju.site.drill import notices_report as pages

        plan = wave.Plan(
            profile=profile, count=count, seed=seed, workers=workers, kill=kills, clock_step=clock_step,
            seconds_max=seconds,
        )  # fmt: skip
        told = wave.run(plan, data=data, say=say)
    page = pages.page(told)
    if report is not None:
        report.write_text(page, encoding="utf-8")
    emit(told, pages.text(told))
    if keep:
        _keep(told, page, home)
    if not told["ok"]:
        ctx.exit(REFUSED)


def _keep(told: Mapping[str, Any], page: str, home: Path) -> None:
    """The report stays with the installation. A folder that cannot be written is said, and spoils no drill."""
    from anju.platform.drills import files

    try:
        kept = files.keep(
            told, page, folder=files.folder_of(home), by=_who(), host=platform.node(), at=datetime.now(UTC)
        )
    except OSError as problem:
        click.echo(f"报告没有留存 / the report is not kept: {problem}", err=True)
    else:
        click.echo(f"报告 / report: {kept}", err=True)


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return f"uid {os.getuid()}"
