"""The sweep of deadlines."""

from datetime import datetime

from anju.platform.clocks import operations
from anju.platform.work.jobs import periodic

ROUNDS_MAX = 20


@periodic("clocks.sweep", 2, prompt=True)
def sweep(at: datetime) -> None:
    """Breach what is past its deadline."""
    for _ in range(ROUNDS_MAX):
        if operations.sweep(at=at) == 0:
            return
