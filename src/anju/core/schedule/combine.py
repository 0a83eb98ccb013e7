"""Several schedules as one borrower sees them: 组合贷 (two loans), 组合还款 (one principal split over methods)."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from anju.core.schedule.rows import Row


class CombinedRow(NamedTuple):
    """Everything that falls due on one day, in fen. `parts`: which schedule (0, 1, ...) each row came from.

    `balance_after_fen` is what is owed on all schedules together at the close of the day.
    """

    on: date
    principal_fen: int
    interest_fen: int
    fee_fen: int
    amount_fen: int
    balance_after_fen: int
    parts: tuple[tuple[int, Row], ...]


def combined(schedules: Sequence[Sequence[Row]]) -> tuple[CombinedRow, ...]:
    """Rows by day, summed over schedules, with their parts kept. Empty schedules add nothing."""
    owed = [
        rows[0].balance_after_fen + rows[0].principal_fen - rows[0].added_fen if rows else 0
        for rows in schedules
    ]
    numbered = [(part, row) for part, rows in enumerate(schedules) for row in rows]
    numbered.sort(key=lambda each: each[1].on)  # stable: parts and their rows keep their order within a day
    found = []
    for on, group in groupby(numbered, key=lambda each: each[1].on):
        parts = tuple(group)
        for part, row in parts:
            owed[part] = row.balance_after_fen
        found.append(
            CombinedRow(
                on,
                sum(row.principal_fen for _, row in parts),
                sum(row.interest_fen for _, row in parts),
                sum(row.fee_fen for _, row in parts),
                sum(row.amount_fen for _, row in parts),
                sum(owed),
                parts,
            )
        )
    return tuple(found)
