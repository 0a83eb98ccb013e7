"""A loan tape into the book: new loans opened, known ones compared, everything else quarantined with its reason."""

import hmac
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from django.conf import settings

from anju.contexts.catalogue import queries as catalogue
from anju.contexts.servicing.models import ImportFile, Loan, LoanParty
from anju.contexts.servicing.operations import files, mirror
from anju.contexts.servicing.operations.base import rate_tables
from anju.contexts.servicing.operations.opening import Opening
from anju.contexts.servicing.operations.reports import ImportReport
from anju.contexts.servicing.operations.storing import (
    NewLoan,
    names_differ,
    people_of,
    persons_of,
    store_contacts,
    store_new,
)
from anju.contexts.servicing.operations.tape_openings import open_rows
from anju.contexts.servicing.tape.checking import check_loans
from anju.contexts.servicing.tape.reading import read_table
from anju.contexts.servicing.tape.rows import Issue, LoanRow, TapeRefused
from anju.core.basis_points import ppm_to_bp
from anju.core.engine.calendar import DueColumns, rule_giving
from anju.core.policy import PolicyTable
from anju.core.rates import RateTables
from anju.platform import bulk
from anju.platform.journal.facts import Fact

_TERMS = (
    ("principal", "principal_fen"), ("start_date", "start_on"), ("months", "months"), ("method", "method"),
    ("rate_type", "rate_kind"), ("rate", "fixed_ppm"), ("lpr_tenor", "tenor"), ("spread_bp", "spread_ppm"),
    ("repricing", "repricing"), ("cycle_months", "cycle_months"), ("lpr_since", "lpr_since"), ("due_day", "due_day"),
    ("home", "home"), ("first_due", "first_due"), ("first_due_date", "first_due_on"),
)  # fmt: skip
"""Contract terms: tape column and the attribute of both a tape row and a loan."""

_ATTRIBUTE = dict(_TERMS)


@dataclass(slots=True)
class Places:
    """What a tape's codes mean here: products, branches, staff."""

    products: dict[str, catalogue.ProductRow]
    branches: dict[str, int]
    staff: dict[str, int]
    made_branches: list[str] = field(default_factory=list)
    unknown_managers: Counter[str] = field(default_factory=Counter)

    def product_of(self, row: LoanRow) -> catalogue.ProductRow | None:
        """By code, or the first one in force of the loan's kind and home that is due monthly."""
        if row.product:
            return self.products.get(row.product)
        kind = "provident_fund_loan" if row.rate_kind == "provident" else "commercial_mortgage"
        fitting = (
            p for p in self.products.values() if (p.loan_type, p.home, p.is_usual) == (kind, row.home, True)
        )
        return next((p for p in fitting if p.active_to is None or row.start_on < p.active_to), None)

    def manager_of(self, row: LoanRow) -> int | None:
        """The account manager's id; a staff number nobody has is counted and told."""
        if row.account_manager and row.account_manager not in self.staff:
            self.unknown_managers[row.account_manager] += 1
        return self.staff.get(row.account_manager)


@bulk.without_collector
def loans_load(
    *,
    content: bytes,
    name: str,
    by: str,
    at: datetime,
    as_of: date | None = None,
    create_branches: bool | None = None,
    tables: RateTables | None = None,
    policy: PolicyTable | None = None,
) -> ImportReport:
    """Load a loan tape (docs/reference/tape.md), whole in one transaction. The same bytes again change nothing.

    ``as_of`` counts for rows without ``as_of_date`` (default: the day of ``at`` at the bank). ``create_branches``: make the
    branches that the tape names; None makes them only when there is no branch at all. ``by`` is an actor.

    Raises TapeRefused (kept as a rejected import): unreadable file, missing required column.
    """
    on = files.bank_date(at)
    digest = files.digest_of(content)
    before = files.loaded_before("loans", digest)
    if before is not None:
        return files.report_of(before, repeated=True)
    try:
        table = read_table(content, name)
        rows, issues, header = check_loans(table, on=on, as_of=as_of or on)
    except TapeRefused as why:
        files.refuse(kind="loans", name=name, digest=digest, by=by, at=at, why=why)
        raise
    notes = [*table.notes, *files.header_notes(header)]
    del table

    def body(
        cursor: Any, imported: ImportFile, report: ImportReport
    ) -> tuple[Sequence[Issue], Sequence[Fact]]:
        report.notes += notes
        used = tables or rate_tables()
        return _load(
            cursor, imported, report, rows, issues, at=at, tables=used, create_branches=create_branches,
            policy=policy,
        )  # fmt: skip

    newest = max((row.as_of_on for row in rows), default=as_of or on)
    return files.in_one_piece(kind="loans", name=name, digest=digest, as_of=newest, by=by, at=at, body=body)


