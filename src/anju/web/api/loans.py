"""/api/v1/loans/…: the answers of `anju.contexts.consulting`, by POST (JSON) and GET (query string).

No authentication: a question is arithmetic on numbers that the caller sends, nothing is read of any customer and
nothing is stored. No CSRF token: there is no session that a foreign page could use.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Router

from anju.contexts.consulting import answers, tables
from anju.contexts.consulting.fields import COMMANDS
from anju.contexts.consulting.values import Values
from anju.core.errors import BadInput, PolicyMissing, RateMissing
from anju.core.working_time import BANK_ZONE
from anju.platform.policies import queries as policies
from anju.web import clock
from anju.web.api import asking, describe

Answer = Callable[[Values, tables.Tables, date], dict[str, Any]]

router = Router(tags=["loans"])


def _today() -> date:
    return clock.now().astimezone(BANK_ZONE).date()


def _tables() -> tables.Tables:
    """Rates and rules in force, as the administrator loaded them; read when a question needs them."""
    return tables.Tables(policies.value)


def _view(name: str) -> Callable[[HttpRequest], HttpResponse]:
    """The view of one endpoint."""
    ask: Answer = getattr(answers, f"{name}_answer")

    def view(request: HttpRequest) -> HttpResponse:
        asking.within_rate(request)
        found = ask(asking.values_of(request), _tables(), _today())
        response = HttpResponse(orjson.dumps(found), content_type="application/json")
        response["Cache-Control"] = "no-store"
        return response

    view.__name__ = f"loan_{name}"
    return view


def _add(name: str) -> None:
    zh, en = describe.SUMMARIES[name]
    for method in ("POST", "GET"):
        router.add_api_operation(
            f"/{name}",
            [method],
            _view(name),
            operation_id=f"loans_{name}_{method.lower()}",
            summary=f"{zh} / {en}",
            openapi_extra=describe.operation(name, method),
            response=None,
        )


for _name in COMMANDS:
    _add(_name)


def api() -> NinjaAPI:
    """The API, version 1."""
    made = NinjaAPI(
        title="安居 Anju",
        version="1",
        description="贷款测算接口：与命令行 anju loan、柜面和自助页同一套算法，逐分相等。"
        "不需要登录，不保存任何内容，不需要个人身份信息。\n\n"
        "The loan arithmetic: the same as the command line, desk and portal, to the fen. No log-in, nothing stored,"
        " no personal data needed.",
        urls_namespace="api-v1",
        docs_url=None,
        openapi_url="/openapi.json",
    )
    made.add_router("/loans", router)
    made.add_exception_handler(asking.ApiError, _refused)
    made.add_exception_handler(BadInput, _bad_input)
    for missing in (RateMissing, PolicyMissing, policies.PolicyNotLoaded):
        made.add_exception_handler(missing, functools.partial(_not_loaded))
    return made


def _refused(_request: HttpRequest, error: Any) -> HttpResponse:
    return asking.problem(error.status, error.error, "", "", error.allowed, error.zh, error.en)


def _bad_input(_request: HttpRequest, error: Any) -> HttpResponse:
    return asking.problem(
        422, "bad_input", error.field, str(error.value), error.allowed, error.message_zh, error.message_en
    )


def _not_loaded(_request: HttpRequest, error: Any) -> HttpResponse:
    allowed = "a date and a rate whose tables are loaded"
    return asking.problem(409, "not_loaded", "as_of", "", allowed, error.message_zh, error.message_en)
