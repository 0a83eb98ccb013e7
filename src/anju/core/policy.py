"""Dated policy parameters: the value in force on a date, with its document (design, house rule 9)."""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from anju.core.checks import bad
from anju.core.errors import PolicyMissing

_COLUMNS = ("effective_date", "param", "scope", "value", "document", "confidence")
_INTEGER = re.compile(r"-?[0-9]+", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One row: this value holds from this date on, until a later row for the same param and scope."""

    effective_date: date
    param: str
    scope: str
    value: str
    document: str
    confidence: str


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """All dated parameters. `version` names the contents: a decision stores it."""

    rows: tuple[PolicyRow, ...]
    version: str
    _by_key: dict[tuple[str, str], tuple[tuple[date, ...], tuple[PolicyRow, ...]]]

    @classmethod
    def parse(cls, rows: Iterable[Mapping[str, str]]) -> "PolicyTable":
        """Rows of `policy_params.csv` as dicts. Raises BadInput for a bad, empty or doubled row."""
        parsed = sorted(
            (_row(raw) for raw in rows), key=lambda row: (row.param, row.scope, row.effective_date)
        )
        grouped: dict[tuple[str, str], list[PolicyRow]] = {}
        for row in parsed:
            same = grouped.setdefault((row.param, row.scope), [])
            if same and same[-1].effective_date == row.effective_date:
                raise bad(
                    "effective_date", f"{row.param} {row.scope} {row.effective_date}", "one row per date"
                )
            same.append(row)
        canonical = "\n".join("\t".join(str(getattr(row, name)) for name in _COLUMNS) for row in parsed)
        index = {
            key: (tuple(row.effective_date for row in same), tuple(same)) for key, same in grouped.items()
        }
        return cls(tuple(parsed), hashlib.sha256(canonical.encode()).hexdigest()[:12], index)

    def row(self, param: str, scope: str, on: date) -> PolicyRow:
        """The row in force on a date: the latest `effective_date` not after it. Raises PolicyMissing."""
        dates, rows = self._by_key.get((param, scope), ((), ()))
        at = bisect_right(dates, on)
        if at == 0:
            raise PolicyMissing(param, scope, on)
        return rows[at - 1]

    def has(self, param: str, scope: str, on: date) -> bool:
        """Whether any row is in force on that date."""
        dates, _ = self._by_key.get((param, scope), ((), ()))
        return bisect_right(dates, on) > 0

    def text(self, param: str, scope: str, on: date) -> str:
        """Value in force, as text. Raises PolicyMissing."""
        return self.row(param, scope, on).value

    def document(self, param: str, scope: str, on: date) -> str:
        """Document (文号 or source) of the value in force. Raises PolicyMissing."""
        return self.row(param, scope, on).document

    def integer(self, param: str, scope: str, on: date) -> int:
        """Value in force, as an integer. Raises PolicyMissing, BadInput."""
        value = self.text(param, scope, on)
        if not _INTEGER.fullmatch(value):
            raise bad(param, value, "integer")
        return int(value)

    def decimal(self, param: str, scope: str, on: date) -> Decimal:
        """Value in force, as an exact decimal. Raises PolicyMissing, BadInput."""
        value = self.text(param, scope, on)
        if not _DECIMAL.fullmatch(value):
            raise bad(param, value, "decimal")
        return Decimal(value)

    def time(self, param: str, scope: str, on: date) -> time:
        """Value in force, as a time of day (08:00). Raises PolicyMissing, BadInput."""
        value = self.text(param, scope, on)
        try:
            return time.fromisoformat(value)
        except ValueError as error:
            raise bad(param, value, "HH:MM") from error

    def flag(self, param: str, scope: str, on: date) -> bool:
        """Value in force, as true or false. Raises PolicyMissing, BadInput."""
        value = self.text(param, scope, on)
        if value not in ("true", "false"):
            raise bad(param, value, "true | false")
        return value == "true"

    def words(self, param: str, scope: str, on: date) -> tuple[str, ...]:
        """Value in force, as a list joined with `|`. Raises PolicyMissing."""
        return tuple(self.text(param, scope, on).split("|"))


def _row(raw: Mapping[str, str]) -> PolicyRow:
    values = {name: (raw.get(name) or "").strip() for name in _COLUMNS}
    for name in ("param", "scope", "value"):
        if not values[name]:
            raise bad(name, "", "not empty")
    try:
        effective = date.fromisoformat(values.pop("effective_date"))
    except ValueError as error:
        raise bad("effective_date", raw.get("effective_date"), "YYYY-MM-DD") from error
    return PolicyRow(effective, **values)
