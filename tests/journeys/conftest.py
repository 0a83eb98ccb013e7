"""A journey stands on a stage of its own; the clock of the screens is where the journey says."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from tests.journeys.stage import Stage


@pytest.fixture(scope="session", autouse=True)
def _static_root() -> None:
    """Whitenoise wants its folder to be there."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def stand_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def stand(when: datetime) -> None:
        seconds = (when - timezone.now()).total_seconds()
        monkeypatch.setenv("ANJU_CLOCK_OFFSET_SECONDS", str(seconds))

    return stand


@pytest.fixture
def stage(db: None, stand_at: Callable[[datetime], None]) -> Stage:
    return Stage(stand_at)
