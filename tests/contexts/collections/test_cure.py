"""A payment that clears the arrears stops everything at once."""

from datetime import date, timedelta

import pytest

from anju.contexts.collections import handlers, queries
from anju.contexts.collections.models import Case
from anju.contexts.servicing import operations as servicing
from anju.dayend import close
from anju.platform.clocks.models import Clock
from anju.platform.journal import handlers as pump
from anju.platform.journal import queries as journal
from anju.platform.notices.audit import audit
from anju.platform.notices.models import Obligation
from anju.platform.work.models import WorkItem
from tests.contexts.collections.conftest import Scene

pytestmark = pytest.mark.django_db

NEXT_DAY = date(2026, 9, 2)
HEADER = "payment_ref,loan_no,amount_yuan,paid_on\n"


def _import(scene: Scene, yuan: str, ref: str = "R1") -> None:
    line = f"{ref},{scene.loan.loan_no},{yuan},{NEXT_DAY}\n"
    servicing.payments_load(
        content=(HEADER + line).encode(), name=f"{ref}.csv", by="system:test", at=scene.at, as_of=NEXT_DAY
    )
    pump.drain()


def test_in_the_middle_of_the_day(scene: Scene) -> None:
    _import(scene, "5000.00")
    case = Case.objects.get()
    assert (case.state, case.closed_on, case.close_reason) == ("closed", NEXT_DAY, "cured")
    assert not WorkItem.objects.filter(state__in=("open", "claimed")).exists()
    assert not Clock.objects.filter(state="running").exists()
    assert Obligation.objects.get(notice_type="overdue_2").state == "moot"
    thanks = Obligation.objects.get(notice_type="payment_received_cure")
    assert (thanks.key, thanks.variables["amount_fen"], thanks.variables["paid_on"]) == (
        f"cure:{case.pk}",
        500_000,
        "2026-09-02",
    )
    close.close_day(on=NEXT_DAY)
    assert Case.objects.count() == 1


def test_a_part_of_it_stops_nothing(scene: Scene) -> None:
    _import(scene, "4999.99")
    assert Case.objects.get().state == "open"
    assert WorkItem.objects.get().state == "open"
    close.close_day(on=NEXT_DAY)
    assert Case.objects.get().overdue_fen == 1


def test_telling_the_handler_twice_changes_nothing(scene: Scene) -> None:
    _import(scene, "5000.00")
    entries = journal.timeline([("loan", scene.loan.pk)], kinds=["servicing.arrears.cleared"])
    before = journal.head(("loan", scene.loan.pk))
    handlers.arrears_cleared(entries)
    assert journal.head(("loan", scene.loan.pk)) == before
    assert Obligation.objects.filter(notice_type="payment_received_cure").count() == 1


def test_an_old_entry_does_not_close_a_case_of_newer_arrears(scene: Scene) -> None:
    _import(scene, "5000.00")
    entries = journal.timeline([("loan", scene.loan.pk)], kinds=["servicing.arrears.cleared"])
    close.close_through(on=date(2026, 9, 30))
    newer = queries.open_case_of(scene.loan.pk)
    assert newer is not None
    assert newer.opened_on == date(2026, 9, 29)
    handlers.arrears_cleared(entries)
    assert queries.open_case_of(scene.loan.pk) == newer
    assert [row.state for row in queries.cases_of_loan(scene.loan.pk)] == ["open", "closed"]


def test_by_the_day_end_alone(scene: Scene) -> None:
    """Without any handler in between the day end closes the case itself."""
    scene.book.pay(scene.loan, 500_000, NEXT_DAY)
    report = close.close_day(on=NEXT_DAY)
    assert report.counts("cases")["closed"] == 1
    assert Case.objects.get().closed_on == NEXT_DAY


def test_the_audit_finds_every_notice_that_a_fact_owes(scene: Scene) -> None:
    _import(scene, "5000.00")
    later = scene.at + timedelta(hours=1)
    result = audit(at=later)
    assert result.checked >= 2
    assert result.counts["missing"] == 0
    Obligation.objects.filter(notice_type="payment_received_cure").delete()
    assert audit(at=later).counts["missing"] == 1
