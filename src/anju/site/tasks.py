"""Jobs that a person starts; the job engine finds them here."""

import logging
from datetime import date

from procrastinate.contrib.django import app

from anju.dayend import close
from anju.site import clock

log = logging.getLogger(__name__)


@app.task(name="desk.dayend")
def dayend(on: str, actor: str) -> None:
    """Close every open day up to and including ``on``. A day end that is running already is left to finish."""
    try:
        close.close_through(on=date.fromisoformat(on), today=clock.today())
    except close.DayEndRefused as refusal:
        log.warning("day end asked for by %s: %s", actor, refusal)
