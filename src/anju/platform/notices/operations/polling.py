"""What hangs is found and asked about: claims that ran out, doubtful sends, receipts that never came."""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from anju.core.lifecycles import ATTEMPT
from anju.platform.bulk import write_back
from anju.platform.notices import config
from anju.platform.notices.models import Receipt
from anju.platform.notices.operations.lines import (
    AttemptLine,
    clean_ref,
    columns,
    fetch,
    lock_both,
    lock_obligations,
    write_changed,
)
from anju.platform.notices.operations.receiving import receive_many
from anju.platform.notices.operations.recording import Recorder
from anju.platform.notices.operations.settling import too_late
from anju.platform.notices.ports import NOT_TAKEN, Answer, Port, Ports, by_name
from anju.platform.notices.rows import ReceiptIn

logger = logging.getLogger(__name__)
ORPHAN_TIME = timedelta(minutes=30)
"""A receipt that missed its answer by an instant was stored so lately; later names find their receipts themselves."""

NOT_TAKEN_TEXT = "服务商确认从未收到 / the provider is sure that it was never given it"

_LOST = (
    f"SELECT {columns(AttemptLine, 'a')} FROM notices_attempt a"  # noqa: S608 -- constants
    " WHERE a.state = 'in_flight' AND a.claim_ends_at <= %s"
    " ORDER BY a.claim_ends_at, a.id LIMIT %s FOR UPDATE SKIP LOCKED"
)
_ASKED = (
    f"SELECT {columns(AttemptLine, 'a')} FROM notices_attempt a"  # noqa: S608
    " WHERE a.state IN ('in_doubt', 'accepted') AND a.claim_ends_at <= %s"
    " ORDER BY a.claim_ends_at, a.id LIMIT %s FOR UPDATE SKIP LOCKED"
)
_LATE = (
    f"SELECT {columns(AttemptLine, 'a')} FROM notices_attempt a"  # noqa: S608
    " WHERE a.state = 'queued' AND a.send_by_at <= %s ORDER BY a.send_by_at LIMIT %s"
)
_ORPHANS = """
SELECT a.id, r.id, r.status, r.raw->>'error_class' FROM notices_receipt r
JOIN notices_attempt a ON a.provider = r.provider AND a.provider_ref = r.provider_ref AND a.provider_ref <> ''
WHERE r.attempt_id IS NULL AND r.effect = 'unknown_ref' AND r.received_at > %s
ORDER BY r.id LIMIT %s FOR UPDATE OF r SKIP LOCKED
"""


def sweep(*, at: datetime, limit: int = 1000) -> int:
    """Claims that ran out become in doubt, what is too late to be sent fails, early receipts find their attempts; how
    many rows moved."""
    return _lost_claims(at, limit) + _too_late(at, limit) + _adopt_orphans(at, limit)


def _lost_claims(at: datetime, limit: int) -> int:
    with transaction.atomic():
        rows = fetch(AttemptLine, _LOST, [at, limit])
        for row in rows:
            ATTEMPT.require(row.state, "in_doubt")
            row.state, row.claim_ends_at = "in_doubt", at
            row.in_doubt_at = row.in_doubt_at or at
            row.error_class = "in_doubt"
            row.error = "claim ran out: the sender stopped before it could record"
        write_changed(rows)
    return len(rows)


def _too_late(at: datetime, limit: int) -> int:
    """Queued attempts whose send deadline has passed fail, and their journeys go on."""
    with transaction.atomic():
        owners = [row.obligation_id for row in fetch(AttemptLine, _LATE, [at, limit])]
        if not owners:
            return 0
        obligations = lock_obligations(owners)
        count = too_late(owners, at=at, whose_time_came=True)
        for row in obligations.values():
            if row.state == "in_progress":
                row.next_step_at = at
        write_changed(obligations.values())
    return count


