"""A book at the close of 2026-08-31, policy loaded, handlers connected."""

from datetime import date

import pytest

from tests.dayend.book import Book

OPENED_ON = date(2026, 8, 31)


@pytest.fixture
def connected() -> None:
    """Handlers and outcomes as the running system has them."""
    from anju.contexts.collections import handlers as collections
    from anju.contexts.followup import handlers as followup
    from anju.dayend import handlers as dayend

    for room in (collections, followup, dayend):
        room.connect()


@pytest.fixture
def book(branch: object, shipped_policy: list[str], connected: None) -> Book:
    return Book(branch, OPENED_ON)
