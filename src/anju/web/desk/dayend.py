"""Day end 日终: which days are closed, what each step did, and the button that closes what is open."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.web import format as fmt
from anju.web.desk import ports, shell
from anju.web.desk.scope import Desk, desk_page

PAGE_SIZE = 30
MISSED_SHOWN = 10
COUNTS_SHOWN = 8
TONES = {"closed": "good", "running": "info", "failed": "bad"}


@desk_page("dayend.view", "dayend.run")
def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Runs, the newest day first, and the days that are still open."""
    port = ports.dayend()
    before = _day(request.GET.get("before", ""))
    runs = port.runs(before, PAGE_SIZE + 1)
    next_on = port.next_on()
    missed = [next_on + timedelta(days=n) for n in range((desk.on - next_on).days)] if next_on else []
    context = {
        "rows": [_row(run, port.steps) for run in runs[:PAGE_SIZE]],
        "next_url": f"{reverse('desk:dayends')}?before={runs[PAGE_SIZE - 1].business_on}"
        if len(runs) > PAGE_SIZE
        else "",
        "first_url": reverse("desk:dayends") if before else "",
        "missed": [fmt.day_long(on) for on in missed[:MISSED_SHOWN]],
        "missed_count": len(missed),
        "next_on": fmt.day(next_on) if next_on else "",
        "until": desk.on.isoformat(),
        "first": next_on.isoformat() if next_on else "",
        "may_run": desk.may("dayend.run") and next_on is not None,
        "running": any(run.state == "running" for run in runs[:1]),
    }
    return shell.page(request, desk, "desk/dayends.html", context, at="dayends")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _row(run: Any, steps: Collection[str]) -> dict[str, Any]:
    return {
        "url": reverse("desk:dayend", args=[run.business_on.isoformat()]), "on": fmt.day(run.business_on),
        "long": fmt.day_long(run.business_on), "state": run.state, "tone": TONES.get(run.state, "calm"),
        "done": len(run.steps), "of": len(steps),
        "seconds": f"{run.seconds:.1f}", "error": run.error.partition("\n")[0][:160],
    }  # fmt: skip


@desk_page("dayend.view", "dayend.run")
def show(request: HttpRequest, desk: Desk, on: str) -> HttpResponse:
    """One day: each step, how long it took and what it did."""
    wanted = _day(on)
    port = ports.dayend()
    run = port.run(wanted) if wanted else None
    if run is None:
        raise Http404
    longest = max((step.seconds for step in run.steps), default=0) or 1
    done = {step.name: step for step in run.steps}
    steps = []
    for name, labels in port.steps.items():
        step = done.get(name)
        counts = [
            (
                port.count_words(key)[fmt.in_english()],
                fmt.money(value) if key.endswith("_fen") else f"{value:,}",
            )
            for key, value in (step.counts if step else {}).items()
            if isinstance(value, int)
        ]
        steps.append({
            "name": labels[fmt.in_english()], "done": step is not None,
            "seconds": f"{step.seconds:.2f}" if step else "", "share": round(step.seconds / longest * 100) if step else 0,
            "counts": counts[:COUNTS_SHOWN], "more": counts[COUNTS_SHOWN:],
        })  # fmt: skip
    context = {
        "row": _row(run, port.steps), "steps": steps, "at": fmt.moment(run.at), "digest": run.digest, "error": run.error,
        "live": run.state == "running",
    }  # fmt: skip
    return shell.page(request, desk, "desk/dayend.html", context, at="dayends")


@desk_page("dayend.run", methods=("POST",))
def start(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Close every open day up to the one given, in the background. Days that have not come are refused."""
    port = ports.dayend()
    until, next_on = _day(request.POST.get("until", "")), port.next_on()
    if next_on is None:
        messages.warning(request, _("还没有贷款，没有可以日终的营业日。请先导入贷款。"))
    elif until is None or not next_on <= until <= desk.on:
        values = {"first": next_on, "last": desk.on}
        messages.error(request, _("没有开始：日期应在 %(first)s 至 %(last)s 之间。") % values)
    elif port.start(until, desk.actor):
        messages.success(request, _("日终已交给后台办理，可以离开本页；完成后这里会显示结果。"))
    else:
        messages.info(request, _("已有一次日终在等候办理。"))
    return redirect("desk:dayends")
