"""What a notice drill proves, from our rows and from the simulated providers' own ledger 演练结论."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from anju.site.drill.notices import Lived, Plan, percentiles
from anju.site.drill.verdicts import Verdict

SHOWN_MAX = 5
DOUBTFUL_MAX = 2000
GRACE = timedelta(minutes=10)

_MINE = "o.key LIKE %(run)s || ':%%'"
"""Obligations of this drill, in statements as `{mine}`."""

OBLIGATIONS = "SELECT o.state, o.end_reason, count(*) FROM notices_obligation o WHERE {mine} GROUP BY 1, 2"
LOST = """
SELECT o.key || ' ' || o.state FROM notices_obligation o
 WHERE {mine} AND NOT (
       o.state IN ('proven', 'moot', 'closed_by_person')
    OR o.state = 'exception'
       AND EXISTS (SELECT 1 FROM work_workitem w WHERE w.dedupe_key = 'notice:' || o.id AND w.state IN ('open', 'claimed'))
       AND EXISTS (SELECT 1 FROM clocks_clock c WHERE c.name = 'notice_exception:' || o.id AND c.state IN ('running', 'breached'))
    OR o.state IN ('owed', 'in_progress') AND o.next_step_at > %(late)s AND o.deadline_at > %(late)s)
 ORDER BY o.id
"""
UNPROVEN = """
SELECT o.key FROM notices_obligation o
 WHERE {mine} AND o.state = 'proven' AND o.proof_required <> 'acknowledged'
   AND NOT EXISTS (SELECT 1 FROM notices_attempt a WHERE a.obligation_id = o.id AND a.idempotency_key = ANY(%(keys)s))
 ORDER BY o.id
"""
ATTEMPTS = """
SELECT a.idempotency_key, a.obligation_id, a.channel, a.provider, a.state, a.submitted_at IS NOT NULL, a.in_doubt_at, a.error_class
  FROM notices_attempt a JOIN notices_obligation o ON o.id = a.obligation_id WHERE {mine}
"""
TWICE_IN_INBOX = """
SELECT o.key FROM notices_inboxmessage m JOIN notices_attempt a ON a.id = m.attempt_id
  JOIN notices_obligation o ON o.id = a.obligation_id WHERE {mine} GROUP BY o.key HAVING count(*) > 1
"""
INBOX = """
SELECT count(*) FROM notices_inboxmessage m JOIN notices_attempt a ON a.id = m.attempt_id
  JOIN notices_obligation o ON o.id = a.obligation_id WHERE {mine}
"""
FIRST_ATTEMPT = """
SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY seconds) FROM (
    SELECT extract(epoch FROM min(coalesce(a.submitted_at, a.claimed_at)) - o.owed_at)::float8 AS seconds
      FROM notices_obligation o JOIN notices_attempt a ON a.obligation_id = o.id
     WHERE {mine} AND a.claimed_at IS NOT NULL GROUP BY o.id) times
"""
PROOF = """
SELECT o.proof_required,
       percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM o.proven_at - o.owed_at)::float8)
  FROM notices_obligation o WHERE {mine} AND o.state = 'proven' GROUP BY 1
"""
DELIVERY = """
SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM a.delivered_at - a.submitted_at)::float8)
  FROM notices_attempt a JOIN notices_obligation o ON o.id = a.obligation_id
 WHERE {mine} AND a.channel <> 'inbox' AND a.delivered_at IS NOT NULL
