"""``anju portfolio``: what a whole loan tape pays, month by month, without a database."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anju.site.cli.base import Refused, emit

if TYPE_CHECKING:
    from anju.contexts.servicing.projection.projecting import Scenario, Source
    from anju.core.rates import RateTables

SHIFT_BP_MAX = 1_000
ENDINGS = (".parquet", ".csv", ".json")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller wants written."""

    tape: Path
    out: Path
    by: str
    months: int | None
    engine: str


@click.group(
    help="贷款组合：由贷款文件预测现金流。格式见 docs/reference/portfolio.md。\n\n"
    "Portfolio: cash flow from a loan tape. Files: docs/reference/portfolio.md."
)
def portfolio() -> None:
    """Group of the portfolio commands."""


@portfolio.command(
    help="逐月（或逐年、逐笔）预测贷款文件数据日期之后的本金、利息和余额。不需要数据库，不读取个人信息列。\n\n"
    "Principal, interest and balance that a loan tape pays after its as-of date, by month, year or loan. Needs no database "
    "and reads no column with personal data.\n\n"
    "\b\n"
    "  anju portfolio project --in tape.parquet --out flows.csv --by year\n"
    "  anju portfolio project --in tape.csv --out flows.parquet --shift-bp 50 --json"
)
@click.option(
    "--in", "tape", type=_FILE, required=True, help="贷款文件 / the loan tape (.parquet .csv .xlsx)"
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="输出文件，类型看扩展名 / file to write, its kind by its ending (.parquet .csv .json)",
)
@click.option(
    "--months",
    type=click.IntRange(1, 481),
    help="只写前 N 个月，默认到最后一期 / only the first N months, default: to the last instalment",
)
@click.option(
    "--shift-bp",
    type=click.IntRange(-SHIFT_BP_MAX, SHIFT_BP_MAX),
    default=0,
    show_default=True,
    help="市场利率平移（基点），下一重定价日起生效 / move of the market in bp, felt at each loan's next repricing",
)
@click.option(
    "--by",
    type=click.Choice(["month", "year", "loan"]),
    default="month",
    show_default=True,
    help="按月、按年、按笔 / a row a month, year or loan",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="数据日期（该日日终），默认取文件中的 / as-of date (its close), default: the one in the tape",
)
@click.option(
    "--lpr",
    type=_FILE,
    help="LPR 表 lpr.csv，默认用随程序发布的 / table of the LPR, default: as shipped",
)
@click.option(
    "--skip-bad", is_flag=True, help="略过有错误的行 / leave rows with faults out instead of refusing"
)
@click.option(
    "--from",
    "source",
    type=click.Choice(["balance", "contract"]),
    default="balance",
    show_default=True,
    help="从文件的剩余本金接着算，或只按合同 / go on from the tape's balance, or as the contract says",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "numba", "numpy", "spark"]),
    default="auto",
    show_default=True,
    help="计算内核 / what computes (numba: extra fast; spark: extra spark)",
)
def project(
    tape: Path,
    out: Path,
    months: int | None,
    shift_bp: int,
    by: str,
    as_of: datetime | None,
    lpr: Path | None,
    skip_bad: bool,
    source: Source,
    engine: str,
) -> None:
    """Project a tape."""
    from anju.contexts.catalogue.shipped import unusual_codes
    from anju.contexts.servicing.projection.projecting import Scenario

    begun = time.monotonic()
    if out.suffix.lower() not in ENDINGS:
        raise click.UsageError(
            "--out 须以 .parquet、.csv 或 .json 结尾 / --out must end in .parquet, .csv or .json"
        )
    if out.resolve() == tape.resolve():
        raise click.UsageError("--out 不能是输入文件 / --out must not be the tape itself")
    on = as_of.date() if as_of else _as_of(tape)
    kernel: Any = "auto" if engine == "spark" else engine
    scenario = Scenario(
        on=on,
        tables=_tables(lpr),
        shift_bp=shift_bp,
        by="loan" if by == "loan" else "month",
        any_as_of=as_of is not None,
        skip_bad=skip_bad,
        kernel=kernel,
        workers=2,
        source=source,
        other_products=unusual_codes(),
    )
    result = _runner(engine)(Asked(tape, out, by, months, engine), scenario)
    result |= {"as_of": on.isoformat(), "shift_bp": shift_bp, "by": by, "from": source}
    result |= {"engine": engine, "out": str(out)}
    result["seconds"] = round(time.monotonic() - begun, 2)
    emit(result, _text(result))


