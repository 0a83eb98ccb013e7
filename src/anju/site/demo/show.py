"""What the demonstration says on the terminal, in both languages."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

from django.db import connection
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from anju.platform.contacts import queries as contacts
from anju.platform.identity.roles import ROLE_LABELS
from anju.site.cli.base import wants_json
from anju.site.demo import book
from anju.site.demo.life import Tell

WEEKDAYS = "一二三四五六日"
LINES_EVERY = 10
WIDTH = 110
"""Columns where there is no terminal to ask."""


_BORROWER = """
SELECT l.borrower_id, count(*) AS waiting
  FROM notices_inboxmessage m
  JOIN notices_attempt a ON a.id = m.attempt_id
  JOIN notices_obligation o ON o.id = a.obligation_id
  JOIN servicing_loan l ON o.subject_type = 'loan' AND l.id = o.subject_id
  JOIN contacts_address d ON d.person_id = l.borrower_id AND d.kind = 'phone' AND d.active_to IS NULL AND d.health <> 'wrong_person'
 WHERE o.state = 'in_progress' AND o.proof_required = 'acknowledged' AND l.state = 'active'
 GROUP BY l.borrower_id ORDER BY (count(*) FILTER (WHERE o.notice_type LIKE 'reminder%%') > 0) DESC, count(*) DESC, l.borrower_id
 LIMIT 1
"""


def console() -> Console:
    """Messages go to stderr when the answer is JSON, so that a program reads nothing but its answer."""
    out = Console(stderr=wants_json(), highlight=False)
    if not out.is_terminal:
        out.width = WIDTH
    return out


def borrower_phone() -> str:
    """A borrower with something to confirm: the number to log in with. Empty when nobody waits."""
    with connection.cursor() as cursor:
        cursor.execute(_BORROWER)
        row = cursor.fetchone()
    found = None if row is None else contacts.address(row[0], "phone")
    return "" if found is None else found.value


def happened(counts: Mapping[str, int]) -> str:
    """The counts so far in one line."""
    calls = sum(number for name, number in counts.items() if name.startswith("call_"))
    parts = [
        ("还款 paid", counts.get("payments", 0)), ("通知 sent", counts.get("messages", 0)),
        ("确认 confirmed", counts.get("confirmed", 0)), ("通话 calls", calls), ("承诺 promises", counts.get("call_promised", 0)),
    ]  # fmt: skip
    return " · ".join(f"{name} {number:,}" for name, number in parts)


def day_text(on: date) -> str:
    """2026-11-20 周五."""
    return f"{on} 周{WEEKDAYS[on.weekday()]}"


@contextmanager
def progress(out: Console) -> Iterator[Tell]:
    """A bar on a terminal, a line every ten days elsewhere."""
    if not (out.is_terminal and sys.stderr.isatty()):
        yield _lines(out)
        return
    columns = (
        TextColumn("{task.fields[day]}"), BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[happened]}"),
    )  # fmt: skip
    with Progress(*columns, console=out, transient=True) as bar:
        task: TaskID | None = None

        def tell(on: date, number: int, total: int, counts: Mapping[str, int]) -> None:
            nonlocal task
            day, done = day_text(on), happened(counts)
            if task is None:
                task = bar.add_task("", total=total, day=day, happened=done)
            bar.update(task, completed=number, total=total, day=day, happened=done)

        yield tell


def _lines(out: Console) -> Tell:
    begun = time.monotonic()

    def tell(on: date, number: int, total: int, counts: Mapping[str, int]) -> None:
        if number % LINES_EVERY == 0 or number == total - 1:
            seconds = time.monotonic() - begun
            out.print(
                f"  {day_text(on)}  {number + 1}/{total}  {happened(counts)}  {seconds:.0f} s", soft_wrap=True
            )

    return tell


def box(address: str, password: str, phone: str) -> Panel:
    """Address, log-ins and the borrower, tidily."""
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_row("工作台 desk", f"[bold]{address}desk/[/]", "")
    for member in book.SHOWN:
        zh, en = ROLE_LABELS[member.role]
        table.add_row(f"  {zh} {en}", f"[bold]{member.staff_no}[/]", member.name)
    table.add_row("  密码 password", f"[bold]{password}[/]", "")
    table.add_row("滨江支行 second branch", "KH101 … ZG101", "同一密码 same password")
    table.add_row("")
    table.add_row("客户端 portal", f"[bold]{address}[/]", "")
    table.add_row("  手机号 phone", f"[bold]{phone or '-'}[/]", "")
    table.add_row("  验证码 one-time code", f"{address}demo/phone/", "")
    return Panel(
        table, title="安居已就绪 Anju is ready", subtitle="Ctrl-C 结束 to stop", expand=False, padding=(1, 2)
    )
