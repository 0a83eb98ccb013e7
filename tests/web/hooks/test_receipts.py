"""Receipts by webhook: forged, replayed, oversized and unknown ones change nothing. S2-08."""

import json
from datetime import timedelta

import pytest
from django.test import RequestFactory

from anju.platform.notices import operations, queries
from anju.platform.notices.models import Receipt
from anju.platform.notices.ports import Submitted
from anju.web.hooks import receipts
from tests.platform.notices.world import PERSON, StagePort, owed, people, ports, run

SECRET = "a long shared secret"


@pytest.fixture
def call(monkeypatch, at):
    monkeypatch.setenv("ANJU_HOOK_SECRET_STAGE_SMS", SECRET)
    monkeypatch.setattr(receipts, "now", lambda: at)

    def post(body, *, secret=SECRET, age=0, provider="stage-sms", header=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        stamp = int(at.timestamp()) - age
        signed = receipts.signature(secret, stamp, data) if header is None else header
        request = RequestFactory().post(
            f"/hooks/receipts/{provider}/",
            data,
            content_type="application/json",
            headers={receipts.HEADER: signed},
        )
        answer = receipts.take(request, provider)
        return answer.status_code, json.loads(answer.content)

    return post


def receipt(ref="r1", status="carrier_delivered", **more):
    return {"receipts": [{"ref": ref, "status": status, **more}]}


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_policy")
def test_a_signed_receipt_counts_once(branch, at, call):
    people([PERSON], at)
    cure = {"loan_no": "HL1", "amount_fen": 1, "paid_on": "2026-11-23"}
    operations.owe_many([owed(branch.id, at, notice_type="payment_received_cure", variables=cure)])
    sms = StagePort("sms", behaviour=lambda message: Submitted("r1"))
    run(at, ports())
    run(at + timedelta(minutes=10), ports(sms=sms))
    body = receipt(at="2026-11-23T09:41:00+08:00")
    assert call(body) == (200, {"effects": ["raised"]})
    assert call(body) == (200, {"effects": ["duplicate"]})
    assert queries.obligation_by_key("reminder:71:2026-11-28:5").state == "proven"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"secret": "guessed"}, 401),
        ({"header": ""}, 401),
        ({"header": "t=abc,v1=00"}, 401),
        ({"header": "t=1,v1=ü"}, 401),
        ({"age": 301}, 401),
        ({"age": -301}, 401),
        ({"provider": "nobody"}, 401),
        ({"body": b"x" * (receipts.BODY_MAX + 1)}, 413),
        ({"body": b"not json"}, 400),
        ({"body": b'"text"'}, 400),
        ({"body": {"receipts": [{"ref": 7, "status": "sent"}]}}, 400),
        ({"body": {"receipts": ["x"]}}, 400),
        ({"body": {"receipts": [{"ref": "r", "status": "sent"}] * 1001}}, 400),
        ({"body": receipt(at="2026-11-23T09:41:00")}, 400),
    ],
)
def test_what_is_not_believed_is_not_stored(call, given, status):
    given = dict(given)
    assert call(given.pop("body", receipt()), **given)[0] == status
    assert Receipt.objects.count() == 0


@pytest.mark.django_db
def test_an_unknown_reference_is_stored_as_unknown(call):
    assert call(receipt(ref="never")) == (200, {"effects": ["unknown_ref"]})
    assert Receipt.objects.get().effect == "unknown_ref"