"""
RECEIPTS = (
    "SELECT effect, count(*) FROM notices_receipt WHERE provider = ANY(%(providers)s) GROUP BY 1 ORDER BY 1"
)
BREAKERS = "SELECT name, opened_count FROM notices_provider WHERE name = ANY(%(providers)s) ORDER BY 1"
LEDGER = "SELECT provider, key, person_to, status FROM message WHERE accepted_at IS NOT NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class Sent:
    """One message in a provider's own ledger: it has taken it; `status` is what it says became of it."""

    provider: str
    key: str
    to: str
    status: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt of ours."""

    key: str
    obligation_id: int
    channel: str
    provider: str
    state: str
    submitted: bool
    in_doubt_at: datetime | None
    error_class: str

    @property
    def doubtful(self) -> bool:
        """Nobody knows whether it was sent: it must be on the list."""
        return self.state == "in_doubt" or self.error_class == "in_doubt_expired"


@dataclass(frozen=True, slots=True)
class Read:
    """Everything the verdict looks at."""

    states: dict[str, int]
    reasons: dict[str, int]
    lost: tuple[str, ...]
    unproven: tuple[str, ...]
    sent: tuple[Sent, ...]
    tried: tuple[Tried, ...]
    twice_in_inbox: tuple[str, ...]
    inbox: int
    audit: dict[str, int]
    clean: bool
    breaks: int
    entries: int
    latencies: dict[str, dict[str, float] | None]
    receipts: dict[str, int]
    breakers: dict[str, int]


def read(plan: Plan, lived: Lived, ledger: Path) -> Read:
    """Look at one drill once its processes are gone."""
    from django.db import connection

    from anju.platform.journal import queries as journal
    from anju.platform.notices import audit as audits

    at = lived.ended_at or lived.began
    with sqlite3.connect(ledger, timeout=30) as book:
        sent = tuple(Sent(*row) for row in book.execute(LEDGER))
    providers = [one.name for one in plan.profile.providers]
    values: dict[str, Any] = {
        "run": lived.run,
        "late": at - GRACE,
        "providers": providers,
        "keys": list({one.key for one in sent}),
    }

    def rows(statement: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("{mine}", _MINE), values)
            return list(cursor.fetchall())

    counts = rows(OBLIGATIONS)
    states: Counter[str] = Counter()
    for state, _, count in counts:
        states[state] += count
    found = audits.audit(at=at)
    (first,) = rows(FIRST_ATTEMPT)[0]
    (delivery,) = rows(DELIVERY)[0]
    latencies = {"first_attempt": percentiles(first or ()), "delivery": percentiles(delivery or ())}
    latencies |= {f"proof_{rung}": percentiles(times or ()) for rung, times in rows(PROOF)}
    return Read(
        states=dict(states), reasons={reason: count for state, reason, count in counts if state == "exception"},
        lost=tuple(what for (what,) in rows(LOST)), unproven=tuple(key for (key,) in rows(UNPROVEN)), sent=sent,
        tried=tuple(Tried(*row) for row in rows(ATTEMPTS)),
        twice_in_inbox=tuple(key for (key,) in rows(TWICE_IN_INBOX)), inbox=int(rows(INBOX)[0][0]),
        audit={name: int(count) for name, count in found.counts.items()}, clean=found.clean,
        breaks=len(journal.verify()), entries=journal.counts()[0], latencies=latencies,
        receipts=dict(rows(RECEIPTS)), breakers=dict(rows(BREAKERS)),
    )  # fmt: skip


def judge(plan: Plan, lived: Lived, read: Read) -> dict[str, Any]:
    """The verdict line by line, and the figures."""
    missing = plan.count - sum(read.states.values())
    lost = [*read.lost, *([f"{missing} without an obligation"] if missing else [])]
    twice, twice_elsewhere = doubled(plan, read)
    doubtful = [one for one in read.tried if one.doubtful]
    loose = [f"{name}: {read.audit[name]}" for name in ("missing", "late", "resting") if read.audit.get(name)]
    lines = [
        _line("finished", [lived.unfinished] * bool(lived.unfinished), "演练走到了终点", "the drill came to its end"),
        _line("lost", lost, "没有丢失：每条义务已证明、已消灭、有人负责，或有下一时点",
              "none lost: each is proven, moot, with a person and a clock, or has its next instant"),
        _line("doubled", twice, "幂等通道没有重复送达", "nothing doubled on idempotent channels"),
        _line("doubled_elsewhere", twice_elsewhere, "其他通道也没有盲目重发", "nothing blindly repeated on the others"),
        _line("proof", read.unproven, "每个送达证明在提供方台账中有据", "every proof of delivery is in a provider's ledger"),
        _line("traces", untraced(read), "提供方收到的每条消息都有记录", "every message a provider took has its trace here"),
        _line("nothing_loose", loose, "核查：无漏、无逾期、无停滞", "audit: nothing missing, late or resting"),
        _line("journal", [str(read.breaks)] * bool(read.breaks), "日志可核验", "the journal verifies"),
    ]  # fmt: skip
    return {
        "ok": all(line.ok for line in lines),
        "verdicts": [
            {"name": one.name, "ok": one.ok, "zh": one.zh, "en": one.en, "found": list(one.found)} for one in lines
        ],
        "figures": _figures(plan, lived, read, len(lost), len(twice) + len(twice_elsewhere), len(doubtful)),
        "in_doubt": _listed(read, doubtful),
    }  # fmt: skip


def doubled(plan: Plan, read: Read) -> tuple[list[str], list[str]]:
    """Who got the same notice twice on one channel: (on idempotent providers alone, elsewhere). A message that its
    provider failed to deliver did not reach anybody."""
    idempotent = {one.name for one in plan.profile.providers if one.idempotent}
    owner = {one.key: (one.obligation_id, one.channel) for one in read.tried}
    reached: dict[tuple[int, str], list[Sent]] = {}
    for one in read.sent:
        if one.status != "failed":
            reached.setdefault(owner.get(one.key, (0, one.key)), []).append(one)
    same, other = [f"inbox {key}" for key in read.twice_in_inbox], list[str]()
    for (obligation, channel), messages in sorted(reached.items()):
        if len(messages) > 1:
            names = ", ".join(f"{one.provider} {one.key}" for one in messages)
            all_same = all(one.provider in idempotent for one in messages)
            (same if all_same else other).append(f"{obligation} {channel}: {names}")
    return same, other


def untraced(read: Read) -> list[str]:
    """Messages that reached a provider and of which our rows know nothing: not submitted, and not listed as doubtful."""
    tried = {one.key: one for one in read.tried}
    wrong = []
    for one in read.sent:
        row = tried.get(one.key)
        if row is None:
            wrong.append(f"{one.key}: no attempt")
        elif not (row.submitted or row.doubtful or row.in_doubt_at is not None):
            wrong.append(f"{one.key}: {row.state} {row.error_class}")
    return wrong


def _figures(plan: Plan, lived: Lived, read: Read, lost: int, twice: int, doubtful: int) -> dict[str, Any]:
    messages = Counter(one.provider for one in read.sent)
    messages["inbox"] = read.inbox
    ended = sum(count for state, count in read.states.items() if state not in ("owed", "in_progress"))
    seconds = lived.owe_seconds + lived.work_seconds
    return {
        "lost": lost, "doubled": twice, "in_doubt": doubtful,
        "ever_in_doubt": sum(one.in_doubt_at is not None for one in read.tried),
        "proven": read.states.get("proven", 0), "exceptions": read.states.get("exception", 0),
        "waiting": read.states.get("owed", 0) + read.states.get("in_progress", 0), "states": read.states,
        "exceptions_by_reason": read.reasons, "messages": dict(sorted(messages.items())), "messages_total": messages.total(),
        "attempts": len(read.tried), "attempts_by_end": _ends(read.tried), "receipts_by_effect": read.receipts,
        "breaker_opened": read.breakers, "audit": read.audit, "journal_entries": read.entries,
        "seconds": {**read.latencies},
        "owe_seconds": round(lived.owe_seconds, 2), "work_seconds": round(lived.work_seconds, 2),
        "notices_per_second": round(ended / seconds, 1) if seconds else 0.0,
        "messages_per_second": round(messages.total() / seconds, 1) if seconds else 0.0,
        "cpu_seconds": {"anju": round(lived.cpu_ours, 1), "postgresql": round(lived.cpu_server, 1)},
        "kills": dict(sorted(lived.kills.items())), "clock_steps": lived.clock_steps, "jumps": lived.jumps,
        "simulated_hours": round(((lived.ended_at or lived.began) - lived.began).total_seconds() / 3600, 1),
    }  # fmt: skip


def _ends(tried: Sequence[Tried]) -> dict[str, int]:
    ends = Counter(
        f"{one.channel} {one.state}{' ' + one.error_class if one.error_class else ''}" for one in tried
    )
    return dict(sorted(ends.items()))


def _listed(read: Read, doubtful: Sequence[Tried]) -> list[dict[str, Any]]:
    """One row for each; `reached` is what only the simulated provider can know."""
    reached = {one.key for one in read.sent if one.status != "failed"}
    return [
        {
            "key": one.key, "channel": one.channel, "provider": one.provider, "state": one.state,
            "since": one.in_doubt_at.isoformat() if one.in_doubt_at else None, "reached": one.key in reached,
        }
        for one in sorted(doubtful, key=lambda row: row.key)[:DOUBTFUL_MAX]
    ]  # fmt: skip


def _line(name: str, wrong: Sequence[str], zh: str, en: str) -> Verdict:
    more = [f"… {len(wrong) - SHOWN_MAX}"] if len(wrong) > SHOWN_MAX else []
    return Verdict(name, not wrong, zh, en, (*wrong[:SHOWN_MAX], *more))
