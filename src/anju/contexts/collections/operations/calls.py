"""A call on a case: time, content and result, all mandatory (S3-18, S3-19), through the governor (S1-06)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from anju.contexts.collections import outcomes, speech
from anju.contexts.collections.facts import CallRecorded
from anju.contexts.collections.models import Call, Case
from anju.contexts.collections.operations.cases import clocks_meet
from anju.contexts.collections.operations.effects import CALL_KIND
from anju.contexts.collections.operations.followups import after_call
from anju.contexts.collections.operations.promises import body_hash, promise_take
from anju.platform.contacts import operations as contacts
from anju.platform.journal import operations as journal
from anju.platform.policies import queries as policies

MANUAL_PREFIX = "manual:"


class CallRejected(Exception):
    """Base of the refusals; nothing was changed."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        self.message_zh, self.message_en = message_zh, message_en
        super().__init__(message_zh, message_en)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en}"


class CallKeyReused(CallRejected):
    """The idempotency key was used before with another body."""

    def __init__(self) -> None:
        super().__init__("同一提交编号的内容不一致", "this key was used before with another content")


class OutcomeUnknown(CallRejected):
    """The table of outcomes has no such code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"没有这个通话结果：{code}", f"no such outcome: {code}")


class CaseNotOpen(CallRejected):
    """The case was closed, for example by a payment a moment ago."""

    def __init__(self) -> None:
        super().__init__(
            "案件已结案，不再记录催收通话", "the case is closed, no collection call can be recorded"
        )


class FieldsMissing(CallRejected):
    """Fields that this outcome needs are empty (S3-03, S3-19)."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(f"还需填写：{'、'.join(names)}", f"still needed: {', '.join(names)}")


class FieldValueWrong(CallRejected):
    """A choice has a code that is not on its list, or a time that cannot be."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} 的值不在可选范围内", f"{name} is not one of the allowed values")


class ForbiddenWording(CallRejected):
    """The note holds wording that must not be used towards a borrower (S3-14)."""

    def __init__(self, hits: list[speech.Hit]) -> None:
        self.hits = tuple(hits)
        zh = "、".join(f"“{hit.phrase}”({hit.label_zh})" for hit in hits)
        en = ", ".join(f"“{hit.phrase}” ({hit.label_en})" for hit in hits)
        super().__init__(f"记录中有不当用语，请改为客观描述：{zh}", f"the note holds forbidden wording: {en}")


class RecordingMissing(CallRejected):
    """A call that was answered needs its recording (S3-18)."""

    def __init__(self) -> None:
        super().__init__(
            "已接通的通话必须有录音编号", "an answered call needs the reference of its recording"
        )


@dataclass(frozen=True, slots=True)
class _Form:
    """A call's form, checked: every required field is there and every choice is on its list."""

    outcome: outcomes.Outcome
    values: dict[str, Any]
    note: str
    recording_ref: str
    version: str

    def text(self, name: str) -> str:
        return str(self.values.get(name) or "")

    def plain(self) -> dict[str, str | int]:
        """Fields as JSON keeps them."""
        return {
            name: value
            if isinstance(value, int)
            else value.isoformat()
            if isinstance(value, date)
            else str(value)
            for name, value in self.values.items()
        }


def call_record(
    *,
    case_id: int,
    staff_id: int,
    work_item_id: int | None,
    outcome_code: str,
    fields: Mapping[str, object],
    note: str,
    recording_ref: str,
    idempotency_key: str,
    at: datetime,
    contact_id: int | None = None,
    recording_checksum: str = "",
) -> int:
    """Record a call with its outcome; id of the call. The same key and body again give the same id and change
    nothing.

    `fields`: values by the names in `outcomes.FIELDS`. `contact_id`: the slot reserved before dialling;
    without it one is reserved
    here. `recording_ref`: what the telephone system gave, or `manual:<uuid>`, which is marked;
    `recording_checksum`: its SHA-256, when the telephone system gave one. An outcome may take a promise, close
    the work item, open other work, plan the next try, mark the address or set a stop flag; `no_answer` is
    never a refusal (S1-01).
    Raises, in this order: CallKeyReused, OutcomeUnknown, CaseNotOpen, BadInput, FieldsMissing,
    FieldValueWrong, ForbiddenWording,
    RecordingMissing, ContactRefused, PromiseRefused.
    """
    digest = body_hash(
        {
            "case_id": case_id, "staff_id": staff_id, "outcome": outcome_code, "note": note, "recording": recording_ref,
            "fields": {name: str(value) for name, value in fields.items() if value not in (None, "")},
        }
    )  # fmt: skip
    with transaction.atomic():
        case = Case.objects.select_for_update().get(id=case_id)
        before = Call.objects.filter(idempotency_key=idempotency_key).first()
        if before is not None:
            if before.body_hash != digest:
                raise CallKeyReused
            return before.pk
        form = _check(case, outcome_code, fields, note, recording_ref, at)
        contact_id = _contact(case, staff_id, form, at, contact_id, recording_checksum)
        call = _insert(case, staff_id, work_item_id, contact_id, form, idempotency_key, digest, at)
        _record(case, call, at)
        after_call(case, call, form.outcome, form.values, work_item_id, at)
        if form.outcome.next == "promise":
            promise_take(
                case_id=case_id, staff_id=staff_id, amount_fen=form.values["promise_amount_fen"],
                due_on=form.values["promise_due_on"], idempotency_key=f"{idempotency_key}:promise", at=at, call_id=call.pk,
            )  # fmt: skip
        clocks_meet(rows=[(case.loan_id, "call")], at=at)
    return call.pk


