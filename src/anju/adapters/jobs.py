"""Receipts that come over a port's own session are taken in every second."""

import logging
from datetime import datetime

from anju.adapters import ports_from_environment
from anju.platform.notices.operations import receive_many
from anju.platform.notices.ports import Listener, every
from anju.platform.work.jobs import periodic

ROUNDS_MAX = 10

logger = logging.getLogger(__name__)


@periodic("notices.receipts", 1)
def receipts(at: datetime) -> None:
    """Listen on every port that hears. The trouble of one does not deafen us to the others."""
    failed: list[Exception] = []
    for port in every(ports_from_environment()):
        if isinstance(port, Listener):
            try:
                _listen(port, at)
            except Exception as error:  # a full disk here, a broken session there: the others are heard first
                logger.exception("port %s cannot be heard", port.name)
                failed.append(error)
    if failed:
        raise failed[0]


def _listen(port: Listener, at: datetime) -> None:
    for _ in range(ROUNDS_MAX):
        if port.listen(at=at, sink=lambda rows: receive_many(rows, at=at)) == 0:
            return