def _runner(engine: str) -> Callable[[Asked, Scenario], dict[str, Any]]:
    from anju.core.engine.stream import KernelMissing, kernel_for
    from anju.site import portfolio as local

    if engine == "spark":
        try:
            from anju.adapters import spark
        except ImportError as problem:
            zh, en = "未安装 pyspark，请安装附加项 spark", "pyspark is not installed; install the extra spark"
            raise Refused(
                f"{zh}（pip install 'anju[spark]'）", f"{en} (pip install 'anju[spark]')"
            ) from problem
        return lambda asked, scenario: local.write(
            asked.out, asked.by, asked.months, spark.flows(asked.tape, scenario), scenario
        )
    try:
        kernel_for(engine, 0)  # type: ignore[arg-type]
    except KernelMissing as problem:
        raise Refused(
            "未安装 numba，请安装附加项 fast（pip install 'anju[fast]'）", str(problem)
        ) from problem
    return lambda asked, scenario: local.project(asked.tape, asked.out, asked.by, asked.months, scenario)


def _as_of(tape: Path) -> date:
    """The date in the first row of the tape."""
    from anju.contexts.servicing.projection import reading

    batch = next(reading.batches(tape), None)
    if batch is None or not batch.num_rows:
        raise Refused("文件没有数据行", "the tape has no rows")
    day = int(reading.checked(batch.slice(0, 1), date.max).values["as_of_date"][0])
    if day == reading.ABSENT:
        raise click.UsageError(
            "文件没有数据日期，请用 --as-of 指定 / the tape names no as-of date: give --as-of"
        )
    return date.fromordinal(day)


def _tables(lpr: Path | None) -> RateTables:
    """Rates as shipped, or with another table of the LPR: a projection needs no database."""
    from anju.core.csv_rows import csv_rows
    from anju.core.rates import LprTable, ProvidentTable, RateTables
    from anju.core.working_time import WorkCalendar
    from anju.policy import path

    return RateTables(
        LprTable.parse(csv_rows((lpr or path("lpr.csv")).read_text("utf-8-sig"))),
        ProvidentTable.parse(csv_rows(path("provident_rates.csv").read_text("utf-8"))),
        WorkCalendar.parse(csv_rows(path("special_days.csv").read_text("utf-8"))),
    )


def _text(result: dict[str, Any]) -> str:
    lines = [
        f"贷款 loans: {result['loans']:,} · 数据日期 as of: {result['as_of']} · 平移 shift: {result['shift_bp']} bp",
        f"余额 balance: {result['balance']} · 应收利息 interest to come: {result['interest']}",
    ]
    if result["continued"]:
        lines.append(f"从剩余本金接着算 continued from the balance: {result['continued']:,}")
    if result["past_due_principal_fen"] or result["past_due_interest_fen"]:
        principal, interest = result["past_due_principal"], result["past_due_interest"]
        lines.append(f"已逾期（不在现金流内）past due, not in the flows: {principal} + {interest}")
    if result["left_out"]:
        lines.append(f"略过 left out: {result['left_out']:,}")
        lines += [
            f"  第 {each['row']} 行 row, {each['column']}: {each['zh']} / {each['en']}"
            for each in result["faults"]
        ]
    lines.append(f"已写出 {result['rows']:,} 行到 {result['out']} / rows written · {result['seconds']} s")
    return "\n".join(lines)
