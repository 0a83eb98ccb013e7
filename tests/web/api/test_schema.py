"""Schemathesis against the OpenAPI description: whatever is sent, the answer is one that is described. S4-130."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from anju.contexts.consulting import tables
from tests.web.api.questions import QUESTIONS

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MODES = {GenerationMode.POSITIVE: CHECKS, GenerationMode.NEGATIVE: [*CHECKS, negative_data_rejection]}


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The description of an application that reads the shipped rates and leaves the test's database alone."""
    monkeypatch.setattr("anju.web.api.loans._tables", tables.shipped)
    monkeypatch.setattr("anju.web.api.asking.PER_ADDRESS_MAX", 10**9)
    cache.clear()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("name", QUESTIONS)
def test_every_answer_is_as_described(described: Any, name: str, method: str, mode: GenerationMode) -> None:
    operation = described[f"/api/v1/loans/{name}"][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def sent(case: Any) -> None:
        case.call_and_validate(checks=MODES[mode])

    sent()
