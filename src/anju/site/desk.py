"""The desk's ports: the day end, seen and started from a screen."""

from datetime import date

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from anju.dayend import close, queries, texts
from anju.dayend.steps import STEPS
from anju.web.desk import ports

TASK = "desk.dayend"


def connect() -> None:
    """Called by the wiring."""
    ports.connect_dayend(
        ports.DayEnd(
            runs=lambda before, limit: queries.runs(before=before, limit=limit),
            run=queries.run,
            next_on=_next_on,
            start=_start,
            steps={step.name: (step.zh, step.en) for step in STEPS},
            count_words=texts.count_words,
        )
    )


def _next_on() -> date | None:
    try:
        return close.next_day()
    except close.NoLoans:
        return None


def _start(on: date, actor: str) -> bool:
    """A job that waits already is enough: it closes every open day."""
    try:
        with transaction.atomic():
            app.configure_task(TASK, lock=TASK, queueing_lock=TASK).defer(on=on.isoformat(), actor=actor)
    except AlreadyEnqueued:
        return False
    return True
