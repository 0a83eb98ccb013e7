"""``anju policy``."""

from __future__ import annotations

from pathlib import Path

import click

from anju.site.cli.base import Refused, emit

ACTOR = "system:cli"


@click.group()
def policy() -> None:
    """政策数据：带日期、带依据、逐版保留。

    Policy data: dated, with its document, every version kept.
    """


@policy.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="[FILE]"
)
@click.option("--name", help="政策名，默认为文件名。Name of the policy; default: the file's name.")
def load(file: Path | None, name: str | None) -> None:
    """使一个政策文件生效；不带文件则装载随程序发布、从未装载过的文件。

    Bring a policy file into force; without one, the shipped files that were never loaded.
    """
    from anju.core.errors import BadInput
    from anju.platform.policies import operations
    from anju.site import clock

    if file is None:
        loaded = operations.load_shipped(at=clock.now(), by=ACTOR)
        text = "\n".join(loaded) or "没有新的政策文件 / no new policy files"
        emit({"loaded": loaded}, text)
        return
    try:
        content = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            field="FILE",
            value=str(file),
            allowed="UTF-8",
            message_zh=f"文件不是 UTF-8 编码：{file.name}",
            message_en=f"the file is not UTF-8: {file.name}",
        ) from error
    wanted = name or file.name
    version = operations.load(wanted, content, at=clock.now(), by=ACTOR)
    emit({"loaded": [wanted], "version": version}, f"{wanted}  {version}")


@policy.command(name="list")
@click.option("--all", "everything", is_flag=True, help="包括旧版本。Old versions too.")
def list_(everything: bool) -> None:
    """列出生效的政策文件及其版本。

    List policy files and the versions in force.
    """
    from anju.platform.policies import queries

    rows = [row for row in queries.versions() if everything or row.in_force]
    emit(
        {
            "policies": [
                {
                    "name": row.name,
                    "version": row.version,
                    "in_force": row.in_force,
                    "loaded_at": row.loaded_at.isoformat(),
                    "loaded_by": row.loaded_by,
                }
                for row in rows
            ]
        },
        "\n".join(
            f"{'*' if row.in_force else ' '} {row.name:<24} {row.version}"
            f"  {row.loaded_at:%Y-%m-%d %H:%M}  {row.loaded_by}"
            for row in rows
        ),
    )


@policy.command()
@click.argument("name")
@click.option("--version", help="版本，默认为生效版本。A version; default: the one in force.")
def show(name: str, version: str | None) -> None:
    """写出一个政策文件的内容，便于修改后重新装载。

    Write the content of a policy file, to be changed and loaded again. Exit code 1 when it was never loaded.
    """
    from anju.platform.policies import queries

    try:
        wanted = version or queries.version(name)
        content = queries.content(name, wanted)
    except queries.PolicyNotLoaded:
        raise Refused(
            f"没有政策文件 {name} {version or ''}".rstrip(), f"no policy file {name} {version or ''}".rstrip()
        ) from None
    emit({"name": name, "version": wanted, "content": content}, content.rstrip("\n"))
