"""Changes of policy data 修改申请: what differs, what it would have done, and the decision of another person (S2-20)."""

from collections.abc import Callable
from datetime import date
from difflib import unified_diff
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.core.errors import BadInput, UnlawfulTransition
from anju.platform.notices import journeys as roads
from anju.platform.notices.config import JOURNEYS_FILE
from anju.platform.notices.templates.texts import TEMPLATES_FILE
from anju.platform.policies import operations, queries
from anju.platform.policies.errors import ProposalRefused, UnknownProposal
from anju.platform.policies.parsing import parse
from anju.web import format as fmt
from anju.web.charts import Chart, Series
from anju.web.desk import journeys_words, shell, words
from anju.web.desk.composers import said
from anju.web.desk.journeys import VIEWERS, proposal_line, tabs
from anju.web.desk.scope import Desk, desk_page
from anju.web.desk.templates_words import changed_texts

DIFF_LINES_MAX = 400


@desk_page(*VIEWERS)
def listing(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Changes that wait, and the latest that were decided."""
    rows = queries.proposals(limit=100)
    waiting = [row for row in rows if row.state in ("draft", "proposed", "approved")]
    context = {
        "tabs": tabs("proposals"), "waiting": [proposal_line(row) for row in waiting],
        "done": [proposal_line(row) for row in rows if row not in waiting],
    }  # fmt: skip
    return shell.page(request, desk, "desk/proposals.html", context, at="journeys")


@desk_page(*VIEWERS)
def show(request: HttpRequest, desk: Desk, proposal_id: int) -> HttpResponse:
    """One change: in words, on the past, and what may be decided by whom."""
    row = _row(proposal_id)
    before = queries.content(row.name, row.base_version)
    after = queries.proposal_content(proposal_id)
    figures = queries.proposal_dry_run(proposal_id)
    in_force = queries.version(row.name)
    mine = row.proposed_by == desk.staff_id
    able = desk.may("policy.load")
    conflict = row.state in ("draft", "proposed", "approved") and in_force != row.base_version
    journeys = _journeys(before, after) if row.name == JOURNEYS_FILE else []
    texts = changed_texts(before, after) if row.name == TEMPLATES_FILE else []
    context = {
        "tabs": tabs("proposals"), "row": proposal_line(row), "facts": _facts(row), "conflict": conflict,
        "in_force": in_force, "note": row.note, "conflict_version": row.conflict_version,
        "journeys": journeys,
        "texts": texts,
        "lines": [] if row.name in (JOURNEYS_FILE, TEMPLATES_FILE) else _lines(before, after),
        "tried": _tried(figures) if figures else None,
        "may_submit": able and mine and row.state == "draft" and not conflict,
        "may_check": able and not mine and row.state == "proposed",
        "may_stop": able and not mine and row.state == "approved",
        "own_waits": able and mine and row.state == "proposed",
        "may_withdraw": able and mine and row.state in ("draft", "proposed", "approved"),
        "today": desk.on.isoformat(),
        "again": _again(row, journeys, texts) if able else [],
    }  # fmt: skip
    return shell.page(request, desk, "desk/proposal.html", context, at="journeys")


def _row(proposal_id: int) -> queries.ProposalRow:
    try:
        return queries.proposal(proposal_id)
    except UnknownProposal:
        raise Http404 from None


def _facts(row: queries.ProposalRow) -> list[tuple[str, str]]:
    facts = [
        (_("起草人"), row.proposed_by_name),
        (_("起草时间"), fmt.moment(row.drafted_at)),
        (_("基础版本"), row.base_version),
        (_("新版本"), row.version),
    ]
    facts += [(_("提交时间"), fmt.moment(row.proposed_at))] if row.proposed_at else []
    facts += [(_("理由"), row.reason)] if row.reason else []
    facts += (
        [(_("复核人"), row.checked_by_name), (_("复核时间"), fmt.moment(row.checked_at))]
        if row.checked_at
        else []
    )
    facts += [(_("复核意见"), row.note)] if row.note else []
    facts += [(_("生效日期"), fmt.day(row.activate_on))] if row.activate_on else []
    return facts


def _journeys(before: str, after: str) -> list[dict[str, Any]]:
    old, new = parse(JOURNEYS_FILE, before), parse(JOURNEYS_FILE, after)
    found = []
    for name in roads.names(new):
        if old.get(name) == new[name]:
            continue
        was = roads.parse(old[name]["steps"], where=name) if name in old else ()
        now = roads.parse(new[name]["steps"], where=name)
        found.append({
            "name": name, "label": words.own(new[name]), "was": journeys_words.path(was), "now": journeys_words.path(now),
            "differences": journeys_words.differences(was, now),
        })  # fmt: skip
    return found


def _lines(before: str, after: str) -> list[str]:
    lines = list(unified_diff(before.splitlines(), after.splitlines(), "-", "+", lineterm="", n=2))
    return lines[2 : DIFF_LINES_MAX + 2]


def _again(
    row: queries.ProposalRow, journeys: list[dict[str, Any]], texts: list[dict[str, Any]]
) -> list[tuple[str, str]]:
    """Where the same change can be worked on: the draft, or a fresh one on the version in force."""
    if row.state not in ("draft", "rejected", "withdrawn"):
        return []
    pages = [("desk:journey_edit", one["name"], one["label"]) for one in journeys]
    named = {one["template"]: one["label"] for one in texts}
    pages += [("desk:template_edit", name, label) for name, label in named.items()]
    return [(f"{reverse(page, args=[name])}?from={row.id}", label) for page, name, label in pages]


def _tried(figures: dict[str, Any]) -> dict[str, Any]:
    """The dry-run, ready to be shown."""
    segments = figures["segments"]
    if figures["kind"] == "templates":
        lost = [
            f"{row['provider']} · {journeys_words.notice(row['template'])} · {journeys_words.channel(row['channel'])}"
            for row in figures["approvals_lost"]
        ]
        return {"kind": "templates", "days": figures["days"], "segments": segments, "lost": lost}
    channels = [
        {
            "label": journeys_words.channel(row["code"]),
            "was": row["was"],
            "would": row["would"],
            "change": _change(row),
        }
        for row in figures["channels"]
    ]
    ends = [
        {"label": words.word(journeys_words.ENDS, row["code"]), "was": row["was"], "would": row["would"], "change": _change(row)}
        for row in figures["ends"]
    ]  # fmt: skip
    types = [
        {**row, "label": journeys_words.notice(row["type"]), "changed": row.get("changed", 0)}
        for row in figures["types"]
    ]
    return {
        **figures, "channels": channels, "ends": ends, "types": types, "segments": segments,
        "segments_change": _change(segments), "chart": _chart(channels) if channels else None,
        "examples": [_example(row) for row in figures["examples"]],
    }  # fmt: skip


def _change(row: dict[str, Any]) -> str:
    gap = row["would"] - row["was"]
    return f"{gap:+,}" if gap else "0"


def _chart(channels: list[dict[str, Any]]) -> Chart:
    return Chart(
        "tried", _("过去 30 天，各渠道会多发还是少发？"), "bar", _("渠道"), [row["label"] for row in channels],
        [
            Series(_("实际发出"), [row["was"] for row in channels]),
            Series(_("按新版本"), [row["would"] for row in channels]),
        ],
        unit="count",
    )  # fmt: skip


def _example(row: dict[str, Any]) -> dict[str, Any]:
    def road(codes: list[str], end: str) -> str:
        return " → ".join([*map(journeys_words.channel, codes), words.word(journeys_words.ENDS, end)])

    return {
        "url": reverse("desk:obligation", args=[row["obligation_id"]]), "label": journeys_words.notice(row["type"]),
        "id": row["obligation_id"], "was": road(row["was"], row["was_end"]), "would": road(row["would"], row["would_end"]),
    }  # fmt: skip


def _decide(request: HttpRequest, proposal_id: int, done: str, act: Callable[[], None]) -> HttpResponse:
    _row(proposal_id)
    try:
        act()
    except (ProposalRefused, UnlawfulTransition, BadInput) as refusal:
        messages.error(request, said(refusal))
    else:
        messages.success(request, done)
    return redirect("desk:proposal", proposal_id)


@desk_page("policy.load", methods=("POST",))
def submit(request: HttpRequest, desk: Desk, proposal_id: int) -> HttpResponse:
    """The maker asks for the change."""
    reason = request.POST.get("reason", "")
    return _decide(
        request, proposal_id, _("已提交，等待另一位管理员复核。"),
        lambda: operations.proposal_submit(proposal_id=proposal_id, reason=reason, by=desk.staff_id, at=desk.at),
    )  # fmt: skip


@desk_page("policy.load", methods=("POST",))
def approve(request: HttpRequest, desk: Desk, proposal_id: int) -> HttpResponse:
    """Another person approves, for a day."""
    try:
        on = date.fromisoformat(request.POST.get("activate_on", ""))
    except ValueError:
        messages.error(request, _("请填写生效日期，如 %(day)s。") % {"day": desk.on.isoformat()})
        return redirect("desk:proposal", proposal_id)
    note = request.POST.get("note", "")
    return _decide(
        request, proposal_id, _("已批准，将于 %(day)s 生效。") % {"day": fmt.day(on)},
        lambda: operations.proposal_approve(
            proposal_id=proposal_id, activate_on=on, by=desk.staff_id, at=desk.at, note=note
        ),
    )  # fmt: skip


@desk_page("policy.load", methods=("POST",))
def reject(request: HttpRequest, desk: Desk, proposal_id: int) -> HttpResponse:
    """Another person says no, and why."""
    note = request.POST.get("note", "")
    return _decide(
        request, proposal_id, _("已驳回。"),
        lambda: operations.proposal_reject(proposal_id=proposal_id, note=note, by=desk.staff_id, at=desk.at),
    )  # fmt: skip


@desk_page("policy.load", methods=("POST",))
def withdraw(request: HttpRequest, desk: Desk, proposal_id: int) -> HttpResponse:
    """The maker takes it back."""
    return _decide(
        request, proposal_id, _("已撤回。"),
        lambda: operations.proposal_withdraw(proposal_id=proposal_id, by=desk.staff_id, at=desk.at),
    )  # fmt: skip
