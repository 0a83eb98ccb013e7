"""Today 今日: my work by clock; for supervisors and administrators the team wall."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.platform.notices import queries as notices
from anju.platform.work import queries as work
from anju.web import format as fmt
from anju.web.desk import case_view, ports, shell, words
from anju.web.desk.case import queues_for
from anju.web.desk.reads import case as reads
from anju.web.desk.scope import Desk, desk_page

MINE_SHOWN = 12
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
        wall["day"] = _day(desk)
    beats = work.heartbeats()
    wall["jobs"] = [face for face in (job_face(row, desk) for row in beats) if face["tone"] == "bad"]
    wall["jobs_known"] = len(beats)
    return wall


def _day(desk: Desk) -> dict[str, Any]:
    last = ports.dayend().runs(None, 1)
    next_on = ports.dayend().next_on()
    missed = max(0, (desk.on - next_on).days) if next_on else 0
    return {
        "last": fmt.day(last[0].business_on) if last else _("还没有做过"),
        "state": last[0].state if last else "",
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
