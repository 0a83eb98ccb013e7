"""The pages about notices, side by side: exceptions, completeness, addresses, holds, figures, drills; and the filters of the first."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from anju.platform.notices import config
from anju.platform.notices.reasons import REASONS
from anju.web.desk.reads import notices as reads
from anju.web.desk.scope import Desk

AGES = (1, 3, 7)
FILTERS = ("reason", "owner", "branch", "type", "age")


def tabs(desk: Desk, current: str) -> list[dict[str, Any]]:
    """Tabs that this person may open."""
    pages = (
        ("exceptions", _("异常"), ("exception.close", "work.assign")),
        ("audit", _("核查"), ("exception.close", "jobs.view")),
        ("addresses", _("联系方式"), ("exception.close", "work.assign")),
        ("holds", _("政策搁置"), ("hold.manage", "exception.close")),
        ("notice_kpis", _("指标"), ("exception.close", "jobs.view")),
        ("drills", _("演练"), ("exception.close", "jobs.view")),
    )
    return [
        {"url": reverse(f"desk:{name}"), "label": label, "current": name == current}
        for name, label, permissions in pages
        if any(desk.may(permission) for permission in permissions)
    ]


def wanted_of(data: Any, desk: Desk) -> reads.Wanted:
    """What the list is narrowed to, out of an address or a form; anything unknown narrows nothing."""
    reason, owner = data.get("reason", ""), data.get("owner", "")
    branch, age, kind = data.get("branch", ""), data.get("age", ""), data.get("type", "")
    number = int(branch) if branch.isdigit() and len(branch) < 10 and desk.sees(int(branch)) else None
    return reads.Wanted(
        reason=reason if reason in REASONS else "",
        owner=owner if owner == "none" or (owner.isdigit() and len(owner) < 10) else "",
        branch=number,
        type=kind if kind in config.notice_types() else "",
        age=int(age) if age.isdigit() and int(age) in AGES else None,
    )


def query_of(wanted: reads.Wanted, **change: Any) -> str:
    """The filters as the tail of an address, with what is to be changed."""
    values = {
        "reason": wanted.reason, "owner": wanted.owner, "branch": wanted.branch, "type": wanted.type, "age": wanted.age,
    }  # fmt: skip
    return urlencode({name: value for name, value in (values | change).items() if value})
