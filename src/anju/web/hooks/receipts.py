"""Receipts by webhook 回执回调: signed with HMAC, replay-safe, bounded.

`POST /hooks/receipts/<provider>/` with the header `X-Anju-Signature: t=<unix seconds>,v1=<hex>`, where v1 is
HMAC-SHA256 over `<t>.<body>` with the provider's secret (`ANJU_HOOK_SECRET_<PROVIDER>`). The body is
`{"receipts": [{"ref": "...", "status": "...", "at": "ISO instant", ...}]}`; statuses as in `notices.ladder.STATUSES`.
A repeated body is stored once (digest), and one older than five minutes is refused.
"""

import hashlib
import hmac
import json
import logging
import os
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from anju.platform.notices.operations import receive_many
from anju.platform.notices.rows import ReceiptIn
from anju.web.clock import now

BODY_MAX = 256 * 1024
ROWS_MAX = 1000
AGE_MAX = timedelta(minutes=5)
HEADER = "X-Anju-Signature"

logger = logging.getLogger(__name__)


def secret_of(provider: str) -> str:
    """The provider's secret; empty when it has none and may therefore not call."""
    return os.environ.get(f"ANJU_HOOK_SECRET_{provider.upper().replace('-', '_')}", "")


def signature(secret: str, stamp: int, body: bytes) -> str:
    """Value of the header for a body sent at a unix second."""
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


@csrf_exempt
@require_POST
def take(request: HttpRequest, provider: str) -> JsonResponse:
    """Receipts of a provider. 200 with the effect of each; 401, 413 or 400 and nothing is stored."""
    if int(request.headers.get("Content-Length") or 0) > BODY_MAX:
        return _no(413, "too_large", provider)
    body = request.read(BODY_MAX + 1)
    if len(body) > BODY_MAX:
        return _no(413, "too_large", provider)
    at = now()
    problem = _refusal(request.headers.get(HEADER, ""), secret_of(provider), body, at)
    if problem:
        return _no(401, problem, provider)
    try:
        rows = read(provider, body)
    except (ValueError, KeyError, TypeError) as error:
        return _no(400, f"body: {type(error).__name__}", provider)
    return JsonResponse({"effects": receive_many(rows, at=at)})


def _no(status: int, why: str, provider: str) -> JsonResponse:
    logger.warning("receipts of %r refused: %s", provider[:40], why)
    return JsonResponse({"error": why}, status=status)


def _refusal(header: str, secret: str, body: bytes, at: datetime) -> str:
    """Why this call is not believed; empty when it is."""
    if not secret:
        return "unknown_provider"
    fields = dict(part.partition("=")[::2] for part in header.split(",") if "=" in part)
    stamp = fields.get("t", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return "no_signature"
    given = f"t={stamp},v1={fields.get('v1', '')}".encode()
    if not hmac.compare_digest(signature(secret, int(stamp), body).encode(), given):
        return "bad_signature"
    if abs(at.timestamp() - int(stamp)) > AGE_MAX.total_seconds():
        return "too_old"
    return ""


def read(provider: str, body: bytes) -> list[ReceiptIn]:
    """Rows of a body. Raises ValueError, KeyError, TypeError for anything else."""
    given: Any = json.loads(body)
    rows = given["receipts"]
    if not isinstance(rows, list) or len(rows) > ROWS_MAX:
        raise ValueError("rows")
    return [_row(provider, row) for row in rows]


def _row(provider: str, row: dict[str, Any]) -> ReceiptIn:
    ref, status = row["ref"], row["status"]
    if not (isinstance(ref, str) and isinstance(status, str) and 0 < len(ref) <= 120 and len(status) <= 40):
        raise ValueError("ref, status")
    said_at = datetime.fromisoformat(row["at"]) if row.get("at") else None
    if said_at is not None and said_at.utcoffset() is None:
        raise ValueError("at: an instant with its zone is needed")
    raw = {key: value for key, value in row.items() if key not in ("ref", "status", "at")}
    return ReceiptIn(provider, ref, status, said_at, raw)
