"""A branch with arrears of every rung, a visit, an exception, an import and a closed day, for the desk's pages."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from anju.contexts.collections import operations as collections
from anju.contexts.followup import operations as followup
from anju.contexts.servicing.models import ImportFile, Loan, MirrorDifference, QuarantineRow
from anju.dayend.models import DayRun, DayStep
from anju.platform.contacts import operations as contacts
from anju.platform.identity.models import Branch, Staff
from anju.platform.notices import operations as notices
from anju.platform.notices.models import Obligation
from anju.platform.notices.rows import Owed
from anju.platform.work.models import Heartbeat, WorkItem
from tests.dayend.book import BANK, Book

ON = date(2026, 11, 22)
AT = datetime(2026, 11, 23, 9, 30, tzinfo=BANK)
CLOSE = datetime(2026, 11, 22, 20, 0, tzinfo=BANK)
PASSWORD = "correct horse battery"
ROLES = ("adviser", "follow_up_agent", "collector", "risk_officer", "supervisor", "administrator")


@dataclass
class World:
    """What a test may point at."""

    branch: Any
    book: Book
    staff: dict[str, Staff]
    loans: list[Loan] = field(default_factory=list)
    obligations: list[int] = field(default_factory=list)
    imported: int = 0

    def item(self, kind: str, **more: Any) -> WorkItem:
        return WorkItem.objects.filter(branch=self.branch, kind=kind, **more).order_by("due_at", "id")[0]


def make(
    branch: Branch, *, each: int = 1, names: list[str] | None = None, password: str | None = None
) -> World:
    """``each`` loans of every kind: rung 2, 3 and 4, and one that is paid up."""
    book = Book(branch, ON, numbers=count(branch.pk * 10_000))
    ImportFile.objects.filter(pk=book.tape.pk).update(sha256=f"tape of {branch.code}")
    staff = {
        role: Staff.objects.create_user(
            f"{branch.code}-{role[:4]}",
            password,
            name=f"{branch.name[:2]}{role[:3]}",
            role=role,
            branch=branch,
        )
        for role in ROLES
    }
    world = World(branch, book, staff)
    for _ in range(each):
        world.loans += [
            book.loan(due_day=17, unpaid=1, manager=staff["adviser"]),
            book.loan(due_day=10, unpaid=1),
            book.loan(due_day=20, unpaid=2),
            book.loan(due_day=5, start_on=date(2026, 8, 26)),
        ]
    if names:
        for loan, name in zip(world.loans, names, strict=False):
            loan.borrower.name = name
            loan.borrower.save()
    phones = [(loan.borrower_id, "phone", f"138{loan.borrower_id:08d}") for loan in world.loans]
    contacts.set_addresses_many(phones, at=CLOSE)
    collections.cases_move(on=ON, at=CLOSE)
    followup.visits_plan(on=ON, at=CLOSE)
    _exceptions(world)
    _import(world, each)
    _day(each)
    return world


def _exceptions(world: World) -> None:
    """Notices to people who have an account in no channel: the journey ends with a person."""
    rows = [
        Owed(
            "reminder_3", f"reminder:{loan.pk}:x", loan.borrower_id, ("loan", loan.pk), world.branch.pk,
            {"due_on": "2026-11-25", "amount_fen": 500_000, "loan_no": loan.loan_no}, None, CLOSE - timedelta(days=5),
        )
        for loan in world.loans
    ]  # fmt: skip
    notices.owe_many(rows)
    ids = Obligation.objects.filter(branch=world.branch, notice_type="reminder_3").order_by("id")
    from anju.platform.notices.operations.lines import lock_obligations
    from anju.platform.notices.operations.settling import tell, to_person

    with transaction.atomic():
        found = list(lock_obligations(ids.values_list("id", flat=True)).values())
        tell(to_person([(row, "no_proof") for row in found], at=CLOSE), at=CLOSE, actor="system:notices")
    world.obligations = [row.id for row in found]


def _import(world: World, each: int) -> None:
    row = ImportFile.objects.create(
        kind="loans", name="faulty.csv", sha256=f"{world.branch.pk:064d}", as_of_on=ON, received_at=CLOSE, loaded_at=CLOSE,
        by=f"staff:{world.staff['administrator'].pk}", state="loaded", rows_total=9, rows_new=8, rows_bad=1,
    )  # fmt: skip
    world.imported = row.pk
    for number in range(each * 4):
        QuarantineRow.objects.create(
            import_file=row, row_no=number + 2, key=f"L{number}", column="id_number", value="110101199001011234",
            code="checksum", reason_zh="身份证号校验位不对", reason_en="the check digit is wrong",
        )  # fmt: skip
    for loan in world.loans:
        MirrorDifference.objects.create(
            import_file=row, loan=loan, as_of_on=ON, field="balance", stated=100, computed=101
        )


def _day(each: int) -> None:
    if DayRun.objects.exists():
        return
    for back in range(each * 4):
        on = ON - timedelta(days=back)
        run = DayRun.objects.create(
            business_on=on,
            at=CLOSE - timedelta(days=back),
            state="closed",
            started_at=CLOSE,
            finished_at=CLOSE,
            digest="0" * 64,
        )
        DayStep.objects.create(
            run=run, ordinal=0, name="payments", finished_at=CLOSE, seconds=0.2, counts={"payments": 3}
        )
    for number in range(each * 4):
        Heartbeat.objects.create(job=f"test.job{number}", every_seconds=60, started_at=AT, finished_at=AT)
