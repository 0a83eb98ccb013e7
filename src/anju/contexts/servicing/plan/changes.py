"""A posted change as everybody outside sees it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from anju.contexts.servicing.models import LoanChange
from anju.core.schedule import Quote


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """An event of the plan as accepted and posted. ``figures``: see ``figures_of``."""

    event_id: int
    loan_id: int
    kind: str
    on: date
    body: dict[str, Any]
    principal_fen: int
    interest_fen: int
    fee_fen: int
    figures: dict[str, Any]
    asked_on: date
    recorded_at: datetime
    actor: str

    @property
    def total_fen(self) -> int:
        """What was paid."""
        return self.principal_fen + self.interest_fen + self.fee_fen


def row_of(change: LoanChange) -> ChangeRow:
    """The row of a stored change."""
    event = change.event
    return ChangeRow(
        event.pk, event.loan_id, event.kind, event.effective_on, event.body, change.principal_fen, change.interest_fen,
        change.fee_fen, change.figures, change.asked_on, event.recorded_at, change.actor,
    )  # fmt: skip


def figures_of(quoted: Quote) -> dict[str, Any]:
    """What a quote promised of the time after, fen and ISO days; None where there is no such day."""
    before, after = quoted.before, quoted.after
    days = {"next_due_on": after.next_due_on, "end_on": after.end_on, "break_even_on": quoted.break_even_on}
    return {
        "balance_before_fen": before.balance_fen,
        "balance_fen": after.balance_fen,
        "instalment_before_fen": before.instalment_fen,
        "instalment_fen": after.instalment_fen,
        "next_amount_fen": after.next_amount_fen,
        "periods_before": before.periods_left,
        "periods_left": after.periods_left,
        "interest_saved_fen": quoted.interest_saved_fen,
        **{name: day.isoformat() if day else None for name, day in days.items()},
    }
