"""Is everything owed that must be, and is everything owed being paid? 通知核查: zero, or a list with owners (S2-01, S2-06).

`audit` only looks; `run` looks and keeps the answer in the journal as `notices.audited`, where the desk's page reads it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from anju.platform.journal import operations as journal
from anju.platform.journal import queries as journal_queries
from anju.platform.journal.queries import ENTRY_COLUMNS, EntryRow, entry_row
from anju.platform.notices import config, owes, recipients
from anju.platform.notices.facts import NoticesAudited
from anju.platform.notices.models import Attempt, Obligation
from anju.platform.notices.rows import Owed
from anju.platform.policies import queries as policies

KINDS = ("missing", "late", "resting", "unproven", "in_doubt")
UNCLEAN = ("missing", "late", "resting")
LIST_MAX = 500
KEPT_MAX = 300
CHUNK = 5000
SUBJECT = ("notices", 1)
ACTOR = "system:notices"
GRACE = timedelta(minutes=10)
"""A fact's handler, a step or a queued attempt may take so long before it counts as missing or resting."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, and the role that owns it. `obligation_id` and `branch_id` 0: not known."""

    what: str
    ref: str
    subject: tuple[str, int]
    since: datetime
    owner: str
    zh: str
    en: str
    obligation_id: int = 0
    branch_id: int = 0


@dataclass(frozen=True, slots=True)
class Audit:
    """Result of one completeness run. Lists are cut at 500 each run, counts are whole; `by_branch`: counts of each branch."""

    at: datetime
    checked: int
    counts: dict[str, int]
    findings: list[Finding] = field(default_factory=list)
    by_branch: dict[int, dict[str, int]] = field(default_factory=dict)
    actor: str = ""

    @property
    def clean(self) -> bool:
        """Nothing missing, late or resting. Exceptions in time with a person are owned, and therefore clean."""
        return all(self.counts[name] == 0 for name in UNCLEAN)


def audit(*, at: datetime, since: datetime | None = None) -> Audit:
    """Compare facts with obligations, and obligations with time.

    missing: a fact of the last 400 days (or `since`) that owes a notice and has none; a state of the ledger that owes one now;
    a further person of the subject (co-borrower, guarantor ...) who was told nothing, though the table in force names their
    role and they stood in it when it became owed: who joined later is owed only what came later. late: past the deadline,
    not proven and not on a person's desk. resting: a step or an attempt whose time came and that nobody moved. unproven:
    exceptions a person has. in_doubt: sends nobody knows the end of.
    """
    look = _Look(at)
    since = since or at - timedelta(days=400)
    checked = look.missing(since) + look.untold(since)
    live = Obligation.objects.filter(state__in=("owed", "in_progress"))
    look.obligations("late", live.filter(deadline_at__lt=at - GRACE))
    look.obligations("resting", live.filter(next_step_at__lt=at - GRACE, deadline_at__gte=at - GRACE))
    look.attempts(
        "resting",
        Q(state="queued", queued_at__lt=at - GRACE)
        & (Q(not_before_at=None) | Q(not_before_at__lt=at - GRACE))
        | Q(state="in_flight", claim_ends_at__lt=at - GRACE),
    )
    look.obligations("unproven", Obligation.objects.filter(state="exception"))
    look.attempts("in_doubt", Q(state="in_doubt") | Q(error_class="in_doubt_expired"))
    return Audit(at, checked, look.counts, look.findings, look.by_branch)


def run(*, at: datetime, actor: str = ACTOR, since: datetime | None = None) -> Audit:
    """Look, and keep the answer (when, by whom, counts, the first 300 findings) on the chain of the notices."""
    found = audit(at=at, since=since)
    kept = [_plain(row) for row in found.findings[:KEPT_MAX]]
    counts = {str(branch): row for branch, row in found.by_branch.items()}
    journal.record(NoticesAudited(found.checked, found.counts, counts, kept), at=at, actor=actor)
    return found


def runs(*, limit: int = 10) -> list[Audit]:
    """The last runs, newest first; one query."""
    entries = journal_queries.timeline([SUBJECT], limit=limit, kinds=[NoticesAudited.KIND])
    return [_kept(entry) for entry in entries]


def _plain(row: Finding) -> dict[str, Any]:
    return asdict(row) | {"since": row.since.isoformat(), "subject": list(row.subject)}


def _kept(entry: EntryRow) -> Audit:
    body = entry.body
    findings = [
        Finding(
            **{
                **row,
                "subject": (row["subject"][0], row["subject"][1]),
                "since": datetime.fromisoformat(row["since"]),
            }
        )
        for row in body["findings"]
    ]
    by_branch = {int(branch): dict(counts) for branch, counts in body["by_branch"].items()}
    return Audit(entry.at, body["checked"], dict(body["counts"]), findings, by_branch, entry.actor)


