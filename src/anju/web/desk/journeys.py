"""Journeys 通知路径: what there is, as drawn paths; a change is drafted here and goes to another person (issue 4, point 2)."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.core.errors import BadInput
from anju.platform.identity import queries as identity
from anju.platform.notices import config
from anju.platform.notices import journeys as roads
from anju.platform.notices.config import JOURNEYS_FILE
from anju.platform.policies import operations as policy_writes
from anju.platform.policies import queries as policies
from anju.platform.policies.errors import ProposalRefused, UnknownProposal
from anju.platform.policies.parsing import PolicyUnreadable, parse
from anju.platform.policies.sections import replace
from anju.web import format as fmt
from anju.web.desk import journeys_form as form
from anju.web.desk import journeys_words, shell, words
from anju.web.desk.composers import Problem, said
from anju.web.desk.scope import Desk, desk_page

VIEWERS = ("policy.load", "exception.close")
VERSIONS_SHOWN = 20


def tabs(current: str) -> list[dict[str, Any]]:
    """Journeys, texts and changes, side by side."""
    pages = (("journeys", _("通知路径")), ("templates", _("通知模板")), ("proposals", _("修改申请")))
    return [
        {"url": reverse(f"desk:{name}"), "label": label, "current": name == current} for name, label in pages
    ]


@desk_page(*VIEWERS)
def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every journey of the version in force, as a path."""
    version = policies.version(JOURNEYS_FILE)
    data = policies.toml(JOURNEYS_FILE, version=version)
    open_ = policies.proposals(name=JOURNEYS_FILE, states=("draft", "proposed", "approved"))
    context = {
        "tabs": tabs("journeys"), "version": version, "may_change": desk.may("policy.load"),
        "rows": [_face(name, data[name], version) for name in roads.names(data)],
        "open": [proposal_line(row) for row in open_],
        "versions": version_lines(JOURNEYS_FILE),
    }  # fmt: skip
    return shell.page(request, desk, "desk/journeys.html", context, at="journeys")


def _face(name: str, row: Mapping[str, Any], version: str) -> dict[str, Any]:
    users = [kind for kind in config.notice_types().values() if kind.journey == name]
    return {
        "name": name, "label": words.own(row), "url": reverse("desk:journey_edit", args=[name]),
        "path": journeys_words.path(config.steps(name, version)),
        "users": [words.own(kind) for kind in users],
    }  # fmt: skip


def proposal_line(row: policies.ProposalRow) -> dict[str, Any]:
    """One proposal in a list."""
    return {
        "id": row.id, "url": reverse("desk:proposal", args=[row.id]), "name": row.name, "state": row.state,
        "by": row.proposed_by_name, "at": fmt.moment(row.proposed_at or row.drafted_at), "reason": row.reason,
        "on": fmt.day(row.activate_on) if row.activate_on else "", "checker": row.checked_by_name,
    }  # fmt: skip


def version_lines(name: str) -> list[dict[str, Any]]:
    """Versions of a file, the one in force first: who proposed and approved each, when, and why."""
    rows = policies.versions([name])[:VERSIONS_SHOWN]
    made = {row.version: row for row in policies.proposals(name=name, states=("active",))}
    refs = [row.loaded_by.partition(":")[2] for row in rows]
    names = identity.staff_names([int(ref) for ref in refs if ref.isdigit()])
    lines = []
    for row in rows:
        proposal = made.get(row.version)
        lines.append({
            "version": row.version, "at": fmt.moment(row.loaded_at), "by": words.actor(row.loaded_by, names),
            "in_force": row.in_force, "checker": proposal.checked_by_name if proposal else "",
            "reason": proposal.reason if proposal else "",
            "url": reverse("desk:proposal", args=[proposal.id]) if proposal else "",
        })  # fmt: skip
    return lines


