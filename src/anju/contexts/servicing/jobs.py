"""Periodic work of servicing."""

from datetime import datetime, timedelta

from anju.contexts.servicing.operations.files import reject_resting
from anju.platform.work.jobs import periodic

RESTING_MAX = timedelta(hours=1)


@periodic("imports.sweep", 600)
def sweep_imports(at: datetime) -> int:
    """Reject files that were handed in and never came to an end."""
    return reject_resting(before=at - RESTING_MAX)
