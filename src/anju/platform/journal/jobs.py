"""The pump."""

from datetime import datetime

from anju.platform.journal import handlers
from anju.platform.work.jobs import periodic

ROUNDS_MAX = 50


@periodic("journal.pump", 1, prompt=True)
def pump(at: datetime) -> None:
    """Tell handlers what is new, round after round while there is something."""
    for _ in range(ROUNDS_MAX):
        if handlers.pump() == 0:
            return
