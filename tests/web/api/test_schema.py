"""Schemathesis against the OpenAPI description: whatever is sent, the answer is one that is described. S4-130."""

from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def loan_api(transactional_db: None, shipped_policy: list[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("anju.web.api.asking.PER_ADDRESS_MAX", 10**9)
    cache.clear()
    schema: Any = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    return schema


lazy = schemathesis.pytest.from_fixture("loan_api")


@lazy.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case: Any) -> None:
    case.call_and_validate(checks=CHECKS, headers={"Host": "127.0.0.1"})
