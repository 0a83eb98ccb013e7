"""Locks in one order, and the writes that follow them."""

from collections.abc import Collection

from anju.platform.bulk import insert, write_back
from anju.platform.notices.models import Attempt, Obligation

__all__ = ["insert", "lock_attempts", "lock_obligations", "write_back"]


def lock_obligations(ids: Collection[int]) -> dict[int, Obligation]:
    """Lock obligations in the order of their ids. Always before their attempts, so that nobody waits in a circle."""
    rows = Obligation.objects.select_for_update().filter(id__in=sorted(set(ids))).order_by("id")
    return {row.id: row for row in rows}


def lock_attempts(ids: Collection[int]) -> dict[int, Attempt]:
    """Lock attempts in the order of their ids; their obligations are locked by then."""
    rows = Attempt.objects.select_for_update().filter(id__in=sorted(set(ids))).order_by("id")
    return {row.id: row for row in rows}
