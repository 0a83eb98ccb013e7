"""Approvals that wait long for a provider's answer are named every night; they stay on the desk's list."""

import logging
from datetime import datetime, time, timedelta

from anju.platform.notices.templates.approving import approvals
from anju.platform.work.jobs import periodic

WAITING_DAYS = 7

logger = logging.getLogger(__name__)


@periodic("templates.approvals", daily_at=time(7, 10))
def watch(at: datetime) -> None:
    """Texts that were handed in, or should be, and have no answer yet."""
    for row in approvals(states=("draft", "submitted")):
        if at - row.age_at > timedelta(days=WAITING_DAYS):
            logger.warning(
                "templates.approvals: %s %s %s %s", row.provider, row.template, row.channel, row.state
            )