class _Look:
    """One run as it goes: counts are whole, the list of each kind is cut so that no kind hides another."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.counts = dict.fromkeys(KINDS, 0)
        self.findings: list[Finding] = []
        self.by_branch: dict[int, dict[str, int]] = {}
        self.types = config.notice_types()

    def _room(self, what: str) -> int:
        return max(0, LIST_MAX // len(KINDS) - sum(row.what == what for row in self.findings))

    def _count(self, what: str, per_branch: Mapping[int, int]) -> None:
        for branch, number in per_branch.items():
            self.counts[what] += number
            mine = self.by_branch.setdefault(branch, dict.fromkeys(KINDS, 0))
            mine[what] += number

    def missing(self, since: datetime) -> int:
        """Anti-join of facts and obligations by key, in chunks, and the checks of the ledger; how many were looked at."""
        by_kind: dict[str, list[owes.Duty]] = {}
        for duty in owes.duties():
            by_kind.setdefault(duty.fact_kind, []).append(duty)
        checked = 0
        for entries in _entries(list(by_kind), since, self.at - GRACE):
            wanted = {
                key: entry
                for entry in entries
                for duty in by_kind[entry.kind]
                for key in duty.keys_of_entry(entry)
            }
            there = set(Obligation.objects.filter(key__in=list(wanted)).values_list("key", flat=True))
            checked += len(wanted)
            for key, entry in wanted.items():
                if key not in there:
                    self._lacks(key, entry.kind, entry.subject, entry.at)
        for kind, lacking_at in owes.checks().items():
            for row in lacking_at(self.at):
                self._lacks(row.key, kind, row.subject, row.since)
        return checked

    def untold(self, since: datetime) -> int:
        """Further people who stood in their role when a notice became owed, and have none of their own; how many were
        looked at. Only under the table in force: an earlier one may have told fewer roles."""
        told = [name for name, row in owes.table().items() if row.others]
        since = max(since, _in_force_since())
        checked = 0
        for rows in _owed(told, since, self.at - GRACE):
            wanted = recipients.owed_to_others(rows)
            checked += len(wanted)
            doubted = {recipients.base_of(row.key) for row in _without(wanted)}
            asked = [row for row in rows if row.key in doubted]
            for row in _without(recipients.owed_to_others(asked, as_of_then=True)):
                self._lacks(row.key, row.notice_type, row.subject, row.owed_at, row.branch_id)
        return checked

    def _lacks(
        self, key: str, kind: str, subject: tuple[str, int], since: datetime, branch_id: int = 0
    ) -> None:
        self._count("missing", {branch_id: 1})
        if self._room("missing"):
            zh, en = f"{kind} 应通知而未通知", f"{kind} owes a notice and has none"
            self.findings.append(
                Finding("missing", key, subject, since, "administrator", zh, en, 0, branch_id)
            )

    def obligations(self, what: str, rows: QuerySet[Obligation]) -> None:
        """Count per branch, list the oldest deadlines."""
        counted = rows.values_list("branch_id").annotate(n=Count("id"))
        self._count(what, dict(counted))
        zh, en, owner = _WORDS[what]
        for row in rows.order_by("deadline_at", "id")[: self._room(what)]:
            kind = self.types.get(row.notice_type)
            name_zh, name_en = (kind.label_zh, kind.label_en) if kind else (row.notice_type, row.notice_type)
            since = row.next_step_at if what == "resting" and row.next_step_at else row.deadline_at
            self.findings.append(
                Finding(
                    what, row.key, (row.subject_type, row.subject_id), since, owner, f"{name_zh}：{zh}",
                    f"{name_en}: {en}", row.id, row.branch_id,
                )
            )  # fmt: skip

    def attempts(self, what: str, wanted: Q) -> None:
        """The same for sends."""
        rows = Attempt.objects.filter(wanted)
        self._count(what, dict(rows.values_list("obligation__branch_id").annotate(n=Count("id"))))
        zh, en, owner = _WORDS[what]
        for attempt in rows.select_related("obligation").order_by("id")[: self._room(what)]:
            row = attempt.obligation
            self.findings.append(
                Finding(
                    what, attempt.idempotency_key, (row.subject_type, row.subject_id),
                    attempt.claimed_at or attempt.queued_at, owner, f"{attempt.channel}：{zh}", f"{attempt.channel}: {en}",
                    row.id, row.branch_id,
                )
            )  # fmt: skip


_WORDS = {
    "late": ("已过期限仍未证明送达", "past its deadline and not proven", "supervisor"),
    "resting": ("到时未推进", "its time came and nobody moved it", "administrator"),
    "unproven": ("异常待人工处理", "an exception, with a person", "supervisor"),
    "in_doubt": ("发送结果不明", "nobody knows whether it was sent", "administrator"),
}


def _in_force_since() -> datetime:
    """When the obligation table in force was loaded."""
    return policies.versions([owes.TYPES_FILE])[0].loaded_at


def _without(rows: Sequence[Owed]) -> list[Owed]:
    """Those of which there is no obligation."""
    keys = [row.key for row in rows]
    there = set(Obligation.objects.filter(key__in=keys).values_list("key", flat=True)) if keys else set()
    return [row for row in rows if row.key not in there]


def _owed(types: Collection[str], since: datetime, until: datetime) -> Iterator[list[Owed]]:
    """Obligations of these types that are nobody's share of another one, in chunks."""
    last = 0
    while types:
        rows = Obligation.objects.filter(
            notice_type__in=types, owed_at__gte=since, owed_at__lte=until, id__gt=last
        )
        found = list(rows.order_by("id").defer("variables")[:CHUNK])
        if not found:
            return
        last = found[-1].pk
        yield [
            Owed(
                row.notice_type, row.key, row.person_id, (row.subject_type, row.subject_id), row.branch_id, {},
                row.entry_id, row.owed_at,
            )
            for row in found
            if not any(row.key.endswith(f":{role}:{row.person_id}") for role in owes.ROLES)
        ]  # fmt: skip


def _entries(kinds: Collection[str], since: datetime, until: datetime) -> Iterator[list[EntryRow]]:
    last = 0
    while kinds:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {ENTRY_COLUMNS} FROM journal_entry e WHERE kind = ANY(%s) AND at >= %s AND at <= %s"  # noqa: S608
                " AND id > %s ORDER BY id LIMIT %s",
                [list(kinds), since, until, last, CHUNK],
            )
            rows = [entry_row(row) for row in cursor.fetchall()]
        if not rows:
            return
        last = rows[-1].id
        yield rows
