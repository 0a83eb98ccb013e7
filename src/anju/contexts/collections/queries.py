"""Every read of collections; frozen rows out."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from anju.contexts.collections.models import Call, Case, PromiseToPay, RungMove

PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as screens show it."""

    id: int
    loan_id: int
    person_id: int
    branch_id: int
    state: str
    opened_on: date
    rung: int
    rung_since: date | None
    days_past_due: int
    overdue_fen: int
    closed_on: date | None
    close_reason: str
    owner_role: str


@dataclass(frozen=True, slots=True)
class MoveRow:
    """An entry to a rung."""

    id: int
    case_id: int
    from_rung: int
    to_rung: int
    on: date
    days_past_due: int
    overdue_fen: int


@dataclass(frozen=True, slots=True)
class CallRow:
    """A recorded call. `recording_manual`: the reference was typed by hand, not given by the telephone
    system.
    """

    id: int
    case_id: int
    contact_id: int
    staff_id: int
    at: datetime
    outcome_code: str
    answered: bool
    identity_checked: bool
    willingness: str
    overdue_reason: str
    note: str
    recording_ref: str
    recording_manual: bool
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise to pay."""

    id: int
    case_id: int
    call_id: int | None
    amount_fen: int
    due_on: date
    taken_at: datetime
    taken_by_id: int
    state: str
    paid_fen: int
    resolved_on: date | None


_CASE = tuple(CaseRow.__dataclass_fields__)
_MOVE = tuple(MoveRow.__dataclass_fields__)
_CALL = tuple(CallRow.__dataclass_fields__)
_PROMISE = tuple(PromiseRow.__dataclass_fields__)


def case(case_id: int) -> CaseRow | None:
    """One case, or None."""
    row = Case.objects.filter(id=case_id).values_list(*_CASE).first()
    return None if row is None else CaseRow(*row)


def open_case_of(loan_id: int) -> CaseRow | None:
    """The open case of a loan, or None."""
    row = Case.objects.filter(loan_id=loan_id, state="open").values_list(*_CASE).first()
    return None if row is None else CaseRow(*row)


def cases_of_loan(loan_id: int, *, limit: int = 50) -> list[CaseRow]:
    """Cases of a loan, newest first."""
    rows = Case.objects.filter(loan_id=loan_id).order_by("-opened_on", "-id").values_list(*_CASE)
    return [CaseRow(*row) for row in rows[: min(limit, PAGE_MAX)]]


def moves(case_id: int) -> list[MoveRow]:
    """Entries to rungs of a case, oldest first."""
    return [
        MoveRow(*row) for row in RungMove.objects.filter(case_id=case_id).order_by("id").values_list(*_MOVE)
    ]


def calls(*, case_id: int | None = None, loan_id: int | None = None, limit: int = 50) -> list[CallRow]:
    """Calls of a case or a loan, newest first."""
    chosen = Q(case_id=case_id) if case_id is not None else Q(case__loan_id=loan_id)
    rows = Call.objects.filter(chosen).order_by("-at", "-id").values_list(*_CALL)
    return [CallRow(*row) for row in rows[: min(limit, PAGE_MAX)]]


def promises(*, case_id: int | None = None, loan_id: int | None = None, limit: int = 50) -> list[PromiseRow]:
    """Promises of a case or a loan, newest first."""
    chosen = Q(case_id=case_id) if case_id is not None else Q(case__loan_id=loan_id)
    rows = PromiseToPay.objects.filter(chosen).order_by("-taken_at", "-id").values_list(*_PROMISE)
    return [PromiseRow(*row) for row in rows[: min(limit, PAGE_MAX)]]


def open_promise(case_id: int) -> PromiseRow | None:
    """The open promise of a case, or None."""
    row = PromiseToPay.objects.filter(case_id=case_id, state="open").values_list(*_PROMISE).first()
    return None if row is None else PromiseRow(*row)
