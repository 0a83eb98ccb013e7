"""How portal views answer."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from anju.platform.policies import queries as policies
from anju.web.portal.session import Borrower

TEMPLATES_FILE = "templates.toml"


def service_line() -> str:
    """The number a borrower may call: the installation's, else the one of the notice texts."""
    own_line = getattr(settings, "ANJU_SERVICE_LINE", "")
    return str(own_line or policies.toml(TEMPLATES_FILE)["common"]["service_line"])


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    borrower: Borrower | None = None,
    tab: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page with what every portal page shows: who, which tab, whom to call."""
    line = service_line()
    shared = {
        "borrower": borrower,
        "tab": tab,
        "service_line": line,
        "service_tel": "".join(character for character in line if character.isdigit() or character == "+"),
    }
    return render(request, f"portal/{template}", {**shared, **context}, status=status)


def safe_next(request: HttpRequest, fallback: str) -> str:
    """The address to go on to, when it is one of ours."""
    to = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure())
    return to if ours else fallback
