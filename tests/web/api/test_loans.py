"""The loan endpoints: the same answer as command line and core, clear refusals, limits. S4-130, issue 3 points 7, 8."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from django.core.cache import cache
from django.test import Client

from anju.contexts.consulting import answers, tables
from anju.site.cli.loan import loan, today
from anju.web.api import asking
from tests.web.api.questions import LOAN, QUESTIONS, options, texts

BASE = "/api/v1/loans"


@pytest.fixture(autouse=True)
def _nobody_asked_yet(shipped_policy: list[str]) -> None:
    cache.clear()


def post(client: Client, name: str, question: Any) -> Any:
    body = question if isinstance(question, str) else json.dumps(question)
    return client.post(f"{BASE}/{name}", body, content_type="application/json")


@pytest.mark.django_db
@pytest.mark.parametrize("name", QUESTIONS)
def test_api_command_line_and_core_give_the_same_answer(client: Client, name: str) -> None:
    # S4-130, S4-058: what the adviser shows is what every other face shows
    question = QUESTIONS[name]
    core = json.loads(
        json.dumps(getattr(answers, f"{name}_answer")(texts(question), tables.shipped(), today()))
    )
    said = CliRunner().invoke(loan, [name, *options(question), "--format", "json"], catch_exceptions=False)
    posted = post(client, name, question)
    got = client.get(f"{BASE}/{name}?{urlencode(texts(question), doseq=True)}")

    assert core["format"] == "anju.loan/1"
    assert json.loads(said.output) == core
    assert (posted.status_code, posted.json()) == (200, core)
    assert (got.status_code, got.json()) == (200, core)
    assert posted["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field", "allowed"),
    [
        ({"principal": "0"}, "principal", "0.01 .. 1000000000.00"),
        ({"principal": "1000000000.01"}, "principal", "0.01 .. 1000000000.00"),
        ({"principal": "12.345"}, "principal", "0.01 .. 1000000000.00"),
        ({"principal": ""}, "principal", "required"),
        ({"principal": [1, 2]}, "principal", "1 at most"),
        ({"principal": {"yuan": 1}}, "principal", "text or number"),
        ({"months": 0}, "months", "1 .. 480"),
        ({"months": 481}, "months", "1 .. 480"),
        ({"months": 12.5}, "months", "1 .. 480"),
        ({"rate": "36.01"}, "rate", "0 .. 36"),
        ({"rate": "-1"}, "rate", "0 .. 36"),
        ({"rate": None}, "rate", "lpr_spread_bp"),
        ({"lpr_spread_bp": 10}, "rate", "one of"),
        ({"repricing": "anniversary"}, "repricing", "only together with lpr_spread_bp"),
        ({"penalty_free": "1"}, "penalty_free", "only together with penalty"),
        ({"frequency": "fortnightly", "due_day": 3}, "due_day", "left out for fortnightly"),
        ({"amortise_over": 120, "stage": ["level"]}, "amortise_over", "left out when stages"),
        ({"due_day": 32}, "due_day", "1 .. 31"),
        ({"start": "2026-02-30"}, "start", "YYYY-MM-DD"),
        ({"method": "balloon"}, "method", "level | equal-principal"),
        ({"rounding": "up"}, "rounding", "half-up"),
        ({"pricipal": "1"}, "pricipal", "principal"),
        ({"event": ["gift:2027-01-01:1"]}, "event", "prepay | payoff"),
        ({"event": ["prepay:2027-01-01:2000000"]}, "prepay.amount", "0.01 .. "),
        ({"event": ["prepay:2020-01-01:2"]}, "prepay.on", "from 2026-03-10"),
        ({"stage": ["level:12", "level:12"]}, "stages", "360 instalments in all"),
        ({"event": ["rate:2027-01-01:3.3"] * 121}, "event", "120 at most"),
    ],
)
def test_a_bad_value_is_refused_by_name_value_and_range(
    client: Client, change: dict[str, Any], field: str, allowed: str
) -> None:
    # issue 3 point 8: one clear error naming the field, the value and the allowed range, in both languages
    refused = post(client, "schedule", LOAN | change)

    assert refused.status_code == 422
    told = refused.json()
    assert told["error"] == "bad_input"
    assert told["field"] == field
    assert allowed in told["allowed"]
    assert told["message_zh"]
    assert told["message_en"]
    assert told["message_zh"] != told["message_en"]


@pytest.mark.django_db
@pytest.mark.parametrize("body", [" ", "{", "[]", '"x"', "NaN", '{"principal": NaN}', "\x00", "[" * 5000])
def test_what_is_not_a_json_object_is_refused(client: Client, body: str) -> None:
    refused = post(client, "schedule", body)
    assert refused.status_code == 400
    assert refused.json()["error"] in ("not_json", "not_an_object")


@pytest.mark.django_db
def test_size_kind_and_number_of_questions_are_limited(client: Client) -> None:
    assert post(client, "schedule", json.dumps({"x": "y" * asking.BODY_BYTES_MAX})).status_code == 413
    long = client.get(f"{BASE}/schedule?principal={'1' * asking.QUERY_BYTES_MAX}")
    assert (long.status_code, long.json()["field"]) == (422, "query")
    assert client.post(f"{BASE}/schedule", LOAN).status_code == 415
    assert client.delete(f"{BASE}/schedule").status_code == 405


@pytest.mark.django_db
def test_an_address_that_asks_too_often_waits(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PER_ADDRESS_MAX", 2)
    assert [post(client, "schedule", LOAN).status_code for _ in range(3)] == [200, 200, 429]
    refused = post(client, "schedule", LOAN)
    assert refused["Retry-After"] == str(asking.PER_ADDRESS_SECONDS)
    assert refused.json()["error"] == "too_many"
    other = client.post(
        f"{BASE}/schedule", json.dumps(LOAN), content_type="application/json", REMOTE_ADDR="192.0.2.7"
    )
    assert other.status_code == 200


@pytest.mark.django_db
def test_a_rate_that_is_not_loaded_is_said_not_guessed(client: Client) -> None:
    # S4-004: published rates are rows; without one there is no answer
    question = {"start": "2005-01-10", "months": 360, "benchmark_factor": "0.85", "on": "2006-01-01"}
    refused = post(client, "rate", question)
    assert refused.status_code == 409
    assert "benchmark_rates.csv" in refused.json()["message_en"]


@pytest.mark.django_db
def test_no_log_in_and_no_token_are_needed_and_no_cookie_is_set() -> None:
    strict = Client(enforce_csrf_checks=True)
    answered = post(strict, "schedule", LOAN)
    assert answered.status_code == 200
    assert not answered.cookies


@pytest.mark.django_db
def test_numbers_keep_the_digits_that_were_sent(client: Client) -> None:
    body = '{"principal": 999999999.99, "rate": 3.5001, "months": 360, "start": "2026-03-10"}'
    told = post(client, "schedule", body).json()["terms"]
    assert told["principal_fen"] == 99_999_999_999
    assert told["rate_path"][0]["rate_ppm"] == 35_001


@pytest.mark.django_db
def test_the_page_and_the_schema_need_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/v1/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "Content-Security-Policy" in page
    assert "https://" not in text
    for name in QUESTIONS:
        assert f"POST /api/v1/loans/{name}" in text
    schema = client.get("/api/v1/openapi.json").json()
    assert set(schema["paths"]) == {f"{BASE}/{name}" for name in QUESTIONS}
