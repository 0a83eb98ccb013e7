"""``anju demo``: make the demonstration, or go on with it, and start everything."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import click

from anju.site.cli.base import Refused, emit, start_django, wants_json

SIMULATED_FAULTS = {
    "throttled": 2_000, "bad_address": 6_000, "answer_lost": 2_000, "request_lost": 2_000, "undelivered": 15_000,
    "silent": 12_000, "duplicate": 20_000, "reorder": 20_000, "delay_seconds_min": 2, "delay_seconds_max": 45,
}  # fmt: skip
"""How the simulated gateways behave in the demonstration, in ppm of the messages."""

OURS = (
    "demo.json",
    "demo.env",
    "demo",
    "secrets.env",
    "simulated.sqlite3",
    "simulated.sqlite3-wal",
    "simulated.sqlite3-shm",
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="端口。Port.")
@click.option(
    "--borrowers", type=click.IntRange(10, 20_000), help="借款人数，默认 600。Borrowers, default 600."
)
@click.option(
    "--days", type=click.IntRange(1, 250), help="已过的营业日，默认 60。Business days lived, default 60."
)
@click.option("--seed", type=click.IntRange(0, 9999), help="随机种子，默认 1。Seed, default 1.")
@click.option(
    "--fresh", is_flag=True, help="删除现有演示数据，重新生成。Delete the demonstration and make a new one."
)
@click.option("--yes", is_flag=True, help="不再询问。Do not ask.")
@click.option("--no-serve", is_flag=True, help="只生成，不启动。Make it, do not start.")
def demo(
    host: str,
    port: int,
    borrowers: int | None,
    days: int | None,
    seed: int | None,
    fresh: bool,
    yes: bool,
    no_serve: bool,
) -> None:
    """生成演示支行（约 600 位借款人、60 个营业日）并启动；再次运行则接着用。

    Make the demonstration (some 600 borrowers, 60 business days behind it) and start; run again, it goes on with what is
    there. Killed half-way, the next run goes on where it stood. Not in production.

    Exit code 1: the database holds a real book, or another demonstration; 3: the port is taken.
    """
    from anju.site.postgres.places import default_data_dir

    if os.environ.get("ANJU_PRODUCTION") == "1":
        raise Refused("生产环境不能运行演示。", "The demonstration does not run in production.")
    data_dir = default_data_dir()
    if fresh:
        _forget(data_dir, yes)
    if not no_serve:
        from anju.site.cli.serve import require_free_port

        require_free_port(host, port)
    faults = json.dumps(SIMULATED_FAULTS)
    os.environ |= {
        "ANJU_DEMO": "1",
        "ANJU_SIM_FAULTS": faults,
        "ANJU_SIM_SEED": str(1 if seed is None else seed),
    }
    begun = time.monotonic()
    result = _make(borrowers, days, seed)
    result["seconds"] = round(time.monotonic() - begun, 1)
    if no_serve:
        emit(
            result,
            f"演示数据已就绪，用时 {result['seconds']} 秒 / the demonstration is ready, {result['seconds']} s",
        )
    else:
        _serve(host, port, data_dir)


def _make(borrowers: int | None, days: int | None, seed: int | None) -> dict[str, object]:
    from anju.site import postgres

    click.echo("启动数据库 / starting the database", err=wants_json())
    postgres.ensure()
    start_django()
    from django.core.management import call_command

    from anju.site import clock
    from anju.site.demo import run, show

    click.echo("升级数据库结构 / bringing the database's shape up", err=wants_json())
    call_command("migrate", interactive=False, verbosity=0)
    out = show.console()

    def say(zh: str, en: str) -> None:
        out.print(f"{zh} / {en}")

    with show.progress(out) as tell:
        made = run.make(now=clock.now(), wishes=run.Wishes(borrowers, days, seed), tell=tell, say=say)
    plan = made.state.plan
    out.print(show.happened(made.counts))
    return {
        "ready": True, "resumed": made.resumed, "days_lived": made.lived, "counts": made.counts,
        "plan": {"seed": plan.seed, "borrowers": plan.borrowers, "days": plan.days, "as_of": plan.as_of.isoformat()},
        "phone": show.borrower_phone(),
    }  # fmt: skip


def _serve(host: str, port: int, data_dir: Path) -> None:
    from anju.site import processes
    from anju.site.demo import book, show

    address = f"http://{host}:{port}/"
    password, phone = book.password(data_dir), show.borrower_phone()
    from django.db import connections

    connections.close_all()

    def announce() -> None:
        if wants_json():
            emit({"ready": True, "address": address, "password": password, "phone": phone}, "")
        else:
            show.console().print(show.box(address, password, phone))

    write = processes.write_json if wants_json() else processes.write_text
    processes.run_site(host=host, port=port, announce=announce, write=write)


def _forget(data_dir: Path, yes: bool) -> None:
    """Delete the demonstration's database, keys and log-ins; other files of the folder stay. Raises Refused."""
    from anju.site import postgres
    from anju.site.postgres.places import home_of

    if os.environ.get("DATABASE_URL"):
        raise Refused(
            "--fresh 不删除 DATABASE_URL 指定的数据库。",
            "--fresh does not delete a database named by DATABASE_URL.",
        )
    database = home_of(data_dir)
    if not (data_dir / "demo.json").exists():
        if database.exists():
            raise Refused(
                f"{data_dir} 里有数据，但不是演示数据，不予删除。",
                f"{data_dir} holds data that are no demonstration; they are not deleted.",
            )
        return
    question = f"删除 {data_dir} 中的演示数据 / delete the demonstration in {data_dir}?"
    if not yes and not click.confirm(question, err=True):
        raise click.Abort
    postgres.stop(data_dir)
    for path in (database, *(data_dir / name for name in OURS)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
