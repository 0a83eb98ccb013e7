"""What every desk page carries: who is logged in, the menu, the next-case button."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from anju.web.desk import words
from anju.web.desk.scope import Desk

MENU: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("today", gettext_noop("今日"), "home", ()),
    ("work", gettext_noop("工作"), "checklist", ("work.do",)),
    ("loans", gettext_noop("贷款"), "home-dollar", ("loan.view",)),
    ("consult", gettext_noop("咨询试算"), "calculator", ("consult.use",)),
    ("exceptions", gettext_noop("通知异常"), "bell-ringing", ("exception.close", "work.assign")),
    ("journeys", gettext_noop("路径与模板"), "route", ("policy.load", "exception.close")),
    ("overrides", gettext_noop("特批申请"), "shield-check", ("contact.override",)),
    ("letters", gettext_noop("信函"), "mail", ("letters.run",)),
    ("imports", gettext_noop("数据导入"), "file-import", ("imports.view", "imports.load")),
    ("dayends", gettext_noop("日终"), "moon", ("dayend.view", "dayend.run")),
    ("admin", gettext_noop("系统管理"), "settings", ("staff.manage", "jobs.view", "policy.load")),
)
"""Pages of the menu: name, label, icon, and the permissions of which any one opens it (none: everybody)."""


def menu(desk: Desk, current: str) -> list[dict[str, Any]]:
    """The pages this person may open."""
    return [
        {"url": reverse(f"desk:{name}"), "label": _(label), "icon": icon, "active": name == current}
        for name, label, icon, permissions in MENU
        if not permissions or any(desk.may(permission) for permission in permissions)
    ]


def page(
    request: HttpRequest,
    desk: Desk,
    template: str,
    context: dict[str, Any],
    *,
    at: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a desk page; ``at`` is the menu entry it belongs to."""
    shell = {
        "desk_nav": menu(desk, at),
        "me": {"name": desk.name, "role": words.role(desk.role)},
        "may_work": desk.may("work.do"),
        "may_search": desk.may("loan.view"),
    }
    return render(request, template, {**shell, **context}, status=status)
