"""From tape to a kept promise: the thread of the house, from one end to the other.

S4-049, S2-11, S3-04, S3-05, S3-12, S3-18, S3-19.
"""

from datetime import date

from anju.contexts.collections import evidence
from anju.contexts.collections import operations as collections
from anju.contexts.collections import queries as cases
from anju.platform.journal import queries as journal
from anju.platform.notices import queries as notices
from anju.platform.work import operations as work
from anju.platform.work import queries as items
from tests.journeys.stage import Stage, at, loan

N = 7


def test_from_tape_to_a_kept_promise(stage: Stage) -> None:
    stage.tape(loan(N))
    loan_id = stage.loan(N).id

    # Five days before the due day, and three: a reminder each, to be confirmed by the link in it.
    stage.live_through(date(2026, 11, 5))
    first = stage.notice(N, "reminder_5")
    assert (first.state, first.proof_required) == ("in_progress", "acknowledged")
    assert stage.click(first, at(6, 8, 30)).status_code == 200
    assert stage.notice(N, "reminder_5").state == "proven"
    stage.live_through(date(2026, 11, 7))
    stage.click(stage.notice(N, "reminder_3"), at(8, 9))
    assert stage.notice(N, "reminder_3").state == "proven"

    # Nothing comes. The first rung is a notice, the second a person.
    stage.live_through(date(2026, 11, 13))
    case = cases.open_case_of(loan_id)
    assert case is not None
    assert (case.rung, case.days_past_due) == (1, 3)
    stage.live_through(date(2026, 11, 15))
    case = cases.open_case_of(loan_id)
    assert case is not None
    assert [(move.to_rung, move.on.day) for move in cases.moves(case.id)] == [(1, 11), (2, 14)]
    stage.click(stage.notice(N, "overdue_2"), at(16, 8))

    # Monday morning: the adviser takes the next case and sees whom to call, and whether that is lawful now.
    stage.stand_at(at(16, 9, 30))
    desk = stage.desk("KH9")
    page = desk.post("/desk/work/next/", follow=True)
    assert page.status_code == 200
    assert "王晓梅" in page.content.decode()
    (item,) = items.items(queues=["account_manager"])
    assert (item.state, item.holder_id, item.kind) == ("claimed", stage.staff["KH9"], "collections.call")

    # The call, its outcome and the promise, in one.
    owed = stage.overdue_fen(N)
    sent = desk.post(
        f"/desk/work/{item.id}/record/",
        {
            "outcome": "promised", "willingness": "willing", "overdue_reason": "account_short", "note": "客户换了工资卡，周三转入。",
            "recording_ref": "REC-1", "promise_amount": f"{owed // 100}.{owed % 100:02d}", "promise_due_on": "2026-11-18",
            "key": "journey-1", "draft_key": "journey-1",
        },
        follow=True,
    )  # fmt: skip
    assert sent.status_code == 200, sent.content.decode()[:2000]
    promise = cases.open_promise(case.id)
    assert promise is not None
    assert (promise.amount_fen, promise.due_on) == (owed, date(2026, 11, 18))
    assert items.items(queues=["account_manager"]) == []

    # The money comes on the promised day: arrears over at once, promise kept at the close.
    stage.live_through(date(2026, 11, 17))
    stage.pay(N, owed, at(18, 15))
    assert cases.open_case_of(loan_id) is None
    stage.live_through(date(2026, 11, 18))
    (kept,) = cases.promises(loan_id=loan_id)
    assert (kept.state, kept.paid_fen, kept.resolved_on) == ("kept", owed, date(2026, 11, 18))
    assert cases.cases_of_loan(loan_id)[0].close_reason == "cured"
    thanks = stage.notice(N, "payment_received_cure")
    assert thanks.state in ("in_progress", "proven")

    # And all of it can be shown to somebody who was not there.
    assert journal.verify() == []
    bundle = evidence.export(loan_id=loan_id, at=at(19, 9), actor="system:test")
    checked = evidence.check(bundle.content)
    assert checked.ok
    assert {name: bundle.counts[name] for name in ("calls", "promises", "payments", "cases")} == {
        "calls": 1, "promises": 1, "payments": 1, "cases": 1,
    }  # fmt: skip
    kinds = [entry.kind for entry in reversed(journal.timeline([("loan", loan_id)], limit=500))]
    wanted = [
        "servicing.loan.opened", "notices.owed", "notices.proven", "collections.case.opened", "collections.rung.moved",
        "collections.call.recorded", "collections.promise.taken", "servicing.payment.posted", "collections.case.closed",
        "collections.promise.kept",
    ]  # fmt: skip
    places = [kinds.index(kind) for kind in wanted]
    assert places == sorted(places)


def test_a_broken_promise_brings_the_call_back(stage: Stage) -> None:
    stage.tape(loan(N))
    loan_id = stage.loan(N).id
    stage.live_through(date(2026, 11, 15))
    stage.click(stage.notice(N, "overdue_2"), at(16, 8))
    item_id = work.claim_next(
        staff_id=stage.staff["KH9"], queues=["account_manager"], branch_ids=None, at=at(16)
    )
    case = cases.open_case_of(loan_id)
    assert case is not None
    assert item_id is not None
    owed = stage.overdue_fen(N)
    form = {
        "willingness": "willing", "overdue_reason": "forgot", "promise_amount_fen": owed, "promise_due_on": date(2026, 11, 17),
    }  # fmt: skip
    collections.call_record(
        case_id=case.id, staff_id=stage.staff["KH9"], work_item_id=item_id, outcome_code="promised", fields=form,
        note="承诺明天还款。", recording_ref="REC-2", idempotency_key="k", at=at(16),
    )  # fmt: skip
    stage.live_through(date(2026, 11, 17))
    stage.pay(N, owed - 1, at(17, 12))  # one fen short is not kept
    stage.live_through(date(2026, 11, 18))
    assert [promise.state for promise in cases.promises(loan_id=loan_id)] == ["broken"]
    assert notices.obligations_of(("loan", loan_id))
