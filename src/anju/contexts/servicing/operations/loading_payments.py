"""A payments file into the book: stored once by reference, posted at once, so that cleared arrears are seen at once."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Min

from anju.contexts.servicing.models import ImportFile, Position
from anju.contexts.servicing.operations import files
from anju.contexts.servicing.operations.ageing import arrears_refresh
from anju.contexts.servicing.operations.base import closed_on, copy_rows, touch_ids
from anju.contexts.servicing.operations.posting import apply_money
from anju.contexts.servicing.operations.reports import ImportReport
from anju.contexts.servicing.tape.checking import check_payments
from anju.contexts.servicing.tape.reading import read_table
from anju.contexts.servicing.tape.rows import Issue, PaymentRow, TapeRefused
from anju.platform import bulk
from anju.platform.journal.facts import Fact

_COLUMNS = (
    "external_ref, loan_id, amount_fen, paid_on, channel, received_at, state, unapplied_fen, import_file_id"
)


@bulk.without_collector
def payments_load(
    *, content: bytes, name: str, by: str, at: datetime, as_of: date | None = None
) -> ImportReport:
    """Load a payments file, whole in one transaction, and post its money. The same bytes or references again change nothing.

    A payment dated on or before its loan's opening is kept as ``before_opening``: the opening holds it already. ``as_of``: the
    latest date a payment may bear (default: the day of ``at`` at the bank, or the open business day when the ledger is ahead of
    it). Raises TapeRefused, as ``loans_load``.
    """
    on = as_of or _latest_day(files.bank_date(at))
    digest = files.digest_of(content)
    before = files.loaded_before("payments", digest)
    if before is not None:
        return files.report_of(before, repeated=True)
    try:
        table = read_table(content, name)
        rows, issues, header = check_payments(table, on=on)
    except TapeRefused as why:
        files.refuse(kind="payments", name=name, digest=digest, by=by, at=at, why=why)
        raise

    def body(
        cursor: Any, imported: ImportFile, report: ImportReport
    ) -> tuple[Sequence[Issue], Sequence[Fact]]:
        report.notes += [*table.notes, *files.header_notes(header)]
        return issues, _load(cursor, imported, report, rows, issues, on=on, at=at)

    return files.in_one_piece(kind="payments", name=name, digest=digest, as_of=on, by=by, at=at, body=body)


def _load(
    cursor: Any,
    imported: ImportFile,
    report: ImportReport,
    rows: Sequence[PaymentRow],
    issues: list[Issue],
    *,
    on: date,
    at: datetime,
) -> list[Fact]:
    cursor.execute(
        "SELECT l.loan_no, l.id, p.opened_on FROM servicing_loan l JOIN servicing_position p ON p.loan_id = l.id"
        " WHERE l.loan_no = ANY(%s)",
        [list({row.loan_no for row in rows})],
    )
    loans = {number: (pk, opened_on) for number, pk, opened_on in cursor.fetchall()}
    cursor.execute(
        "SELECT external_ref, loan_id, amount_fen, paid_on FROM servicing_payment WHERE external_ref = ANY(%s)",
        [[row.payment_ref for row in rows]],
    )
    known = {ref: (loan_id, amount, paid_on) for ref, loan_id, amount, paid_on in cursor.fetchall()}
    new: list[PaymentRow] = []
    for row in rows:
        if row.loan_no not in loans:
            zh, en = "没有此贷款编号", "no loan has this number"
            issues.append(Issue(row.row_no, row.payment_ref, "loan_no", row.loan_no, "unknown_loan", zh, en))
        elif row.payment_ref not in known:
            new.append(row)
        elif known[row.payment_ref] == (loans[row.loan_no][0], row.amount_fen, row.paid_on):
            report.rows_same += 1
        else:
            zh, en = "流水号已存在但内容不同", "this reference was taken before with other contents"
            issues.append(
                Issue(row.row_no, row.payment_ref, "payment_ref", row.payment_ref, "reference_reused", zh, en)
            )
    report.rows_new = len(new)
    copy_rows(cursor, "servicing_payment", _COLUMNS, (_payment(row, loans, imported.pk, at) for row in new))
    return _post(cursor, report, {loans[row.loan_no][0] for row in new}, on)


def _payment(
    row: PaymentRow, loans: dict[str, tuple[int, date]], import_id: int, at: datetime
) -> tuple[Any, ...]:
    loan_id, opened_on = loans[row.loan_no]
    state = "before_opening" if row.paid_on <= opened_on else "received"
    return row.payment_ref, loan_id, row.amount_fen, row.paid_on, row.channel, at, state, 0, import_id


def _latest_day(today: date) -> date:
    """Today, or the open business day when days ahead of today have been closed (a drill, a demonstration)."""
    closed = closed_on()
    return today if closed is None else max(today, closed + timedelta(days=1))


def _open_day(on: date) -> date:
    """The day the ledger stands in: the one after the last closed day (or the earliest opening), at most ``on``."""
    closed = closed_on() or Position.objects.aggregate(first=Min("opened_on"))["first"]
    return on if closed is None else min(on, closed + timedelta(days=1))


def _post(cursor: Any, report: ImportReport, loan_ids: set[int], on: date) -> list[Fact]:
    """Post what belongs to the open day or before it; later money waits for the day end of its date."""
    if not loan_ids:
        return []
    touch_ids(cursor, sorted(loan_ids))
    counts, facts = apply_money(cursor, on=_open_day(on))
    aged, more = arrears_refresh(cursor, loan_ids=loan_ids)
    cursor.execute(
        "SELECT state, count(*) FROM servicing_payment WHERE import_file_id = %s GROUP BY state",
        [report.import_id],
    )
    states = dict(cursor.fetchall())
    report.posted = {
        **counts,
        "arrears_cleared": aged["cleared"],
        "before_opening": states.get("before_opening", 0),
        "waiting": states.get("received", 0),
    }
    return [*facts, *more]
