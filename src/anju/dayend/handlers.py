"""Facts in: money that comes makes reminders needless."""

from collections.abc import Sequence

from anju.dayend import reminders
from anju.platform.journal import handlers
from anju.platform.journal.queries import EntryRow
from anju.platform.notices import owes


def payment_posted(entries: Sequence[EntryRow]) -> None:
    """A payment moots the reminders of what it covers or has paid. The ledger as it stands decides."""
    loans = sorted({entry.subject_id for entry in entries})
    reminders.cover(loan_ids=loans, at=max(entry.at for entry in entries))


def connect() -> None:
    """Register the handlers; called once from the wiring."""
    owes.register_check("dayend.day.closed", reminders.lacking)
    handlers.register("dayend.payment_posted", ("servicing.payment.posted",), payment_posted)
