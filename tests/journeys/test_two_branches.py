"""Two branches never see each other: not on the screens, not in the queues, not by guessing a number. S0-09, S5-02."""

from datetime import date

import pytest

from anju.platform.work import operations as work
from anju.platform.work import queries as items
from tests.journeys.stage import Stage, at, loan

HERE, THERE = 31, 32


@pytest.fixture
def two(stage: Stage) -> Stage:
    """A loan in each branch, both on the second rung, a supervisor and an adviser in each."""
    stage.join("KH8", "adviser", "SH02")
    stage.join("ZG9", "supervisor", "SH01")
    stage.join("ZG8", "supervisor", "SH02")
    stage.tape(loan(HERE), loan(THERE, branch="SH02", account_manager="KH8", borrower_name="赵远帆"))
    stage.live_through(date(2026, 11, 15))
    stage.stand_at(at(16))
    return stage


@pytest.mark.parametrize(
    ("staff_no", "own", "other", "name"), [("ZG9", HERE, THERE, "赵"), ("ZG8", THERE, HERE, "王")]
)
def test_screens_show_one_branch_only(two: Stage, staff_no: str, own: int, other: int, name: str) -> None:
    desk = two.desk(staff_no)
    for path in (
        "/desk/",
        "/desk/work/",
        "/desk/loans/",
        f"/desk/loans/?q=JT{other:06d}",
        "/desk/notices/exceptions/",
    ):
        page = desk.get(path, follow=True)
        assert page.status_code == 200, path
        text = page.content.decode().replace(f'value="JT{other:06d}"', "").replace(f"“JT{other:06d}”", "")
        assert f"/desk/loans/{two.loan(other).id}/" not in text, path
        assert f"{name}晓梅" not in text, path
        assert f"{name}远帆" not in text, path
    assert desk.get(f"/desk/loans/{two.loan(own).id}/").status_code == 200
    assert desk.get(f"/desk/loans/{two.loan(other).id}/").status_code == 404
    assert desk.get(f"/desk/loans/{two.loan(other).id}/evidence/").status_code in (404, 405)
    assert desk.post(f"/desk/loans/{two.loan(other).id}/evidence/").status_code in (404, 405)


def test_work_of_the_other_branch_cannot_be_opened_taken_or_recorded(two: Stage) -> None:
    adviser = two.desk("KH9")
    foreign = [
        row for row in items.items(queues=["account_manager"]) if row.branch_id == two.branches["SH02"]
    ]
    assert len(foreign) == 1
    number = foreign[0].id
    assert adviser.get(f"/desk/work/{number}/").status_code == 404
    for action in ("take", "put-back", "skip", "record", "note"):
        answer = adviser.post(
            f"/desk/work/{number}/{action}/", {"outcome": "no_answer", "key": "x", "reason": "x", "note": "x"}
        )
        assert answer.status_code == 404, action
    assert items.item(number) == foreign[0]


def test_next_item_comes_from_the_own_branch(two: Stage) -> None:
    for staff_no, branch in (("KH9", "SH01"), ("KH8", "SH02")):
        taken = work.claim_next(
            staff_id=two.staff[staff_no],
            queues=["account_manager"],
            branch_ids=[two.branches[branch]],
            at=at(16),
        )
        assert taken is not None
        found = items.item(taken)
        assert found is not None
        assert found.branch_id == two.branches[branch]
