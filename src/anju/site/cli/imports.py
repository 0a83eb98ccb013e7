"""``anju import``: loan tapes and payments in, quarantine out."""

import time
from datetime import datetime
from pathlib import Path

import click

from anju.contexts.catalogue.operations import load_products
from anju.contexts.servicing import operations, queries
from anju.contexts.servicing.operations import ImportReport
from anju.contexts.servicing.tape.reading import FILE_BYTES_MAX
from anju.platform.journal import handlers
from anju.platform.policies import operations as policies
from anju.site import clock
from anju.site.cli.base import Refused, emit

ACTOR = "system:import"
_DATE = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(
    name="import",
    help="导入贷款或还款文件（.csv .xlsx .parquet）。格式见 docs/reference/tape.md。\n\n"
    "Import loans or payments (.csv .xlsx .parquet). Columns: docs/reference/tape.md.",
)
def import_() -> None:
    """Group of the import commands."""


@import_.command(
    help="导入贷款文件：逐行校验，错误行进入隔离区；同一文件再次导入不产生变化。\n\n"
    "Import a loan tape: every row is checked, bad ones are quarantined; the same file again changes nothing."
)
@click.argument("file", type=_FILE)
@click.option(
    "--as-of",
    type=_DATE,
    help="无数据日期列时的数据日期，默认今天 / as-of date when there is no such column, default today",
)
@click.option(
    "--create-branches/--no-create-branches",
    default=None,
    help="创建文件中的新机构（默认仅在尚无任何机构时） / make branches named in the file (default: only when there is none)",
)
def loans(file: Path, as_of: datetime | None, create_branches: bool | None) -> None:
    """A loan tape."""
    begun = time.monotonic()
    at = clock.now()
    policies.load_shipped(at=at, by=ACTOR)
    load_products()
    report = operations.loans_load(
        content=_bytes(file),
        name=file.name,
        by=ACTOR,
        at=at,
        as_of=as_of.date() if as_of else None,
        create_branches=create_branches,
    )
    _finish(report, begun)


@import_.command(help="导入还款文件并立即入账。\n\nImport payments and post them at once.")
@click.argument("file", type=_FILE)
@click.option(
    "--as-of",
    type=_DATE,
    help="还款日期最晚可到哪一天，默认今天（或当前营业日） / latest date a payment may bear, default today or the open day",
)
def payments(file: Path, as_of: datetime | None) -> None:
    """A payments file."""
    begun = time.monotonic()
    report = operations.payments_load(
        content=_bytes(file),
        name=file.name,
        by=ACTOR,
        at=clock.now(),
        as_of=as_of.date() if as_of else None,
    )
    _finish(report, begun)


@import_.command(help="把一次导入的隔离行写成 CSV。\n\nWrite the quarantined rows of an import as CSV.")
@click.argument("import_id", type=int)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="输出文件 / file to write"
)
def quarantine(import_id: int, out: Path) -> None:
    """The quarantine as a file."""
    try:
        text = queries.quarantine_csv(import_id)
    except KeyError:
        raise Refused(f"没有编号为 {import_id} 的导入", f"there is no import {import_id}") from None
    out.write_text(text, encoding="utf-8-sig", newline="")
    rows = text.count("\r\n") - 1
    emit(
        {"import_id": import_id, "values": rows, "out": str(out)},
        f"已写出 {rows} 条到 {out}\nWrote {rows} values to {out}",
    )


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > FILE_BYTES_MAX:
        raise Refused("文件超过 256 MiB", "the file is larger than 256 MiB")
    return file.read_bytes()


def _finish(report: ImportReport, begun: float) -> None:
    """Let the handlers hear what happened, then tell it."""
    handlers.drain()
    report.seconds = round(time.monotonic() - begun, 2)
    emit(report.as_dict(), _text(report))


def _text(report: ImportReport) -> str:
    if report.repeated:
        return (
            f"此文件已导入过（导入 {report.import_id}），未做任何更改。\n"
            f"This file was imported before (import {report.import_id}); nothing was changed."
        )
    rows = [
        ("总行数", "rows", report.rows_total), ("新增", "new", report.rows_new), ("变更", "changed", report.rows_changed),
        ("相同", "same", report.rows_same), ("隔离", "quarantined", report.rows_bad),
    ]  # fmt: skip
    if report.kind == "loans":
        found = report.differences
        names = {
            "balance": ("剩余本金", "balance"),
            "next_instalment": ("下期应还", "next instalment"),
            "days_past_due": ("逾期天数", "days past due"),
        }
        rows.append(("已核对", "compared", found.get("compared", 0)))
        rows += [(f"核对差异：{zh}", f"differs: {en}", found.get(key, 0)) for key, (zh, en) in names.items()]
    else:
        names = {
            "payments": ("已入账", "posted"), "waiting": ("待日终入账", "wait for their day"),
            "before_opening": ("建账日前（不入账）", "before the opening"),
            "for_settled_loans": ("已结清贷款的还款（挂账）", "for settled loans, kept unapplied"),
            "arrears_cleared": ("解除逾期", "arrears cleared"), "settled": ("结清", "settled"),
        }  # fmt: skip
        rows += [(zh, en, report.posted.get(key, 0)) for key, (zh, en) in names.items()]
    lines = [f"导入 {report.import_id}：{report.name}  import {report.import_id}"]
    lines += [f"  {zh} {en}: {count:,}" for zh, en, count in rows]
    lines += [f"  注意 note: {zh} / {en}" for zh, en in report.notes]
    if report.rows_bad:
        command = f"anju import quarantine {report.import_id} --out quarantine.csv"
        lines.append(f"  隔离明细 quarantine: {command}")
    lines.append(f"  用时 seconds: {report.seconds}")
    return "\n".join(lines)
