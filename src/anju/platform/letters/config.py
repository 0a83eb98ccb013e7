"""letters.toml, parsed once per version."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from anju.platform.policies import queries as policies
from anju.platform.policies.parsing import register_check

FILE = "letters.toml"
LIST_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Rules:
    """How batches are made; see letters.toml."""

    batch_max: int
    keep_days: int
    sender: str
    list_head: tuple[str, ...]


def rules() -> Rules:
    """Rules of the version in force."""
    return _rules(policies.version(FILE))


@lru_cache(maxsize=8)
def _rules(version: str) -> Rules:
    return parse(policies.toml(FILE, version=version))


def parse(row: Mapping[str, Any]) -> Rules:
    """Raises ValueError naming the field, its value and its range."""
    for name, low, high in (("batch_max", 1, 500), ("keep_days", 30, 3650)):
        if type(row.get(name)) is not int or not low <= row[name] <= high:
            raise ValueError(f"{name} {row.get(name)!r}: {low} to {high}")
    head, sender = row.get("list_head"), row.get("sender", "")
    if (
        not isinstance(head, list)
        or len(head) != LIST_COLUMNS
        or not all(isinstance(one, str) for one in head)
    ):
        raise ValueError(f"list_head {head!r}: {LIST_COLUMNS} texts")
    if not isinstance(sender, str) or len(sender) > 80:
        raise ValueError(f"sender {sender!r}: at most 80 characters")
    return Rules(row["batch_max"], row["keep_days"], sender, tuple(head))


def register() -> None:
    """A letters.toml with a fault is refused when it is loaded."""
    register_check(FILE, _check)


def _check(row: Any) -> None:
    parse(row)
