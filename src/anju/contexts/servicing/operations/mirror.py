"""Mirror mode: figures that the tape states against ours at the same close of day; every fen and every day that differs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from anju.contexts.servicing.facts import MirrorDiffers
from anju.contexts.servicing.models import Bill, Loan, MirrorDifference
from anju.contexts.servicing.operations.base import closed_on, copy_rows
from anju.contexts.servicing.operations.folding import opening_by_fold
from anju.contexts.servicing.operations.opening import Opening, Stated, Unrated, openings
from anju.contexts.servicing.operations.reports import ImportReport
from anju.contexts.servicing.plan.contract import contract_of
from anju.contexts.servicing.tape.rows import LoanRow
from anju.core.allocation import BillOpen, allocate
from anju.core.rates import RateTables
from anju.core.schedule import position
from anju.platform.journal.facts import Fact


@dataclass(frozen=True, slots=True)
class Figures:
    """Outstanding principal, coming instalment (fen), days past due, of one loan at the close of a day."""

    balance: int
    next_instalment: int
    days_past_due: int


_PAST = """
WITH unpaid AS (
  SELECT s.loan_id, b.due_on, b.due_on > s.as_of_on AS later, b.principal_fen, b.interest_fen,
         b.principal_fen - b.paid_principal_fen + coalesce(back.principal, 0) AS principal_open,
         b.interest_fen - b.paid_interest_fen + coalesce(back.interest, 0) AS interest_open
  FROM stated s JOIN servicing_bill b ON b.loan_id = s.loan_id
  LEFT JOIN LATERAL (
    SELECT sum(a.amount_fen) FILTER (WHERE a.component = 'principal') AS principal,
           sum(a.amount_fen) FILTER (WHERE a.component = 'interest') AS interest
    FROM servicing_allocation a JOIN servicing_payment p ON p.id = a.payment_id
    WHERE a.bill_id = b.id AND p.paid_on > s.as_of_on
  ) AS back ON b.paid_principal_fen + b.paid_interest_fen > 0
), summed AS (
  SELECT loan_id, sum(CASE WHEN later THEN principal_fen ELSE principal_open END) AS principal,
         sum(principal_open) FILTER (WHERE NOT later) AS principal_due,
         min(due_on) FILTER (WHERE NOT later AND principal_open + interest_open > 0) AS oldest,
         (array_agg(principal_fen + interest_fen ORDER BY due_on) FILTER (WHERE later))[1] AS coming
  FROM unpaid GROUP BY loan_id
)
SELECT s.loan_id, (p.balance_fen + coalesce(u.principal, 0))::bigint,
       coalesce(u.coming, p.next_principal_fen + p.next_interest_fen), coalesce(s.as_of_on - u.oldest, 0),
       p.by_fold, s.as_of_on, coalesce(u.principal_due, 0)::bigint
FROM stated s JOIN servicing_position p USING (loan_id) LEFT JOIN summed u USING (loan_id)
WHERE s.as_of_on >= p.opened_on AND s.as_of_on <= greatest(p.opened_on, %(closed)s::date)
"""

_AHEAD = """
SELECT s.loan_id, s.as_of_on, p.seq_next - 1, p.unapplied_fen, p.next_due_on,
       p.by_fold OR p.provisional_on IS NOT NULL OR p.corrected_on IS NOT NULL
