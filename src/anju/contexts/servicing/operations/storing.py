"""New loans into the tables, by COPY: persons, loans, parties, positions, open bills, opening events, contact data."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anju.contexts.parties import operations as parties
from anju.contexts.servicing.facts import ArrearsStarted, LoanOpened, LoanSettled
from anju.contexts.servicing.operations.base import copy_rows
from anju.contexts.servicing.operations.opening import Opening
from anju.contexts.servicing.tape.rows import Issue, LoanRow
from anju.platform.contacts.operations import set_addresses_many
from anju.platform.journal.facts import Fact


@dataclass(slots=True)
class NewLoan:
    """A good row with its opening and what its codes mean here."""

    row: LoanRow
    opening: Opening
    product_id: int
    branch_id: int
    manager_id: int | None
    digest: str


def people_of(rows: Iterable[LoanRow]) -> parties.Known:
    """Who of the borrowers and co-borrowers of these rows is known already."""
    numbers = {row.id_number for row in rows}
    return parties.persons_on_file(
        id_numbers=numbers | {row.co_borrower_id for row in rows if row.co_borrower_id}
    )


def names_differ(rows: Sequence[LoanRow], known: parties.Known, issues: list[Issue]) -> Iterator[LoanRow]:
    """Rows whose names agree with the name on file, or first seen in this tape, for the same ID number (S4-031)."""
    names = {number: name for number, (_, name) in known.items()}
    for row in rows:
        good = True
        for column, name, number in (
            ("borrower_name", row.borrower_name, row.id_number),
            ("co_borrower_name", row.co_borrower_name, row.co_borrower_id),
        ):
            if number and names.setdefault(number, name) != name:
                zh, en = "同一身份证号对应不同姓名", "another name is on file for this ID number"
                issues.append(Issue(row.row_no, row.loan_no, column, name, "name_differs", zh, en))
                good = False
        if good:
            yield row


_LOAN = (
    "loan_no, branch_id, product_id, borrower_id, account_manager_id, principal_fen, months, method, start_on, due_day,"
    " rate_kind, fixed_ppm, tenor, spread_ppm, repricing, cycle_months, home, lpr_since, first_due, first_due_on, state, row_digest,"
    " imported_by_id, created_at"
)
_POSITION = (
    "loan_id, seq_next, balance_fen, instalment_fen, rate_ppm, opened_on, period_start_on, period_rate_ppm, rate_since_on,"
    " rate_days, instalment_after_fen, next_reprice_on, next_due_on, next_principal_fen, next_interest_fen,"
    " oldest_unpaid_due_on, overdue_fen, days_past_due, unapplied_fen, as_of_on, by_fold, provisional_on"
)
_BILL = (
    "loan_id, seq, due_on, principal_fen, interest_fen, rate_ppm, balance_after_fen, paid_principal_fen, paid_interest_fen,"
    " state, paid_on, kind"
)


def store_new(
    cursor: Any, loans: Sequence[NewLoan], persons: parties.Known, *, imported_id: int, at: datetime
) -> tuple[dict[str, int], list[Fact]]:
    """Write new loans; their ids by loan number, and the facts to record."""
    if not loans:
        return {}, []
    copy_rows(cursor, "servicing_loan", _LOAN, (_loan(loan, persons, imported_id, at) for loan in loans))
    cursor.execute("SELECT loan_no, id FROM servicing_loan WHERE imported_by_id = %s", [imported_id])
    ids: dict[str, int] = dict(cursor.fetchall())
    copy_rows(cursor, "servicing_loanparty", "loan_id, person_id, role", _parties(loans, ids, persons))
    copy_rows(
        cursor, "servicing_position", _POSITION, (_position(ids[n.row.loan_no], n.opening) for n in loans)
    )
    copy_rows(cursor, "servicing_bill", _BILL, _bills(loans, ids))
    copy_rows(
        cursor,
        "servicing_loanevent",
        "loan_id, kind, effective_on, recorded_at, body",
        _events(loans, ids, at),
    )
    return ids, list(_facts(loans, ids, imported_id))


def persons_of(loans: Sequence[NewLoan], known: parties.Known, at: datetime) -> parties.Known:
    """Everybody in these loans, made where not known."""
    rows = [parties.NewPerson(loan.row.borrower_name, loan.row.id_number) for loan in loans]
    rows += [
        parties.NewPerson(loan.row.co_borrower_name, loan.row.co_borrower_id)
        for loan in loans
        if loan.row.co_borrower_id
    ]
    return parties.persons_ensure(rows=rows, at=at, known=known)


def is_settled(opening: Opening) -> bool:
    """Every instalment fell due and none is open."""
    return opening.next_due_on is None and not opening.bills


def _loan(loan: NewLoan, persons: parties.Known, imported_id: int, at: datetime) -> tuple[Any, ...]:
    row = loan.row
    return (
        row.loan_no, loan.branch_id, loan.product_id, persons[row.id_number][0], loan.manager_id, row.principal_fen,
        row.months, row.method, row.start_on, row.due_day, row.rate_kind, row.fixed_ppm, row.tenor, row.spread_ppm,
        row.repricing, row.cycle_months, row.home, row.lpr_since, row.first_due, row.first_due_on,
        "settled" if is_settled(loan.opening) else "active", loan.digest, imported_id, at,
    )  # fmt: skip


def _parties(
    loans: Sequence[NewLoan], ids: dict[str, int], persons: parties.Known
) -> Iterator[tuple[Any, ...]]:
    for loan in loans:
        yield ids[loan.row.loan_no], persons[loan.row.id_number][0], "borrower"
        if loan.row.co_borrower_id:
            yield ids[loan.row.loan_no], persons[loan.row.co_borrower_id][0], "co_borrower"


def _position(loan_id: int, o: Opening) -> tuple[Any, ...]:
    return (
        loan_id, o.due_periods + 1, o.balance_fen, o.instalment_fen, o.rate_ppm, o.on, o.period_start_on, o.period_rate_ppm,
        o.rate_since_on, o.rate_days, o.instalment_after_fen, o.next_reprice_on, o.next_due_on, o.next_principal_fen,
        o.next_interest_fen, o.oldest_unpaid_due_on, o.overdue_fen, o.days_past_due, 0, o.on, o.by_fold,
        o.provisional[0].effective_on if o.provisional else None,
    )  # fmt: skip


def _bills(loans: Sequence[NewLoan], ids: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    for loan in loans:
        for bill in loan.opening.bills:
            yield (
                ids[loan.row.loan_no], bill.seq, bill.due_on, bill.principal_fen, bill.interest_fen, bill.rate_ppm,
                bill.balance_after_fen, 0, 0, "open", None, bill.kind,
            )  # fmt: skip


def _events(loans: Sequence[NewLoan], ids: dict[str, int], at: datetime) -> Iterator[tuple[Any, ...]]:
    for loan in loans:
        opening = loan.opening
        body = {
            "paid_periods": opening.paid_periods,
            "due_periods": opening.due_periods,
            "balance_fen": opening.balance_fen,
            "outstanding_fen": opening.outstanding_fen,
            "next_instalment_fen": opening.next_principal_fen + opening.next_interest_fen,
        }
        yield ids[loan.row.loan_no], "opening", opening.on, at, json.dumps(body)
        for step in opening.provisional:
            told = {
                "from_ppm": step.rate_ppm,
                "to_ppm": step.rate_ppm,
                "source": step.source,
                "provisional": True,
            }
            yield ids[loan.row.loan_no], "repriced", step.effective_on, at, json.dumps(told)


def _facts(loans: Sequence[NewLoan], ids: dict[str, int], imported_id: int) -> Iterator[Fact]:
    for loan in loans:
        loan_id, opening = ids[loan.row.loan_no], loan.opening
        yield LoanOpened(loan_id, opening.on, imported_id, opening.paid_periods, opening.outstanding_fen)
        if opening.days_past_due and opening.oldest_unpaid_due_on is not None:
            yield ArrearsStarted(
                loan_id, opening.on, opening.oldest_unpaid_due_on, opening.overdue_fen, opening.days_past_due
            )
        if is_settled(opening):
            yield LoanSettled(loan_id, opening.on)


def store_contacts(rows: Iterable[LoanRow], people: parties.Known, *, at: datetime) -> int:
    """Phones and e-mails of borrowers and co-borrowers become their live addresses; how many are new or changed."""
    addresses: list[tuple[int, str, str]] = []
    for row in rows:
        borrower = people[row.id_number][0]
        addresses.append((borrower, "phone", row.phone))
        if row.email:
            addresses.append((borrower, "email", row.email))
        if row.co_borrower_id and row.co_borrower_phone:
            addresses.append((people[row.co_borrower_id][0], "phone", row.co_borrower_phone))
    return set_addresses_many(addresses, at=at)
