"""What every page of either face needs."""

import os
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

THEME_COOKIE = "anju_theme"
TEXT_COOKIE = "anju_text"
THEMES = ("auto", "light", "dark")
TEXTS = ("normal", "large")


@dataclass(frozen=True, slots=True)
class Prefs:
    """How this browser wants pages to look. ``auto`` follows the device."""

    theme: str = "auto"
    text: str = "normal"


def prefs_of(request: HttpRequest) -> Prefs:
    """Kept in cookies, so a page needs neither script nor account to honour them; odd values are as unset."""
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    text = request.COOKIES.get(TEXT_COOKIE, "normal")
    return Prefs(theme if theme in THEMES else "auto", text if text in TEXTS else "normal")


def shell(request: HttpRequest) -> dict[str, object]:
    """``bank_name`` for heads and titles, ``prefs`` for the look, ``is_demo`` to mark simulations as such."""
    return {
        "bank_name": settings.ANJU_BANK_NAME,
        "prefs": prefs_of(request),
        "is_demo": os.environ.get("ANJU_DEMO") == "1",
    }
