"""What a hold owes, told to the obligation ledger, and the outcomes of its work."""

from datetime import date

from anju.platform.holds.rows import WORK_KIND, extended_key, held_key, resumed_key
from anju.platform.journal.queries import EntryRow
from anju.platform.notices import owes
from anju.platform.work import outcomes
from anju.platform.work.outcomes import Outcome


def connect() -> None:
    """Called when the app is ready."""
    owes.register("holds.case.held", ("case_on_hold",), _held)
    owes.register("holds.case.extended", ("case_on_hold",), _extended)
    owes.register("holds.case.released", ("case_resumed",), _released)
    outcomes.register(
        WORK_KIND,
        [
            Outcome("released", "已解除搁置", "The hold was released", fields=("note",)),
            Outcome(
                "still_waiting",
                "政策未明，继续搁置并已告知",
                "Still waiting, people were told",
                fields=("note",),
            ),
        ],
    )


def _held(entry: EntryRow) -> list[str]:
    return [held_key(entry.body["hold_id"], entry.subject)]


def _extended(entry: EntryRow) -> list[str]:
    return [extended_key(entry.body["hold_id"], entry.subject, date.fromisoformat(entry.body["until_on"]))]


def _released(entry: EntryRow) -> list[str]:
    return [resumed_key(entry.body["hold_id"], entry.subject)]
