"""Today 今日: my work by clock; for supervisors and administrators the team wall."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.platform.notices import queries as notices
from anju.platform.work import queries as work
from anju.web import format as fmt
from anju.web.charts import Chart, Series
from anju.web.desk import case_view, ports, shell, words
from anju.web.desk.case import queues_for
from anju.web.desk.reads import case as reads
from anju.web.desk.scope import Desk, desk_page

MINE_SHOWN = 12
DAYS_DRAWN, DAYS_DRAWN_MIN = 30, 3
SILENT_TIMES = 5


@desk_page()
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The first page of the day."""
    context: dict[str, Any] = {"hello": fmt.day_long(desk.on), "name": desk.name, "wall": None, "mine": None}
    if desk.may("work.do"):
        context["mine"] = _mine(desk)
    if desk.may("work.assign") or desk.may("jobs.view"):
        context["wall"] = _wall(desk)
    return shell.page(request, desk, "desk/today.html", context, at="today")


def _mine(desk: Desk) -> dict[str, Any]:
    queues = list(queues_for(desk))
    counts = work.queue_counts(branch_ids=desk.branch_ids, at=desk.at, queues=queues)
    held = reads.queue(queues=queues, branch_ids=desk.branch_ids, limit=1, holder_id=desk.staff_id)
    rows = reads.queue(queues=queues, branch_ids=desk.branch_ids, limit=MINE_SHOWN)
    return {
        "open": sum(count.open for count in counts),
        "late": sum(count.late for count in counts),
        "later": sum(count.later for count in counts),
        "held": case_view.row_face(held[0], desk) if held else None,
        "rows": [case_view.row_face(row, desk) for row in rows],
        "queues": [queue_face(count) for count in counts],
    }


def queue_face(count: work.QueueCount, current: str = "") -> dict[str, Any]:
    """A queue with its numbers."""
    return {
        "code": count.queue, "name": words.queue(count.queue), "url": reverse("desk:queue", args=[count.queue]),
        "open": count.open, "claimed": count.claimed, "late": count.late, "later": count.later,
        "total": count.open + count.claimed, "current": count.queue == current,
    }  # fmt: skip


def _wall(desk: Desk) -> dict[str, Any]:
    counts = work.queue_counts(branch_ids=desk.branch_ids, at=desk.at) if desk.may("work.assign") else []
    wall: dict[str, Any] = {
        "queues": [queue_face(count) for count in counts],
        "exceptions": None,
        "day": None,
    }
    if desk.may("exception.close"):
        _rows, total = notices.exceptions(desk.branch_ids, size=1)
        wall["exceptions"] = {"total": total, "url": reverse("desk:exceptions")}
    if desk.may("dayend.view"):
        runs = ports.dayend().runs(None, DAYS_DRAWN)
        wall["day"] = _day(desk, runs)
        wall["charts"] = _course(runs)
    beats = work.heartbeats()
    wall["jobs"] = [face for face in (job_face(row, desk) for row in beats) if face["tone"] == "bad"]
    wall["jobs_known"] = len(beats)
    return wall


def _course(newest_first: list[Any]) -> list[Chart]:
    """How arrears and the day's own messages have gone, day end by day end."""
    runs = [run for run in reversed(newest_first) if run.state == "closed"]
    if len(runs) < DAYS_DRAWN_MIN:
        return []
    counts = [{step.name: step.counts for step in run.steps} for run in runs]
    days = [fmt.day(run.business_on) for run in runs]

    def course(step: str, *names: str) -> list[int]:
        return [sum(one.get(step, {}).get(name, 0) for name in names) for one in counts]

    overdue = Chart(
        "wall-overdue", _("逾期的贷款是多了还是少了？"), "area", _("日终"), days,
        [Series(_("逾期贷款"), course("arrears", "overdue"))], unit="count", table_every=5,
    )  # fmt: skip
    moves = Chart(
        "wall-cases", _("每天有多少贷款新立案？"), "bar", _("日终"), days,
        [Series(_("立案"), course("cases", "opened"))], unit="count", table_every=5,
    )  # fmt: skip
    return [overdue, moves]


def _day(desk: Desk, newest_first: list[Any]) -> dict[str, Any]:
    next_on = ports.dayend().next_on()
    missed = max(0, (desk.on - next_on).days) if next_on else 0
    return {
        "last": fmt.day(newest_first[0].business_on) if newest_first else _("还没有做过"),
        "state": newest_first[0].state if newest_first else "",
        "missed": missed,
        "url": reverse("desk:dayends"),
    }


def job_face(row: work.HeartbeatRow, desk: Desk) -> dict[str, Any]:
    """A periodic job: well, silent or failed, in words."""
    failed = row.failed_at is not None and (row.finished_at is None or row.failed_at > row.finished_at)
    limit = timedelta(seconds=max(60, row.every_seconds * SILENT_TIMES))
    silent = row.finished_at is None or desk.at - row.finished_at > limit
    state, tone = (_("失败"), "bad") if failed else (_("没有心跳"), "bad") if silent else (_("正常"), "good")
    every = row.every_seconds
    return {
        "job": row.job, "name": words.word(words.JOBS, row.job), "state": state, "tone": tone,
        "every": _("%(n)s 秒") % {"n": every} if every < 60 else fmt.duration(every // 60),
        "finished": fmt.moment(row.finished_at), "error": row.error[:300] if failed else "",
    }  # fmt: skip
