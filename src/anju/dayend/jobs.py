"""The nightly day end, where a bank wants it by itself: ``ANJU_DAYEND_AUTO=1``."""

import logging
from datetime import datetime, time

from django.conf import settings

from anju.core.working_time import BANK_ZONE
from anju.dayend import close
from anju.platform.work.jobs import periodic

log = logging.getLogger(__name__)


@periodic("dayend", daily_at=time(20, 30), enabled=lambda: settings.ANJU_DAYEND_AUTO)
def nightly(at: datetime) -> None:
    """Close every open day up to today, missed ones too. Half past eight leaves the day's last payments half an hour."""
    today = at.astimezone(BANK_ZONE).date()
    try:
        close.close_through(on=today, today=today)
    except (close.NoLoans, close.DayEndBusy) as refusal:
        log.info("nightly day end: %s", refusal)
