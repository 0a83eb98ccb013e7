"""Every write of collections."""

from anju.contexts.collections.operations.calls import (
    CallKeyReused,
    CallRejected,
    CaseNotOpen,
    FieldsMissing,
    FieldValueWrong,
    ForbiddenWording,
    OutcomeUnknown,
    RecordingMissing,
    call_record,
)
from anju.contexts.collections.operations.cases import cases_close, cases_move, clocks_meet
from anju.contexts.collections.operations.promises import (
    PromiseAlreadyOpen,
    PromiseAmountWrong,
    PromiseDateTooFar,
    PromiseKeyReused,
    PromiseRefused,
    promise_limits,
    promise_take,
    promises_resolve,
)

__all__ = [
    "CallKeyReused", "CallRejected", "CaseNotOpen", "FieldValueWrong", "FieldsMissing", "ForbiddenWording",
    "OutcomeUnknown", "PromiseAlreadyOpen", "PromiseAmountWrong", "PromiseDateTooFar", "PromiseKeyReused",
    "PromiseRefused", "RecordingMissing", "call_record", "cases_close", "cases_move", "clocks_meet",
    "promise_limits", "promise_take", "promises_resolve",
]  # fmt: skip
