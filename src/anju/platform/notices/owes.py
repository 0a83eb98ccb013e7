"""The obligation ledger 通知义务表: which fact owes which notice to whom (S2-01, S2-06, S2-09).

The table is `policy/notice_types.toml`; contexts register the facts and keys here, and `audit` compares with what is owed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from anju.core.lifecycles import PROOF_RUNGS
from anju.platform.journal.queries import EntryRow
from anju.platform.policies import queries as policies

TYPES_FILE = "notice_types.toml"
ROLES = ("borrower", "co_borrower", "guarantor", "agent", "developer")
LANES = ("urgent", "normal", "mass")
SEND_WITHIN_MINUTES_MAX = 10_080

KeysOfEntry = Callable[[EntryRow], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Duty:
    """A kind of fact and the keys of the obligations that an entry of it must have. No keys: this one owes nothing."""

    fact_kind: str
    notice_types: frozenset[str]
    keys_of_entry: KeysOfEntry


@dataclass(frozen=True, slots=True)
class Lacking:
    """A notice that is owed by a state of the ledger, not by a journal entry, and is not there."""

    key: str
    subject: tuple[str, int]
    since: datetime


LackingAt = Callable[[datetime], Sequence[Lacking]]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the obligation ledger. `recipients`: role -> notice type whose text that role is told."""

    notice_type: str
    facts: tuple[str, ...]
    recipients: Mapping[str, str]
    lane: str
    send_within_minutes: int

    @property
    def others(self) -> Mapping[str, str]:
        """Roles told besides the person the notice is owed to."""
        return {role: name for role, name in self.recipients.items() if role != "borrower"}


class BadTable(ValueError):
    """A row of notice_types.toml is wrong; says field, value and what is allowed. Nothing was taken over."""

    def __init__(self, name: str, field: str, value: object, allowed: str) -> None:
        self.message_zh = f"[{name}] {field} = {value!r}：允许 {allowed}"
        self.message_en = f"[{name}] {field} = {value!r}: allowed {allowed}"
        super().__init__(f"{TYPES_FILE} {self.message_zh} / {self.message_en}")


_duties: dict[str, list[Duty]] = {}
_checks: dict[str, LackingAt] = {}


def table() -> Mapping[str, TableRow]:
    """The obligation ledger in force, by notice type. Raises BadTable."""
    return _table(policies.version(TYPES_FILE))


@lru_cache(maxsize=8)
def _table(version: str) -> Mapping[str, TableRow]:
    return read(policies.toml(TYPES_FILE, version=version))


def read(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, TableRow]:
    """The table out of the parsed file. Raises BadTable."""
    found = {name: _row(name, row) for name, row in rows.items()}
    for name, row in found.items():
        for role, told in row.recipients.items():
            if told not in found:
                raise BadTable(name, f"recipients.{role}", told, ", ".join(sorted(found)))
        if row.recipients.get("borrower", name) != name:
            raise BadTable(name, "recipients.borrower", row.recipients["borrower"], name)
    return found


def _row(name: str, row: Mapping[str, Any]) -> TableRow:
    if row.get("proof") not in PROOF_RUNGS:
        raise BadTable(name, "proof", row.get("proof"), ", ".join(PROOF_RUNGS))
    lane = row.get("lane", "normal")
    if lane not in LANES:
        raise BadTable(name, "lane", lane, ", ".join(LANES))
    within = row.get("send_within_minutes", 60)
    if type(within) is not int or not 1 <= within <= SEND_WITHIN_MINUTES_MAX:
        raise BadTable(name, "send_within_minutes", within, f"1 .. {SEND_WITHIN_MINUTES_MAX}")
    recipients = dict(row.get("recipients", {"borrower": name}))
    unknown = sorted(set(recipients) - set(ROLES))
    if unknown or not recipients:
        raise BadTable(name, "recipients", unknown, ", ".join(ROLES))
    return TableRow(name, tuple(row.get("facts", ())), recipients, lane, within)


def register(fact_kind: str, notice_types: Collection[str], keys_of_entry: KeysOfEntry) -> None:
    """Every entry of this kind owes the notices whose keys `keys_of_entry` names. Several duties per kind may stand."""
    duty = Duty(fact_kind, frozenset(notice_types), keys_of_entry)
    known = _duties.setdefault(fact_kind, [])
    if all(row.notice_types != duty.notice_types for row in known):
        known.append(duty)


def register_check(fact_kind: str, lacking_at: LackingAt) -> None:
    """For notices that a state of the ledger owes (an instalment that comes near): who lacks one now. One per fact kind."""
    _checks[fact_kind] = lacking_at


def forget(fact_kind: str) -> None:
    """For tests."""
    _duties.pop(fact_kind, None)
    _checks.pop(fact_kind, None)


def duties() -> list[Duty]:
    """Every duty registered."""
    return [duty for rows in _duties.values() for duty in rows]


def checks() -> Mapping[str, LackingAt]:
    """Every check registered, by fact kind."""
    return dict(_checks)