@desk_page("policy.load", methods=("GET", "HEAD", "POST"))
def edit(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    """The steps of one journey as a form; buttons move rows, the last one makes a draft that is tried on the past."""
    version = policies.version(JOURNEYS_FILE)
    data = policies.toml(JOURNEYS_FILE, version=version)
    if name not in roads.names(data):
        raise Http404
    if request.method == "POST":
        return _posted(request, desk, name, data[name])
    source = _source(request.GET.get("from", ""), name)
    steps = roads.parse(source["steps"], where=name) if source else config.steps(name, version)
    return _form(request, desk, name, data[name], form.rows_of(steps), base=version)


def _source(ref: str, name: str) -> Mapping[str, Any] | None:
    """The journey as a draft or a refused proposal has it."""
    if not ref.isdigit() or len(ref) > 9:
        return None
    try:
        if policies.proposal(int(ref)).name != JOURNEYS_FILE:
            return None
        found: Mapping[str, Any] | None = parse(JOURNEYS_FILE, policies.proposal_content(int(ref))).get(name)
        return found
    except UnknownProposal:
        return None


def _posted(request: HttpRequest, desk: Desk, name: str, row: Mapping[str, Any]) -> HttpResponse:
    do, base = request.POST.get("do", "check"), request.POST.get("base", "")
    rows = form.typed(request.POST)
    if do not in ("check", "save"):
        return _form(request, desk, name, row, form.moved(rows, do), base=base)
    try:
        form.checked(rows)
    except BadInput as error:
        return _form(request, desk, name, row, rows, base=base, error=error)
    if do == "check":
        return _form(request, desk, name, row, rows, base=base)
    try:
        content = replace(policies.content(JOURNEYS_FILE, base), name, form.section(name, row, rows))
        pk = save_draft(request, desk, JOURNEYS_FILE, base, content)
    except (ProposalRefused, PolicyUnreadable, policies.PolicyNotLoaded) as refusal:
        problem = Problem(_("草稿没有保存。"), said(refusal))
        return _form(request, desk, name, row, rows, base=base, problem=problem)
    return redirect("desk:proposal", pk)


def save_draft(request: HttpRequest, desk: Desk, name: str, base: str, content: str) -> int:
    """A new draft, or the caller's own draft with another content; its id. Raises as the operations do."""
    ref = request.POST.get("draft", "")
    if ref.isdigit() and len(ref) < 10:
        known = policies.proposal(int(ref))
        if known.state == "draft" and known.proposed_by == desk.staff_id and known.base_version == base:
            policy_writes.proposal_revise(proposal_id=known.id, content=content, by=desk.staff_id, at=desk.at)
            return known.id
    return policy_writes.proposal_draft(
        name=name, base_version=base, content=content, by=desk.staff_id, at=desk.at
    )


def _form(
    request: HttpRequest,
    desk: Desk,
    name: str,
    row: Mapping[str, Any],
    rows: list[form.Row],
    *,
    base: str,
    error: BadInput | None = None,
    problem: Problem | None = None,
) -> HttpResponse:
    row_no, field = form.place_of(error) if error else ("", "")
    if error is not None:
        target = "add" if not row_no else f"p-{field}" if row_no == "p" else f"s{row_no}-{field}"
        problem = Problem(_("有一处需要更正。"), items=((f"f-{target}", form.what_is_wrong(error)),))
    in_force = config.steps(name, policies.version(JOURNEYS_FILE))
    try:
        steps = form.checked(rows)
    except BadInput:
        steps = None
    context = {
        "tabs": tabs("journeys"), "name": name, "label": words.own(row), "base": base, "problem": problem,
        "draft": request.POST.get("draft", request.GET.get("from", "")),
        "rows": [{**one, "n": n, "wrong": field if str(n) == row_no else ""} for n, one in enumerate(rows[:-1], 1)],
        "person": {**rows[-1], "wrong": field if row_no == "p" else ""},
        "count": len(rows) - 1, "full": len(rows) >= form.ROWS_MAX,
        "channels": form.channels(), "units": form.units(), "conditions": form.conditions(), "queues": form.queues(),
        "due_kinds": form.due_kinds(),
        "path": journeys_words.path(steps) if steps else None,
        "differences": journeys_words.differences(in_force, steps) if steps else [],
    }  # fmt: skip
    status = 422 if problem else 200
    return shell.page(request, desk, "desk/journey_edit.html", context, at="journeys", status=status)
