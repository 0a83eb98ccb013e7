"""What runs by itself: planning, sending, asking, sweeping, and the nightly completeness run."""

import logging
from collections.abc import Callable
from datetime import datetime, time

from anju.platform.notices import audit as audits
from anju.platform.notices import operations
from anju.platform.notices.operations import handling
from anju.platform.notices.ports import Ports
from anju.platform.work.jobs import periodic

ROUNDS_MAX = 20
"""A run does so many batches at most, so that its heartbeat never grows old; the next run goes on."""

BATCH, LANE_BATCH = 500, 100
"""Messages of one claim: of a wave, and of the lanes that must not wait."""

logger = logging.getLogger(__name__)
_ports: list[Callable[[], Ports]] = []


def connect_ports(factory: Callable[[], Ports]) -> None:
    """Which port serves which channel (wired in `site.wiring`); asked once per run."""
    _ports[:] = [factory]


def ports() -> Ports:
    """The ports connected; none before the wiring."""
    return _ports[0]() if _ports else {}


@periodic("notices.urgent", 1, prompt=True)
def urgent(at: datetime) -> None:
    """Urgent notices (codes, appointments about to begin) are planned and sent, whatever wave is under way."""
    _lane(0, at)


@periodic("notices.normal", 1, prompt=True)
def normal(at: datetime) -> None:
    """Normal notices are planned and sent, whatever wave is under way."""
    _lane(1, at)


def _lane(lane: int, at: datetime) -> None:
    """Plan and send one lane, in small batches so that no other run waits long for its rows."""
    wired = ports()
    for _ in range(ROUNDS_MAX):
        planned = operations.plan(at=at, limit=LANE_BATCH, lanes=[lane])
        done = operations.send(at=at, limit=LANE_BATCH, ports=wired, lanes=[lane])
        if planned.taken + done.claimed + done.refused == 0:
            return


@periodic("notices.plan", 1)
def plan(at: datetime) -> None:
    """Due obligations take their next step."""
    for _ in range(ROUNDS_MAX):
        if operations.plan(at=at).taken == 0:
            return


@periodic("notices.send", 1)
def send(at: datetime) -> None:
    """Queued attempts go out; those of a channel that nobody serves give way to the next step."""
    wired = ports()
    if wired:
        operations.skip_unwired(at=at, ports=wired)
    for _ in range(ROUNDS_MAX):
        done = operations.send(at=at, limit=BATCH, ports=wired)
        if done.claimed + done.refused == 0:
            return


@periodic("attempts.poll", 10)
def poll(at: datetime) -> None:
    """Providers are asked about doubtful sends and missing receipts."""
    operations.poll_attempts(at=at, ports=ports())


@periodic("notices.sweep", 10)
def sweep(at: datetime) -> None:
    """Claims that ran out become in doubt; early receipts find their attempts."""
    operations.sweep(at=at)


@periodic("notices.wake", 60)
def wake(at: datetime) -> None:
    """Exceptions that were put aside come back on their day."""
    handling.wake(at=at)


@periodic("notices.audit", daily_at=time(2, 30))
def audit(at: datetime) -> None:
    """The nightly completeness run; what it finds is kept, logged and shown on the desk."""
    found = audits.run(at=at)
    if not found.clean:
        logger.warning("notices.audit %s", found.counts)
