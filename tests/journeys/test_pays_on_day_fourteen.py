"""A borrower pays on day 14 of the arrears: the rung stops at once. S3-06, S3-08."""

from datetime import date

from anju.contexts.collections import queries as cases
from anju.platform.clocks import queries as clocks
from anju.platform.journal import queries as journal
from anju.platform.work import queries as items
from tests.journeys.stage import Stage, at, loan

N = 21


def test_the_rung_stops_at_once(stage: Stage) -> None:
    stage.join("FK9", "risk_officer", "SH01")
    stage.tape(loan(N))
    loan_id = stage.loan(N).id
    stage.live_through(date(2026, 11, 18))
    assert "collections.rung_3" in [clock.name for clock in clocks.live(("loan", loan_id))]
    stage.live_through(date(2026, 11, 23))
    case = cases.open_case_of(loan_id)
    assert case is not None
    assert (case.rung, case.days_past_due, case.owner_role) == (3, 13, "risk_officer")
    assert [move.to_rung for move in cases.moves(case.id)] == [1, 2, 3]
    (review,) = items.items(queues=["risk_review"])
    assert (review.kind, review.state) == ("risk.review", "open")

    stage.pay(N, stage.overdue_fen(N), at(24, 11, 20))

    assert cases.open_case_of(loan_id) is None
    closed = cases.case(case.id)
    assert closed is not None
    assert (closed.state, closed.close_reason, closed.closed_on) == ("closed", "cured", date(2026, 11, 24))
    left = items.item(review.id)
    assert left is not None
    assert left.state == "cancelled"
    assert [
        row
        for row in items.items()
        if row.subject == ("loan", loan_id) and row.kind.startswith("collections")
    ] == []
    assert [
        clock.name for clock in clocks.live(("loan", loan_id)) if clock.name.startswith("collections")
    ] == []
    assert stage.notice(N, "overdue_3").state in ("moot", "proven")
    assert stage.notice(N, "payment_received_cure").variables["amount_fen"] > 0

    # Nothing about these arrears is sent any more, and no rung is entered again.
    sent = len(stage.sms.taken()) + len(stage.email.taken())
    stage.live_through(date(2026, 11, 30))
    overdue = [
        row
        for row in journal.timeline([("loan", loan_id)], limit=500)
        if row.kind == "collections.rung.moved"
    ]
    assert len(overdue) == 3
    texts = stage.sms.taken()[:] + stage.email.taken()[:]
    assert len(texts) - sent <= 2  # the thanks, by SMS or by e-mail
    assert journal.verify() == []


def test_one_fen_short_does_not_stop_it(stage: Stage) -> None:
    stage.tape(loan(N))
    stage.live_through(date(2026, 11, 23))
    stage.pay(N, stage.overdue_fen(N) - 1, at(24, 11, 20))
    case = cases.open_case_of(stage.loan(N).id)
    assert case is not None
    assert case.state == "open"
    assert stage.overdue_fen(N) == 1
