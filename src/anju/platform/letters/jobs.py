"""What runs by itself: the daily batch for the mail room, and erasing in time."""

from datetime import datetime, time

from anju.platform.letters import operations
from anju.platform.work.jobs import periodic


@periodic("letters.batch", daily_at=time(15, 0))
def batch(at: datetime) -> None:
    """Waiting letters are set once a day, so that the mail room has them the same afternoon."""
    operations.make_batches(at=at, by="system:letters")


@periodic("letters.purge", daily_at=time(3, 10))
def purge(at: datetime) -> None:
    """Names, addresses and texts whose time is over are erased."""
    operations.purge(at=at)
