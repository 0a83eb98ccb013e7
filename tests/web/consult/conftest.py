"""The consult page on a day whose LPR is loaded, and on a Monday in November when it is not."""

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client

from anju.web import clock

BANK = ZoneInfo("Asia/Shanghai")
SEPTEMBER = datetime(2026, 9, 30, 10, 0, tzinfo=BANK)
NOVEMBER = datetime(2026, 11, 23, 9, 30, tzinfo=BANK)


@pytest.fixture
def at_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """``at_time(NOVEMBER)``: it is then."""
    return lambda at: monkeypatch.setattr(clock, "now", lambda: at)


@pytest.fixture
def page(shipped_policy: list[str], at_time: Callable[[datetime], None]) -> Iterator[Client]:
    """A visitor, on 2026-09-30."""
    at_time(SEPTEMBER)
    cache.clear()
    yield Client()
    cache.clear()
