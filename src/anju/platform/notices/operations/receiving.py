"""Receipts: stored always, applied once, never lowering anything (S2-08, S2-11)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import Q

from anju.platform.notices.ladder import STATUSES
from anju.platform.notices.models import Attempt, Receipt
from anju.platform.notices.operations.bulk import lock_attempts, lock_obligations, write_back
from anju.platform.notices.operations.recording import Recorder
from anju.platform.notices.rows import ReceiptIn

RAW_MAX = 4000
MANY_MAX = 1000


def receive(
    *,
    provider: str,
    provider_ref: str,
    status: str,
    at: datetime,
    raw: Mapping[str, Any],
    said_at: datetime | None = None,
) -> str:
    """One receipt; its effect: raised | same | failed | late | contradicts | duplicate | unknown_ref | unknown_status."""
    row = ReceiptIn(provider, provider_ref, status, said_at, raw)
    return receive_many([row], at=at)[0]


def receive_many(rows: Sequence[ReceiptIn], *, at: datetime) -> list[str]:
    """Receipts in the order they came; their effects. A few statements for up to 1,000.

    `provider_ref` may be the provider's reference or our own idempotency key. One that names no attempt is stored and
    applied when the answer that brings its reference is recorded. The same one again changes nothing.
    """
    if len(rows) > MANY_MAX:
        raise ValueError(f"at most {MANY_MAX} receipts a call")
    if not rows:
        return []
    rows = [replace(row, provider_ref=_clean(row.provider_ref), status=_clean(row.status)) for row in rows]
    with transaction.atomic():
        return _receive(rows, at)


def digest(row: ReceiptIn) -> str:
    """Fingerprint of a receipt: who said what of which message, and everything that came with it."""
    said = row.said_at.isoformat() if row.said_at else ""
    raw = orjson.dumps(dict(row.raw), option=orjson.OPT_SORT_KEYS, default=str)
    text = "\0".join((row.provider, row.provider_ref, row.status, said)).encode()
    return hashlib.sha256(text + b"\0" + raw).hexdigest()


def _receive(rows: Sequence[ReceiptIn], at: datetime) -> list[str]:
    digests = [digest(row) for row in rows]
    stored = _store(dict(zip(digests, rows, strict=True)), at)
    effects = ["duplicate"] * len(rows)
    first: dict[str, int] = {}
    for position, fingerprint in enumerate(digests):
        if fingerprint in stored and fingerprint not in first:
            first[fingerprint] = position
    _apply(rows, stored, first, effects, at)
    return effects


_INSERT = """
INSERT INTO notices_receipt (provider, provider_ref, status, at, received_at, digest, raw, effect)
SELECT provider, provider_ref, status, at, %(received_at)s, digest, raw, 'unknown_ref'
FROM unnest(%(provider)s::text[], %(ref)s::text[], %(status)s::text[], %(at)s::timestamptz[], %(digest)s::text[],
            %(raw)s::jsonb[]) AS row(provider, provider_ref, status, at, digest, raw)
ON CONFLICT (digest) DO NOTHING RETURNING id, digest
"""


def _store(rows: Mapping[str, ReceiptIn], at: datetime) -> dict[str, Receipt]:
    """Those that were not there yet, by digest. A concurrent twin waits here and then finds itself a duplicate."""
    values = list(rows.values())
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "received_at": at,
                "provider": [row.provider[:40] for row in values],
                "ref": [row.provider_ref[:120] for row in values],
                "status": [row.status[:40] for row in values],
                "at": [row.said_at or at for row in values],
                "digest": list(rows),
                "raw": [_bounded(row.raw) for row in values],
            },
        )
        return {fingerprint: Receipt(id=pk) for pk, fingerprint in cursor.fetchall()}


def _bounded(raw: Mapping[str, Any]) -> str:
    text = orjson.dumps(_clean(dict(raw)), default=str)
    if len(text) > RAW_MAX:
        text = orjson.dumps({"cut": text[:RAW_MAX].decode(errors="replace")})
    return text.decode()


def _clean(value: Any) -> Any:
    """PostgreSQL keeps every character but NUL."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {_clean(str(key)): _clean(part) for key, part in value.items()}
    return [_clean(part) for part in value] if isinstance(value, (list, tuple)) else value


def _apply(
    rows: Sequence[ReceiptIn],
    stored: Mapping[str, Receipt],
    first: Mapping[str, int],
    effects: list[str],
    at: datetime,
) -> None:
    wanted = [rows[position] for position in first.values()]
    found = _attempts_of(wanted)
    obligations = lock_obligations([row.obligation_id for row in found.values()])
    attempts = lock_attempts([row.id for row in found.values()])
    recorder = Recorder(None, obligations, attempts, at)
    for fingerprint, position in sorted(first.items(), key=lambda item: item[1]):
        row, receipt = rows[position], stored[fingerprint]
        target = found.get((row.provider, row.provider_ref))
        if target is None:
            effects[position] = "unknown_ref" if row.status in STATUSES else "unknown_status"
            receipt.effect = effects[position]
            continue
        error_class = str(row.raw.get("error_class", ""))
        effect = recorder.apply(attempts[target.id], row.status, error_class=error_class)
        receipt.attempt_id, receipt.effect = target.id, effect
        effects[position] = effect
    write_back(list(stored.values()), ("attempt_id", "effect"))
    if attempts:
        recorder.write(how="receipt")


def _attempts_of(rows: Sequence[ReceiptIn]) -> dict[tuple[str, str], Attempt]:
    """Attempt by (provider, reference or our key)."""
    providers = {row.provider for row in rows}
    refs = {row.provider_ref for row in rows if row.provider_ref}
    matching = Q(provider__in=providers, provider_ref__in=refs) | Q(idempotency_key__in=refs)
    found: dict[tuple[str, str], Attempt] = {}
    for attempt in Attempt.objects.filter(matching):
        if attempt.provider in providers:
            found[(attempt.provider, attempt.idempotency_key)] = attempt
            if attempt.provider_ref:
                found[(attempt.provider, attempt.provider_ref)] = attempt
    return found
