"""What moves by itself: holds being applied or released, clocks that began meanwhile, holds past their expected end."""

from datetime import datetime

from anju.platform.holds import operations
from anju.platform.work.jobs import periodic

ROUNDS_MAX = 20
"""A run does so many chunks at most, so that its heartbeat never grows old; the next run goes on."""


@periodic("holds.sweep", 10)
def sweep(at: datetime) -> None:
    """Holds go on from where they stood, whoever died over them."""
    for _ in range(ROUNDS_MAX):
        if operations.advance(at=at) == 0:
            break
    operations.stop_new_clocks(at=at)
    operations.remind(at=at)
