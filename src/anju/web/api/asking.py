"""A request to the texts of a question: JSON body or query string, within limits. Refusals are ApiError or BadInput."""

from __future__ import annotations

import json
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, JsonResponse

from anju.contexts.consulting.values import Values
from anju.contexts.consulting.words import wrong

BODY_BYTES_MAX = 64 * 1024
QUERY_BYTES_MAX = 8 * 1024
PER_ADDRESS_MAX = 300
PER_ADDRESS_SECONDS = 60


class ApiError(Exception):
    """Refused before the question is looked at."""

    def __init__(self, status: int, error: str, allowed: str, zh: str, en: str) -> None:
        super().__init__(error)
        self.status, self.error, self.allowed, self.zh, self.en = status, error, allowed, zh, en


def problem(status: int, error: str, field: str, value: str, allowed: str, zh: str, en: str) -> JsonResponse:
    """The one form of every refusal."""
    body = {
        "error": error,
        "field": field,
        "value": value,
        "allowed": allowed,
        "message_zh": zh,
        "message_en": en,
    }
    response = JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    if status == 429:
        response["Retry-After"] = str(PER_ADDRESS_SECONDS)
    return response


def within_rate(request: HttpRequest) -> None:
    """Raises ApiError 429 when this network address asks too often. Counted a process, as the portal's log-in is."""
    key = f"api-loans:{request.META.get('REMOTE_ADDR', '')}"
    cache.add(key, 0, PER_ADDRESS_SECONDS)
    try:
        asked = cache.incr(key)
    except ValueError:  # the count has just run out
        return
    if asked > PER_ADDRESS_MAX:
        allowed = f"{PER_ADDRESS_MAX} / {PER_ADDRESS_SECONDS} s"
        raise ApiError(
            429, "too_many", allowed, "请求过多，请稍后再试。", "Too many questions; try again later."
        )


def values_of(request: HttpRequest) -> Values:
    """The question of a request. Raises ApiError, BadInput."""
    return _from_query(request) if request.method == "GET" else _from_body(request)


def _from_query(request: HttpRequest) -> Values:
    if len(request.META.get("QUERY_STRING", "")) > QUERY_BYTES_MAX:
        most = f"{QUERY_BYTES_MAX} bytes; POST takes more"
        raise wrong("query", "...", most, f"不超过 {QUERY_BYTES_MAX} 字节，更长的用 POST")
    return {name: [str(text) for text in texts] for name, texts in request.GET.lists()}


def _from_body(request: HttpRequest) -> Values:
    if request.content_type != "application/json":
        raise ApiError(
            415,
            "not_json",
            "application/json",
            "请求须为 application/json。",
            "The body must be application/json.",
        )
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES_MAX or len(request.body) > BODY_BYTES_MAX:
        raise _too_long(BODY_BYTES_MAX)
    try:
        # Numbers keep the digits that were sent: an amount never becomes a float.
        sent = json.loads(request.body, parse_float=str, parse_int=str, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ApiError(
            400, "not_json", "JSON", "请求不是有效的 JSON。", "The body is not valid JSON."
        ) from error
    if not isinstance(sent, dict):
        raise ApiError(
            400, "not_an_object", "{...}", "请求须为一个 JSON 对象。", "The body must be one JSON object."
        )
    return {name: _texts(name, value) for name, value in sent.items() if value is not None}


def _too_long(most: int) -> ApiError:
    return ApiError(413, "too_long", f"{most} bytes", f"请求不超过 {most} 字节。", f"At most {most} bytes.")


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _texts(name: str, value: Any) -> str | list[str]:
    if isinstance(value, list):
        return [_text(name, each) for each in value]
    return _text(name, value)


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        raise wrong(name, type(value).__name__, "text or number", "文本或数字")
    return value
