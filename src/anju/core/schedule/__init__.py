"""The one loan arithmetic, scalar form: due dates, level payments, and the fold that makes a schedule.

`anju.core.engine` does the same over columns, fen for fen.
"""

from anju.core.schedule.due import DueRule, HasDueRule, due_on
from anju.core.schedule.fold import (
    Instalment,
    Position,
    Terms,
    advance,
    opening,
    position_after,
    schedule,
    total_interest_fen,
)
from anju.core.schedule.interest import (
    level_payment_fen,
    penalty_interest_fen,
    period_interest_fen,
    stub_interest_fen,
)

__all__ = [
    "DueRule",
    "HasDueRule",
    "Instalment",
    "Position",
    "Terms",
    "advance",
    "due_on",
    "level_payment_fen",
    "opening",
    "penalty_interest_fen",
    "period_interest_fen",
    "position_after",
    "schedule",
    "stub_interest_fen",
    "total_interest_fen",
]