def _check(
    case: Case, outcome_code: str, fields: Mapping[str, object], note: str, recording_ref: str, at: datetime
) -> _Form:
    table = outcomes.table()
    outcome = table.outcomes.get(outcome_code)
    if outcome is None:
        raise OutcomeUnknown(outcome_code)
    if case.state != "open":
        raise CaseNotOpen
    cleaned = {name: outcomes.clean(name, fields.get(name)) for name in outcomes.FIELDS}
    missing = tuple(name for name in outcome.requires if cleaned[name] is None)
    if missing or (not note.strip() and outcome.answered):
        raise FieldsMissing((*missing, *(() if note.strip() or not outcome.answered else ("note",))))
    values: dict[str, Any] = {name: value for name, value in cleaned.items() if value is not None}
    for name in outcomes.CHOICE_FIELDS:
        if name in values and values[name] not in {option.code for option in table.options[name]}:
            raise FieldValueWrong(name)
    if "callback_at" in values and values["callback_at"] <= at:
        raise FieldValueWrong("callback_at")
    hits = speech.forbidden(note, policies.toml(outcomes.FILE)["speech"])
    if hits:
        raise ForbiddenWording(hits)
    reference = recording_ref.strip()
    if outcome.answered and reference in ("", MANUAL_PREFIX):
        raise RecordingMissing
    return _Form(outcome, values, note.strip(), reference, table.version)


def _contact(
    case: Case, staff_id: int, form: _Form, at: datetime, contact_id: int | None, recording_checksum: str
) -> int:
    """The governor's slot: reserved before the call, or now; an answered call counts as answered (S1-06)."""
    if contact_id is None:
        contact_id = contacts.reserve(
            person_id=case.person_id, purpose="collection", channel="call", at=at, actor=f"staff:{staff_id}",
            subject=("loan", case.loan_id), reason=CALL_KIND,
        ).contact_id  # fmt: skip
    contacts.finish(
        contact_id=contact_id, outcome_code=form.outcome.code, answered=form.outcome.answered, at=at,
        recording_ref=form.recording_ref, recording_checksum=recording_checksum,
    )  # fmt: skip
    return contact_id


def _insert(
    case: Case,
    staff_id: int,
    work_item_id: int | None,
    contact_id: int,
    form: _Form,
    key: str,
    digest: str,
    at: datetime,
) -> Call:
    return Call.objects.create(
        case=case,
        contact_id=contact_id,
        staff_id=staff_id,
        work_item_id=work_item_id,
        at=at,
        outcome_code=form.outcome.code,
        answered=form.outcome.answered,
        identity_checked=form.outcome.identity_checked,
        willingness=form.text("willingness"),
        overdue_reason=form.text("overdue_reason"),
        note=form.note,
        recording_ref=form.recording_ref,
        recording_manual=form.recording_ref.startswith(MANUAL_PREFIX),
        details=form.plain(),
        policy_version=form.version,
        idempotency_key=key,
        body_hash=digest,
    )


def _record(case: Case, call: Call, at: datetime) -> None:
    journal.record(
        CallRecorded(
            loan_id=case.loan_id, case_id=case.pk, call_id=call.pk, contact_id=call.contact_id, staff_id=call.staff_id,
            called_at=at, outcome_code=call.outcome_code, answered=call.answered, identity_checked=call.identity_checked,
            willingness=call.willingness, overdue_reason=call.overdue_reason, recording_ref=call.recording_ref,
            has_note=bool(call.note),
        ),
        at=at,
        actor=f"staff:{call.staff_id}",
    )  # fmt: skip
