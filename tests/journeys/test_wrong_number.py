"""The number is somebody else's: nothing is told, nothing more is sent there, somebody finds the right one. S2-04, S2-07, S3-14."""

from datetime import date

from anju.contexts.collections import operations as collections
from anju.contexts.collections import queries as cases
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries as addresses
from anju.platform.journal import queries as journal
from anju.platform.work import operations as work
from anju.platform.work import queries as items
from tests.journeys.stage import Stage, at, loan

N = 41


def test_wrong_number_found_and_repaired(stage: Stage) -> None:
    adviser = stage.staff["KH9"]
    stage.tape(loan(N))
    row = stage.loan(N)
    stage.live_through(date(2026, 11, 15))
    stage.click(stage.notice(N, "overdue_2"), at(16, 8))
    case = cases.open_case_of(row.id)
    assert case is not None
    item_id = work.claim_next(staff_id=adviser, queues=["account_manager"], branch_ids=None, at=at(16))
    collections.call_record(
        case_id=case.id, staff_id=adviser, work_item_id=item_id, outcome_code="wrong_person", fields={},
        note="接听人不是本人，未透露任何信息。", recording_ref="REC-9", idempotency_key="wrong", at=at(16),
    )  # fmt: skip

    # The address is marked, the fact stands on the person's chain, and somebody has to look for another number.
    phone = addresses.address(row.borrower_id, "phone")
    assert phone is not None
    assert (phone.health, phone.usable) == ("wrong_person", False)
    assert journal.timeline([("person", row.borrower_id)])[0].body["health"] == "wrong_person"
    (search,) = [item for item in items.items() if item.kind == "collections.find_address"]
    assert (search.queue, search.state) == ("account_manager", "open")

    # The next rung's notice leaves SMS out, with the reason, and goes by e-mail.
    before = len(stage.sms.taken())
    stage.live_through(date(2026, 11, 19))
    third = stage.notice(N, "overdue_3")
    assert ("sms", "skipped", "address_wrong_person") in stage.attempts(third)
    assert "email" in [name for name, _, _ in stage.attempts(third)]
    assert len(stage.sms.taken()) == before

    # A new number: unverified, used again, and verified by the person's own click.
    contacts.set_addresses_many([(row.borrower_id, "phone", "13900004141")], at=at(20, 9))
    work.claim(item_id=search.id, staff_id=adviser, at=at(20, 9))
    work.close(item_id=search.id, staff_id=adviser, outcome_code="found", note="柜面更新", at=at(20, 9, 5))
    fresh = addresses.address(row.borrower_id, "phone")
    assert fresh is not None
    assert (fresh.value, fresh.health) == ("13900004141", "unverified")
    stage.live_through(date(2026, 12, 6))
    reminder = stage.notice(N, "reminder_5")
    assert stage.sms.taken()[-1][1] == "13900004141"
    stage.click(reminder, at(6, 21, month=12))
    fresh = addresses.address(row.borrower_id, "phone")
    assert fresh is not None
    assert fresh.health == "verified"
