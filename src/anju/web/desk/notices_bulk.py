"""Many exceptions at once: chosen one by one, or all that match the filters; a result for each."""

from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.core.working_time import BANK_ZONE
from anju.platform.identity import queries as identity
from anju.platform.notices.operations.handling import (
    ASIDE_DAYS_MAX,
    BATCH_MAX,
    BadBatch,
    Handled,
    handle_many,
)
from anju.platform.notices.outcomes import EXCEPTION_OUTCOMES
from anju.web import format as fmt
from anju.web.desk import shell, words
from anju.web.desk.composers import said
from anju.web.desk.notices_tabs import FILTERS, tabs, wanted_of
from anju.web.desk.reads import notices as reads
from anju.web.desk.scope import Desk, desk_page

ALL_MAX = 1000
MORNING = time(9, 0)
SHOWN_MAX = 200


def bulk_form(
    desk: Desk, people: list[tuple[str, str]], *, values: dict[str, str] | None = None
) -> dict[str, Any]:
    """The bar under the list: actions this person may take, people to give work to, days to put aside until."""
    actions = []
    if desk.may("work.assign"):
        actions.append(("assign", _("指派给…")))
    if desk.may("exception.close"):
        actions += [
            (row.code, words.own(row)) for row in EXCEPTION_OUTCOMES.values() if row.effect != "later"
        ]
        actions.append(("aside", _("暂放到…（时限暂停）")))
    tomorrow = desk.on + timedelta(days=1)
    return {
        "url": reverse("desk:exceptions_bulk"), "actions": actions, "people": people, "values": values or {},
        "first": tomorrow.isoformat(), "last": (desk.on + timedelta(days=ASIDE_DAYS_MAX)).isoformat(),
        "all_max": ALL_MAX, "batch_max": BATCH_MAX,
    }  # fmt: skip


@desk_page("exception.close", "work.assign", methods=("POST",))
def bulk(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Do it, batch by batch, and show what became of each."""
    data = request.POST
    ids, more = _chosen(data, desk)
    problem, done = "", []
    seen = reads.chosen(ids, desk.branch_ids)
    mine = [number for number in ids if number in seen]
    try:
        if data.get("action", "") == "assign" and not desk.may("work.assign"):
            raise BadBatch("action", "您不能指派工作", "You may not assign work")
        if data.get("action", "") != "assign" and not desk.may("exception.close"):
            raise BadBatch("action", "您不能办结异常", "You may not end exceptions")
        for start in range(0, max(1, len(mine)), BATCH_MAX):
            done += handle_many(item_ids=mine[start : start + BATCH_MAX], **_asked(data, desk))
    except BadBatch as refused:
        problem = said(refused)
    context = {
        "tabs": tabs(desk, "exceptions"),
        "problem": problem,
        "good": sum(one.ok for one in done),
        "bad": [_refusal(one, seen) for one in done if not one.ok][:SHOWN_MAX],
        "bad_count": sum(not one.ok for one in done),
        "unseen": len(ids) - len(mine),
        "more": more,
        "back_url": _back(data),
    }
    return shell.page(
        request, desk, "desk/exceptions_done.html", context, at="exceptions", status=422 if problem else 200
    )


def _chosen(data: QueryDict, desk: Desk) -> tuple[list[int], bool]:
    """Items ticked, or all that match (at most 1000; True: there are more)."""
    if data.get("all") == "1":
        found = reads.all_items(wanted_of(data, desk), desk.branch_ids, at=desk.at, most=ALL_MAX)
        return found, len(found) == ALL_MAX
    ticked = [text for text in data.getlist("item") if text.isdigit() and len(text) < 18]
    return [int(text) for text in ticked[:ALL_MAX]], False


def _asked(data: QueryDict, desk: Desk) -> dict[str, Any]:
    """The action and what belongs to it. Raises BadBatch."""
    action = data.get("action", "")
    common: dict[str, Any] = {"staff_id": desk.staff_id, "at": desk.at, "note": data.get("note", "")[:2000]}
    if action == "assign":
        chosen = data.get("assignee", "")
        able = {str(row.id) for row in identity.staff(branch_ids=desk.branch_ids) if row.is_active}
        if chosen and chosen not in able:
            raise BadBatch(
                "assignee",
                f"指派给 {chosen!r}：请选择本机构的人员",
                f"assign to {chosen!r}: somebody of your branches",
            )
        return {**common, "action": "assign", "assignee_id": int(chosen) if chosen else None}
    if action == "aside":
        try:
            until = datetime.combine(datetime.fromisoformat(data.get("until", "")).date(), MORNING, BANK_ZONE)
        except ValueError:
            text = data.get("until", "")[:20]
            raise BadBatch("until", f"暂放到 {text!r}：须为日期", f"aside until {text!r}: a date") from None
        return {**common, "action": "aside", "until": until}
    return {**common, "action": "outcome", "outcome": action}


def _refusal(one: Handled, seen: dict[int, Any]) -> dict[str, str]:
    row = seen[one.item_id]
    return {
        "name": row.person or fmt.NOTHING, "label": str(row.notice_en if fmt.in_english() else row.notice_zh),
        "why": one.en if fmt.in_english() else one.zh, "url": reverse("desk:case", args=[one.item_id]),
    }  # fmt: skip


def _back(data: QueryDict) -> str:
    kept = QueryDict(mutable=True)
    for name in FILTERS:
        if data.get(name):
            kept[name] = data.get(name, "")
    path = reverse("desk:exceptions")
    return f"{path}?{kept.urlencode()}" if kept else path