def _load(
    cursor: Any,
    imported: ImportFile,
    report: ImportReport,
    rows: list[LoanRow],
    issues: list[Issue],
    *,
    at: datetime,
    tables: RateTables,
    create_branches: bool | None,
    policy: PolicyTable | None,
) -> tuple[Sequence[Issue], Sequence[Fact]]:
    places = _places(cursor, rows, create_branches)
    rows = list(_placed(rows, places, issues))
    _by_rule(
        row for row in rows if row.first_due_on is not None and _product(row, places).frequency == "monthly"
    )
    people = people_of(rows)
    rows = list(names_differ(rows, people, issues))
    known = _known(cursor, [row.loan_no for row in rows])
    digests = {row.loan_no: _digest(row) for row in rows}
    new = [row for row in rows if row.loan_no not in known]
    same = [row for row in rows if row.loan_no in known and known[row.loan_no][1] == digests[row.loan_no]]
    other = [row for row in rows if row.loan_no in known and known[row.loan_no][1] != digests[row.loan_no]]
    changed = list(_unchanged_terms(other, known, places, issues))
    opened = open_rows([(row, _product(row, places)) for row in new], tables, issues, policy)
    loans = [_new_loan(row, opening, places, digests[row.loan_no]) for row, opening in opened]
    people |= persons_of(loans, people, at)
    ids, facts = store_new(cursor, loans, people, imported_id=imported.pk, at=at)
    store_contacts([*(loan.row for loan in loans), *changed], people, at=at)
    _update_changed(cursor, changed, known, places, digests)
    report.rows_new, report.rows_changed, report.rows_same = len(loans), len(changed), len(same)
    compared = [(known[row.loan_no][0], row) for row in (*same, *changed)]
    facts += mirror.compare(
        cursor, imported.pk, report, [(ids[n.row.loan_no], n.row, n.opening) for n in loans], compared, tables
    )
    report.notes += _notes(places, [loan.opening for loan in loans])
    return issues, facts


def _product(row: LoanRow, places: Places) -> catalogue.ProductRow:
    """The product of a row that has been placed."""
    product = places.product_of(row)
    assert product is not None
    return product


def _new_loan(row: LoanRow, opening: Opening, places: Places, digest: str) -> NewLoan:
    product_id, branch_id = _product(row, places).id, places.branches[row.branch]
    return NewLoan(row, opening, product_id, branch_id, places.manager_of(row), digest)


def _places(cursor: Any, rows: Sequence[LoanRow], create_branches: bool | None) -> Places:
    cursor.execute("SELECT code, id FROM identity_branch")
    branches = dict(cursor.fetchall())
    made: list[str] = []
    if create_branches or (create_branches is None and not branches):
        made = sorted({row.branch for row in rows} - set(branches))
        for code in made:
            cursor.execute(
                "INSERT INTO identity_branch (code, name, zone) VALUES (%s, %s, 'Asia/Shanghai') RETURNING id",
                [code, code],
            )
            branches[code] = cursor.fetchone()[0]
    cursor.execute("SELECT staff_no, id FROM identity_staff")
    return Places(catalogue.products(), branches, dict(cursor.fetchall()), made)


def _placed(rows: Iterable[LoanRow], places: Places, issues: list[Issue]) -> Iterable[LoanRow]:
    """Rows whose branch and product are known; the first-due rule comes from the product unless the row says it."""
    for row in rows:
        product = places.product_of(row)
        found = []
        if row.branch not in places.branches:
            found.append(
                (
                    "branch",
                    row.branch,
                    "unknown_branch",
                    "机构不存在（可用 --create-branches 创建）",
                    "no such branch (--create-branches makes it)",
                )
            )
        if product is None:
            codes = " ".join(places.products) or "-"
            found.append(
                (
                    "product",
                    row.product,
                    "unknown_product",
                    f"产品代码不存在，现有：{codes}",
                    f"no such product, known: {codes}",
                )
            )
        elif (product.loan_type == "provident_fund_loan") != (row.rate_kind == "provident"):
            found.append(
                (
                    "product",
                    row.product,
                    "product_rate_mismatch",
                    "产品与利率类型不符",
                    "product and rate type do not fit",
                )
            )
        if found:
            issues += [
                Issue(row.row_no, row.loan_no, column, value, code, zh, en)
                for column, value, code, zh, en in found
            ]
        elif product is not None:
            row.first_due = row.first_due or product.first_due
            yield row


def _by_rule(rows: Iterable[LoanRow]) -> None:
    """A first due date that a rule gives is that rule: such loans need no fold of their own."""
    dated = [(row, row.first_due_on) for row in rows if row.first_due_on is not None]
    columns = np.array(
        [(row.start_on.toordinal(), row.due_day, first.toordinal()) for row, first in dated], dtype=np.int64
    ).reshape(-1, 3)
    next_month = np.array([row.first_due != "first_due_day" for row, _ in dated], dtype=np.bool_)
    rules = rule_giving(DueColumns(columns[:, 0], columns[:, 1], next_month), columns[:, 2])
    for (row, _), rule in zip(dated, rules.tolist(), strict=True):
        if rule >= 0:
            row.first_due, row.first_due_on = ("first_due_day", "next_month")[rule], None


