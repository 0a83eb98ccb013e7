"""Completeness 通知核查: what is owed and is not there, late, resting, unproven or in doubt; each with an owner, or zero."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from anju.platform.notices import audit as audits
from anju.platform.notices.audit import KINDS, UNCLEAN, Audit, Finding
from anju.web import format as fmt
from anju.web.desk import shell, words
from anju.web.desk.notices_tabs import tabs
from anju.web.desk.reads import notices as reads
from anju.web.desk.scope import Desk, desk_page

SHOWN_MAX = 300
RUNS_SHOWN = 14
DAYS_NOW = timedelta(days=60)


def _kinds() -> dict[str, tuple[str, str]]:
    """What each kind of finding is called, and what to do about it."""
    return {
        "missing": (_("漏通知"), _("业务已发生，却没有通知义务：请管理员查处理程序，补登后再核查。")),
        "late": (_("已过期限"), _("过了证明期限还没有人接手：由主管处理，并查为什么没有转人工。")),
        "resting": (_("停滞"), _("时间已到没有推进：看系统管理页的心跳，确认后台进程在运行。")),
        "unproven": (_("待人工"), _("各渠道没有证明送达，已在处理人手上。")),
        "in_doubt": (_("结果不明"), _("不知道是否已经发出：向渠道查询，不要直接重发。")),
    }


@desk_page("exception.close", "jobs.view")
def audit(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The last run and the ones before: zero, or a list with owners."""
    found = audits.runs(limit=RUNS_SHOWN)
    last = found[0] if found else None
    wanted = request.GET.get("what", "")
    shown = _mine(last, desk) if last else []
    rows = [row for row in shown if not wanted or row.what == wanted][:SHOWN_MAX]
    items = reads.items_of([row.obligation_id for row in rows if row.what == "unproven"])
    kinds = _kinds()
    counts = _counts(last, desk, shown) if last else {}
    path = reverse("desk:audit")
    context = {
        "tabs": tabs(desk, "audit"),
        "last": {"at": fmt.moment(last.at), "who": words.actor(last.actor, {}), "checked": last.checked} if last else None,
        "clean": last is not None and not any(counts[name] for name in UNCLEAN),
        "stats": [
            {
                "label": kinds[name][0], "n": counts[name], "url": f"{path}?what={name}", "current": name == wanted,
                "tone": "bad" if counts[name] and name in UNCLEAN else "warn" if counts[name] else "good",
                "help": kinds[name][1],
            }
            for name in KINDS
        ]
        if last
        else [],
        "rows": [_row(row, kinds, items) for row in rows],
        "narrowed": wanted in KINDS,
        "clear_url": path,
        "runs": [_run(one) for one in found],
        "cut": last is not None and sum(last.counts.values()) > len(last.findings),
    }  # fmt: skip
    return shell.page(request, desk, "desk/notices_audit.html", context, at="exceptions")


def _mine(run: Audit, desk: Desk) -> list[Finding]:
    """Findings of my branches; one whose branch is not known belongs to the branch of its loan."""
    if desk.branch_ids is None or desk.may("jobs.view"):
        return run.findings
    unknown = [row.subject[1] for row in run.findings if not row.branch_id and row.subject[0] == "loan"]
    homes = reads.branches_of_loans(unknown)
    return [row for row in run.findings if desk.sees(row.branch_id or homes.get(row.subject[1], 0))]


def _counts(run: Audit, desk: Desk, mine: list[Finding]) -> dict[str, int]:
    if desk.branch_ids is None or desk.may("jobs.view"):
        return {name: run.counts.get(name, 0) for name in KINDS}
    found = {
        name: sum(
            counts.get(name, 0) for branch, counts in run.by_branch.items() if branch and desk.sees(branch)
        )
        for name in KINDS
    }
    return found | {"missing": sum(row.what == "missing" for row in mine)}


def _row(row: Finding, kinds: dict[str, tuple[str, str]], items: Any) -> dict[str, Any]:
    item = items.get(row.obligation_id)
    url = reverse("desk:obligation", args=[row.obligation_id]) if row.obligation_id else ""
    if not url and row.subject[0] == "loan":
        url = reverse("desk:loan", args=[row.subject[1]])
    return {
        "what": kinds[row.what][0], "tone": "bad" if row.what in UNCLEAN else "warn",
        "text": row.en if fmt.in_english() else row.zh, "ref": row.ref, "url": url, "since": fmt.moment(row.since),
        "owner": (item.holder or item.assignee) if item and (item.holder or item.assignee) else words.role(row.owner),
        "act_url": reverse("desk:case", args=[item.id]) if item else "",
    }  # fmt: skip


def _run(run: Audit) -> dict[str, Any]:
    bad = sum(run.counts.get(name, 0) for name in UNCLEAN)
    return {
        "at": fmt.moment(run.at), "who": words.actor(run.actor, {}), "checked": f"{run.checked:,}", "bad": bad,
        "counts": [run.counts.get(name, 0) for name in KINDS],
    }  # fmt: skip


@desk_page("exception.close", "jobs.view", methods=("POST",))
def audit_now(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Run it now over the facts of the last 60 days; the answer is kept like the nightly one."""
    found = audits.run(at=desk.at, actor=desk.actor, since=desk.at - DAYS_NOW)
    bad = sum(found.counts[name] for name in UNCLEAN)
    if bad:
        messages.warning(request, _("核查完成：发现 %(n)s 项须处理。") % {"n": bad})
    else:
        messages.success(request, _("核查完成：没有漏发、过期或停滞。"))
    return redirect("desk:audit")
