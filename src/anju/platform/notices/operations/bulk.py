"""Locks in one order, and the writes that follow them."""

from anju.platform.bulk import insert, write_back
from anju.platform.notices.operations.lines import (
    AttemptLine,
    ObligationLine,
    lock_attempts,
    lock_both,
    lock_obligations,
    write_changed,
)

__all__ = [
    "AttemptLine", "ObligationLine", "insert", "lock_attempts", "lock_both", "lock_obligations", "write_back",
    "write_changed",
]  # fmt: skip
