"""The one loan arithmetic, scalar form: terms and events in, rows, positions and quotes out.

Start with `Terms`, then `schedule(terms)`; give `events` for what happens later; `totals(terms)` is the light
path; `position`, `quote`, `prepay_options` and `post` look at a day; `explain` says how a figure came about.
`anju.core.engine` does the same over columns, fen for fen.
"""

from typing import TYPE_CHECKING

from anju.core.lazy import face

if TYPE_CHECKING:
    from anju.core.schedule.combine import CombinedRow, combined
    from anju.core.schedule.conventions import Conventions
    from anju.core.schedule.difference import interest_difference_fen
    from anju.core.schedule.due import DueRule, FirstDue, HasDueRule, due_on
    from anju.core.schedule.events import (
        AddInterest,
        Capitalise,
        DueDayChange,
        Event,
        Extend,
        Holiday,
        InterestOnly,
        MethodChange,
        Payoff,
        Prepay,
        RateChange,
        Restructure,
        Waive,
    )
    from anju.core.schedule.explanations import explain
    from anju.core.schedule.figures import Explanation, Figure
    from anju.core.schedule.fold import (
        Position,
        Totals,
        advance,
        lived,
        opening,
        position,
        position_after,
        post,
        schedule,
        total_interest_fen,
        totals,
    )
    from anju.core.schedule.interest import (
        level_payment_fen,
        penalty_interest_fen,
        period_interest_fen,
        stub_interest_fen,
    )
    from anju.core.schedule.limits import EventLimits, allowed
    from anju.core.schedule.notes import ComplianceNote, compliance_notes
    from anju.core.schedule.overdue import (
        Overdue,
        OverdueLine,
        OverdueRule,
        Payment,
        Unpaid,
        accelerated,
        overdue_position,
    )
    from anju.core.schedule.penalties import NO_PENALTY, PenaltyRule, PenaltyTier
    from anju.core.schedule.quotes import Outlook, Quote, prepay_options, quote
    from anju.core.schedule.rateline import RateLine
    from anju.core.schedule.rows import Instalment, Row
    from anju.core.schedule.state import State
    from anju.core.schedule.terms import MONTHS_MAX, Method, Stage, Terms

__getattr__ = face(
    __name__,
    {
        "combine": (
            "CombinedRow",
            "combined",
        ),
        "conventions": ("Conventions",),
        "difference": ("interest_difference_fen",),
        "due": (
            "DueRule",
            "FirstDue",
            "HasDueRule",
            "due_on",
        ),
        "events": (
            "AddInterest",
            "Capitalise",
            "DueDayChange",
            "Event",
            "Extend",
            "Holiday",
            "InterestOnly",
            "MethodChange",
            "Payoff",
            "Prepay",
            "RateChange",
            "Restructure",
            "Waive",
        ),
        "explanations": ("explain",),
        "figures": (
            "Explanation",
            "Figure",
        ),
        "fold": (
            "Position",
            "Totals",
            "advance",
            "lived",
            "opening",
            "position",
            "position_after",
            "post",
            "schedule",
            "total_interest_fen",
            "totals",
        ),
        "interest": (
            "level_payment_fen",
            "penalty_interest_fen",
            "period_interest_fen",
            "stub_interest_fen",
        ),
        "limits": (
            "EventLimits",
            "allowed",
        ),
        "notes": (
            "ComplianceNote",
            "compliance_notes",
        ),
        "overdue": (
            "Overdue",
            "OverdueLine",
            "OverdueRule",
            "Payment",
            "Unpaid",
            "accelerated",
            "overdue_position",
        ),
        "penalties": (
            "NO_PENALTY",
            "PenaltyRule",
            "PenaltyTier",
        ),
        "quotes": (
            "Outlook",
            "Quote",
            "prepay_options",
            "quote",
        ),
        "rateline": ("RateLine",),
        "rows": (
            "Instalment",
            "Row",
        ),
        "state": ("State",),
        "terms": (
            "MONTHS_MAX",
            "Method",
            "Stage",
            "Terms",
        ),
    },
)

__all__ = [
    "MONTHS_MAX",
    "NO_PENALTY",
    "AddInterest",
    "Capitalise",
    "CombinedRow",
    "ComplianceNote",
    "Conventions",
    "DueDayChange",
    "DueRule",
    "Event",
    "EventLimits",
    "Explanation",
    "Extend",
    "Figure",
    "FirstDue",
    "HasDueRule",
    "Holiday",
    "Instalment",
    "InterestOnly",
    "Method",
    "MethodChange",
    "Outlook",
    "Overdue",
    "OverdueLine",
    "OverdueRule",
    "Payment",
    "Payoff",
    "PenaltyRule",
    "PenaltyTier",
    "Position",
    "Prepay",
    "Quote",
    "RateChange",
    "RateLine",
    "Restructure",
    "Row",
    "Stage",
    "State",
    "Terms",
    "Totals",
    "Unpaid",
    "Waive",
    "accelerated",
    "advance",
    "allowed",
    "combined",
    "compliance_notes",
    "due_on",
    "explain",
    "interest_difference_fen",
    "level_payment_fen",
    "lived",
    "opening",
    "overdue_position",
    "penalty_interest_fen",
    "period_interest_fen",
    "position",
    "position_after",
    "post",
    "prepay_options",
    "quote",
    "schedule",
    "stub_interest_fen",
    "total_interest_fen",
    "totals",
]
