"""``anju assets``."""

from __future__ import annotations

import click

from anju.site.cli.base import emit


@click.command()
@click.option("--force", is_flag=True, help="重新安装并复制。Install and copy again.")
def assets(force: bool) -> None:
    """获取前端文件（npm 软件包，按锁文件）并编译界面译文。无事可做时不联网。

    Fetch the front-end files (npm packages by the lock) and compile the translations. Stays off the network when
    there is nothing to do.
    """
    from anju.site.assets import provide
    from anju.site.messages import compile_all

    done = provide(force=force)
    compile_all(stale_only=not force)
    text = (
        f"前端文件已更新：{done.files} 个 / {done.files} files"
        if done.files
        else "前端文件已就绪 / up to date"
    )
    emit({"installed": done.installed, "files": done.files}, text)
