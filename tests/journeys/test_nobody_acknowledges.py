"""Nobody confirms: inbox, then SMS, then e-mail, then a person with a clock. S2-11, S2-16, S4-049."""

from datetime import date

import pytest

from anju.platform.clocks import queries as clocks
from anju.platform.notices import operations as notices
from anju.platform.notices.audit import audit
from anju.platform.notices.rows import NoteMissing
from anju.platform.work import operations as work
from anju.platform.work import queries as items
from tests.journeys.stage import Stage, at, loan

N = 11


def test_every_channel_and_then_a_person(stage: Stage) -> None:
    supervisor = stage.join("ZG9", "supervisor", "SH01")
    stage.tape(loan(N))
    loan_id = stage.loan(N).id
    stage.live_through(date(2026, 11, 5))
    reminder = stage.notice(N, "reminder_5")

    # Owed on the 5th at 20:00. The inbox has the night, SMS the 6th, e-mail the 7th.
    assert [name for name, _, _ in stage.attempts(reminder)] == ["inbox"]
    stage.messages_at(at(6, 8, 10))
    assert [name for name, _, _ in stage.attempts(reminder)] == ["inbox", "sms"]
    assert [to for _, to in stage.sms.taken()] == ["13800000011"]
    stage.live_through(date(2026, 11, 6))
    stage.messages_at(at(7, 0, 20))
    assert [name for name, _, _ in stage.attempts(reminder)] == ["inbox", "sms", "email"]
    assert [to for _, to in stage.email.taken()] == ["jt11@example.com"]

    # The carrier delivered; that proves nothing about the person (S2-11). After 48 hours it is somebody's.
    stage.live_through(date(2026, 11, 7))
    reminder = stage.notice(N, "reminder_5")
    assert (reminder.state, reminder.reason) == ("exception", "deadline")
    (item,) = [
        row for row in items.items(queues=["exceptions"]) if row.params["obligation_id"] == reminder.id
    ]
    assert (item.subject, item.branch_id, item.state) == (("loan", loan_id), stage.branches["SH01"], "open")
    running = [clock.name for clock in clocks.live(("loan", loan_id))]
    assert any(str(reminder.id) in name for name in running)
    found = audit(at=at(7, 21))
    assert (found.counts["missing"], found.counts["resting"]) == (0, 0)

    # It stands on the supervisor's screen, and ends only with an outcome and a note.
    stage.stand_at(at(9, 10))
    page = stage.desk("ZG9").get("/desk/notices/exceptions/")
    assert page.status_code == 200
    assert f"JT{N:06d}" in page.content.decode() or "王" in page.content.decode()
    work.claim(item_id=item.id, staff_id=supervisor, at=at(9))
    with pytest.raises(NoteMissing):
        notices.close_exception(
            item_id=item.id, staff_id=supervisor, outcome="reached_by_phone", note=" ", at=at(9)
        )
    assert stage.notice(N, "reminder_5").state == "exception"
    notices.close_exception(
        item_id=item.id,
        staff_id=supervisor,
        outcome="reached_by_phone",
        note="电话告知，客户知悉",
        at=at(9, 10, 15),
    )
    ended = stage.notice(N, "reminder_5")
    assert (ended.state, ended.rung) == ("proven", "acknowledged")
    closed = items.item(item.id)
    assert closed is not None
    assert (closed.state, closed.outcome_code, closed.closed_by_id) == (
        "done",
        "reached_by_phone",
        supervisor,
    )
    assert not any(str(reminder.id) in clock.name for clock in clocks.live(("loan", loan_id)))
