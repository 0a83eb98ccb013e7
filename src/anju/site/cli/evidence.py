"""``anju evidence``: write the evidence bundle of a loan, or check one."""

from pathlib import Path

import click

from anju.contexts.collections import evidence as bundles
from anju.contexts.servicing import queries
from anju.site import clock
from anju.site.cli.base import Refused, emit

ACTOR = "system:command_line"


@click.command(
    help="导出一笔贷款的证据包（时间线、通知及证明、通话、承诺、还款），或用 --check 核验一个证据包。\n\n"
    "Write one loan's evidence bundle (timeline, notices with proofs, calls, promises, payments), or --check one."
)
@click.argument("loan_no", required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="输出文件或目录，默认当前目录 / file or folder, default here",
)
@click.option(
    "--check",
    "check_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="核验此文件 / check this file",
)
def evidence(loan_no: str | None, out: Path | None, check_file: Path | None) -> None:
    """Exit code 1 when a checked bundle does not hold."""
    if (loan_no is None) == (check_file is None):
        raise click.UsageError("给出贷款编号，或 --check 文件 / give a loan number, or --check FILE")
    if check_file is not None:
        _check(check_file)
    else:
        _export(str(loan_no), out)


def _export(loan_no: str, out: Path | None) -> None:
    found = [row for row in queries.search(loan_no, None) if row.loan_no == loan_no]
    if not found:
        raise Refused(f"没有编号为 {loan_no} 的贷款。", f"There is no loan {loan_no}.")
    bundle = bundles.export(loan_id=found[0].id, at=clock.now(), actor=ACTOR)
    target = out / bundle.name if out and out.is_dir() else out or Path(bundle.name)
    target.write_bytes(bundle.content)
    counts = "  ".join(f"{name} {count}" for name, count in bundle.counts.items())
    emit(
        {"loan_no": loan_no, "file": str(target), "sha256": bundle.sha256, "counts": dict(bundle.counts)},
        f"证据包 / bundle: {target}\nSHA-256: {bundle.sha256}\n{counts}",
    )


def _check(file: Path) -> None:
    try:
        found = bundles.check(file.read_bytes())
    except bundles.NotABundle as problem:
        raise Refused(f"{file}：不是证据包。", f"{file}: {problem}") from problem
    result = {
        "ok": found.ok,
        "loan_no": found.loan_no,
        "sha256": found.sha256,
        "entries": found.entries,
        "problems": [{"where": where, "what": what} for where, what in found.problems],
    }
    if not found.ok:
        lines = "\n".join(f"  {where}: {what}" for where, what in found.problems)
        raise Refused(f"证据包有问题：\n{lines}", f"The bundle does not hold:\n{lines}", **result)
    emit(
        result,
        f"完整无误 / holds: {found.loan_no}  SHA-256 {found.sha256}  {found.entries} 条事实 / facts",
    )
