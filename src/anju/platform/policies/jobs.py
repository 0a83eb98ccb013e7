"""What runs by itself: approved changes come into force on their day; what waits for a person is named."""

import logging
from datetime import datetime, time, timedelta

from anju.platform.policies import operations, queries
from anju.platform.work.jobs import periodic

WAITING_DAYS = 7

logger = logging.getLogger(__name__)


@periodic("policies.activate", 60)
def activate(at: datetime) -> None:
    """Approved changes whose day has come are in force; conflicts are logged."""
    done = operations.proposals_activate(at=at)
    if done.conflicts:
        logger.warning("policies.activate: %s conflicts", done.conflicts)


@periodic("policies.waiting", daily_at=time(7, 0))
def waiting(at: datetime) -> None:
    """Drafts and proposals that have waited long for a person are named; they stay on the desk's list."""
    for row in queries.proposals(states=("draft", "proposed")):
        if at - (row.proposed_at or row.drafted_at) > timedelta(days=WAITING_DAYS):
            logger.warning("policies: proposal %s of %s has been %s for long", row.id, row.name, row.state)
