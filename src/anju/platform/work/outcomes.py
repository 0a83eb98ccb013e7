"""What a person can record when closing an item of a kind. Each context registers its own list."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome. ``closes``: the item is done; otherwise it comes back later. ``fields``: what must be
    given with it.
    """

    code: str
    zh: str
    en: str
    closes: bool = True
    fields: tuple[str, ...] = ()


class OutcomesTaken(ValueError):
    """Two different lists of outcomes for one kind."""


_by_kind: dict[str, tuple[Outcome, ...]] = {}


def register(kind: str, outcomes: Sequence[Outcome]) -> None:
    """Outcomes of a kind, in the order of their number keys. The same list again changes nothing. Raises
    OutcomesTaken.
    """
    codes = [outcome.code for outcome in outcomes]
    if len(set(codes)) != len(codes):
        raise OutcomesTaken(f"{kind}: a code twice")
    if _by_kind.get(kind, tuple(outcomes)) != tuple(outcomes):
        raise OutcomesTaken(kind)
    _by_kind[kind] = tuple(outcomes)


def of_kind(kind: str) -> tuple[Outcome, ...]:
    """Outcomes of a kind; empty when none are registered."""
    return _by_kind.get(kind, ())


def find(kind: str, code: str) -> Outcome | None:
    """One outcome, or None when the kind has no such code."""
    return next((outcome for outcome in of_kind(kind) if outcome.code == code), None)
