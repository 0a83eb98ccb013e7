"""The one place that reads the wall clock for commands and screens; a demo may shift it (``ANJU_CLOCK_OFFSET_SECONDS``)."""

import os
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

BANK_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The current instant, aware."""
    return timezone.now() + timedelta(seconds=float(os.environ.get("ANJU_CLOCK_OFFSET_SECONDS", "0")))


def today() -> date:
    """The current date at the bank."""
    return now().astimezone(BANK_ZONE).date()
