"""Receipts: stored always, applied once, never lowering anything (S2-08, S2-11)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction

from anju.platform.notices.ladder import STATUSES
from anju.platform.notices.operations.lines import clean_ref, lock_both
from anju.platform.notices.operations.recording import Recorder
from anju.platform.notices.rows import ReceiptIn

RAW_MAX = 4000
MANY_MAX = 1000
DEPTH_MAX = 20
_INT_MAX = 2**63 - 1


def receive(
    *,
    provider: str,
    provider_ref: str,
    status: str,
    at: datetime,
    raw: Mapping[str, Any],
    said_at: datetime | None = None,
) -> str:
    """One receipt; its effect, one of `ladder.EFFECTS`."""
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
    cleaned = [
        ReceiptIn(
            clean_ref(row.provider)[:40], clean_ref(row.provider_ref), clean_ref(row.status)[:40], row.said_at,
            _clean(row.raw) if row.raw else {},
        )
        for row in rows
    ]  # fmt: skip
    with transaction.atomic():
        return _receive(cleaned, at)


def digest(row: ReceiptIn) -> str:
    """Fingerprint of a receipt: who said what of which message, and everything that came with it."""
    said = row.said_at.isoformat() if row.said_at else ""
    raw = orjson.dumps(row.raw, option=orjson.OPT_SORT_KEYS, default=str)
    text = "\0".join((row.provider, row.provider_ref, row.status, said)).encode()
    return hashlib.sha256(text + b"\0" + raw).hexdigest()


def _receive(rows: Sequence[ReceiptIn], at: datetime) -> list[str]:
    """Who is meant, under lock; what is new; what it changes; then the receipts with their effect, in one statement."""
    digests = [digest(row) for row in rows]
    found = _attempts_of(rows)
    obligations, attempts = lock_both(set(found.values()))
    known = _known(digests)
    effects = ["duplicate"] * len(rows)
    recorder = Recorder(None, obligations, attempts, at)
    new: dict[str, _Stored] = {}
    for position, (row, fingerprint) in enumerate(zip(rows, digests, strict=True)):
        if fingerprint in known or fingerprint in new:
            continue
        target = found.get((row.provider, row.provider_ref))
        if target is None:
            effect = "unknown_ref" if row.status in STATUSES else "unknown_status"
        else:
            error_class = row.raw.get("error_class", "")
            detail = row.raw.get("detail", "")
            effect = recorder.apply(
                attempts[target], row.status, error_class=clean_ref(str(error_class))[:40], detail=str(detail)
            )
        effects[position] = effect
        new[fingerprint] = (row, target, effect)
    if new:
        _store(new, at)
    if attempts:
        recorder.write(how="receipt")
    return effects


_Stored = tuple[ReceiptIn, int | None, str]

_BY_NAME = """
SELECT id, provider, {0} FROM notices_attempt
WHERE {0} = ANY(string_to_array(%s, E'\\x1f')) AND {0} <> '' AND provider = ANY(string_to_array(%s, E'\\x1f'))
"""


def _attempts_of(rows: Sequence[ReceiptIn]) -> dict[tuple[str, str], int]:
    """Attempt by (provider, reference or our key). What was never handed over has no provider, and is not found."""
    wanted = {(row.provider, row.provider_ref) for row in rows if row.provider_ref}
    found: dict[tuple[str, str], int] = {}
    for name in ("provider_ref", "idempotency_key"):
        unknown = wanted - found.keys()
        if not unknown:
            break
        providers, refs = ("\x1f".join({pair[place] for pair in unknown}) for place in (0, 1))
        with connection.cursor() as cursor:
            cursor.execute(_BY_NAME.format(name), [refs, providers])
            found |= {
                (provider, ref): pk for pk, provider, ref in cursor.fetchall() if (provider, ref) in unknown
            }
    return found


def _known(digests: Sequence[str]) -> set[str]:
    """Those stored before. The attempts they speak of are locked by now, so a concurrent twin has been stored already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT digest FROM notices_receipt WHERE digest = ANY(string_to_array(%s, ','))",
            [",".join(digests)],
        )
        return {row[0] for row in cursor.fetchall()}


_INSERT = """
INSERT INTO notices_receipt (provider, provider_ref, attempt_id, status, at, received_at, digest, raw, effect)
SELECT v->>0, v->>1, (v->>2)::bigint, v->>3, (v->>4)::timestamptz, %s, v->>5, (v->>6)::jsonb, v->>7
FROM jsonb_array_elements(%s::jsonb) AS new(v) ON CONFLICT (digest) DO NOTHING
"""


def _store(new: Mapping[str, _Stored], at: datetime) -> None:
    document = [
        (
            row.provider,
            row.provider_ref,
            target,
            row.status,
            row.said_at or at,
            digest,
            _bounded(row.raw),
            effect,
        )
        for digest, (row, target, effect) in new.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [at, orjson.dumps(document).decode()])


def _bounded(raw: Mapping[str, Any]) -> str:
    if not raw:
        return "{}"
    text = orjson.dumps(raw, default=str)
    if len(text) > RAW_MAX:
        text = orjson.dumps({"cut": text[:RAW_MAX].decode(errors="replace")})
    return text.decode()


def _clean(value: Any, depth: int = 0) -> Any:
    """As JSON and PostgreSQL can keep it: texts without NUL and broken characters, keys that are texts, a bounded depth."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if (
        value is None
        or isinstance(value, (bool, float))
        or (type(value) is int and -_INT_MAX <= value <= _INT_MAX)
    ):
        return value
    if depth < DEPTH_MAX and isinstance(value, Mapping):
        return {_clean(str(key)): _clean(part, depth + 1) for key, part in value.items()}
    if depth < DEPTH_MAX and isinstance(value, (list, tuple)):
        return [_clean(part, depth + 1) for part in value]
    return _clean(str(value)[:RAW_MAX])
