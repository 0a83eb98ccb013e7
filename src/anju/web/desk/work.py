"""My work 工作: queues with counts, the list by lateness, next case."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from anju.platform.work import queries as work
from anju.platform.work.queues import QUEUES
from anju.web.desk import case_view, shell
from anju.web.desk.case import queues_for
from anju.web.desk.reads import case as reads
from anju.web.desk.scope import Desk, desk_page
from anju.web.desk.today import queue_face

PAGE_SIZE = 50


def seen(desk: Desk) -> list[str]:
    """Queues this person may look into: their own, and all of them for supervisors."""
    return list(QUEUES) if desk.may("work.assign") else list(queues_for(desk))


@desk_page("work.do")
def show(request: HttpRequest, desk: Desk, queue: str = "") -> HttpResponse:
    """All my queues, or one."""
    names = seen(desk)
    if queue and queue not in names:
        raise Http404
    counts = work.queue_counts(branch_ids=desk.branch_ids, at=desk.at, queues=names)
    mine = [queue] if queue else names
    after = request.GET.get("after", "")
    last = work.item(int(after)) if after.isdigit() else None
    if last is not None and not desk.sees(last.branch_id):
        raise Http404
    start = None if last is None else (last.due_at, last.id)
    rows = reads.queue(queues=mine, branch_ids=desk.branch_ids, limit=PAGE_SIZE + 1, after=start)
    shown = rows[:PAGE_SIZE]
    path = reverse("desk:queue", args=[queue]) if queue else reverse("desk:work")
    context = {
        "tabs": [queue_face(count, queue) for count in counts],
        "all": {"current": not queue, "total": sum(count.open + count.claimed for count in counts)},
        "rows": [case_view.row_face(row, desk) for row in shown],
        "first_url": path if start else "",
        "next_url": f"{path}?after={shown[-1].id}" if len(rows) > PAGE_SIZE else "",
        "can_pull": bool(queues_for(desk)),
    }
    return shell.page(request, desk, "desk/work.html", context, at="work")
