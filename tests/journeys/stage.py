"""The stage of a journey: two branches with staff, loans that came in by tape, days that pass, people who click."""

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.test import Client
from stdnum.cn import ric

from anju.adapters.inbox import InboxPort
from anju.adapters.simulated.provider import SimulatedProvider
from anju.adapters.simulated.world import Dice, People
from anju.contexts.catalogue.operations import load_products
from anju.contexts.servicing import operations as servicing
from anju.contexts.servicing import queries as servicing_queries
from anju.core.working_time import BANK_ZONE
from anju.platform.identity import operations as identity
from anju.platform.journal import handlers
from anju.platform.notices import queries as notices
from anju.platform.policies import operations as policies
from anju.site.demo.life import World

OPENED_ON = date(2026, 10, 31)
"""The day of the tape, a Saturday; the loans' due day is the 10th of November, a Tuesday."""
PASSWORD = "journey-pass-2026"
LINK = re.compile(r"/a/[\w.\-]+")


def at(day: int, hour: int = 10, minute: int = 0, month: int = 11) -> datetime:
    """An instant of November (or another month) 2026 in Shanghai."""
    return datetime(2026, month, day, hour, minute, tzinfo=BANK_ZONE)


def loan(number: int, **given: str) -> dict[str, str]:
    """A row of the tape: fixed 4.2 %, 240 months, due on the 10th, everything paid until now."""
    body = f"110105198503{10 + number % 18:02d}{number:03d}"
    row = {
        "loan_no": f"JT{number:06d}", "borrower_name": "王晓梅", "id_number": body + ric.calc_check_digit(body + "0"),
        "phone": f"1380000{number:04d}", "email": f"jt{number}@example.com", "principal": "900000", "start_date": "2022-03-15",
        "months": "240", "method": "等额本息", "rate_type": "固定", "rate": "4.2", "due_day": "10", "branch": "SH01",
        "product": "CM1", "account_manager": "KH9", "as_of_date": OPENED_ON.isoformat(), "paid_periods": "55",
    }  # fmt: skip
    return row | given


def table(rows: list[Mapping[str, str]]) -> bytes:
    """A CSV file of these rows."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@dataclass
class Stage:
    """Everything a journey needs. `stand_at` sets the clock of the screens."""

    stand_at: Callable[[datetime], None]
    branches: dict[str, int] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)
    day: date = OPENED_ON

    def __post_init__(self) -> None:
        self.sms, self.email = SimulatedProvider("sms"), SimulatedProvider("email")
        ports = {"inbox": [InboxPort()], "sms": [self.sms], "email": [self.email]}
        self.world = World(People(Dice(1), OPENED_ON), ports, staffed=False)
        morning = at(31, 9, month=10)
        policies.load_shipped(at=morning, by="system:test")
        load_products()
        for code, name in (("SH01", "徐汇支行"), ("SH02", "浦东支行")):
            self.branches[code] = identity.branch_ensure(code=code, name=name)
        self.join("KH9", "adviser", "SH01")

    def join(self, staff_no: str, role: str, branch: str) -> int:
        """A member of staff."""
        self.staff[staff_no] = identity.staff_create(
            staff_no=staff_no, name=staff_no, role=role, branch_id=self.branches[branch], password=PASSWORD,
            at=at(31, 9, month=10), by="system:test",
        )  # fmt: skip
        return self.staff[staff_no]

    def desk(self, staff_no: str) -> Client:
        """A browser in which this member of staff is logged in."""
        from django.contrib.auth import get_user_model

        client = Client()
        client.force_login(
            get_user_model().objects.get(staff_no=staff_no),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        return client

    def tape(self, *rows: Mapping[str, str]) -> None:
        """These loans come in at the close of the opening day."""
        report = servicing.loans_load(
            content=table(list(rows)), name="tape.csv", by="system:test", at=at(31, 21, month=10)
        )
        assert (report.rows_new, report.rows_bad) == (len(rows), 0), servicing_queries.quarantine_csv(
            report.import_id
        )

    def loan(self, number: int) -> servicing_queries.LoanRow:
        (found,) = servicing_queries.search(f"JT{number:06d}", None)
        return found

    def pay(self, number: int, fen: int, when: datetime) -> None:
        """A payments file with one line."""
        on = when.astimezone(BANK_ZONE).date()
        line = {
            "payment_ref": f"P{number}-{when:%m%d%H%M}", "loan_no": f"JT{number:06d}",
            "amount": f"{fen // 100}.{fen % 100:02d}", "paid_date": on.isoformat(),
        }  # fmt: skip
        report = servicing.payments_load(content=table([line]), name="p.csv", by="system:test", at=when)
        assert (report.rows_new, report.rows_bad) == (1, 0)
        handlers.drain()

    def live_through(self, last_on: date) -> None:
        """Whole days, each closed at 20:00, messages moving morning, noon and evening."""
        while self.day < last_on:
            self.day += timedelta(days=1)
            self.world.live_day(self.day)

    def messages_at(self, when: datetime) -> None:
        """The worker's work at an instant."""
        self.world.move_messages(when)

    def overdue_fen(self, number: int) -> int:
        return servicing_queries.position_row(self.loan(number).id).overdue_fen

    def notice(self, number: int, notice_type: str) -> notices.ObligationRow:
        """The newest notice of a type about a loan."""
        rows = notices.obligations_of(("loan", self.loan(number).id))
        return next(row for row in rows if row.notice_type == notice_type)

    def attempts(self, row: notices.ObligationRow) -> list[tuple[str, str, str]]:
        """`(channel, state, error class)` of every try of a notice, in order."""
        page = notices.obligation_page(row.id)
        assert page is not None
        return [(a.channel, a.state, a.error_class) for step in page.steps for a in step.attempts]

    def link_of(self, row: notices.ObligationRow) -> str:
        """The link in the last text of a notice that carries one, as the borrower finds it."""
        page = notices.obligation_page(row.id)
        assert page is not None
        texts = [attempt.body for step in page.steps for attempt in step.attempts if "/a/" in attempt.body]
        found = LINK.search(texts[-1])
        assert found is not None
        return found[0]

    def click(self, row: notices.ObligationRow, when: datetime) -> Any:
        """The borrower opens the link without logging in and presses the button."""
        self.stand_at(when)
        browser, link = Client(), self.link_of(row)
        assert browser.get(link).status_code == 200
        answer = browser.post(link)
        handlers.drain()
        return answer


def close_of(day: int) -> datetime:
    """The close of a day of November."""
    return datetime.combine(date(2026, 11, day), time(20), BANK_ZONE)
