"""Addresses in doubt 联系方式: who cannot be reached and why, many at once, and one person's addresses to repair."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.core.errors import BadInput
from anju.platform.contacts import addresses
from anju.platform.contacts import queries as contacts
from anju.platform.contacts.addresses import CAUSE_WORDS, CAUSES, KIND_WORDS, OUTCOMES, RepairRefused
from anju.platform.identity import queries as identity
from anju.platform.work import operations as work
from anju.platform.work import queries as work_queries
from anju.platform.work.errors import WorkRefused
from anju.web import format as fmt
from anju.web.desk import shell, timing
from anju.web.desk.composers import said
from anju.web.desk.notices_tabs import tabs
from anju.web.desk.reads import addresses as reads
from anju.web.desk.reads import notices as notice_reads
from anju.web.desk.scope import Desk, desk_page

BULK_MAX = 200
NOTE_MAX = 400
TONES = {"bounced": "bad", "wrong_person": "bad", "stale": "warn", "shared": "warn"}


def _own(pair: tuple[str, str]) -> str:
    return pair[1 if fmt.in_english() else 0]


def mask(kind: str, value: str) -> str:
    """An address as a screen may show it."""
    if kind == "phone":
        return fmt.mask_phone(value)
    if kind == "email":
        name, at, host = value.partition("@")
        return f"{name[:1]}***{at}{host}"
    return f"{value[:6]}***"


@desk_page("exception.close", "work.assign")
def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """People whose addresses are in doubt, by cause."""
    cause = request.GET.get("cause", "")
    cause = cause if cause in CAUSES else ""
    number, path = request.GET.get("page", "1"), reverse("desk:addresses")
    page = reads.repairs(
        desk.branch_ids,
        cause=cause,
        path=path,
        number=int(number) if number.isdigit() and len(number) < 6 else 1,
    )
    counts = {row.cause: row.n for row in reads.counts(desk.branch_ids)}
    staff = identity.staff(branch_ids=desk.branch_ids)
    context = {
        "tabs": tabs(desk, "addresses"),
        "rows": [
            {
                "item_id": row.id, "name": row.person, "branch": row.branch, "loan_no": row.loan_no or "",
                "causes": [(_own(CAUSE_WORDS[one]), TONES[one]) for one in row.params["causes"]],
                "owner": row.owner or _("尚无人认领"), "url": reverse("desk:person_addresses", args=[row.person_id]),
                **timing.due(row.due_at, desk.at),
            }
            for row in page.rows
        ],
        "page": page, "total": page.total, "cause": cause, "all_url": path, "every": sum(counts.values()),
        "causes": [
            {"label": _own(CAUSE_WORDS[one]), "n": counts[one], "url": f"{path}?cause={one}", "current": one == cause}
            for one in CAUSES
            if one in counts
        ],
        "people": [(str(row.id), f"{row.name} {row.staff_no}") for row in staff if row.is_active and row.role == "adviser"],
        "outcomes": [(row.code, row.en if fmt.in_english() else row.zh) for row in OUTCOMES.values() if row.code != "corrected"],
        "note_max": NOTE_MAX, "may_assign": desk.may("work.assign"),
    }  # fmt: skip
    return shell.page(request, desk, "desk/addresses.html", context, at="exceptions")


@desk_page("exception.close", "work.assign", methods=("POST",))
def bulk(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Assign many, or record one outcome for many; one transaction, each refusal by itself."""
    ticked = [int(text) for text in request.POST.getlist("item") if text.isdigit() and len(text) < 18][
        :BULK_MAX
    ]
    rows = reads.chosen(ticked, desk.branch_ids)
    action, note = request.POST.get("action", ""), request.POST.get("note", "")[:NOTE_MAX]
    assignee = request.POST.get("assignee", "")
    able = {str(row.id) for row in identity.staff(branch_ids=desk.branch_ids) if row.is_active}
    if not rows:
        messages.warning(request, _("没有选中任何一条。请先勾选，再选择要做什么。"))
        return redirect("desk:addresses")
    if (action == "assign" and (not desk.may("work.assign") or (assignee and assignee not in able))) or (
        action != "assign" and action not in OUTCOMES
    ):
        messages.warning(request, _("没有办理：请选择要做什么，以及本机构的人员。"))
        return redirect("desk:addresses")
    good, bad = 0, []
    with transaction.atomic():
        for row in rows:
            try:
                with transaction.atomic():
                    if action == "assign":
                        chosen = int(assignee) if assignee else None
                        work.assign(item_id=row.id, assignee_id=chosen, staff_id=desk.staff_id, at=desk.at)
                    else:
                        addresses.close_repair(
                            item_id=row.id, staff_id=desk.staff_id, person_id=row.person_id, outcome=action, note=note,
                            at=desk.at,
                        )  # fmt: skip
                good += 1
            except (RepairRefused, WorkRefused) as refused:
                bad.append(f"{row.person}：{said(refused)}")
    if good:
        messages.success(request, _("已办理 %(n)s 条。") % {"n": good})
    if bad:
        text = "；".join(bad[:5])
        messages.warning(request, _("%(n)s 条没有办理：%(text)s") % {"n": len(bad), "text": text})
    return redirect("desk:addresses")


