"""The stage before the first day: policy, two branches, their staff with log-ins, and the loan tape of the opening."""

import csv
import io
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from anju.contexts.catalogue.operations import load_products
from anju.contexts.servicing import operations as servicing
from anju.contexts.servicing.operations import ImportReport
from anju.contexts.servicing.tape.sampling import LOAN_HEADER, sample_tape
from anju.platform.identity import operations as identity
from anju.platform.identity import queries as identity_queries
from anju.platform.policies import operations as policies
from anju.site.cli.sample import shipped_tables
from anju.site.demo.state import LOGINS, Plan

ACTOR = "system:demo"
MAIN, SECOND = "3101", "3102"
BRANCHES = {MAIN: "示范支行", SECOND: "滨江支行"}
SECOND_IN_A_HUNDRED = 12
DIFFERS_EVERY = 120
"""Every so many rows state a balance one fen too low, so that mirror mode has something to report."""

LOAN_PREFIX = "SF"
"""Of every loan of the demonstration; simulated borrowers own these loans and no others."""

PHONE_PREFIXES = ("130", "133", "135", "136", "138", "139", "150", "158", "176", "182", "186", "189")
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff of the demonstration. Made-up names."""

    staff_no: str
    name: str
    role: str
    branch: str
    head_office: bool = False


STAFF = (
    Member("KH001", "周文静", "adviser", MAIN),
    Member("KH002", "吴思远", "adviser", MAIN),
    Member("HF001", "冯雨桐", "follow_up_agent", MAIN),
    Member("CS001", "何立明", "collector", MAIN),
    Member("FK001", "郑安然", "risk_officer", MAIN),
    Member("ZG001", "陈敬之", "supervisor", MAIN),
    Member("GL001", "林知远", "administrator", MAIN, head_office=True),
    Member("KH101", "许嘉禾", "adviser", SECOND),
    Member("HF101", "唐小满", "follow_up_agent", SECOND),
    Member("CS101", "罗海生", "collector", SECOND),
    Member("FK101", "宋一鸣", "risk_officer", SECOND),
    Member("ZG101", "沈清和", "supervisor", SECOND),
)
SHOWN = tuple(member for member in STAFF if member.branch == MAIN and member.staff_no != "KH002")
"""One log-in per role, as it is printed."""


def password(data_dir: Path) -> str:
    """The log-ins' password: made at the first run, kept in the data folder for its owner's eyes, nowhere in the code."""
    path = data_dir / LOGINS
    if path.exists():
        return path.read_text("utf-8").partition("=")[2].strip()
    groups = ["".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3)]
    made = "-".join(groups)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"ANJU_DEMO_PASSWORD={made}\n")
    return made


def people_in(*, at: datetime, password: str) -> None:
    """Policy, products, branches and staff. Again: only what is missing."""
    policies.load_shipped(at=at, by=ACTOR)
    load_products()
    branches = {code: identity.branch_ensure(code=code, name=name) for code, name in BRANCHES.items()}
    there = {row.staff_no for row in identity_queries.staff()}
    for member in STAFF:
        if member.staff_no not in there:
            identity.staff_create(
                staff_no=member.staff_no, name=member.name, role=member.role, branch_id=branches[member.branch],
                password=password, at=at, by=ACTOR, email=f"{member.staff_no.lower()}@example.com",
                sees_all_branches=member.head_office,
            )  # fmt: skip


def tape(plan: Plan) -> bytes:
    """The loan tape as a CSV file; the same for the same plan. Its people and numbers do not exist.

    Mobile numbers have 0000 in their middle, so that none is a number in use.
    """
    made = sample_tape(
        loans=plan.borrowers, seed=plan.seed, as_of=plan.as_of, until=plan.as_of, tables=shipped_tables(), faults=True
    )  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow((*LOAN_HEADER, "account_manager"))
    for number, cells in enumerate(made.loans):
        writer.writerow(_placed(dict(zip(LOAN_HEADER, cells, strict=True)), number))
    return out.getvalue().encode()


def _placed(cells: dict[str, str], number: int) -> list[str]:
    """A row of ours: its branch, manager and numbers. A row with a fault keeps it, to be met in the quarantine."""
    if not cells["loan_no"].startswith("GD"):
        cells["branch"] = cells["branch"] and MAIN
        return [*cells.values(), ""]
    cells["loan_no"] = LOAN_PREFIX + cells["loan_no"].removeprefix("GD")
    cells["branch"] = SECOND if number % 100 < SECOND_IN_A_HUNDRED else MAIN
    cells["phone"] = phone(2 * number)
    if cells["co_borrower_name"]:
        cells["co_borrower_phone"] = phone(2 * number + 1)
    if number % DIFFERS_EVERY == DIFFERS_EVERY - 1:
        cells["balance"] = f"{Decimal(cells['balance']) - Decimal('0.01'):.2f}"
    managers = [m.staff_no for m in STAFF if m.role == "adviser" and m.branch == cells["branch"]]
    return [*cells.values(), managers[number % len(managers)]]


def phone(number: int) -> str:
    """A mobile number of nobody."""
    return f"{PHONE_PREFIXES[number % len(PHONE_PREFIXES)]}0000{number // len(PHONE_PREFIXES) % 10000:04d}"


def load_tape(plan: Plan, *, at: datetime, note: Callable[[bytes], object] = lambda _: None) -> ImportReport:
    """Write and import the tape; the same again changes nothing."""
    content = tape(plan)
    note(content)
    return servicing.loans_load(content=content, name=tape_name(plan.as_of), by=ACTOR, at=at)


def tape_name(as_of: date) -> str:
    """File name of the opening tape."""
    return f"loans-{as_of.isoformat()}.csv"
