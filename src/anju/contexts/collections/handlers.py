"""Facts in, own operations out. Idempotent by entry."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from anju.contexts.collections import reads, rungs, work_outcomes
from anju.contexts.collections.operations.cases import cases_close, clocks_meet
from anju.core.working_time import BANK_ZONE
from anju.platform.journal import handlers
from anju.platform.journal.queries import EntryRow
from anju.platform.notices import owes

_NOTICE_KINDS = ("notices.delivered", "notices.proven")


def arrears_cleared(entries: Sequence[EntryRow]) -> None:
    """The rung stops at once: cases of loans that are not overdue any more are closed.

    The ledger as it stands decides, so an old entry told again never closes a case of newer arrears.
    """
    by_day: dict[date, dict[int, EntryRow]] = {}
    for entry in entries:
        by_day.setdefault(entry.at.astimezone(BANK_ZONE).date(), {})[entry.subject_id] = entry
    still = {loan.loan_id for loan in reads.overdue({entry.subject_id for entry in entries})}
    with transaction.atomic():
        for on, loans in sorted(by_day.items()):
            cured = [loan_id for loan_id in loans if loan_id not in still]
            cases_close(loan_ids=cured, on=on, at=max(entry.at for entry in loans.values()))


def work_closed(entries: Sequence[EntryRow]) -> None:
    """A review or legal papers done in time meet the clock of the case's rung."""
    _meet([(entry, entry.body["kind"]) for entry in entries])


def notice_sent(entries: Sequence[EntryRow]) -> None:
    """The automatic notice of the first rung arrived: its clock is met."""
    _meet([(entry, "notice") for entry in entries if entry.body.get("type") == "overdue_1"])


def _meet(done: Sequence[tuple[EntryRow, str]]) -> None:
    by_instant: dict[datetime, list[tuple[int, str]]] = {}
    for entry, met_by in done:
        if entry.subject_type == "loan":
            by_instant.setdefault(entry.at, []).append((entry.subject_id, met_by))
    for at, rows in sorted(by_instant.items()):
        clocks_meet(rows=rows, at=at)


def connect() -> None:
    """Register handlers, outcomes of work, and the notices that facts owe; called once from the wiring."""
    handlers.register("collections.arrears_cleared", ("servicing.arrears.cleared",), arrears_cleared)
    handlers.register("collections.work_closed", ("work.closed",), work_closed)
    handlers.register("collections.notice_sent", _NOTICE_KINDS, notice_sent)
    owes.register("collections.rung.moved", tuple(f"overdue_{rung}" for rung in rungs.RUNGS), _owed_by_move)
    owes.register(
        "collections.promise.taken", ("promise_confirmed",), lambda e: [f"promise:{e.body['promise_id']}"]
    )
    owes.register("collections.case.closed", ("payment_received_cure",), _owed_by_close)
    work_outcomes.connect()


def _owed_by_move(entry: EntryRow) -> list[str]:
    return [rungs.notice_key(entry.body["case_id"], entry.body["to_rung"], entry.body["on"])]


def _owed_by_close(entry: EntryRow) -> list[str]:
    return [f"cure:{entry.body['case_id']}"] if entry.body["reason"] == "cured" else []
