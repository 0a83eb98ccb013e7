"""A call: what must be written down, what is refused, what follows (S3-03 S3-14 S3-18 S3-19 S1-01 S1-06)."""

from datetime import date, timedelta
from typing import Any

import pytest

from anju.contexts.collections import operations, outcomes, queries
from anju.contexts.collections.models import Call, PromiseToPay
from anju.platform.contacts.models import Address, Contact, StopFlag
from anju.platform.contacts.operations import ContactRefused, set_addresses_many
from anju.platform.journal import queries as journal
from anju.platform.work.models import WorkItem
from tests.contexts.collections.conftest import Scene
from tests.dayend.book import close_of

pytestmark = pytest.mark.django_db

SAID = {"willingness": "willing", "overdue_reason": "forgot"}
FIELDS: dict[str, dict[str, object]] = {
    "promised": {**SAID, "promise_amount_fen": 500_000, "promise_due_on": "2026-09-05"},
    "paid_already": SAID,
    "hardship_request": {"willingness": "willing_unable", "overdue_reason": "income_lost"},
    "refuses": {"willingness": "unwilling", "overdue_reason": "dispute", "refusal_reason": "disputes_debt"},
    "callback_requested": {**SAID, "callback_at": "2026-09-02T15:00:00+08:00"},
    "wrong_person": {},
    "no_answer": {},
    "busy": {},
    "deceased_or_ill": {"stop_flag": "serious_illness"},
}


def _record(scene: Scene, code: str, **changes: Any) -> int:
    item = WorkItem.objects.filter(kind="collections.call", state__in=("open", "claimed")).first()
    values: dict[str, Any] = {
        "case_id": scene.case.pk,
        "staff_id": scene.staff_id,
        "work_item_id": item.pk if item else None,
        "outcome_code": code,
        "fields": FIELDS[code],
        "note": "客户说明了情况",
        "recording_ref": "REC-1",
        "idempotency_key": "k1",
        "at": scene.at,
    }
    return operations.call_record(**{**values, **changes})


def _nothing_changed() -> None:
    assert not Call.objects.exists()
    assert not Contact.objects.filter(channel="call").exists()
    assert not PromiseToPay.objects.exists()
    assert WorkItem.objects.get(kind="collections.call").state == "open"


def test_every_shipped_outcome_has_a_row_here(shipped_policy: list[str]) -> None:
    table = outcomes.table()
    assert set(table.outcomes) == set(FIELDS)
    assert [one.key for one in table.outcomes.values()] == list(range(1, 10))


@pytest.mark.parametrize("code", FIELDS)
def test_every_outcome_is_recorded_with_time_content_and_result(scene: Scene, code: str) -> None:
    """# S3-19"""
    call_id = _record(scene, code)
    call = queries.calls(case_id=scene.case.pk)[0]
    outcome = outcomes.table().outcomes[code]
    assert (call.id, call.at, call.outcome_code, call.note) == (call_id, scene.at, code, "客户说明了情况")
    assert (call.answered, call.identity_checked) == (outcome.answered, outcome.identity_checked)
    contact = Contact.objects.get(id=call.contact_id)
    assert (contact.state, contact.answered, contact.purpose, contact.outcome_code) == (
        "done",
        outcome.answered,
        "collection",
        code,
    )
    entry = journal.timeline([("loan", scene.loan.pk)], kinds=["collections.call.recorded"])[0]
    assert entry.body["outcome_code"] == code
    assert "客户说明了情况" not in str(entry.body)
    states = dict(WorkItem.objects.values_list("kind", "state"))
    assert states["collections.call"] == ("done" if outcome.closes_work else "open")


@pytest.mark.parametrize("code", [code for code in FIELDS if FIELDS[code]])
def test_each_required_field_is_required(scene: Scene, code: str) -> None:
    """# S3-03"""
    for name in outcomes.table().outcomes[code].requires:
        with pytest.raises(operations.FieldsMissing) as caught:
            _record(scene, code, fields={**FIELDS[code], name: ""})
        assert caught.value.names == (name,)
        _nothing_changed()


@pytest.mark.parametrize("reference", ["", "   ", "manual:"])
def test_an_answered_call_needs_its_recording(scene: Scene, reference: str) -> None:
    """# S3-18"""
    with pytest.raises(operations.RecordingMissing):
        _record(scene, "refuses", recording_ref=reference)
    _nothing_changed()
    _record(scene, "no_answer", recording_ref=reference)


def test_a_typed_reference_is_marked(scene: Scene) -> None:
    _record(scene, "refuses", recording_ref="manual:0b0e6f8a")
    assert queries.calls(case_id=scene.case.pk)[0].recording_manual


def test_an_answered_call_needs_a_note(scene: Scene) -> None:
    with pytest.raises(operations.FieldsMissing) as caught:
        _record(scene, "refuses", note="  ")
    assert caught.value.names == ("note",)
    _nothing_changed()
    _record(scene, "no_answer", note="")


