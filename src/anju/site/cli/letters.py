"""``anju letters``: batches for the mail room, and what the post did."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from anju.platform.letters import operations, queries
from anju.platform.letters.reading import BYTES_MAX
from anju.site import clock
from anju.site.cli.base import REFUSED, emit

ACTOR = "system:command_line"


@click.group()
def letters() -> None:
    """信函：装批、打印与邮寄清单、退回清单（docs/channels/letter.md）。 Letters in the post."""


@letters.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path),
    help="把 PDF 与邮寄清单写到此文件夹（含姓名地址，权限 0600）。Folder for the PDF and the postal list, in clear, mode 0600.",
)  # fmt: skip
def batch(out: Path | None) -> None:
    """把待寄信函装批：每机构一个或多个批次，各有一个 PDF/A 与一份邮寄清单。

    Set waiting letters in batches for the mail room: one PDF/A and one postal list each.
    """
    at = clock.now()
    numbers = operations.make_batches(at=at, by=ACTOR)
    made = [row for row in queries.batches(None, limit=200) if row.number in numbers]
    written = []
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for row in made:
            for what in ("pdf", "list"):
                file = operations.batch_file(
                    batch_id=row.id, what=what, reason="command_line", staff_id=None, by=ACTOR, at=at
                )
                place = out / file.name
                place.touch(mode=0o600)
                place.chmod(0o600)
                place.write_bytes(file.content)
                written.append(str(place))
    lines = [f"{row.number}: {row.letters} 封 / letters" for row in made]
    left = queries.waiting(None)
    result = {"batches": [dataclasses.asdict(row) for row in made], "files": written, "waiting": left}
    emit(result, "\n".join([*lines, *written, f"待装批 waiting: {left}"]))


@letters.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def returns(ctx: click.Context, file: Path) -> None:
    """导入收发室的邮寄回执（CSV）；有隔离行时退出码为 1，其余行照常入库。

    Read the mail room's file; exit code 1 when rows were quarantined, the others count all the same.
    """
    with file.open("rb") as opened:
        content = opened.read(BYTES_MAX + 1)
    report = operations.returns_read(content=content, name=file.name, by=ACTOR, at=clock.now())
    bad = queries.problems(report.file_id)
    head = "文件以前导入过，没有改变任何数据 / read before, nothing changed" if report.repeated else ""
    counts = (
        f"共 {report.total} 行：新 {report.new}，无变化 {report.same}，隔离 {report.bad} / "
        f"{report.total} rows: {report.new} new, {report.same} same, {report.bad} bad"
    )
    lines = [f"  第 {row.row_no} 行 {row.column}={row.value!r}: {row.zh} / {row.en}" for row in bad]
    result = {**dataclasses.asdict(report), "problems": [dataclasses.asdict(row) for row in bad]}
    emit(result, "\n".join([line for line in (head, counts) if line] + lines))
    if report.bad:
        ctx.exit(REFUSED)


@letters.command("list")
def list_() -> None:
    """最近的批次与进度。The latest batches, and how far their letters are."""
    found = queries.batches(None)
    lines = [
        f"{row.number}  {row.letters} 封，已投递 {row.posted}，妥投 {row.delivered}，退回 {row.returned} / "
        f"{row.letters} letters, {row.posted} posted, {row.delivered} delivered, {row.returned} returned"
        for row in found
    ]
    left = queries.waiting(None)
    result = {"batches": [dataclasses.asdict(row) for row in found], "waiting": left}
    emit(result, "\n".join([*lines, f"待装批 waiting: {left}"]))
