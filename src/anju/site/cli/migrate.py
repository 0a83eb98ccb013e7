"""``anju migrate``: the database's shape, and the policy data that every operation reads."""

from __future__ import annotations

import importlib.util

import click

from anju.site.cli.base import emit


@click.command()
@click.option("--no-policy", is_flag=True, help="不装载政策数据。Do not load the policy data.")
@click.pass_context
def migrate(ctx: click.Context, no_policy: bool) -> None:
    """升级数据库结构，并装载随程序发布的政策数据。可重复执行。

    Bring the database's shape up to this version and load the shipped policy data. May be run again at any
    time.
    """
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        call_command("migrate", interactive=False, verbosity=0)
    loaded = False
    if not no_policy and importlib.util.find_spec("anju.site.cli.policy"):
        from anju.site.cli.policy import policy

        ctx.invoke(policy.commands["load"])
        loaded = True
    emit(
        {"migrations_applied": len(pending), "policy_loaded": loaded},
        f"数据库结构已是最新(新增 {len(pending)} 步) / {len(pending)} migrations applied",
    )