def _known(cursor: Any, numbers: Sequence[str]) -> dict[str, tuple[int, str]]:
    cursor.execute(
        "SELECT loan_no, id, row_digest FROM servicing_loan WHERE loan_no = ANY(%s)", [list(numbers)]
    )
    return {number: (pk, digest) for number, pk, digest in cursor.fetchall()}


def _digest(row: LoanRow) -> str:
    """Keyed digest of all that a later tape may not or may change; not of the figures of the day."""
    added_later = () if row.first_due_on else ("first_due_date",)  # rows without it keep the digest they had
    parts = [_shown(row, column) for column, _ in _TERMS if column not in added_later]
    parts += [
        row.product,
        row.branch,
        row.borrower_name,
        row.id_number,
        row.phone,
        row.email,
        row.account_manager,
    ]
    parts += [row.co_borrower_name, row.co_borrower_id, row.co_borrower_phone]
    return hmac.digest(settings.ANJU_INDEX_KEY.encode(), "\x1f".join(parts).encode(), "sha256").hex()


def _unchanged_terms(
    rows: Sequence[LoanRow], known: dict[str, tuple[int, str]], places: Places, issues: list[Issue]
) -> Iterable[LoanRow]:
    """Rows whose contract is as on file, so that only contact data changed; the others are quarantined."""
    loans = {
        loan.loan_no: loan
        for loan in Loan.objects.filter(pk__in=[known[row.loan_no][0] for row in rows]).select_related(
            "borrower"
        )
    }
    co_borrowers = {
        party.loan_id: party.person.id_number
        for party in LoanParty.objects.filter(loan__in=loans.values(), role="co_borrower").select_related(
            "person"
        )
    }
    for row in rows:
        loan = loans[row.loan_no]
        differing = [column for column, name in _TERMS if getattr(row, name) != getattr(loan, name)]
        differing += ["id_number"] if row.id_number != loan.borrower.id_number else []
        stranger = row.co_borrower_id and row.co_borrower_id != co_borrowers.get(loan.pk)
        differing += ["co_borrower_id"] if stranger else []
        differing += ["branch"] if places.branches[row.branch] != loan.branch_id else []
        product = places.product_of(row)
        differing += (
            ["product"] if row.product and product is not None and product.id != loan.product_id else []
        )
        for column in differing:
            zh, en = (
                "合同要素与库中不一致，不能由贷款文件更改",
                "this contract term differs from the book; a tape cannot change it",
            )
            issues.append(
                Issue(row.row_no, row.loan_no, column, _shown(row, column), "terms_changed", zh, en)
            )
        if not differing:
            yield row


def _shown(row: LoanRow, column: str) -> str:
    """A value as text; spreads in basis points, as the tape has them (and digests of older rows)."""
    if column == "spread_bp":
        return str(ppm_to_bp(row.spread_ppm))
    return str(getattr(row, _ATTRIBUTE.get(column, column)))


def _update_changed(
    cursor: Any,
    rows: Sequence[LoanRow],
    known: dict[str, tuple[int, str]],
    places: Places,
    digests: dict[str, str],
) -> None:
    if not rows:
        return
    cursor.execute(
        "UPDATE servicing_loan l SET row_digest = c.digest, account_manager_id = coalesce(c.manager, l.account_manager_id)"
        " FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS c (id, digest, manager) WHERE l.id = c.id",
        [
            [known[row.loan_no][0] for row in rows],
            [digests[row.loan_no] for row in rows],
            [places.manager_of(row) for row in rows],
        ],
    )


def _notes(places: Places, opened: Sequence[Opening]) -> list[tuple[str, str]]:
    notes = []
    if places.made_branches:
        names = ", ".join(places.made_branches[:20])
        notes.append((f"新建机构 {len(places.made_branches)} 个：{names}", f"branches made: {names}"))
    if places.unknown_managers:
        names = ", ".join(sorted(places.unknown_managers)[:20])
        count = sum(places.unknown_managers.values())
        notes.append(
            (
                f"{count} 笔的客户经理不存在（留空）：{names}",
                f"{count} loans name an account manager nobody knows (left empty): {names}",
            )
        )
    provisional = sum(bool(opening.provisional) for opening in opened)
    if provisional:
        notes.append(
            (
                f"{provisional} 笔因 LPR 未录入而暂用上一期利率",
                f"{provisional} loans use the last known LPR provisionally: a later one is not loaded",
            )
        )
    return notes
