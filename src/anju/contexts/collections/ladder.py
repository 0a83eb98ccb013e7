"""The day's moves of all cases as one pure decision: yesterday's cases and today's arrears in, changes
out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from anju.contexts.servicing.queries import OverdueRow
from anju.core.ladder import LadderBands, rung_for


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case as it stood before the day's moves."""

    case_id: int
    loan_id: int
    rung: int
    rung_since: date | None
    days_past_due: int
    overdue_fen: int


@dataclass(frozen=True, slots=True)
class Move:
    """An open case enters another rung; `left` is None for a case that opens today."""

    loan: OverdueRow
    to_rung: int
    left: OpenCase | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Changes of one day. `figures` are cases that stay on their rung with other days or amounts."""

    opens: list[Move]
    moves: list[Move]
    figures: list[tuple[OpenCase, OverdueRow]]
    cured: list[OpenCase]


def decide(cases: Iterable[OpenCase], arrears: Iterable[OverdueRow], bands: LadderBands) -> Decision:
    """Each overdue loan stands on the rung of its days past due, up or down; a case without arrears is
    cured.
    """
    by_loan = {case.loan_id: case for case in cases}
    decision = Decision([], [], [], [])
    for loan in arrears:
        rung = rung_for(loan.days_past_due, bands)
        if rung == 0:
            continue
        case = by_loan.pop(loan.loan_id, None)
        if case is None:
            decision.opens.append(Move(loan, rung, None))
        elif case.rung != rung:
            decision.moves.append(Move(loan, rung, case))
        elif (case.days_past_due, case.overdue_fen) != (loan.days_past_due, loan.overdue_fen):
            decision.figures.append((case, loan))
    decision.cured.extend(by_loan.values())
    return decision
