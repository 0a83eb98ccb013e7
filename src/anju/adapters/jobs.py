"""Receipts that come over a port's own session are taken in every second."""

from datetime import datetime

from anju.adapters import ports_from_environment
from anju.platform.notices.operations import receive_many
from anju.platform.notices.ports import Listener, every
from anju.platform.work.jobs import periodic

ROUNDS_MAX = 10


@periodic("notices.receipts", 1)
def receipts(at: datetime) -> None:
    """Listen on every port that hears."""
    for port in every(ports_from_environment()):
        if isinstance(port, Listener):
            for _ in range(ROUNDS_MAX):
                if port.listen(at=at, sink=lambda rows: receive_many(rows, at=at)) == 0:
                    break
