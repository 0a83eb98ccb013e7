"""The instant at which a request is answered. The same rule as ``anju.site.clock``, which stands above the screens."""

import os
from datetime import datetime, timedelta

from django.utils import timezone


def now() -> datetime:
    """The current instant, aware; a demo may shift it (``ANJU_CLOCK_OFFSET_SECONDS``)."""
    return timezone.now() + timedelta(seconds=float(os.environ.get("ANJU_CLOCK_OFFSET_SECONDS", "0")))
