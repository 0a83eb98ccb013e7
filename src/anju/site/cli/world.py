"""``anju world``: look at the simulated world, and let it live on."""

from __future__ import annotations

import os
from pathlib import Path

import click
from django.conf import settings

from anju.dayend import queries
from anju.platform.work import queries as work
from anju.site import clock
from anju.site.cli.base import Refused, emit
from anju.site.cli.demo import SIMULATED_FAULTS
from anju.site.demo import run, show
from anju.site.demo.state import State, StateFile


@click.group(
    help="模拟世界：演示支行的客户与网关。\n\nThe simulated world: customers and gateways of the demonstration."
)
def world() -> None:
    """Group of the world commands."""


def _state() -> State:
    import json

    if os.environ.get("ANJU_PRODUCTION") == "1":
        raise Refused("生产环境没有模拟世界。", "There is no simulated world in production.")
    state = StateFile(Path(settings.DATA_DIR)).read()
    if state is None:
        raise Refused(
            "这里没有演示数据，请先运行 anju demo。", "There is no demonstration here: run anju demo first."
        )
    os.environ.setdefault("ANJU_SIM_FAULTS", json.dumps(SIMULATED_FAULTS))
    return state


@world.command(
    help="让未完成的营业日（及其后各日）过完：客户还款、确认通知，网关收发，日终。\n\n"
    "Let the open day (and days after it) be lived to its end: payments, confirmations, messages, day end."
)
@click.option(
    "--days", type=click.IntRange(1, 250), default=1, show_default=True, help="天数。How many days."
)
@click.option("--staff", is_flag=True, help="员工也由模拟完成工作。The staff is simulated too.")
def step(days: int, staff: bool) -> None:
    """One more day."""
    _state()
    out = show.console()
    with show.progress(out) as tell:
        made = run.step(days=days, staffed=staff, tell=tell)
    on = queries.last_closed_on()
    emit(
        {"days_lived": made.lived, "last_closed_on": on, "counts": made.counts},
        f"已过 {made.lived} 天，最后完成日终：{on} / {made.lived} day(s) lived, last closed {on}\n{show.happened(made.counts)}",
    )


@world.command(help="模拟世界现在怎样。\n\nHow the world stands.")
def status() -> None:
    """Plan, day, queues."""
    state, at = _state(), clock.now()
    counts = work.queue_counts(branch_ids=None, at=at)
    on = queries.last_closed_on()
    plan = state.plan
    lines = [
        f"种子 seed {plan.seed} · 借款人 borrowers {plan.borrowers} · 期初 as of {plan.as_of}",
        f"最后日终 last closed: {on or '-'}{'' if state.ready else '(未完成 unfinished)'}",
        *(
            f"  {row.queue:<18} 可办 open {row.open:>4} · 超时 late {row.late:>4} · 稍后 later {row.later:>4}"
            for row in counts
        ),
        f"客户手机号 borrower's phone: {show.borrower_phone() or '-'}",
    ]
    result = {
        "seed": plan.seed, "borrowers": plan.borrowers, "as_of": plan.as_of, "ready": state.ready, "last_closed_on": on,
        "queues": {row.queue: {"open": row.open, "late": row.late, "later": row.later} for row in counts},
    }  # fmt: skip
    emit(result, "\n".join(lines))
