"""Who may open a page, and of which branches it may show rows. Every desk view stands behind ``desk_page``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from anju.core.working_time import BANK_ZONE
from anju.platform.identity import queries as identity
from anju.platform.identity.roles import PERMISSIONS, ROLE_LABELS, may
from anju.web import clock
from anju.web import format as fmt

P = ParamSpec("P")
SAFE = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Desk:
    """One request at the desk: who asks, when, and which branches are theirs to see (None: all, head office)."""

    staff_id: int
    name: str
    role: str
    branch_id: int
    branch_ids: list[int] | None
    at: datetime

    @property
    def on(self) -> date:
        """The date at the bank."""
        return self.at.astimezone(BANK_ZONE).date()

    @property
    def actor(self) -> str:
        """Name of this person in the journal."""
        return f"staff:{self.staff_id}"

    def sees(self, branch_id: int) -> bool:
        """Whether rows of this branch are theirs to see."""
        return self.branch_ids is None or branch_id in self.branch_ids

    def may(self, permission: str) -> bool:
        """Whether the role holds the permission."""
        return may(self.role, permission)


View = Callable[Concatenate[HttpRequest, Desk, P], HttpResponse]


def desk_of(request: HttpRequest) -> Desk:
    """The desk of a logged-in person."""
    staff: Any = request.user
    return Desk(
        staff_id=staff.pk,
        name=staff.name,
        role=staff.role,
        branch_id=staff.branch_id,
        branch_ids=identity.branch_ids(staff),
        at=clock.now(),
    )


def desk_page(
    *permissions: str, methods: tuple[str, ...] = SAFE
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """A view for logged-in staff who hold any of ``permissions`` (none named: every role), by these methods only."""

    def wrap(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated or not hasattr(request.user, "role"):
                return _to_login(request)
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            desk = desk_of(request)
            request.desk = desk  # type: ignore[attr-defined]
            if permissions and not any(desk.may(permission) for permission in permissions):
                return refused(request, desk, permissions)
            return view(request, desk, *args, **kwargs)

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return guarded

    return wrap


def _to_login(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = "/desk/login/"
        return response
    here = request.get_full_path() if request.method in SAFE else "/desk/"
    return redirect_to_login(here, "/desk/login/")


def refused(request: HttpRequest, desk: Desk, permissions: tuple[str, ...]) -> HttpResponse:
    """403 in words: which roles may open this page."""
    index = 1 if fmt.in_english() else 0
    holders = [ROLE_LABELS[role][index] for role, held in PERMISSIONS.items() if held & set(permissions)]
    context = {"holders": holders, "my_role": ROLE_LABELS.get(desk.role, (desk.role, desk.role))[index]}
    return render(request, "desk/refused.html", context, status=403)
