"""The steps of a day end, in order. Each is one transaction; each changes nothing when run again for the same
day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from anju.contexts.collections import operations as collections
from anju.contexts.followup import operations as followup
from anju.contexts.servicing import operations as servicing
from anju.core.lifecycles import DAY_RUN
from anju.dayend import digest, queries, reminders
from anju.dayend.facts import DayClosed
from anju.dayend.models import DayRun, DayStep
from anju.platform.journal import handlers
from anju.platform.journal import operations as journal

ACTOR = "system:dayend"
Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Day:
    """What every step is told. `at` stands for the close of `on`; `today` is the bank's real date."""

    on: date
    at: datetime
    today: date
    run_id: int


@dataclass(frozen=True, slots=True)
class Step:
    """A named step. `before` runs outside the step's transaction, in transactions of its own that are
    idempotent.
    """

    name: str
    zh: str
    en: str
    work: Callable[[Day], Counts]
    before: Callable[[Day], Any] | None = None


def _report(day: Day) -> Counts:
    """Last step: the digest, the stored report, the fact, and the day is closed, all in one transaction."""
    run = DayRun.objects.get(pk=day.run_id)
    before = (
        DayRun.objects.filter(business_on=day.on - timedelta(days=1)).values_list("digest", flat=True).first()
    )
    run.digest = digest.of_day(on=day.on, at=day.at, before=before or "")
    counts = {step.name: step.counts for step in DayStep.objects.filter(run=run).order_by("ordinal")}
    DAY_RUN.require(run.state, "closed")
    run.state, run.finished_at, run.error = "closed", timezone.now(), ""
    run.report = {"counts": counts}
    run.save()
    journal.record(DayClosed(day.on, run.digest, counts), at=day.at, actor=ACTOR)
    return {}


def _payments(day: Day) -> Counts:
    counts = servicing.payments_post(on=day.on, at=day.at)
    return {"payments": counts["payments"], "amount_fen": queries.posted_fen(day.at), **counts}


def _handled(day: Day) -> Counts:
    del day
    return {}


def _drain(day: Day) -> None:
    del day
    handlers.drain()


STEPS: tuple[Step, ...] = (
    Step("payments", "还款入账", "Payments posted", _payments),
    Step(
        "corrections",
        "利率更正",
        "Provisional rates corrected",
        lambda d: servicing.repricings_correct(on=d.on, at=d.at),
    ),
    Step("reprice", "利率重定价", "Loans repriced", lambda d: servicing.loans_reprice(on=d.on, at=d.at)),
    Step("bills", "出账", "Bills issued", lambda d: servicing.bills_issue(on=d.on, at=d.at)),
    Step("arrears", "逾期计算", "Arrears aged", lambda d: servicing.arrears_age(on=d.on, at=d.at)),
    Step(
        "promises", "还款承诺", "Promises resolved", lambda d: collections.promises_resolve(on=d.on, at=d.at)
    ),
    Step("cases", "催收案件", "Cases moved", lambda d: collections.cases_move(on=d.on, at=d.at)),
    Step("reminders", "还款提醒", "Reminders owed", lambda d: reminders.owe(on=d.on, at=d.at, today=d.today)),
    Step("visits", "回访", "Visits planned", lambda d: followup.visits_plan(on=d.on, at=d.at)),
    Step("handlers", "后续处理", "Handlers told", _handled, before=_drain),
    Step("report", "日终报告", "Report", _report),
)
"""Order matters: money first, then what falls due, then what is late, then what is owed because of it."""