@pytest.mark.parametrize(
    ("note", "phrase"),
    [
        ("告知客户不还就曝光", "曝光"),
        ("已对客户 催 债", "催债"),
        ("已强催", "强催"),
        ("说了他是老赖", "老赖"),
    ],
)
def test_forbidden_wording_is_refused_and_named(scene: Scene, note: str, phrase: str) -> None:
    """# S3-14"""
    with pytest.raises(operations.ForbiddenWording) as caught:
        _record(scene, "refuses", note=note)
    assert phrase in {hit.phrase for hit in caught.value.hits}
    assert phrase in caught.value.message_zh
    _nothing_changed()


@pytest.mark.parametrize(
    "note", ["分行要求加强催收力度", "客户威胁要投诉", "说明不会曝光任何信息", "客户对合同有异议"]
)
def test_harmless_wording_passes(scene: Scene, note: str) -> None:
    """# S3-14: substring matching would hit these"""
    _record(scene, "refuses", note=note)


def test_no_answer_is_no_refusal_and_comes_back_later(scene: Scene) -> None:
    """# S1-01 S1-06"""
    _record(scene, "no_answer")
    item = WorkItem.objects.get(kind="collections.call")
    assert (item.state, item.not_before_at) == ("open", scene.at + timedelta(hours=4))
    assert not WorkItem.objects.filter(kind="collections.refusal_review").exists()
    assert queries.calls(case_id=scene.case.pk)[0].details == {}


def test_a_retry_never_falls_outside_the_preferred_hours(scene: Scene) -> None:
    _record(scene, "no_answer", at=scene.at.replace(hour=18))
    assert WorkItem.objects.get(kind="collections.call").not_before_at == close_of(date(2026, 9, 3), 9)


def test_the_governor_counts_answered_calls(scene: Scene) -> None:
    """# S1-06: one answered call a day"""
    _record(scene, "callback_requested")
    with pytest.raises(ContactRefused) as caught:
        _record(scene, "refuses", idempotency_key="k2", at=scene.at + timedelta(hours=4))
    assert "answered_cap" in caught.value.verdict.codes
    assert Call.objects.count() == 1


def test_a_wish_to_be_called_back_opens_its_time(scene: Scene) -> None:
    """# S1-07: at three the second talk of the day is what the person asked for"""
    _record(scene, "callback_requested")
    _record(scene, "no_answer", idempotency_key="k2", at=scene.at.replace(hour=15, minute=0))
    assert Contact.objects.order_by("id").last().basis.startswith("appointment:")


def test_outside_the_window_nothing_is_recorded(scene: Scene) -> None:
    with pytest.raises(ContactRefused):
        _record(scene, "no_answer", at=scene.at.replace(hour=22))
    _nothing_changed()


@pytest.mark.parametrize(
    ("code", "kind", "queue"),
    [
        ("hardship_request", "collections.hardship", "account_manager"),
        ("refuses", "collections.refusal_review", "risk_review"),
        ("wrong_person", "collections.find_address", "account_manager"),
        ("deceased_or_ill", "collections.special_care", "exceptions"),
    ],
)
def test_outcomes_that_open_work_for_somebody(scene: Scene, code: str, kind: str, queue: str) -> None:
    _record(scene, code)
    item = WorkItem.objects.get(kind=kind)
    assert (item.queue, item.state, item.subject_id) == (queue, "open", scene.loan.pk)


def test_a_wrong_number_is_marked(scene: Scene) -> None:
    set_addresses_many([(scene.case.person_id, "phone", "13800000001")], at=scene.at)
    _record(scene, "wrong_person")
    assert Address.objects.get().health == "wrong_person"


def test_serious_illness_stops_collection(scene: Scene) -> None:
    _record(scene, "deceased_or_ill")
    assert StopFlag.objects.get().kind == "serious_illness"
    with pytest.raises(ContactRefused) as caught:
        _record(scene, "no_answer", idempotency_key="k2", at=scene.at + timedelta(days=1))
    assert "flag_serious_illness" in caught.value.verdict.codes


def test_the_same_key_is_one_call(scene: Scene) -> None:
    first = _record(scene, "no_answer")
    assert _record(scene, "no_answer") == first
    assert Call.objects.count() == 1
    with pytest.raises(operations.CallKeyReused):
        _record(scene, "busy")
    assert Call.objects.get().outcome_code == "no_answer"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"outcome_code": "whatever"}, operations.OutcomeUnknown),
        ({"fields": {**FIELDS["refuses"], "willingness": "maybe"}}, operations.FieldValueWrong),
    ],
)
def test_unknown_codes_are_refused(scene: Scene, changes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        _record(scene, "refuses", **changes)
    _nothing_changed()


def test_a_callback_lies_in_the_future(scene: Scene) -> None:
    with pytest.raises(operations.FieldValueWrong):
        _record(scene, "callback_requested", at=scene.at.replace(hour=16))
    _nothing_changed()


def test_a_closed_case_takes_no_call(scene: Scene) -> None:
    operations.cases_close(loan_ids=[scene.loan.pk], on=scene.at.date(), at=scene.at)
    with pytest.raises(operations.CaseNotOpen):
        _record(scene, "no_answer", work_item_id=None)
    assert not Call.objects.exists()


def test_an_answer_meets_the_clock_of_the_second_rung(scene: Scene) -> None:
    """# S3-05"""
    from anju.platform.clocks.models import Clock

    _record(scene, "refuses")
    assert Clock.objects.get(name="collections.rung_2").state == "met"
