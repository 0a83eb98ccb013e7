"""What hangs is found and asked about: claims that ran out, doubtful sends, receipts that never came."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from anju.core.lifecycles import ATTEMPT
from anju.platform.notices import config
from anju.platform.notices.models import Attempt, Receipt
from anju.platform.notices.operations.bulk import lock_attempts, lock_obligations, write_back
from anju.platform.notices.operations.receiving import receive_many
from anju.platform.notices.operations.recording import Recorder
from anju.platform.notices.ports import Answer, Port, Ports, by_name
from anju.platform.notices.rows import ReceiptIn

logger = logging.getLogger(__name__)
ORPHAN_DAYS = 3


def sweep(*, at: datetime, limit: int = 1000) -> int:
    """Claims that ran out become in doubt, and early receipts find their attempts; how many rows moved."""
    with transaction.atomic():
        rows = list(
            Attempt.objects.select_for_update(skip_locked=True)
            .filter(state="in_flight", claim_ends_at__lte=at)
            .order_by("claim_ends_at", "id")[:limit]
        )
        for row in rows:
            ATTEMPT.require(row.state, "in_doubt")
            row.state, row.claim_ends_at = "in_doubt", at
            row.in_doubt_at = row.in_doubt_at or at
            row.error_class, row.error = (
                "in_doubt",
                "claim ran out: the sender stopped before it could record",
            )
        write_back(rows, ("state", "claim_ends_at", "in_doubt_at", "error_class", "error"))
    return len(rows) + _adopt_orphans(at, limit)


def _adopt_orphans(at: datetime, limit: int) -> int:
    """Receipts stored in the same instant as the answer that named their reference."""
    with transaction.atomic():
        lost = list(
            Receipt.objects.select_for_update(skip_locked=True)
            .filter(attempt=None, effect="unknown_ref", received_at__gt=at - timedelta(days=ORPHAN_DAYS))
            .order_by("id")[:limit]
        )
        refs = {(row.provider, row.provider_ref) for row in lost}
        if not refs:
            return 0
        rows = Attempt.objects.filter(provider_ref__in={ref for _, ref in refs}).exclude(provider_ref="")
        found = {(row.provider, row.provider_ref): row for row in rows}
        mine = [row for row in lost if (row.provider, row.provider_ref) in found]
        if not mine:
            return 0
        obligations = lock_obligations([row.obligation_id for row in found.values()])
        attempts = lock_attempts([row.id for row in found.values()])
        recorder = Recorder(None, obligations, attempts, at)
        for receipt in mine:
            target = attempts[found[(receipt.provider, receipt.provider_ref)].id]
            error_class = str(receipt.raw.get("error_class", ""))
            receipt.effect = recorder.apply(target, receipt.status, error_class=error_class)
            receipt.attempt_id = target.id
        write_back(mine, ("attempt_id", "effect"))
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
    told = [(row, answer) for row, answer in answers if answer is not None]
    counts: Counter[str] = Counter()
    if told:
        _name_refs(told)
        receipts = [_receipt(row, answer) for row, answer in told]
        counts.update(receive_many(receipts, at=at))
    silent = [row for row, answer in answers if answer is None]
    counts += _settle_silent(silent, known, at)
    return dict(counts)


def _take(at: datetime, limit: int) -> list[Attempt]:
    limits = config.limits()
    with transaction.atomic(durable=True):
        rows = list(
            Attempt.objects.select_for_update(skip_locked=True)
            .filter(state__in=("in_doubt", "accepted"), claim_ends_at__lte=at)
            .order_by("claim_ends_at", "id")[:limit]
        )
        for row in rows:
            pause = limits.in_doubt_poll if row.state == "in_doubt" else limits.accepted_poll
            row.claim_ends_at = at + pause
        write_back(rows, ("claim_ends_at",))
    return rows


def _ask(port: Port | None, row: Attempt, at: datetime) -> Answer | None:
    if port is None or not port.can_poll:
        return None
    try:
        return port.poll(key=row.idempotency_key, provider_ref=row.provider_ref, at=at)
    except Exception:  # a provider that cannot answer now is asked again; nothing depends on this answer
        logger.exception("poll %s attempt %s", port.name, row.id)
        return None


def _receipt(row: Attempt, answer: Answer) -> ReceiptIn:
    raw = {**answer.raw, "polled": True}
    return ReceiptIn(row.provider, row.idempotency_key, answer.status, answer.at, raw)


def _name_refs(told: Sequence[tuple[Attempt, Answer]]) -> None:
    """Doubtful attempts learn the reference the provider gave them, so that later receipts find them."""
    wanted = {
        row.id: answer.provider_ref for row, answer in told if answer.provider_ref and not row.provider_ref
    }
    with transaction.atomic():
        lock_obligations([row.obligation_id for row, _ in told])
        rows = [row for row in lock_attempts(list(wanted)).values() if not row.provider_ref]
        held = set(
            Attempt.objects.filter(provider_ref__in=wanted.values()).values_list("provider", "provider_ref")
        )
        named = [row for row in rows if (row.provider, wanted[row.id]) not in held]
        for row in named:
            row.provider_ref = wanted[row.id]
        write_back(named, ("provider_ref",))


def _settle_silent(rows: Sequence[Attempt], ports: dict[str, Port], at: datetime) -> Counter[str]:
    counts: Counter[str] = Counter()
    if not rows:
        return counts
    expiry = config.limits().in_doubt
    with transaction.atomic():
        obligations = lock_obligations([row.obligation_id for row in rows])
        attempts = lock_attempts([row.id for row in rows])
        recorder = Recorder(None, obligations, attempts, at)
        for row in attempts.values():
            port = ports.get(row.provider)
            wanted = obligations[row.obligation_id].state == "in_progress"
            if row.state == "in_doubt" and wanted and port is not None and port.idempotent:
                _repeat(row)
                counts["repeated"] += 1
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


def _repeat(row: Attempt) -> None:
    """Back to the queue with the same key."""
    ATTEMPT.require(row.state, "queued")
    row.state, row.claim_ends_at, row.not_before_at = "queued", None, None