def _about(person_id: int, desk: Desk) -> Any:
    """The person, when one of their loans is in my branches. Raises Http404."""
    about = notice_reads.about_person(person_id)
    loans = notice_reads.json_list(about.loans) if about else []
    if about is None or not any(desk.sees(row["branch_id"]) for row in loans):
        raise Http404
    return about


@desk_page("work.do", "exception.close")
def person(request: HttpRequest, desk: Desk, person_id: int) -> HttpResponse:
    """One person's addresses: health, since when, last proof; and the form that repairs one."""
    return _person(request, desk, person_id, {}, "")


def _person(
    request: HttpRequest, desk: Desk, person_id: int, typed: dict[str, str], problem: str, status: int = 200
) -> HttpResponse:
    about = _about(person_id, desk)
    found = sorted(contacts.addresses_of([person_id]).values(), key=lambda row: row.id)
    doubted = {row.address_id: row.cause for row in addresses.doubts([person_id])}
    items = work_queries.items(subjects=[("person", person_id)], kinds=[addresses.WORK_KIND], limit=1)
    rows = [
        {
            "kind": _own(KIND_WORDS[row.kind]), "value": mask(row.kind, row.value),
            "cause": _own(CAUSE_WORDS[doubted[row.id]]) if row.id in doubted else "",
            "tone": TONES[doubted[row.id]] if row.id in doubted else "good" if row.health == "verified" else "calm",
            "health": row.health, "verified": fmt.moment(row.verified_at) if row.verified_at else _("从未验证"),
        }
        for row in found
    ]  # fmt: skip
    context = {
        "name": about.name, "person_id": person_id, "rows": rows, "typed": {"kind": "phone", **typed}, "problem": problem,
        "kinds": [(kind, _own(KIND_WORDS[kind])) for kind in ("phone", "email")],
        "outcomes": [(row.code, row.en if fmt.in_english() else row.zh) for row in OUTCOMES.values()],
        "told_url": reverse("desk:told", args=[person_id]), "note_max": NOTE_MAX,
        "item_url": reverse("desk:case", args=[items[0].id]) if items else "", "doubted": len(doubted),
    }  # fmt: skip
    return shell.page(request, desk, "desk/person_addresses.html", context, at="exceptions", status=status)


@desk_page("work.do", "exception.close", methods=("POST",))
def repair(request: HttpRequest, desk: Desk, person_id: int) -> HttpResponse:
    """Record what came of it; when nothing is doubted any more the work item ends too."""
    _about(person_id, desk)
    typed = {name: request.POST.get(name, "")[:500] for name in ("kind", "outcome", "value", "note")}
    try:
        addresses.repair(
            person_id=person_id, kind=typed["kind"], outcome=typed["outcome"], value=typed["value"], note=typed["note"],
            by=desk.actor, at=desk.at,
        )  # fmt: skip
    except (RepairRefused, BadInput) as refused:
        return _person(request, desk, person_id, typed, said(refused), 422)
    addresses.settle(person_id=person_id, at=desk.at)
    messages.success(request, _("已登记。"))
    return redirect("desk:person_addresses", person_id)
