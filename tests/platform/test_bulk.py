"""Many rows in one statement: every kind of value arrives unchanged, and nothing is cut."""

import gc
from datetime import timedelta

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from anju.platform.bulk import insert, without_collector, write_back
from anju.platform.contacts.models import Contact
from anju.platform.notices.models import Content, Receipt

pytestmark = pytest.mark.django_db


def contact(at, number):
    return Contact(
        person_id=number,
        purpose="service",
        channel="sms",
        at=at,
        actor="system:test",
        outbound=False,
        state="done",
    )


def test_values_arrive_unchanged(at):
    at = at.replace(microsecond=123_456)
    rows = [contact(at, number) for number in range(50)]
    rows[3].subject_type, rows[3].subject_id, rows[3].outcome_code = "loan", 2**62, '引号"\\ 与 {}'
    with CaptureQueriesContext(
        connection,
    ) as made:
        insert(rows)
        for row in rows:
            row.at, row.answered = at + timedelta(seconds=row.person_id), True
        write_back(rows, ("at", "answered"))
    assert len(made) == 2
    for row in rows:
        kept = Contact.objects.get(id=row.id)
        for field in Contact._meta.concrete_fields:
            assert getattr(kept, field.attname) == getattr(row, field.attname)


def test_documents_and_conflicts(at):
    raw = {"说": ["a", 1, None, True], "q": "'"}
    row = Receipt(
        provider="p", provider_ref="r", status="sent", at=at, received_at=at, digest="d", raw=raw, effect="x"
    )
    insert([row])
    assert Receipt.objects.get(id=row.id).raw == raw
    text = Content(hash="h", channel="sms", template="t", template_version="v", body="一")
    insert([text], ignore_conflicts=True)
    text.body = "二"
    insert([text], ignore_conflicts=True)
    assert Content.objects.get().body == "一"


def test_what_is_too_long_is_refused_not_cut(at):
    row = contact(at, 1)
    row.outcome_code = "x" * 41
    with pytest.raises(DataError):
        insert([row])


def test_the_collector_rests_while_anybody_is_inside():
    @without_collector
    def inner(fail):
        assert not gc.isenabled()
        if fail:
            raise KeyError(fail)
        return "done"

    @without_collector
    def outer():
        assert inner(fail=False) == "done"
        assert not gc.isenabled(), "the outer one is still inside"
        inner(fail=True)

    with pytest.raises(KeyError):
        outer()
    assert gc.isenabled()
