"""kill -9 in the middle of a step, again and again: the end is that of an undisturbed run."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from anju.dayend import close, digest
from anju.dayend.models import DayRun, DayStep
from anju.dayend.steps import STEPS
from anju.platform.journal import handlers
from anju.platform.journal import queries as journal
from tests.dayend.book import Book

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

FIRST = date(2026, 9, 1)
LAST = date(2026, 9, 5)
BUSY = 75
ROOT = Path(__file__).parents[2]


def _fill(book: Book) -> None:
    for due_day in range(1, 32):
        loan = book.loan(
            due_day=due_day, unpaid=due_day % 3, start_on=date(2025, 9, 1) + timedelta(days=due_day)
        )
        if due_day % 2:
            book.pay(loan, 500_000, FIRST + timedelta(days=due_day % 5))


def _undisturbed(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Digests of the days and of the book after a run in one transaction, which is then rolled back."""
    with transaction.atomic(), monkeypatch.context() as patch:
        patch.setattr(handlers, "see_own_transaction", True)
        reports = close.close_through(on=LAST)
        lines = digest.lines_of_book()
        transaction.set_rollback(True)
    return [report.digest for report in reports], lines


def _start() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.dayend.killed",
            str(connection.settings_dict["NAME"]),
            LAST.isoformat(),
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=dict(os.environ),
    )


def _run_and_kill(at_line: int, delay: float) -> bool:
    """Let a process say `at_line` steps, kill it a moment later; whether it was killed before it ended."""
    process = _start()
    assert process.stdout is not None
    for seen, line in enumerate(process.stdout, start=1):
        if line.strip() == "closed" or seen >= at_line:
            break
    time.sleep(delay)  # the moment of the kill is the point: somewhere inside the step
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    return process.wait() == -signal.SIGKILL


def test_killed_at_random_moments_it_ends_the_same(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(book)
    days, lines = _undisturbed(monkeypatch)
    assert not DayRun.objects.exists()
    chance = random.Random(7)
    kills = sum(_run_and_kill(chance.randint(1, 9), chance.random() * 0.06) for _ in range(6))
    assert kills >= 4
    while True:
        process = _start()
        process.communicate()
        if process.returncode != BUSY:
            break
    assert process.returncode == 0
    assert list(DayRun.objects.order_by("business_on").values_list("digest", flat=True)) == days
    assert digest.lines_of_book() == lines
    assert DayStep.objects.count() == len(days) * len(STEPS)
    assert journal.verify() == []
