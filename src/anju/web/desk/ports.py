"""What the desk needs of floors beside it. ``site`` fills these in: screens and the day end do not know each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class DayEnd:
    """The business day: ``runs(before, limit)``, ``run(on)``, ``next_on()`` (None: no loan yet), ``start(on, actor)``.

    ``start`` hands the days up to ``on`` to the background and says whether it was not asked for already.
    ``steps`` are all steps in order, name to its words (Chinese, English); ``count_words(name)`` gives those of a count.
    """

    runs: Callable[[date | None, int], list[Any]]
    run: Callable[[date], Any]
    next_on: Callable[[], date | None]
    start: Callable[[date, str], bool]
    steps: Mapping[str, tuple[str, str]]
    count_words: Callable[[str], tuple[str, str]]


_dayend: list[DayEnd] = []


def connect_dayend(port: DayEnd) -> None:
    """Wired in ``site``."""
    _dayend[:] = [port]


def dayend() -> DayEnd:
    """The port connected. Raises LookupError before the wiring."""
    if not _dayend:
        raise LookupError("the day end is not wired to the desk")
    return _dayend[0]
