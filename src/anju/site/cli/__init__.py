"""The command line ``anju``. ``anju --help`` loads the table below and nothing else."""

from __future__ import annotations

import os
from typing import NoReturn

import click

from anju.site.cli.base import EXIT_CODES, Entry, LazyGroup, json_option, run

COMMANDS = {
    "demo": Entry(
        "anju.site.cli.demo:demo", "生成演示支行并启动。", "Make the demo branch and start it.", "nothing"
    ),
    "run": Entry(
        "anju.site.cli.serve:run_command", "启动网页与后台进程。", "Start web and worker.", "nothing"
    ),
    "web": Entry("anju.site.cli.serve:web", "只启动网页进程。", "Start the web process only.", "nothing"),
    "worker": Entry("anju.site.cli.serve:worker", "只启动后台进程。", "Start the worker only.", "nothing"),
    "dialler": Entry(
        "anju.site.cli.dialler:dialler", "自动语音拨号进程。", "The automated voice calls.", "django"
    ),
    "db": Entry("anju.site.cli.db:db", "内置数据库。", "The embedded database.", "nothing"),
    "migrate": Entry(
        "anju.site.cli.migrate:migrate", "升级数据库结构。", "Bring the database's shape up.", "server"
    ),
    "policy": Entry("anju.site.cli.policy:policy", "政策数据。", "Policy data."),
    "user": Entry("anju.site.cli.user:user", "员工账号。", "Staff accounts."),
    "import": Entry("anju.site.cli.imports:import_", "导入贷款或还款文件。", "Import loans or payments."),
    "sample": Entry("anju.site.cli.sample:sample", "生成样例文件。", "Write a sample tape."),
    "dayend": Entry("anju.site.cli.dayend:dayend", "日终处理。", "Close the business day."),
    "notices": Entry("anju.site.cli.notices:notices", "通知与送达。", "Notices and their proof."),
    "channels": Entry("anju.site.cli.channels:channels", "渠道与服务商。", "Channels and providers."),
    "letters": Entry("anju.site.cli.letters:letters", "信函：装批、邮寄回执。", "Letters in the post."),
    "evidence": Entry("anju.site.cli.evidence:evidence", "导出证据包。", "Write an evidence bundle."),
    "journal": Entry("anju.site.cli.journal:journal", "核验事实日志。", "Verify the journal's chains."),
    "world": Entry("anju.site.cli.world:world", "模拟世界。", "The simulated world."),
    "loan": Entry("anju.site.cli.loan:loan", "贷款测算。", "The loan arithmetic.", "nothing"),
    "portfolio": Entry(
        "anju.site.cli.portfolio:portfolio", "贷款组合现金流。", "Cash flow of a loan tape.", "nothing"
    ),
    "bench": Entry("anju.site.cli.bench:bench", "性能测量。", "Measurements.", "nothing"),
    "drill": Entry("anju.site.cli.drill:drill", "演练。", "Drills.", "nothing"),
    "assets": Entry("anju.site.cli.assets:assets", "获取前端文件。", "Fetch the front-end files.", "nothing"),
}


@click.group(
    cls=LazyGroup,
    entries=COMMANDS,
    params=[json_option()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=EXIT_CODES,
)
@click.version_option(package_name="anju", prog_name="anju", message="%(prog)s %(version)s")
def anju() -> None:
    """安居：住房贷款服务台。让每一个承诺按时兑现，事后可证。

    Anju: the service desk behind home mortgages. Every promise kept on time and provable afterwards.

    数据放在 ANJU_DATA（默认为 var）；DATABASE_URL 可指向现有的 PostgreSQL。
    Data live in ANJU_DATA (default: var); DATABASE_URL may name a PostgreSQL of yours.
    """


def main(argv: list[str] | None = None) -> NoReturn:
    """Entry point of the program ``anju``."""
    from anju.site.postgres.places import default_data_dir

    os.environ.setdefault("ANJU_DATA", str(default_data_dir()))
    run(anju, argv)
