"""Every read of the loan ledger. Frozen rows out; a list is asked for with the branches its reader may see (None: all)."""

from anju.contexts.servicing.plan.changes import ChangeRow
from anju.contexts.servicing.queries.changes import change_allowed, change_quote, changes_of
from anju.contexts.servicing.queries.imports import (
    DifferenceRow,
    ImportRow,
    QuarantineLine,
    differences_page,
    import_row,
    imports_list,
    quarantine_csv,
    quarantine_page,
)
from anju.contexts.servicing.queries.loans import (
    LoanRow,
    OverdueRow,
    PartyRow,
    PaymentLine,
    PositionRow,
    closed_on,
    loan_row,
    loans_of_person,
    loans_page,
    overdue_positions,
    parties_of,
    payments_of,
    position_row,
    search,
)
from anju.contexts.servicing.queries.schedule import ScheduleRow, instalments_due, schedule_of

__all__ = [
    "ChangeRow",
    "DifferenceRow",
    "ImportRow",
    "LoanRow",
    "OverdueRow",
    "PartyRow",
    "PaymentLine",
    "PositionRow",
    "QuarantineLine",
    "ScheduleRow",
    "change_allowed",
    "change_quote",
    "changes_of",
    "closed_on",
    "differences_page",
    "import_row",
    "imports_list",
    "instalments_due",
    "loan_row",
    "loans_of_person",
    "loans_page",
    "overdue_positions",
    "parties_of",
    "payments_of",
    "position_row",
    "quarantine_csv",
    "quarantine_page",
    "schedule_of",
    "search",
]
