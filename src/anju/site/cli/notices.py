"""``anju notices``: is everything told, send what waits, and why did this person get, or not get, this."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any

import click

from anju.core.working_time import BANK_ZONE
from anju.site.cli.base import REFUSED, Refused, emit


@click.group()
def notices() -> None:
    """通知义务与送达证明。 Notices that are owed, and their proof."""


@notices.command()
@click.pass_context
def audit(ctx: click.Context) -> None:
    """核查：有无漏发、逾期、停滞；有则退出码为 1。结果留存，工作台“通知核查”可查。

    Completeness run: notices missing, late or resting; exit code 1 when there are any. The answer is kept for the desk.
    """
    from anju.platform.notices.audit import run
    from anju.site.clock import now

    found = run(at=now(), actor="system:command_line")
    lines = [f"应通知事实 {found.checked} / facts that owe a notice: {found.checked}"]
    names = {
        "missing": "漏通知 missing",
        "late": "已过期限 late",
        "resting": "停滞 resting",
        "unproven": "待人工 with a person",
        "in_doubt": "结果不明 in doubt",
    }
    lines += [f"{names[name]}: {count}" for name, count in found.counts.items()]
    lines += [
        f"  [{row.what}] {row.ref} {_moment(row.since)} {row.zh} / {row.en} -> {row.owner}"
        for row in found.findings
    ]
    emit(_plain(dataclasses.asdict(found) | {"clean": found.clean}), "\n".join(lines))
    if not found.clean:
        ctx.exit(REFUSED)


@notices.command()
@click.option("--rounds", type=click.IntRange(1, 1000), default=20, show_default=True)
def send(rounds: int) -> None:
    """立即推进到期步骤并发送排队的通知。

    Move due steps and send what is queued, now (the worker does it every second).
    """
    from anju.adapters import ports_from_environment
    from anju.platform.notices import operations
    from anju.site.clock import now

    ports = ports_from_environment()
    totals: dict[str, int] = {}
    for _ in range(rounds):
        at = now()
        planned, sent = operations.plan(at=at), operations.send(at=at, ports=ports)
        for part in (planned, sent):
            for name, count in dataclasses.asdict(part).items():
                totals[name] = totals.get(name, 0) + count
        if not planned.taken and not sent.claimed and not sent.refused:
            break
    text = f"推进 {totals['taken']}，发送 {totals['submitted']}，被拒 {totals['rejected']}，不明 {totals['in_doubt']}"
    emit(
        totals, f"{text}\nmoved {totals['taken']}, sent {totals['submitted']}, in doubt {totals['in_doubt']}"
    )


@notices.command()
def providers() -> None:
    """渠道服务商现状：熔断、限流、当日提交与结果（参数见 providers.toml）。

    Providers of the channels: breaker, throttle, what was submitted and answered today (limits: providers.toml).
    """
    from anju.platform.notices.provider_queries import provider_rows
    from anju.site.clock import now

    rows = provider_rows(at=now())
    lines = []
    for row in rows:
        until = row.open_until_at or row.throttled_until_at
        limits = f"{row.rules.per_second or '-'}/s {row.rules.per_day or '-'}/d"
        lines.append(
            f"{row.name}: {row.breaker_zh} {row.breaker}{' -> ' + _moment(until) if until else ''}"
            f"  窗口 window {row.window_failures}/{row.window_calls}  今日 today {row.submitted}"
            f"  被拒 rejected {row.rejected}  不明 in doubt {row.in_doubt}  限额 limits {limits}"
        )
    text = "\n".join(lines) or "还没有使用过任何服务商 / no provider was used yet"
    emit({"providers": [_plain(dataclasses.asdict(row)) for row in rows]}, text)


@notices.command()
@click.argument("notice")
def show(notice: str) -> None:
    """查看一条通知：每一步、每次尝试、回执与管控意见。NOTICE 为编号或键。

    One notice: steps, tries, receipts, the governor's words. NOTICE is its number or its key.
    """
    from anju.platform.notices import queries

    found = queries.obligation(int(notice)) if notice.isdigit() else queries.obligation_by_key(notice)
    page = None if found is None else queries.obligation_page(found.id)
    if page is None:
        raise Refused(f"没有通知 {notice}", f"no notice {notice}")
    row = page.obligation
    lines = [
        f"{row.id} {row.label_zh} / {row.label_en} [{row.key}]",
        f"状态 state: {row.state} {row.reason_zh}  证明 proof: {row.rung or '-'} / {row.proof_required}",
        f"应通知 owed: {_moment(row.owed_at)}  期限 deadline: {_moment(row.deadline_at)}",
    ]
    for step in page.steps:
        lines.append(f"{step.number}. {step.channel}: {step.state}")
        for attempt in step.attempts:
            lines.append(
                " ".join(
                    part
                    for part in (
                        "  ",
                        attempt.state,
                        attempt.rung,
                        attempt.provider,
                        _moment(attempt.queued_at),
                        attempt.error_class,
                        attempt.error,
                    )
                    if part
                )
            )
            lines += [f"      {told.status} -> {told.effect} {_moment(told.at)}" for told in attempt.receipts]
    emit(_plain(dataclasses.asdict(page)), "\n".join(lines))


@notices.command()
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    help="首日，默认 30 天前 / first day, default 30 days ago",
)
@click.option(
    "--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="末日，默认今天 / last day, default today"
)
def kpis(first: datetime | None, last: datetime | None) -> None:
    """通知指标：按时证明率、用时、渠道、异常原因、机构、类型、人员；只从明细行计算。

    Figures of a period, from rows only: completion, time to proof, channels, causes, branches, types, people.
    """
    from anju.platform.notices.kpis import BadPeriod, period
    from anju.platform.notices.kpis import kpis as figures
    from anju.site.clock import now

    until = last.date() if last else now().astimezone(BANK_ZONE).date()
    since = first.date() if first else until - timedelta(days=29)
    try:
        begin, end = period(since, until)
    except BadPeriod as refused:
        raise Refused(refused.message_zh, refused.message_en) from None
    found = figures(since=begin, until=end)
    total = found.total
    share = "-" if total.completion_ppm is None else f"{total.completion_ppm / 10_000:.2f}%"
    lines = [
        f"{since} – {until}",
        f"应通知 owed {total.owed}，到期 due {total.due}，按时证明 in time {total.in_time}（{share}）",
        f"到证明 to proof p50 {total.p50_seconds} s, p95 {total.p95_seconds} s；异常 exceptions {total.exceptions}",
    ]
    lines += [f"  {row.channel}: {row.sent} sent, {row.proved} proved" for row in found.channels]
    lines += [f"  {row.reason}: {row.count} ({row.open} open)" for row in found.causes]
    body = _plain(dataclasses.asdict(found))
    body["total"]["completion_ppm"] = total.completion_ppm
    emit(body, "\n".join(lines))


def _moment(at: datetime | None) -> str:
    return "-" if at is None else at.astimezone(BANK_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _plain(value: Any) -> Any:
    """Instants as ISO texts, so that any reader of JSON knows them."""
    if isinstance(value, dict):
        return {_plain(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
