"""Borrowers for the portal: an ordinary one with two loans, one in arrears, one with a very long name, one with none."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page
from stdnum.cn import ric

from anju.contexts.catalogue.operations import load_products
from anju.contexts.parties.models import Person
from anju.contexts.parties.operations import person_index
from anju.contexts.servicing.models import Loan, Position, QuarantineRow
from anju.contexts.servicing.operations import loans_load
from anju.platform.contacts import operations as contacts
from anju.platform.identity.models import Branch
from anju.platform.notices import operations as notices
from anju.platform.notices.models import Obligation
from anju.platform.notices.ports import Message, Submitted
from anju.platform.policies.operations import load_shipped
from anju.web.portal import codes, session

HEADER = (
    "loan_no,borrower_name,id_number,phone,email,principal,start_date,months,method,rate_type,rate,lpr_tenor,"
    "spread_bp,repricing,due_day,branch,home"
)
LONG_NAME = "阿卜杜热合曼·买买提吐尔逊·艾尔肯江·阿不都热依木"


def id_number(serial: int) -> str:
    """A made-up ID number with a right check digit."""
    head = f"31010419850{serial % 9 + 1}12{serial:03d}"[:17].ljust(17, "1")
    return head + ric.calc_check_digit(f"{head}0")


@dataclass
class SmsCatcher:
    """A port that keeps what it is given."""

    name: str = "catcher"
    channel: str = "sms"
    idempotent: bool = True
    can_poll: bool = False
    given: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> Submitted:
        self.given.append(message)
        return Submitted(f"ref-{message.key}")

    def poll(self, *, key: str, provider_ref: str, at: datetime) -> None:
        return None


@dataclass(frozen=True)
class Book:
    """Person ids by role in these tests, and their loans."""

    plain: int
    late: int
    long: int
    none: int
    loans: dict[int, list[int]]


def _row(number: int, name: str, person: int, phone: str, start: date, **other: str) -> str:
    given = {
        "principal": "1000000.00", "months": "360", "method": "level_payment", "rate_type": "lpr", "rate": "",
        "lpr_tenor": "5y", "spread_bp": "-30", "repricing": "january_1", "home": "first", **other,
    }  # fmt: skip
    values = {
        **given, "loan_no": f"HL2021{number:06d}", "borrower_name": name, "id_number": id_number(person), "phone": phone,
        "email": f"p{person}@example.com", "start_date": start.isoformat(), "due_day": "20", "branch": "SH01",
    }  # fmt: skip
    return ",".join(values[column] for column in HEADER.split(","))


@pytest.fixture
def book(transactional_db: None) -> Book:
    """Loaded from a small tape, today."""
    at = timezone.now()
    load_shipped(at=at, by="system:test")
    load_products()
    Branch.objects.get_or_create(code="SH01", defaults={"name": "上海徐汇支行"})
    start = date(2021, 3, 10)
    lines = [
        HEADER,
        _row(1, "王小明", 1, "13800138001", start),
        _row(2, "王小明", 1, "13800138001", start, principal="400000", method="level_principal", rate_type="provident",
             lpr_tenor="", spread_bp="", repricing=""),
        _row(3, "欧阳静", 2, "13900139002", start, months="240"),
        _row(4, LONG_NAME, 3, "13700137003", start, rate_type="fixed", rate="4.2", lpr_tenor="", spread_bp="",
             repricing="", principal="98765432.10"),
    ]  # fmt: skip
    report = loans_load(
        content="".join(f"{line}\n" for line in lines).encode(),
        name="loans.csv",
        by="system:test",
        at=at,
        create_branches=False,
    )
    assert report.rows_new == 4, list(QuarantineRow.objects.values_list("column", "reason_zh"))
    person = {row.name: row.pk for row in Person.objects.all()}
    none = Person.objects.create(
        name="李无贷", id_number=id_number(4), id_number_index=person_index(id_number(4)), created_at=at
    )
    contacts.set_addresses_many([(none.pk, "phone", "13600136004")], at=at)
    late = Loan.objects.get(loan_no="HL2021000003")
    Position.objects.filter(pk=late.pk).update(
        overdue_fen=652_345, days_past_due=6, oldest_unpaid_due_on=(at - timedelta(days=6)).date()
    )
    loans: dict[int, list[int]] = {pk: [] for pk in (*person.values(), none.pk)}
    for loan in Loan.objects.order_by("pk"):
        loans[loan.borrower_id].append(loan.pk)
    return Book(person["王小明"], person["欧阳静"], person[LONG_NAME], none.pk, loans)


@pytest.fixture
def sms(monkeypatch: pytest.MonkeyPatch) -> SmsCatcher:
    """Where one-time codes go."""
    catcher = SmsCatcher()
    monkeypatch.setattr(codes, "_finders", [lambda: catcher])
    return catcher


@pytest.fixture
def log_in(live_server: Any) -> Callable[[BrowserContext | Page, int], None]:
    """``log_in(page, person_id)``: a borrower's session without the code, for tests about something else."""

    def enter(where: BrowserContext | Page, person_id: int) -> None:
        store = SessionStore()
        store[session.KEY] = {"person_id": person_id, "seen": int(timezone.now().timestamp())}
        store.save()
        context = where.context if isinstance(where, Page) else where
        context.add_cookies([{"name": "sessionid", "value": store.session_key or "", "url": live_server.url}])

    return enter


@pytest.fixture
def remind(book: Book) -> Callable[..., int]:
    """``remind(person_id)``: a reminder lies in the person's inbox; its obligation's id."""
    from anju.adapters.inbox import InboxPort

    count = iter(range(1, 1000))

    def owe(person_id: int, *, loan_no: str = "HL2021000001") -> int:
        at = timezone.now()
        key = f"reminder:{person_id}:{next(count)}"
        loan_id = (book.loans[person_id] or [1])[0]
        notices.owe(
            notice_type="reminder_5",
            key=key,
            person_id=person_id,
            subject=("loan", loan_id),
            branch_id=Branch.objects.get().pk,
            variables={
                "loan_no": loan_no,
                "due_on": (at + timedelta(days=5)).date().isoformat(),
                "amount_fen": 465_432,
            },
            owed_at=at,
        )
        notices.plan(at=at)
        notices.send(at=at, ports={"inbox": [InboxPort()]})
        return Obligation.objects.get(key=key).pk

    return owe
