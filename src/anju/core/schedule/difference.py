"""What a past counted at one rate path lacks, or has too much, against another (S4-059)."""

from collections.abc import Sequence
from datetime import date

from anju.core.dates import clamped, month_number
from anju.core.rates.steps import RateStep
from anju.core.schedule.events import Event
from anju.core.schedule.fold import schedule
from anju.core.schedule.rateline import RateLine
from anju.core.schedule.rows import Row
from anju.core.schedule.state import Loan
from anju.core.schedule.terms import Terms


def interest_difference_fen(
    terms: Terms, events: Sequence[Event], right: Sequence[RateStep], *, after: date, until: date
) -> int:
    """Interest by the path `right` less interest by the path of the terms, over the balances that really ran, fen.

    Counted are the stretches that end with a row of the plan after `after` and up to `until`; each is rounded by the rule
    of the contract, as its bill was. Above 0: too little was asked for. Principal is not recomputed: what was repaid was repaid.
    """
    was, now = (
        Loan(terms.start_on, RateLine.of(path, events), terms.conventions, terms.penalty)
        for path in (terms.rate_path, right)
    )
    total, start, balance = 0, terms.start_on, terms.principal_fen
    for row in schedule(terms, events):
        if row.on > until:
            break
        if row.on > after and row.on > start and not row.forgiven_fen:
            whole = _is_whole(terms, row, start)
            now_fen, was_fen = (
                _interest(loan, balance, start, row.on, whole, terms.every) for loan in (now, was)
            )
            total += now_fen - was_fen
        start, balance = row.on, row.balance_after_fen
    return total


def _is_whole(terms: Terms, row: Row, start: date) -> bool:
    """Whether the stretch is a whole period, which bears annual / 12 whatever its days."""
    if terms.conventions.by_days or row.kind not in ("instalment", "holiday"):
        return False
    day = terms.due_day if start == terms.start_on else max(start.day, row.on.day)
    month = month_number(row.on)
    return (clamped(month - terms.every, day), clamped(month, day)) == (start, row.on)


def _interest(loan: Loan, balance: int, start: date, end: date, whole: bool, every: int) -> int:
    parts = loan.rates.parts(start, end)
    if whole and len(parts) == 1:
        return loan.rounded(balance * parts[0][0] * loan.conventions.clock.month * every)
    return loan.rounded(balance * loan.weight(start, end))
