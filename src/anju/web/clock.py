"""The one place that reads the wall clock, for screens and (through ``anju.site.clock``) for commands."""

import os
from datetime import datetime, timedelta

from django.utils import timezone


def now() -> datetime:
    """The current instant, aware; a demo may shift it (``ANJU_CLOCK_OFFSET_SECONDS``)."""
    return timezone.now() + timedelta(seconds=float(os.environ.get("ANJU_CLOCK_OFFSET_SECONDS", "0")))
