"""``anju sample tape``: files to try things with."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import click

from anju.contexts.servicing.tape.sampling import LOAN_HEADER, PAYMENT_HEADER, sample_tape
from anju.core.csv_rows import csv_rows
from anju.core.rates import LprTable, ProvidentTable, RateTables
from anju.policy import path
from anju.site import clock
from anju.site.cli.base import emit

LOANS_MAX = 1_000_000


@click.group(help="生成样例文件。\n\nWrite sample files.")
def sample() -> None:
    """Group of the sample commands."""


@sample.command(
    help="写出 loans.csv 与 payments.csv（虚构人物，同一种子结果相同）。\n\n"
    "Write loans.csv and payments.csv (made-up people; the same for the same seed and date)."
)
@click.option(
    "--loans",
    type=click.IntRange(1, LOANS_MAX),
    default=1000,
    show_default=True,
    help="贷款笔数 / how many loans",
)
@click.option("--seed", type=click.IntRange(0, 9999), default=1, show_default=True, help="随机种子 / seed")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="数据日期，默认 30 天前 / as-of date, default 30 days ago",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="输出目录 / folder to write to",
)
@click.option("--faults", is_flag=True, help="加入有错误的行 / add rows with faults")
def tape(loans: int, seed: int, as_of: datetime | None, out: Path, faults: bool) -> None:
    """The two files of a sample."""
    today = clock.today()
    on = as_of.date() if as_of else today - timedelta(days=30)
    if on > today:
        raise click.UsageError("数据日期晚于今天 / the as-of date lies in the future")
    made = sample_tape(loans=loans, seed=seed, as_of=on, until=today, tables=shipped_tables(), faults=faults)
    out.mkdir(parents=True, exist_ok=True)
    for name, header, rows in (
        ("loans.csv", LOAN_HEADER, made.loans),
        ("payments.csv", PAYMENT_HEADER, made.payments),
    ):
        with open(out / name, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)
    result = {
        "loans": len(made.loans),
        "payments": len(made.payments),
        "as_of": on.isoformat(),
        "out": str(out),
    }
    emit(
        result,
        f"已写出 {len(made.loans)} 笔贷款、{len(made.payments)} 笔还款（数据日期 {on}）到 {out}\n"
        f"Wrote {len(made.loans)} loans and {len(made.payments)} payments (as of {on}) to {out}",
    )


def shipped_tables() -> RateTables:
    """Rates as shipped: a sample needs no database."""
    lpr = LprTable.parse(csv_rows(path("lpr.csv").read_text("utf-8")))
    return RateTables(lpr, ProvidentTable.parse(csv_rows(path("provident_rates.csv").read_text("utf-8"))))
