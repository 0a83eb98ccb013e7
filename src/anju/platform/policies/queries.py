"""The policy in force, parsed and kept in the process.

One cheap query, at most once a second, sees whether anything was loaded since; contents are kept by version,
so a process never parses the same file twice. ``forget()`` makes the next question look again at once.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from anju.core.cities import CityTable
from anju.core.policy import PolicyTable
from anju.core.rates import BenchmarkTable, LprTable, ProvidentTable, RateTables
from anju.core.working_time import WorkCalendar, WorkingHours
from anju.platform.policies.errors import UnknownProposal
from anju.platform.policies.models import PolicyProposal
from anju.platform.policies.parsing import parse

LOOK_SECONDS = 1.0
KEPT_MAX = 64


class PolicyNotLoaded(LookupError):
    """No version of this policy file has ever been loaded."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.message_zh = f"政策文件 {name} 尚未加载（anju policy load）"
        self.message_en = f"policy file {name} is not loaded (anju policy load)"
        super().__init__(f"{self.message_zh} / {self.message_en}")


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of one policy file. ``in_force``: the last one loaded under its name."""

    name: str
    version: str
    load_no: int
    loaded_at: datetime
    loaded_by: str
    in_force: bool


class _Kept:
    """What this process knows: the newest load number seen, when it looked, versions in force, parsed
    contents.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.looked = -LOOK_SECONDS
        self.newest = -1
        self.versions: dict[str, str] = {}
        self.parsed: dict[tuple[str, str], Any] = {}


_kept = _Kept()


def forget() -> None:
    """Look again at the next question (after a load in this process; between tests)."""
    _kept.looked = -LOOK_SECONDS
    _kept.newest = -1


def _look() -> dict[str, str]:
    if time.monotonic() - _kept.looked < LOOK_SECONDS:
        return _kept.versions
    with _kept.lock, connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(load_no), 0) FROM policies_policyversion")
        newest = cursor.fetchone()[0]
        if newest != _kept.newest:
            cursor.execute(
                "SELECT DISTINCT ON (name) name, version FROM policies_policyversion"
                " ORDER BY name, load_no DESC"
            )
            _kept.versions = dict(cursor.fetchall())
            _kept.newest = newest
        _kept.looked = time.monotonic()
    return _kept.versions


def version(name: str) -> str:
    """Version in force of a policy file, 12 hex digits. Raises PolicyNotLoaded."""
    return _in_force(name)


def _in_force(name: str) -> str:
    found = _look().get(name)
    if found is None:
        raise PolicyNotLoaded(name)
    return found


