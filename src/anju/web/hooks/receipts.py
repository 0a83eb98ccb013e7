"""Provider call-backs 渠道回调: bounded, limited in number, logged when refused; a fault of ours costs no receipt.

`/hooks/receipts/<provider>/` goes to the port of that name when it hears by HTTP (`notices.hooks.Hearer`); a provider
without a port of its own may call with the format of the house once it has a secret (`ANJU_HOOK_SECRET_<PROVIDER>`).
What is told twice counts once (digest). 401, 413, 429, 400, 405: nothing was stored. 503: the fault is ours, tell us
again later.
"""

import logging
import os
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from anju.platform.notices import jobs
from anju.platform.notices.hooks import (
    BODY_MAX,
    HEADER,
    ROWS_MAX,
    Hearer,
    HookRefused,
    SignedHook,
    signature,
    take_in,
)
from anju.web.clock import now
from anju.web.hooks.limits import REFUSED_COSTS, Buckets

__all__ = ["BODY_MAX", "HEADER", "ROWS_MAX", "hearer_of", "signature", "take"]

logger = logging.getLogger(__name__)
buckets = Buckets()
BELIEVED = "believed"


def secret_of(provider: str) -> str:
    """The provider's secret; empty when it has none and may therefore not call."""
    return os.environ.get(f"ANJU_HOOK_SECRET_{provider.upper().replace('-', '_')}", "")


def hearer_of(provider: str) -> Hearer:
    """The connected port of this name, if it hears by HTTP; else the format of the house with the provider's secret."""
    for choices in jobs.ports().values():
        for port in choices:
            if port.name == provider and isinstance(port, Hearer):
                return port
    return SignedHook(provider, secret_of(provider))


@csrf_exempt
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, provider: str) -> HttpResponse:
    """One call of a provider. In the format of the house the answer is 200 with the effect of each receipt."""
    at = now()
    try:
        heard = hearer_of(provider).hear(
            method=request.method or "",
            headers=request.headers,
            query=request.GET.dict(),
            body=_body(request),
            at=at,
        )
    except HookRefused as refusal:
        return _refuse(request, refusal, provider, at)
    except Exception as fault:  # ours: after a 400 the receipt may be forgotten, after a 503 it is said again
        return _refuse(request, HookRefused(503, "try_again"), provider, at, fault)
    if not buckets.take((provider, BELIEVED), at):
        return _no(429, "too_many", provider)
    try:
        effects = take_in(heard, provider=provider, at=at)
    except Exception:  # the database, or a fault of ours: nothing may be lost, so it is to be said again
        logger.exception("call of %r not stored", provider[:40])
        return _no(503, "try_again", provider)
    if heard.reply_body is None:
        return JsonResponse({"effects": effects}, status=heard.reply_status)
    return HttpResponse(heard.reply_body, status=heard.reply_status, content_type=heard.reply_type)


def _body(request: HttpRequest) -> bytes:
    try:
        length = int(request.headers.get("Content-Length") or 0)
        body = request.read(BODY_MAX + 1) if length <= BODY_MAX else b""
    except (ValueError, UnreadablePostError) as error:
        raise HookRefused(400, "body: unreadable") from error
    if length > BODY_MAX or len(body) > BODY_MAX:
        raise HookRefused(413, "too_large")
    return body


def _refuse(
    request: HttpRequest, refusal: HookRefused, provider: str, at: datetime, fault: Exception | None = None
) -> HttpResponse:
    """Guessing is slow and does not fill the log; and however much is forged, the real provider is heard."""
    caller = (provider[:40], str(request.META.get("REMOTE_ADDR", "")))
    if not buckets.take(caller, at, REFUSED_COSTS):
        return JsonResponse({"error": "too_many"}, status=429)
    if fault is not None:
        logger.error("call of %r met a fault of ours", provider[:40], exc_info=fault)
    return _no(refusal.status, refusal.why, provider)


def _no(status: int, why: str, provider: str) -> JsonResponse:
    logger.warning("call of %r refused: %s %s", provider[:40], status, why)
    return JsonResponse({"error": why}, status=status)
