"""Is everything owed that must be, and is everything owed being paid? 通知核查: zero, or a list with owners (S2-01, S2-06)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from anju.platform.journal.queries import ENTRY_COLUMNS, EntryRow, entry_row
from anju.platform.notices import config, owes
from anju.platform.notices.models import Attempt, Obligation

LIST_MAX = 500
CHUNK = 5000
GRACE = timedelta(minutes=10)
"""A fact's handler, a step or a queued attempt may take so long before it counts as missing or resting."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, and the role that owns it."""

    what: str
    ref: str
    subject: tuple[str, int]
    since: datetime
    owner: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Result of one completeness run. Lists are cut at 500, counts are whole."""

    at: datetime
    checked: int
    counts: dict[str, int]
    findings: list[Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Nothing missing, late or resting. Exceptions in time with a person are owned, and therefore clean."""
        return all(self.counts[name] == 0 for name in ("missing", "late", "resting"))


def audit(*, at: datetime, since: datetime | None = None) -> Audit:
    """Compare facts with obligations, and obligations with time.

    missing: a fact of the last 400 days (or `since`) that owes a notice and has none. late: past the deadline, not proven
    and not on a person's desk. resting: a step or an attempt whose time came and that nobody moved. unproven: exceptions a
    person has. in_doubt: sends nobody knows the end of.
    """
    findings: list[Finding] = []
    checked, missing = _missing(at, since or at - timedelta(days=400), findings)
    counts = {"missing": missing}
    late = Obligation.objects.filter(state__in=("owed", "in_progress"), deadline_at__lt=at - GRACE)
    counts["late"] = _list(late, "late", at, findings)
    resting = Obligation.objects.filter(
        state__in=("owed", "in_progress"), next_step_at__lt=at - GRACE, deadline_at__gte=at - GRACE
    )
    counts["resting"] = _list(resting, "resting", at, findings) + _resting_attempts(at, findings)
    counts["unproven"] = _list(Obligation.objects.filter(state="exception"), "unproven", at, findings)
    doubtful = Attempt.objects.filter(Q(state="in_doubt") | Q(error_class="in_doubt_expired"))
    counts["in_doubt"] = doubtful.count()
    for attempt in doubtful.select_related("obligation").order_by("id")[:LIST_MAX]:
        findings.append(_of_attempt("in_doubt", attempt))
    return Audit(at, checked, counts, findings)


def _missing(at: datetime, since: datetime, findings: list[Finding]) -> tuple[int, int]:
    """Anti-join of facts and obligations by key, in chunks; (facts that owe something, those that lack it)."""
    by_kind: dict[str, list[owes.Duty]] = {}
    for duty in owes.duties():
        by_kind.setdefault(duty.fact_kind, []).append(duty)
    checked = lacking = 0
    for entries in _entries(list(by_kind), since, at - GRACE):
        wanted = {
            key: entry
            for entry in entries
            for duty in by_kind[entry.kind]
            for key in duty.keys_of_entry(entry)
        }
        there = set(Obligation.objects.filter(key__in=list(wanted)).values_list("key", flat=True))
        checked += len(wanted)
        for key, entry in wanted.items():
            if key in there:
                continue
            lacking += 1
            if len(findings) < LIST_MAX:
                zh, en = f"{entry.kind} 应通知而未通知", f"{entry.kind} owes a notice and has none"
                findings.append(Finding("missing", key, entry.subject, entry.at, "administrator", zh, en))
    return checked, lacking


def _entries(kinds: list[str], since: datetime, until: datetime) -> Iterator[list[EntryRow]]:
    last = 0
    while kinds:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {ENTRY_COLUMNS} FROM journal_entry e WHERE kind = ANY(%s) AND at >= %s AND at <= %s"  # noqa: S608
                " AND id > %s ORDER BY id LIMIT %s",
                [kinds, since, until, last, CHUNK],
            )
            rows = [entry_row(row) for row in cursor.fetchall()]
        if not rows:
            return
        last = rows[-1].id
        yield rows


_WORDS = {
    "late": ("已过期限仍未证明送达", "past its deadline and not proven", "supervisor"),
    "resting": ("到时未推进", "its time came and nobody moved it", "administrator"),
    "unproven": ("异常待人工处理", "an exception, with a person", "supervisor"),
    "in_doubt": ("发送结果不明", "nobody knows whether it was sent", "administrator"),
}


def _list(rows: QuerySet[Obligation], what: str, at: datetime, findings: list[Finding]) -> int:
    found = rows.order_by("deadline_at", "id")
    zh, en, owner = _WORDS[what]
    types = config.notice_types()
    for row in found[: max(0, LIST_MAX - len(findings))]:
        label = types[row.notice_type].label_zh if row.notice_type in types else row.notice_type
        findings.append(
            Finding(
                what, row.key, (row.subject_type, row.subject_id), row.deadline_at, owner, f"{label}:{zh}", en
            )
        )
    count: int = found.count()
    return count


def _resting_attempts(at: datetime, findings: list[Finding]) -> int:
    rows = Attempt.objects.filter(
        Q(state="queued", queued_at__lt=at - GRACE)
        & (Q(not_before_at=None) | Q(not_before_at__lt=at - GRACE))
        | Q(state="in_flight", claim_ends_at__lt=at - GRACE)
    )
    for attempt in rows.select_related("obligation").order_by("id")[: max(0, LIST_MAX - len(findings))]:
        findings.append(_of_attempt("resting", attempt))
    return rows.count()


def _of_attempt(what: str, attempt: Attempt) -> Finding:
    zh, en, owner = _WORDS[what]
    row = attempt.obligation
    since = attempt.claimed_at or attempt.queued_at
    return Finding(
        what, attempt.idempotency_key, (row.subject_type, row.subject_id), since, owner,
        f"{attempt.channel}:{zh}", f"{attempt.channel}: {en}",
    )  # fmt: skip
