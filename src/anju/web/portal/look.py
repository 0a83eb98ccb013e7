"""Language, text size, light or dark: kept in cookies, changed by a plain form on every page of both faces."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from anju.web.context import TEXT_COOKIE, TEXTS, THEME_COOKIE, THEMES
from anju.web.portal.page import safe_next

YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen and go back. Unknown values change nothing."""
    response = HttpResponseRedirect(safe_next(request, reverse("portal:home")))
    wanted = {
        settings.LANGUAGE_COOKIE_NAME: ("language", tuple(code for code, _ in settings.LANGUAGES)),
        TEXT_COOKIE: ("text", TEXTS),
        THEME_COOKIE: ("theme", THEMES),
    }
    for cookie, (field, values) in wanted.items():
        value = request.POST.get(field, "")
        if value in values:
            response.set_cookie(
                cookie,
                value,
                max_age=YEAR_SECONDS,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
            )
    return response
