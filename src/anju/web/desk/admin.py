"""Administration 系统管理, minimal: people, jobs with their heartbeats, policy versions."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from anju.platform.identity import queries as identity
from anju.platform.policies import queries as policies
from anju.platform.work import queries as work
from anju.web import format as fmt
from anju.web.desk import shell, words
from anju.web.desk.scope import Desk, desk_page
from anju.web.desk.today import job_face


@desk_page("staff.manage", "jobs.view", "policy.load")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """People of my branches, jobs, policy versions in force."""
    names = {row.id: row.name for row in identity.branches()}
    context = {
        "people": [_person(row, names) for row in identity.staff(branch_ids=desk.branch_ids)],
        "jobs": [job_face(row, desk) for row in work.heartbeats()],
        "policies": [_version(row) for row in policies.versions() if row.in_force],
    }
    return shell.page(request, desk, "desk/admin.html", context, at="admin")


def _person(row: identity.StaffRow, branches: dict[int, str]) -> dict[str, Any]:
    return {
        "staff_no": row.staff_no, "name": row.name, "role": words.role(row.role),
        "branch": _("全部机构") if row.sees_all_branches else branches.get(row.branch_id, ""),
        "state": _("在用") if row.is_active else _("已停用"), "tone": "good" if row.is_active else "calm",
    }  # fmt: skip


def _version(row: policies.VersionRow) -> dict[str, Any]:
    return {
        "name": row.name, "version": row.version, "loaded": fmt.moment(row.loaded_at), "by": words.actor(row.loaded_by, {}),
    }  # fmt: skip