def _adopt_orphans(at: datetime, limit: int) -> int:
    """Receipts stored in the same instant as the answer that named their reference."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_ORPHANS, [at - ORPHAN_TIME, limit])
            mine = cursor.fetchall()
        if not mine:
            return 0
        obligations, attempts = lock_both(row[0] for row in mine)
        recorder = Recorder(None, obligations, attempts, at)
        adopted = []
        for attempt_id, pk, status, error_class in mine:
            effect = recorder.apply(attempts[attempt_id], status, error_class=error_class or "")
            adopted.append(Receipt(id=pk, attempt_id=attempt_id, effect=effect))
        write_back(adopted, ("attempt_id", "effect"))
        recorder.write(how="receipt")
    return len(mine)


def poll_attempts(*, at: datetime, limit: int = 200, ports: Ports) -> dict[str, int]:
    """Ask providers about doubtful sends and missing receipts; counts by what came of it.

    A doubtful send of which nothing is known is repeated with its key on an idempotent port only, while its notice is
    still under way. Elsewhere it stays in doubt, listed, until `in_doubt_hours` are over; then it is failed as
    `in_doubt_expired`. The journey does not wait for it. Must be called outside any transaction.
    """
    known = by_name(ports)
    rows = _take(at, limit)
    answers = [(row, _ask(known.get(row.provider), row, at)) for row in rows]
    not_taken = {row.id for row, answer in answers if answer is not None and answer.status == NOT_TAKEN}
    told = [(row, answer) for row, answer in answers if answer is not None and row.id not in not_taken]
    counts: Counter[str] = Counter()
    if told:
        _name_refs(told, at)
        receipts = [_receipt(row, answer) for row, answer in told]
        counts.update(receive_many(receipts, at=at))
    silent = [row for row, answer in answers if answer is None or row.id in not_taken]
    counts += _settle_silent(silent, not_taken, ports, at)
    return dict(counts)


def _take(at: datetime, limit: int) -> list[AttemptLine]:
    limits = config.limits()
    with transaction.atomic(durable=True):
        rows = fetch(AttemptLine, _ASKED, [at, limit])
        for row in rows:
            pause = limits.in_doubt_poll if row.state == "in_doubt" else limits.accepted_poll
            row.claim_ends_at = at + pause
        write_changed(rows)
    return rows


def _ask(port: Port | None, row: AttemptLine, at: datetime) -> Answer | None:
    if port is None or not port.can_poll:
        return None
    try:
        return port.poll(key=row.idempotency_key, provider_ref=row.provider_ref, at=at)
    except Exception:  # a provider that cannot answer now is asked again; nothing depends on this answer
        logger.exception("poll %s attempt %s", port.name, row.id)
        return None


def _receipt(row: AttemptLine, answer: Answer) -> ReceiptIn:
    raw = {**answer.raw, "polled": True}
    return ReceiptIn(row.provider, row.idempotency_key, answer.status, answer.at, raw)


def _name_refs(told: Sequence[tuple[AttemptLine, Answer]], at: datetime) -> None:
    """Doubtful attempts learn the reference the provider gave them, and receipts that waited for it find them."""
    wanted = {
        row.id: ref
        for row, answer in told
        if not row.provider_ref and (ref := clean_ref(answer.provider_ref))
    }
    if not wanted:
        return
    with transaction.atomic():
        obligations, attempts = lock_both(wanted)
        recorder = Recorder(None, obligations, attempts, at)
        by_provider: dict[str, list[AttemptLine]] = {}
        for row in attempts.values():
            if not row.provider_ref:
                by_provider.setdefault(row.provider, []).append(row)
        for provider, rows in by_provider.items():
            recorder.name(provider, {row.id: wanted[row.id] for row in rows})
        recorder.write(how="receipt")


def _settle_silent(
    rows: Sequence[AttemptLine], not_taken: Collection[int], ports: Ports, at: datetime
) -> Counter[str]:
    """Nothing is known, or (`not_taken`) the provider is sure that it was never given the message."""
    counts: Counter[str] = Counter()
    if not rows:
        return counts
    expiry = config.limits().in_doubt
    known = by_name(ports)
    with transaction.atomic():
        obligations, attempts = lock_both(row.id for row in rows)
        recorder = Recorder(None, obligations, attempts, at)
        for row in attempts.values():
            port = known.get(row.provider)
            wanted = obligations[row.obligation_id].state == "in_progress"
            if row.state == "in_doubt" and wanted and port is not None and port.idempotent:
                _repeat(row)
                counts["repeated"] += 1
            elif row.state == "in_doubt" and row.id in not_taken:
                recorder.bound[row.id] = _only_provider(row, ports)
                recorder.fail(row, "not_taken", NOT_TAKEN_TEXT, retry=True)
                recorder.voided.append(row.id)
                counts["not_taken"] += 1
            elif row.state == "in_doubt" and row.claimed_at is not None and row.claimed_at + expiry <= at:
                recorder.fail(row, "in_doubt_expired", "no answer ever came", retry=False)
                recorder.finished.append(row.id)
                counts["expired"] += 1
            elif row.state == "accepted" and row.submitted_at is not None and row.submitted_at + expiry <= at:
                row.claim_ends_at = None
                counts["given_up"] += 1
            else:
                counts["silent"] += 1
        recorder.write(how="receipt")
    return counts


def _only_provider(row: AttemptLine, ports: Ports) -> str:
    """Who may be given the new try of a message that its provider says it never had: anybody of the channel when all of
    them are idempotent, else the same provider, since another one could not know of the first (S2-03)."""
    return "" if all(port.idempotent for port in ports.get(row.channel, ())) else row.provider


def _repeat(row: AttemptLine) -> None:
    """Back to the queue with the same key, and for the same provider only."""
    ATTEMPT.require(row.state, "queued")
    row.state, row.claim_ends_at, row.not_before_at = "queued", None, None
