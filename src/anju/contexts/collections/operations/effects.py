"""What entering and leaving a rung does to notices, clocks and work. Whole sets at a time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from anju.contexts.collections import reads, rungs
from anju.contexts.collections.ladder import Move
from anju.contexts.collections.models import Case, PromiseToPay
from anju.contexts.servicing.queries import OverdueRow
from anju.core.sla import Deadline, deadline_at
from anju.platform.clocks import operations as clocks
from anju.platform.notices import operations as notices
from anju.platform.notices.rows import Owed
from anju.platform.policies import queries as policies
from anju.platform.work import operations as work
from anju.platform.work.operations import NewWork

ACTOR = "system:collections"
CALL_KIND = "collections.call"
FOLLOW_KINDS = (
    "collections.hardship", "collections.refusal_review", "collections.find_address", "collections.special_care",
)  # fmt: skip
"""Work that a call opened; it belongs to the case, not to a rung."""

Left = tuple[int, int, date | None, int]
"""(case id, rung left, entered on, loan id)"""


def enter(
    entered: Sequence[tuple[int, Move]],
    table: Mapping[int, rungs.Rung],
    promised: Collection[int],
    on: date,
    at: datetime,
) -> dict[str, int]:
    """Owe the notice, start the clock, open the work of each entry. Counts: `notices`, `clocks`,
    `work_opened`.
    """
    if not entered:
        return {"notices": 0, "clocks": 0, "work_opened": 0}
    due = {rung: _due(rule, at) for rung, rule in table.items()}
    owed = notices.owe_many([_owed(case_id, move, table[move.to_rung], on, at) for case_id, move in entered])
    started = clocks.start_many(
        [
            clocks.NewClock(
                name=table[move.to_rung].clock_name, subject=("loan", move.loan.loan_id), branch_id=move.loan.branch_id,
                rule=dict(table[move.to_rung].clock), due_at=due[move.to_rung],
            )
            for _, move in entered
        ],
        at=at,
    )  # fmt: skip
    items = [
        _work(case_id, move.to_rung, rule, move.loan, due[move.to_rung])
        for case_id, move in entered
        for rule in table[move.to_rung].work
        if not (rule.suspended_by_promise and case_id in promised)
    ]
    return {"notices": owed, "clocks": started, "work_opened": work.open_many(items, at=at, actor=ACTOR)}


def leave(
    left: Sequence[Left],
    table: Mapping[int, rungs.Rung],
    at: datetime,
    reason: str,
    *,
    every_work: bool = False,
) -> int:
    """Take back what the rungs left had set going: open notices moot, clocks and work cancelled. How many
    items ended.
    """
    if not left:
        return 0
    notices.moot_many(
        keys=[rungs.notice_key(case, rung, since) for case, rung, since, _ in left], at=at, reason=reason
    )
    clocks.cancel_many(
        [(table[rung].clock_name, ("loan", loan)) for _, rung, _, loan in left if rung], at=at, reason=reason
    )
    keys = [
        rungs.work_key(rule.kind, case, rung)
        for case, rung, _, _ in left
        if rung
        for rule in table[rung].work
    ]
    if every_work:
        keys += [rungs.work_key(kind, case, 0) for case, _, _, _ in left for kind in FOLLOW_KINDS]
    return work.cancel_many(keys, at=at, reason=reason, actor=ACTOR)


def tell_cured(cases: Sequence[tuple[int, int]], on: date, at: datetime) -> int:
    """Thank for the payment that ended the arrears: `(case id, loan id)`; how many notices are new."""
    loans = [loan_id for _, loan_id in cases]
    heads, paid = reads.loan_heads(loans), reads.last_payments(loans)
    rows = []
    for case_id, loan_id in cases:
        loan_no, person_id, branch_id, _ = heads[loan_id]
        if loan_id not in paid:
            continue
        fen, paid_on = paid[loan_id]
        rows.append(
            Owed(
                notice_type="payment_received_cure", key=f"cure:{case_id}", person_id=person_id,
                subject=("loan", loan_id), branch_id=branch_id, entry_id=None, owed_at=at,
                variables={"loan_no": loan_no, "amount_fen": fen, "paid_on": paid_on.isoformat()},
            )
        )  # fmt: skip
    return notices.owe_many(rows)


def tell_promise(case: Case, promise: PromiseToPay, entry_id: int, at: datetime) -> None:
    """Confirm a promise to the borrower."""
    loan_no, person_id, branch_id, _ = reads.loan_heads([case.loan_id])[case.loan_id]
    notices.owe(
        notice_type="promise_confirmed", key=f"promise:{promise.pk}", person_id=person_id, subject=("loan", case.loan_id),
        branch_id=branch_id, entry_id=entry_id, owed_at=at,
        variables={
            "loan_no": loan_no, "amount_fen": promise.amount_fen, "promised_on": promise.due_on.isoformat(),
        },
    )  # fmt: skip


def call_work_wait(case: Case, at: datetime) -> None:
    """While a promise is open nobody calls about the same money: the call work of the rung ends here."""
    work.cancel_many(
        [rungs.work_key(CALL_KIND, case.pk, case.rung)], at=at, reason="promise_open", actor=ACTOR
    )


def call_work_back(case_ids: Sequence[int], table: Mapping[int, rungs.Rung], at: datetime) -> int:
    """A promise was broken: the call work of the case's rung is there again. How many items."""
    cases = Case.objects.filter(id__in=list(case_ids), state="open").order_by("id")
    rungs_of = {case.loan_id: (case.pk, case.rung) for case in cases}
    items = []
    for loan in reads.overdue(list(rungs_of)) if rungs_of else []:
        case_id, rung = rungs_of[loan.loan_id]
        items += [
            _work(case_id, rung, rule, loan, _due(table[rung], at))
            for rule in table[rung].work
            if rule.suspended_by_promise
        ]
    return work.open_many(items, at=at, actor=ACTOR)


def _due(rung: rungs.Rung, at: datetime) -> datetime:
    rule = Deadline(rung.clock["kind"], rung.clock["amount"])
    return deadline_at(rule, at, policies.calendar(), policies.hours())


def _owed(case_id: int, move: Move, rung: rungs.Rung, on: date, at: datetime) -> Owed:
    loan = move.loan
    return Owed(
        notice_type=rung.notice, key=rungs.notice_key(case_id, rung.rung, on), person_id=loan.person_id,
        subject=("loan", loan.loan_id), branch_id=loan.branch_id, entry_id=None, owed_at=at,
        variables={
            "loan_no": loan.loan_no, "overdue_fen": loan.overdue_fen, "due_on": loan.oldest_due_on.isoformat(),
            "days_past_due": loan.days_past_due,
        },
    )  # fmt: skip


def _work(case_id: int, rung: int, rule: rungs.RungWork, loan: OverdueRow, due_at: datetime) -> NewWork:
    return NewWork(
        queue=rule.queue, kind=rule.kind, subject=("loan", loan.loan_id), person_id=loan.person_id, branch_id=loan.branch_id,
        due_at=due_at, dedupe_key=rungs.work_key(rule.kind, case_id, rung), priority=rule.priority,
        assignee_id=loan.account_manager_id if rule.to_account_manager else None,
        params={
            "case_id": case_id, "rung": rung, "loan_no": loan.loan_no, "days_past_due": loan.days_past_due,
            "overdue_fen": loan.overdue_fen,
        },
    )  # fmt: skip
