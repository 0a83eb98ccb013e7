"""``anju dayend``: close the business day, catch up missed ones, say what was done in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import click
from django.conf import settings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from anju.dayend import close, queries, texts
from anju.dayend.errors import DayInFuture
from anju.site import clock
from anju.site.cli.base import emit, wants_json

FUTURE_WARNING = "注意：{on} 在今天（{today}）之后，仅供演示和测试。/ Note: {on} is after today ({today}); only for demos and tests."


@click.command()
@click.option(
    "--date",
    "on_text",
    metavar="YYYY-MM-DD",
    help="要完成的营业日；之前漏掉的日子逐日补上。The day to close; missed days before it are caught up one by one.",
)
@click.option(
    "--at",
    "at_text",
    metavar="ISO",
    help="记账时刻，默认当日 20:00。The instant to record the day at; 20:00 of the day unless given.",
)
@click.option(
    "--yes-many-days",
    is_flag=True,
    help="允许一次补跑 400 天以上。Allow catching up more than 400 days at once.",
)
def dayend(on_text: str | None, at_text: str | None, yes_many_days: bool) -> None:
    """日终处理：入账、重定价、出账、逾期、承诺、催收、提醒、回访。

    Close the business day: post, reprice, bill, age, promises, cases, reminders, visits. Killed half-way it
    goes on where
    it stood; run again it changes nothing. Without --date: through today after 20:00, else through yesterday.
    """
    now = clock.now()
    today = clock.today()
    on = _day(on_text) or (
        today if now.astimezone(clock.BANK_ZONE).time() >= close.CLOSE_TIME else today - timedelta(days=1)
    )
    if on > today:
        if settings.PRODUCTION:
            raise DayInFuture(on, today)
        click.echo(FUTURE_WARNING.format(on=on, today=today), err=True)
    at = _instant(at_text)
    first_on = close.next_day()
    if on_text is None and on < first_on and queries.last_closed_on() is None:
        click.echo(texts.nothing_yet(first_on), err=True)
    with _bar(first_on, on) as (step, done):
        reports = close.close_through(
            on=on, at=at, today=today, progress=step, many_days=yes_many_days, done=done
        )
    emit({"days": [report.as_json() for report in reports]}, texts.closing(reports))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("YYYY-MM-DD", param_hint="--date") from error


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("YYYY-MM-DDTHH:MM[+08:00]", param_hint="--at") from error
    return at if at.utcoffset() is not None else at.replace(tzinfo=clock.BANK_ZONE)


@contextmanager
def _bar(first_on: date, on: date) -> Iterator[tuple[Any, Any]]:
    """A progress bar on stderr, a tick per step; none for programs."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=wants_json() or not console.is_terminal,
    ) as progress:
        days = max((on - first_on).days + 1, 1)
        task = progress.add_task("日终 / day end", total=days * texts.STEPS_TOTAL)

        def step(day: date, name: str, ordinal: int, total: int) -> None:
            done_before = max((day - first_on).days, 0) * total
            progress.update(
                task, completed=done_before + ordinal, description=f"{day} {texts.step_label(name)}"
            )

        def done(report: close.Report) -> None:
            progress.update(task, completed=max((report.on - first_on).days + 1, 1) * texts.STEPS_TOTAL)

        yield step, done