def content(name: str, version: str) -> str:
    """Text of one version, also of an old one. Raises PolicyNotLoaded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT content FROM policies_policyversion WHERE name = %s AND version = %s", [name, version]
        )
        row = cursor.fetchone()
    if row is None:
        raise PolicyNotLoaded(f"{name} {version}")
    return str(row[0])


def value(name: str, *, version: str | None = None) -> Any:
    """The parsed file: in force, or of the version given (an old case under its own rules). Raises
    PolicyNotLoaded.
    """
    key = (name, version or _in_force(name))
    if key not in _kept.parsed:
        parsed = parse(name, content(*key))
        while len(_kept.parsed) >= KEPT_MAX:
            _kept.parsed.pop(next(iter(_kept.parsed)), None)
        _kept.parsed[key] = parsed
    return _kept.parsed[key]


def params(*, version: str | None = None) -> PolicyTable:
    """Dated parameters (``policy_params.csv``). Raises PolicyNotLoaded."""
    found: PolicyTable = value("policy_params.csv", version=version)
    return found


def lpr(*, version: str | None = None) -> LprTable:
    """Published LPR (``lpr.csv``). Raises PolicyNotLoaded."""
    found: LprTable = value("lpr.csv", version=version)
    return found


def provident(*, version: str | None = None) -> ProvidentTable:
    """Provident fund rates (``provident_rates.csv``). Raises PolicyNotLoaded."""
    found: ProvidentTable = value("provident_rates.csv", version=version)
    return found


def benchmark(*, version: str | None = None) -> BenchmarkTable:
    """Benchmark lending rates before the LPR (``benchmark_rates.csv``). Raises PolicyNotLoaded."""
    found: BenchmarkTable = value("benchmark_rates.csv", version=version)
    return found


def cities(*, version: str | None = None) -> CityTable:
    """City rules (``cities.toml``). Raises PolicyNotLoaded."""
    found: CityTable = value("cities.toml", version=version)
    return found


def rate_tables() -> RateTables:
    """All rate tables and the calendar in force, as ``anju.core.rates`` takes them. Raises PolicyNotLoaded."""
    return RateTables(lpr(), provident(), calendar(), benchmark())


def calendar(*, version: str | None = None) -> WorkCalendar:
    """Working days (``special_days.csv``). Raises PolicyNotLoaded."""
    found: WorkCalendar = value("special_days.csv", version=version)
    return found


def hours(*, version: str | None = None) -> WorkingHours:
    """Shifts of a working day (``working_hours.toml``). Raises PolicyNotLoaded."""
    found: WorkingHours = value("working_hours.toml", version=version)
    return found


def toml(name: str, *, version: str | None = None) -> dict[str, Any]:
    """Any TOML policy file as a dict; do not change it, it is shared. Raises PolicyNotLoaded."""
    found: dict[str, Any] = value(name, version=version)
    return found


def versions(names: Iterable[str] | None = None) -> list[VersionRow]:
    """Every version kept, by name, the one in force first."""
    wanted = None if names is None else list(names)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, version, load_no, loaded_at, loaded_by,"
            " load_no = max(load_no) OVER (PARTITION BY name) FROM policies_policyversion"
            " WHERE %s::text[] IS NULL OR name = ANY(%s) ORDER BY name, load_no DESC",
            [wanted, wanted],
        )
        return [VersionRow(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One proposal, without its content. `proposed_by` and `checked_by` are staff ids with their names."""

    id: int
    name: str
    base_version: str
    version: str
    reason: str
    state: str
    proposed_by: int
    proposed_by_name: str
    drafted_at: datetime
    proposed_at: datetime | None
    checked_by: int | None
    checked_by_name: str
    checked_at: datetime | None
    note: str
    activate_on: date | None
    ended_at: datetime | None
    conflict_version: str


def proposals(
    *, name: str | None = None, states: Iterable[str] | None = None, limit: int = 50
) -> list[ProposalRow]:
    """Proposals, the newest first, of one file or of all, in these states or in any."""
    rows = PolicyProposal.objects.select_related("proposed_by", "checked_by").defer("content", "dry_run")
    if name is not None:
        rows = rows.filter(name=name)
    if states is not None:
        rows = rows.filter(state__in=list(states))
    return [_proposal_row(row) for row in rows.order_by("-id")[:limit]]


def proposal(proposal_id: int) -> ProposalRow:
    """One proposal. Raises UnknownProposal."""
    row = PolicyProposal.objects.select_related("proposed_by", "checked_by").filter(pk=proposal_id).first()
    if row is None:
        raise UnknownProposal(proposal_id)
    return _proposal_row(row)


def proposal_content(proposal_id: int) -> str:
    """The text that a proposal would bring into force. Raises UnknownProposal."""
    found = PolicyProposal.objects.filter(pk=proposal_id).values_list("content", flat=True).first()
    if found is None:
        raise UnknownProposal(proposal_id)
    return str(found)


def proposal_dry_run(proposal_id: int) -> dict[str, Any] | None:
    """What the change would have done to the past, as it was computed when it was drafted; None without a dry-run."""
    found: dict[str, Any] | None = (
        PolicyProposal.objects.filter(pk=proposal_id).values_list("dry_run", flat=True).first()
    )
    return found


def _proposal_row(row: PolicyProposal) -> ProposalRow:
    return ProposalRow(
        id=row.pk, name=row.name, base_version=row.base_version, version=row.version, reason=row.reason, state=row.state,
        proposed_by=row.proposed_by_id, proposed_by_name=row.proposed_by.name, drafted_at=row.drafted_at,
        proposed_at=row.proposed_at, checked_by=row.checked_by_id,
        checked_by_name=row.checked_by.name if row.checked_by else "", checked_at=row.checked_at, note=row.note,
        activate_on=row.activate_on, ended_at=row.ended_at, conflict_version=row.conflict_version,
    )  # fmt: skip
