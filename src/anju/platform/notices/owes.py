"""Which fact owes which notice 应通知事实: contexts register here, `audit` compares with what is owed (S2-06, S2-09)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from anju.platform.journal.queries import EntryRow

KeysOfEntry = Callable[[EntryRow], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Duty:
    """A kind of fact and the keys of the obligations that an entry of it must have. No keys: this one owes nothing."""

    fact_kind: str
    notice_types: frozenset[str]
    keys_of_entry: KeysOfEntry


_duties: dict[str, list[Duty]] = {}


def register(fact_kind: str, notice_types: Collection[str], keys_of_entry: KeysOfEntry) -> None:
    """Every entry of this kind owes the notices whose keys `keys_of_entry` names. Several duties per kind may stand."""
    duty = Duty(fact_kind, frozenset(notice_types), keys_of_entry)
    known = _duties.setdefault(fact_kind, [])
    if all(row.notice_types != duty.notice_types for row in known):
        known.append(duty)


def forget(fact_kind: str) -> None:
    """For tests."""
    _duties.pop(fact_kind, None)


def duties() -> list[Duty]:
    """Every duty registered."""
    return [duty for rows in _duties.values() for duty in rows]
