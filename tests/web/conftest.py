"""The desk before a world of its own, at nine thirty on a working Monday."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from anju.platform.identity.models import Branch
from anju.platform.policies import queries as policies
from anju.web import clock
from tests.web import desk_world

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(scope="session", autouse=True)
def _static_root() -> None:
    """Whitenoise wants its folder to be there."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _one_look_at_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a second is once more for a page on a slow machine; here it is once, and after a load."""
    monkeypatch.setattr(policies, "LOOK_SECONDS", 3600.0)
    policies.forget()


@pytest.fixture
def connected() -> None:
    """Handlers, outcomes and the desk's ports as the running system has them."""
    from anju.contexts.collections import handlers as collections
    from anju.contexts.followup import handlers as followup
    from anju.dayend import handlers as dayend
    from anju.platform.notices import outcomes
    from anju.site import desk

    for room in (collections, followup, dayend):
        room.connect()
    outcomes.register()
    desk.connect()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is always half past nine."""
    monkeypatch.setattr(clock, "now", lambda: desk_world.AT)


@pytest.fixture
def world(branch: Branch, shipped_policy: list[str], connected: None, now: None) -> desk_world.World:
    """One loan of every kind."""
    return desk_world.make(branch)


@pytest.fixture
def as_role(world: desk_world.World) -> Callable[[str], Client]:
    """``as_role("collector")``: a client logged in as the branch's collector."""

    def enter(role: str, at: Any = world) -> Client:
        client = Client()
        client.force_login(at.staff[role], backend=BACKEND)
        return client

    return enter