FROM stated s JOIN servicing_position p USING (loan_id)
WHERE s.as_of_on > greatest(p.opened_on, %(closed)s::date)
"""


def compare(
    cursor: Any,
    import_id: int,
    report: ImportReport,
    new: Sequence[tuple[int, LoanRow, Opening]],
    known: Sequence[tuple[int, LoanRow]],
    tables: RateTables,
) -> list[Fact]:
    """Compare every row that states a figure; store the differences, count them in the report, return the fact if any.

    A new loan is compared with its opening; a known one with our ledger at the row's date, or, when that day is not closed
    here yet, with the ledger carried forward to it. A date before our own history is not compared, and told.
    """
    stated = [(loan_id, row) for loan_id, row in known if _states(row)]
    ours = _ledger(cursor, stated, tables)
    for loan_id, row, opening in new:
        if _states(row):
            coming = opening.next_principal_fen + opening.next_interest_fen
            ours[loan_id] = Figures(opening.outstanding_fen, coming, opening.days_past_due)
            stated.append((loan_id, row))
    untold = sum(loan_id not in ours for loan_id, _ in stated)
    if untold:
        report.notes.append(
            (
                f"{untold} 行的数据日期早于本系统建账日，未核对",
                f"{untold} rows are dated before our own history: not compared",
            )
        )
    differences = [
        (import_id, loan_id, row.as_of_on, field, said, computed)
        for loan_id, row in stated
        if loan_id in ours
        for field, said, computed in _differing(row, ours[loan_id])
    ]
    columns = "import_file_id, loan_id, as_of_on, field, stated, computed"
    copy_rows(cursor, MirrorDifference._meta.db_table, columns, differences)
    counts = {field: sum(each[3] == field for each in differences) for field in MirrorDifference.FIELDS}
    report.differences = {"compared": len(stated) - untold, **counts}
    return [MirrorDiffers(import_id, **counts)] if differences else []


def _states(row: LoanRow) -> bool:
    return not (row.balance_fen is None and row.next_instalment_fen is None and row.days_past_due is None)


def _differing(row: LoanRow, ours: Figures) -> Iterator[tuple[str, int, int]]:
    for field, said, computed in (
        ("balance", row.balance_fen, ours.balance),
        ("next_instalment", row.next_instalment_fen, ours.next_instalment),
        ("days_past_due", row.days_past_due, ours.days_past_due),
    ):
        if said is not None and said != computed:
            yield field, said, computed


def _ledger(cursor: Any, stated: Sequence[tuple[int, LoanRow]], tables: RateTables) -> dict[int, Figures]:
    if not stated:
        return {}
    cursor.execute("DROP TABLE IF EXISTS stated")
    cursor.execute(
        "CREATE TEMP TABLE stated (loan_id bigint PRIMARY KEY, as_of_on date NOT NULL) ON COMMIT DROP"
    )
    copy_rows(cursor, "stated", "loan_id, as_of_on", ((loan_id, row.as_of_on) for loan_id, row in stated))
    cursor.execute("ANALYZE stated")
    closed = {"closed": closed_on() or date.min}
    cursor.execute(_PAST, closed)
    past = cursor.fetchall()
    folded = Loan.objects.select_related("product").in_bulk([row[0] for row in past if row[4]])
    ours = {row[0]: Figures(*map(int, row[1:4])) for row in past}
    for loan_id, _, _, late, by_fold, as_of, unpaid in past:
        if by_fold:
            ours[loan_id] = _past_by_fold(folded[loan_id], as_of, int(unpaid), int(late), tables)
    cursor.execute(_AHEAD, closed)
    ahead = cursor.fetchall()
    if ahead:
        ours |= _carried_forward(ahead, tables)
    return ours


def _past_by_fold(loan: Loan, as_of: date, unpaid_fen: int, late: int, tables: RateTables) -> Figures:
    """Events move the balance in ways that bills do not tell, so the fold says what it was on that day."""
    contract = contract_of(loan, as_of, tables)
    then = position(contract.terms, contract.events, as_of)
    return Figures(then.balance_fen + unpaid_fen, then.next_amount_fen, late)


def _carried_forward(
    ahead: Sequence[tuple[int, date, int, int, date | None, bool]], tables: RateTables
) -> dict[int, Figures]:
    """Figures on a day that is not closed here: what fell due since counts as open, money waiting is put against it."""
    loans = Loan.objects.select_related("product").in_bulk([row[0] for row in ahead])
    open_bills: dict[int, list[BillOpen]] = {}
    for bill in Bill.objects.filter(loan_id__in=loans, state="open").order_by("due_on"):
        left = BillOpen(
            bill.seq,
            bill.due_on,
            bill.interest_fen - bill.paid_interest_fen,
            bill.principal_fen - bill.paid_principal_fen,
        )
        open_bills.setdefault(bill.loan_id, []).append(left)
    plain = [row for row in ahead if not row[5]]
    said = [Stated(as_of, billed, None) for _, as_of, billed, _, _, _ in plain]
    at_dates = dict(
        zip((row[0] for row in plain), openings([loans[row[0]] for row in plain], said, tables), strict=True)
    )
    for loan_id, as_of, _, _, next_due_on, by_fold in ahead:
        if by_fold:
            contract = contract_of(loans[loan_id], as_of, tables)
            from_on = Stated(as_of, None, None, next_due_on or date.max)
            at_dates[loan_id] = opening_by_fold(loans[loan_id], contract, from_on)
    ours = {}
    for loan_id, as_of, _, unapplied, _, _ in ahead:
        opening = at_dates[loan_id]
        if isinstance(opening, Unrated):
            continue
        due = open_bills.get(loan_id, [])
        due += [BillOpen(b.seq, b.due_on, b.interest_fen, b.principal_fen) for b in opening.bills]
        taken: dict[object, int] = {}
        principal = 0
        for piece in allocate(unapplied, due).pieces:
            taken[piece.bill_id] = taken.get(piece.bill_id, 0) + piece.amount_fen
            principal += piece.amount_fen if piece.component == "principal" else 0
        late = [b.due_on for b in due if b.interest_fen + b.principal_fen > taken.get(b.bill_id, 0)]
        ours[loan_id] = Figures(
            opening.balance_fen + sum(b.principal_fen for b in due) - principal,
            opening.next_principal_fen + opening.next_interest_fen,
            (as_of - min(late)).days if late else 0,
        )
    return ours
