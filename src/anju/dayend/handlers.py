"""Facts in: money that comes early makes reminders needless."""

from collections.abc import Sequence

from anju.dayend import reminders
from anju.platform.journal import handlers
from anju.platform.journal.queries import EntryRow


def payment_posted(entries: Sequence[EntryRow]) -> None:
    """A payment that covers the coming instalment moots its reminders. The ledger as it stands decides."""
    paid = [entry for entry in entries if entry.body.get("unapplied_fen", 0) > 0]
    if paid:
        reminders.cover(
            loan_ids=sorted({entry.subject_id for entry in paid}), at=max(entry.at for entry in paid)
        )


def connect() -> None:
    """Register the handlers; called once from the wiring."""
    handlers.register("dayend.payment_posted", ("servicing.payment.posted",), payment_posted)
